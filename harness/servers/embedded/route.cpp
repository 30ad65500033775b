// See route.hpp.
#include "harness/servers/embedded/route.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace smtprig::embedded {
namespace {

Route from_mx(std::string_view domain, std::vector<MxHost> mx, std::string_view self,
              const Mutants& mutants) {
  const bool has_null =
      std::any_of(mx.begin(), mx.end(), [](const MxHost& host) { return host.name == "."; });
  if (has_null && mutants.ignores_null_mx) return {.hosts = {std::string(domain)}};
  // RFC 7505 3: a null MX stands alone; beside others it is an error of the domain's owner and the
  // others count.
  std::erase_if(mx, [](const MxHost& host) { return host.name == "."; });
  if (mx.empty()) {
    return {.failure = {.permanent = true,
                        .status = "5.1.10",
                        .text = fmt::format("{} does not accept mail (null MX)", domain)}};
  }
  std::sort(mx.begin(), mx.end(), [](const MxHost& a, const MxHost& b) {
    return std::tie(a.preference, a.name) < std::tie(b.preference, b.name);
  });
  // RFC 5321 5.1: who is itself an MX uses only those that are better.
  const auto own =
      std::find_if(mx.begin(), mx.end(), [self](const MxHost& host) { return host.name == self; });
  if (own != mx.end()) {
    const std::uint16_t limit = own->preference;
    std::erase_if(mx, [limit](const MxHost& host) { return host.preference >= limit; });
  }
  Route route;
  for (const MxHost& host : mx) {
    const bool seen =
        std::find(route.hosts.begin(), route.hosts.end(), host.name) != route.hosts.end();
    if (!seen) route.hosts.push_back(host.name);
  }
  if (route.hosts.empty()) {
    route.failure = {.permanent = true,
                     .status = "5.4.6",
                     .text = fmt::format("mail for {} loops back to myself", domain)};
  }
  return route;
}

}  // namespace

Route route_from(std::string_view domain, const Lookup& answer, std::string_view self,
                 const Mutants& mutants) {
  switch (answer.status) {
    case Lookup::Status::found:
      return from_mx(domain, answer.mx, self, mutants);
    case Lookup::Status::no_data:
      return {.hosts = {std::string(domain)}};  // the implicit MX
    case Lookup::Status::no_domain:
      return {.failure = {.permanent = true,
                          .status = "5.1.2",
                          .text = fmt::format("domain {} does not exist", domain)}};
    case Lookup::Status::failed:
      break;
  }
  return {.failure = {.status = "4.4.3",
                      .text = fmt::format("MX lookup of {}: {}", domain, answer.reason)}};
}

Failure address_failure(std::string_view host, const Lookup& v6, const Lookup& v4) {
  for (const Lookup* lookup : {&v4, &v6}) {
    if (lookup->status == Lookup::Status::failed) {
      return {.status = "4.4.3",
              .text = fmt::format("address lookup of {}: {}", host, lookup->reason)};
    }
  }
  return {
      .permanent = true, .status = "5.4.4", .text = fmt::format("host {} has no address", host)};
}

}  // namespace smtprig::embedded
