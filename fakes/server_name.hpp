// The name in a ClientHello (RFC 6066 3), and which certificates it is for. Pure.
#pragma once

#include <string_view>

namespace smtprig::fakes {

// What a client names, seen from the host.
enum class ServerName {
  any,
  none,   // no name is sent
  own,    // the host's own, in any case
  other,  // another one
};

// `sent`: as it came, empty for none; `host`: the own name without final dot. One with a final dot
// is another name.
bool names_server(ServerName what, std::string_view sent, std::string_view host);

}  // namespace smtprig::fakes
