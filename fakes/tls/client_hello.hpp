// Reads two extensions of a ClientHello. Pure: bytes in, text out. What is malformed reads as
// empty: OpenSSL, not this, answers it. Results are at most 1024 bytes long, so that a journal
// stays small.
#pragma once

#include <string>
#include <string_view>

namespace smtprig::fakes::tls {

// The first host_name of a server_name extension's body (RFC 6066 3), as it came.
std::string server_name_of(std::string_view extension);

// The protocols of an application_layer_protocol_negotiation extension's body (RFC 7301 3.1),
// joined by ','.
std::string protocols_of(std::string_view extension);

}  // namespace smtprig::fakes::tls
