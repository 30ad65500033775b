// Base64 as AUTH uses it (RFC 4648 4, RFC 4954 4): strict, on one line. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace smtprig::embedded {

std::string to_base64(std::string_view bytes);
// Empty for text that is not base64 to the letter: other characters, padding elsewhere than at the
// end or of a wrong length.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace smtprig::embedded
