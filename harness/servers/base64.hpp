// Base64 as SASL profiles use it (RFC 4648 4): one line, padded, nothing else tolerated.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace smtprig::servers {

std::string to_base64(std::string_view bytes);
// Empty optional: not base64. At most 64 KiB are looked at; more is not base64 either.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace smtprig::servers
