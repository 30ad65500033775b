// What both sides of SASL say in SMTP (RFC 4954): base64 and the digest of CRAM-MD5. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace smtprig::fakes::smtp {

// RFC 4648 4: one line, padded, nothing else tolerated.
std::string to_base64(std::string_view bytes);
// Empty optional: not base64. At most 64 KiB are looked at; more is not base64 either.
std::optional<std::string> from_base64(std::string_view text);

// HMAC-MD5 in lower-case hex (RFC 2195 2); empty where OpenSSL has no MD5.
std::string keyed_md5(std::string_view key, std::string_view text);

}  // namespace smtprig::fakes::smtp
