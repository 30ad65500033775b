// Reads facts off a scenario: the DNS as a sender sees it, hosts by preference.
#include "harness/judge/facts.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace smtprig::judge {
namespace {

// Attempts that every server makes at least; a lookup that fails as often may fail them all.
constexpr std::uint32_t attempts_least = 3;

enum class Lookup { honest, temporary, no_name, no_data, recovers };

Lookup lookup_of(const model::DnsFault& fault) {
  const bool always = fault.nth.first == 1 && fault.nth.last >= attempts_least;
  if (!always) return Lookup::recovers;
  if (fault.rcode == "NXDOMAIN") return Lookup::no_name;
  if (fault.rcode == "NODATA") return Lookup::no_data;
  return Lookup::temporary;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
    return lower(x) == lower(y);
  });
}

Lookup lookup(const model::Scenario& scenario, std::string_view name, std::string_view type) {
  for (const model::DnsFault& fault : scenario.dns_faults)
    if (same_name(fault.name, name) && (fault.type == "*" || fault.type == type))
      return lookup_of(fault);
  return Lookup::honest;
}

const model::DnsRecord* record(const model::Scenario& scenario, std::string_view name,
                               std::string_view type) {
  const auto found = std::ranges::find_if(scenario.records, [&](const model::DnsRecord& each) {
    return each.type == type && same_name(each.name, name);
  });
  return found == scenario.records.end() ? nullptr : &*found;
}

bool has_address(const model::Scenario& scenario, std::string_view name, std::string_view type) {
  if (record(scenario, name, type)) return true;
  const model::Host* host = scenario.host(name);
  return host && host->published && (type == "A" ? host->ipv4 : host->ipv6);
}

// One family: present, absent, or failing for now.
Address address_of(const model::Scenario& scenario, std::string_view name, std::string_view type,
                   bool& recovers) {
  switch (lookup(scenario, name, type)) {
    case Lookup::temporary:
      return Address::temporary;
    case Lookup::no_name:
    case Lookup::no_data:
      return Address::none;
    case Lookup::recovers:
      recovers = true;
      [[fallthrough]];
    case Lookup::honest:
      break;
  }
  return has_address(scenario, name, type) ? Address::present : Address::none;
}

// Both families: one that works is enough; one that fails for now leaves hope (RFC 5321 5.1). A
// failing AAAA says nothing where the name has an A.
Address address_of(const model::Scenario& scenario, std::string_view name, bool& recovers) {
  const Address a = address_of(scenario, name, "A", recovers);
  const Address aaaa = address_of(scenario, name, "AAAA", recovers);
  if (a == Address::present || aaaa == Address::present) return Address::present;
  return a == Address::temporary || aaaa == Address::temporary ? Address::temporary : Address::none;
}

HostFacts host_facts(const model::Cell& cell, const std::string& target, std::uint16_t preference,
                     bool& recovers) {
  const model::Scenario& scenario = *cell.scenario;
  HostFacts facts{.name = target, .preference = preference};
  std::string owner = target;
  if (const model::DnsRecord* cname = record(scenario, target, "CNAME")) {
    owner = cname->data;
    facts.alias = true;
  }
  facts.address = address_of(scenario, owner, recovers);
  const model::Host* host = scenario.host(owner);
  facts.reachable = host && host->reach == model::Reach::listens;
  if (!host) return facts;
  facts.name = host->name;
  facts.receiver = host->receiver;
  facts.certificate = certificate_facts(host->receiver.certificate, cell.attacker);
  // Its certificate bears its own name and not the alias; whether a sender looks at the name before
  // or behind the CNAME is its own affair, because neither should exist.
  if (facts.alias)
    facts.certificate.names_host = std::min(facts.certificate.names_host, Truth::maybe);
  return facts;
}

std::vector<model::MxRecord> mx_records(const model::Scenario& scenario) {
  std::vector<model::MxRecord> result = scenario.mx;
  for (const model::DnsRecord& each : scenario.records) {
    if (each.type != "MX" || !same_name(each.name, "@")) continue;
    model::MxRecord mx;
    const char* const end = each.data.data() + each.data.size();
    const char* rest = std::from_chars(each.data.data(), end, mx.preference).ptr;
    while (rest != end && *rest == ' ')
      ++rest;
    mx.target.assign(rest, end);
    result.push_back(std::move(mx));
  }
  std::ranges::stable_sort(result, {}, &model::MxRecord::preference);
  return result;
}

MxAnswer mx_answer(const model::Scenario& scenario, const std::vector<model::MxRecord>& records,
                   bool& recovers) {
  switch (lookup(scenario, "@", "MX")) {
    case Lookup::temporary:
      return MxAnswer::temporary;
    case Lookup::no_name:
      return MxAnswer::no_domain;
    case Lookup::no_data:
      return MxAnswer::absent;
    case Lookup::recovers:
      recovers = true;
      break;
    case Lookup::honest:
      break;
  }
  if (records.empty()) return MxAnswer::absent;
  const auto null = std::ranges::find(records, ".", &model::MxRecord::target);
  if (null == records.end()) return MxAnswer::records;
  if (records.size() > 1) return MxAnswer::null_mx_beside;
  return null->preference == 0 ? MxAnswer::null_mx : MxAnswer::null_mx_odd;
}

}  // namespace

Facts facts_of(const model::Cell& cell) {
  const model::Scenario& scenario = *cell.scenario;
  Facts facts{.domain = cell.domain(), .messages = scenario.messages};
  const auto records = mx_records(scenario);
  facts.mx = mx_answer(scenario, records, facts.lookups_recover);
  if (facts.mx == MxAnswer::absent) {
    facts.hosts = {host_facts(cell, "@", 0, facts.lookups_recover)};
  } else if (facts.mx != MxAnswer::no_domain && facts.mx != MxAnswer::temporary) {
    for (const model::MxRecord& mx : records)
      if (mx.target != ".")
        facts.hosts.push_back(host_facts(cell, mx.target, mx.preference, facts.lookups_recover));
  }
  return facts;
}

}  // namespace smtprig::judge
