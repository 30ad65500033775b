// See dns_mode.hpp.
#include "harness/model/dns_mode.hpp"

#include <algorithm>
#include <array>

namespace smtprig::model {
namespace {

constexpr std::array<std::string_view, 2> dns_mode_names = {"claimed", "signed"};

bool is_alias(const Scenario& scenario, const std::string& owner) {
  return std::ranges::any_of(scenario.records, [&](const DnsRecord& record) {
    return record.type == "CNAME" && record.name == owner;
  });
}

// An insecure name is the apex of an insecure zone below a signed one.
std::string why_not_insecure(const Scenario& scenario, const DnsFault& fault) {
  if (!scenario.secure) return {};
  if (fault.name == "@") return "nothing below an insecure name can be secure";
  if (is_alias(scenario, fault.name))
    return "an alias cannot be the apex of an insecure zone (RFC 1034 3.6.2)";
  return {};
}

std::string why_not(const Scenario& scenario, const DnsFault& fault) {
  using enum fakes::DnsReply;
  if (fault.nth != fakes::Ordinals{}) return "a resolver asks in an order and number of its own";
  if (fault.delay.count() != 0) return "a resolver has patience of its own";
  switch (fault.reply) {
    case honest:
    case servfail:
    case nodata:
      return {};
    case insecure:
      return why_not_insecure(scenario, fault);
    case nxdomain:
      return scenario.secure && fault.name == "@" ? "the apex of a signed zone exists" : "";
    case refused:
    case formerr:
    case notimp:
      return "a resolver makes SERVFAIL of it";
    case none:
    case truncated:
    case wrong_id:
    case garbage:
      return "a resolver copes with it by itself";
  }
  return {};
}

}  // namespace

std::string_view name(DnsMode mode) {
  return dns_mode_names[static_cast<std::size_t>(mode)];
}

std::optional<DnsMode> dns_mode_named(std::string_view name) {
  const auto found = std::ranges::find(dns_mode_names, name);
  if (found == dns_mode_names.end()) return std::nullopt;
  return static_cast<DnsMode>(found - dns_mode_names.begin());
}

std::string left_out_of(DnsMode mode, const Scenario& scenario) {
  if (mode == DnsMode::claimed) return {};
  for (const DnsFault& fault : scenario.dns_faults)
    if (const auto reason = why_not(scenario, fault); !reason.empty()) {
      std::string what(fakes::name(fault.reply));
      if (fault.reply == fakes::DnsReply::honest && fault.delay.count() != 0) what = "late";
      return fault.type + " " + fault.name + " (" + what + "): " + reason;
    }
  return {};
}

}  // namespace smtprig::model
