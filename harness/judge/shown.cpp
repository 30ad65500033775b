// Which of a host's certificates a client meets; see facts.hpp.
#include <algorithm>

#include "harness/judge/facts.hpp"

namespace smtprig::judge {

std::vector<ShownFacts> shown_to(const HostFacts& host, std::uint32_t connection,
                                 fakes::ServerName named) {
  const auto fits = [&](const ShownFacts& each) {
    const bool any = each.server_name == fakes::ServerName::any;
    return each.connection.contains(connection) && (any || each.server_name == named);
  };
  const auto found = std::ranges::find_if(host.chosen, fits);
  if (found != host.chosen.end()) return {*found};
  const ShownFacts first{.certificate = host.certificate, .in_common = host.in_common};
  if (!host.second || host.second->in_common < first.in_common) return {first};
  if (host.second->in_common > first.in_common) return {*host.second};
  return {first, *host.second};
}

bool depends_on_name(const HostFacts& host) {
  return std::ranges::any_of(host.chosen, [](const ShownFacts& each) {
    return each.server_name != fakes::ServerName::any;
  });
}

}  // namespace smtprig::judge
