// See server_name.hpp.
#include "fakes/server_name.hpp"

#include <algorithm>

namespace smtprig::fakes {

bool names_server(ServerName what, std::string_view sent, std::string_view host) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  const bool same =
      std::ranges::equal(sent, host, [&](char a, char b) { return lower(a) == lower(b); });
  switch (what) {
    case ServerName::any:
      return true;
    case ServerName::none:
      return sent.empty();
    case ServerName::own:
      return !sent.empty() && same;
    case ServerName::other:
      return !sent.empty() && !same;
  }
  return false;
}

}  // namespace smtprig::fakes
