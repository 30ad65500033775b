// Reads facts off a scenario: the DNS as a sender sees it, hosts by preference.
#include "harness/judge/facts.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>

#include "harness/judge/sts.hpp"
#include "harness/model/attack.hpp"
#include "harness/model/server.hpp"

namespace smtprig::judge {
namespace {

enum class Lookup { honest, temporary, no_name, no_data, recovers, insecure };

// Below it every resolver waits for an answer; what is slower some give up.
constexpr std::chrono::seconds slow{1};

Lookup lookup_of(const model::DnsFault& fault) {
  using fakes::DnsReply;
  switch (fault.reply) {
    case DnsReply::honest:
    case DnsReply::truncated:  // RFC 7766 5: it is asked again over TCP
      return Lookup::honest;
    case DnsReply::insecure:
      return Lookup::insecure;
    case DnsReply::nxdomain:
      return Lookup::no_name;
    case DnsReply::nodata:
      return Lookup::no_data;
    case DnsReply::servfail:
    case DnsReply::refused:
    case DnsReply::formerr:
    case DnsReply::notimp:
    case DnsReply::none:
    case DnsReply::wrong_id:
    case DnsReply::garbage:
      break;
  }
  return Lookup::temporary;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
    return lower(x) == lower(y);
  });
}

// A fault that passes, and an answer that some do not wait for, is noted in `facts`.
Lookup lookup(const model::Scenario& scenario, std::string_view name, std::string_view type,
              Facts& facts) {
  for (const model::DnsFault& fault : scenario.dns_faults) {
    if (!same_name(fault.name, name) || (fault.type != "*" && fault.type != type)) continue;
    const Lookup result = lookup_of(fault);
    const bool recovers = fault.nth != fakes::Ordinals{} && result != Lookup::honest;
    if (recovers || fault.delay >= slow)
      facts.failing_lookups = std::max(facts.failing_lookups, fault.nth.last);
    if (!recovers) return result;
    if (result == Lookup::no_name || result == Lookup::no_data) facts.failing_for_good = true;
    return Lookup::recovers;
  }
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
                   Facts& facts) {
  switch (lookup(scenario, name, type, facts)) {
    case Lookup::temporary:
      return Address::temporary;
    case Lookup::no_name:
    case Lookup::no_data:
      return Address::none;
    case Lookup::recovers:
    case Lookup::insecure:
    case Lookup::honest:
      break;
  }
  return has_address(scenario, name, type) ? Address::present : Address::none;
}

// Both families: one that works is enough; one that fails for now leaves hope (RFC 5321 5.1). A
// failing AAAA says nothing where the name has an A.
Address address_of(const model::Scenario& scenario, std::string_view name, Facts& facts) {
  const Address a = address_of(scenario, name, "A", facts);
  const Address aaaa = address_of(scenario, name, "AAAA", facts);
  if (a == Address::present || aaaa == Address::present) return Address::present;
  return a == Address::temporary || aaaa == Address::temporary ? Address::temporary : Address::none;
}

// "198.51.100.7.", "[198.51.100.7].", "fd00::1.": an address where RFC 1035 3.3.9 wants a name.
bool is_literal(std::string_view target) {
  if (target.ends_with('.')) target.remove_suffix(1);
  const bool v4 = target.find_first_not_of("0123456789.") == std::string_view::npos &&
                  std::ranges::count(target, '.') == 3;
  return v4 || target.starts_with('[') || target.find(':') != std::string_view::npos;
}

ShownFacts shown_facts(const HostFacts& host, fakes::CertificateClass what,
                       model::Attacker attacker, unsigned days) {
  ShownFacts shown;
  shown.in_common =
      tls_in_common(host.receiver.tls, fakes::recipe_of(model::shown_under(attacker, what)).key);
  shown.certificate =
      aged(certificate_facts(what, attacker, host.name, host.receiver.staple), days);
  shown.certificate.meets_tlsa =
      meets_tlsa(host.tlsa_records, shown.certificate, what, host.receiver.certificate, attacker);
  // Its certificate bears its own name and not the alias; whether a sender looks at the name before
  // or behind the CNAME is its own affair, because neither should exist.
  if (host.alias)
    shown.certificate.names_host = std::min(shown.certificate.names_host, Truth::maybe);
  return shown;
}

bool is_secure(const model::Scenario& scenario, std::string_view name, std::string_view type,
               Facts& facts) {
  return scenario.secure && lookup(scenario, name, type, facts) != Lookup::insecure;
}

// Behind CNAMEs, and whether all of the way is proven.
struct Way {
  std::string name;
  Lookup last = Lookup::honest;
  bool secure = true;
};

Way follow(const model::Scenario& scenario, std::string name, std::string_view type, Facts& facts) {
  constexpr unsigned hops_max = 8;
  Way way{.name = std::move(name), .secure = scenario.secure};
  for (unsigned hop = 0; hop <= hops_max; ++hop) {
    way.last = lookup(scenario, way.name, type, facts);
    way.secure = way.secure && way.last != Lookup::insecure;
    if (way.last == Lookup::temporary) break;
    const model::DnsRecord* cname = record(scenario, way.name, "CNAME");
    if (!cname) break;
    way.name = cname->data;
  }
  return way;
}

// The records of a host that a lookup of that name finds.
std::vector<model::TlsaRecord> records_at(const model::Host& host, const std::string& own,
                                          const std::string& name) {
  std::vector<model::TlsaRecord> found;
  std::ranges::copy_if(host.tlsa, std::back_inserter(found), [&](const auto& each) {
    return same_name(each.at.empty() ? own : each.at, name);
  });
  return found;
}

// False: the next candidate is asked (RFC 7672 2.2.3).
bool decides(HostFacts& host, const model::Host& described, const model::Scenario& scenario,
             const std::string& base, Facts& facts) {
  const auto service = scenario.service_of(described.name);
  const Way way = follow(scenario, model::tlsa_owner(base, service), "TLSA", facts);
  if (way.last == Lookup::temporary) {
    host.tlsa = TlsaState::failed;
    return true;
  }
  if (way.last == Lookup::no_name || way.last == Lookup::no_data || !way.secure) return false;
  host.tlsa_records =
      tlsa_facts(records_at(described, model::tlsa_owner(described.name, service), way.name));
  if (host.tlsa_records.empty()) return false;
  for (const TlsaFacts& each : host.tlsa_records)
    host.tlsa_usable = std::max(host.tlsa_usable, each.usable);
  host.tlsa = host.tlsa_usable == Truth::no ? TlsaState::unusable : TlsaState::usable;
  return true;
}

// RFC 7672 2.2.2: who has an insecure address is not asked for TLSA records, but by an alias that
// is secure itself. `target`: as in the MX record.
void add_tlsa(HostFacts& host, const model::Host& described, const model::Scenario& scenario,
              const std::string& target, Facts& facts) {
  const auto is_proven = [&](std::string_view type) {
    return follow(scenario, target, type, facts).secure;
  };
  const bool secure = (!described.ipv4 || is_proven("A")) && (!described.ipv6 || is_proven("AAAA"));
  if (secure && decides(host, described, scenario, described.name, facts)) return;
  const bool alias_secure =
      host.alias && scenario.secure && lookup(scenario, target, "CNAME", facts) != Lookup::insecure;
  if (alias_secure) decides(host, described, scenario, target, facts);
}

void add_certificates(HostFacts& host, model::Attacker attacker, unsigned days) {
  // An impostor shows the same one to all, and has no response to staple.
  if (model::is_impostor(attacker)) {
    host.receiver.second_certificate.reset();
    host.receiver.certificates.clear();
    host.receiver.staple = fakes::Staple::none;
  }
  const ShownFacts first = shown_facts(host, host.receiver.certificate, attacker, days);
  host.certificate = first.certificate;
  host.in_common = first.in_common;
  if (const auto second = host.receiver.second_certificate)
    host.second = shown_facts(host, *second, attacker, days);
  for (const fakes::CertificateChoice& each : host.receiver.certificates) {
    host.chosen.push_back(shown_facts(host, each.certificate, attacker, days));
    host.chosen.back().connection = each.connection;
    host.chosen.back().server_name = each.server_name;
  }
}

HostFacts host_facts(const model::Cell& cell, const std::string& target, std::uint16_t preference,
                     Facts& facts) {
  const model::Scenario& scenario = *cell.scenario;
  HostFacts result{.name = target, .preference = preference};
  result.mx_name = model::absolute(target, cell.domain());
  if (is_literal(target)) {
    result.literal = true;
    result.reachable = false;
    return result;
  }
  std::string owner = target;
  if (const model::DnsRecord* cname = record(scenario, target, "CNAME")) {
    owner = cname->data;
    result.alias = true;
  }
  result.address = address_of(scenario, owner, facts);
  const model::Host* host = scenario.host(owner);
  result.reachable = host && host->reach == model::Reach::listens;
  if (!host) return result;
  result.name = host->name;
  result.receiver = host->receiver;
  add_tlsa(result, *host, scenario, target, facts);
  add_certificates(result, cell.attacker, facts.days);
  return result;
}

std::vector<model::MxRecord> mx_records(const model::Scenario& scenario, std::string_view domain) {
  std::vector<model::MxRecord> result;
  for (const model::MxRecord& mx : scenario.mx)
    if (same_name(mx.domain, domain)) result.push_back(mx);
  for (const model::DnsRecord& each : scenario.records) {
    if (each.type != "MX" || !same_name(each.name, domain)) continue;
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

MxAnswer mx_answer(const model::Scenario& scenario, std::string_view domain,
                   const std::vector<model::MxRecord>& records, Facts& facts) {
  switch (lookup(scenario, domain, "MX", facts)) {
    case Lookup::temporary:
      return MxAnswer::temporary;
    case Lookup::no_name:
      return MxAnswer::no_domain;
    case Lookup::no_data:
      return MxAnswer::absent;
    case Lookup::recovers:
    case Lookup::insecure:
    case Lookup::honest:
      break;
  }
  if (records.empty()) return MxAnswer::absent;
  const auto null = std::ranges::find(records, ".", &model::MxRecord::target);
  if (null == records.end()) return MxAnswer::records;
  if (records.size() > 1) return MxAnswer::null_mx_beside;
  return null->preference == 0 ? MxAnswer::null_mx : MxAnswer::null_mx_odd;
}

// RFC 5321 5.1: a server that finds itself among the MX uses only those that are better. False:
// there is none.
bool leave_better_than_own(std::vector<model::MxRecord>& records) {
  const std::string own = std::string(model::server_hostname) + ".";
  const auto found = std::ranges::find_if(
      records, [&own](const model::MxRecord& mx) { return same_name(mx.target, own); });
  if (found == records.end()) return true;
  std::erase_if(records, [limit = found->preference](const model::MxRecord& mx) {
    return mx.preference >= limit;
  });
  return !records.empty();
}

// Messages to the domain, with their recipients there only.
void take_messages(const model::Cell& cell, std::string_view domain, Facts& facts) {
  const model::Scenario& scenario = *cell.scenario;
  const std::string_view next_hop = scenario.relay ? scenario.relay->host : domain;
  for (std::size_t index = 0; index < scenario.messages.size(); ++index) {
    const model::Message& message = scenario.messages[index];
    model::Message here = message;
    std::set<std::string_view> others;
    std::erase_if(here.recipients, [&](const std::string& recipient) {
      return model::domain_of(recipient) != domain;
    });
    for (const std::string& recipient : message.recipients)
      if (model::domain_of(recipient) != domain) others.insert(model::domain_of(recipient));
    facts.elsewhere += static_cast<std::uint32_t>(others.size());
    if (here.recipients.empty()) continue;
    facts.messages.push_back(std::move(here));
    facts.sts.push_back(sts_views(cell, next_hop, index));
  }
}

// Certificates are made out to hosts below "@" and to "@" itself. To mail for another domain one of
// its own hosts' names is of that domain, and nothing else is.
void take_next_hop(std::string_view domain, HostFacts& host) {
  const bool below = host.name == domain || host.name.ends_with("." + std::string(domain));
  const auto take = [below](CertificateFacts& certificate) {
    certificate.names_next_hop = below ? certificate.names_host : Truth::no;
  };
  take(host.certificate);
  if (host.second) take(host.second->certificate);
  for (ShownFacts& each : host.chosen)
    take(each.certificate);
}

// A relay is configured by its name, which is the next hop for `secure` too.
void take_relay(const model::Cell& cell, const model::Relay& relay, Facts& facts) {
  facts.relayed = true;
  facts.mx_secure = true;  // the host was configured
  HostFacts& host = facts.hosts.emplace_back(host_facts(cell, relay.host, 0, facts));
  host.service = relay.service;
  host.login = relay.login;
  const auto take = [](CertificateFacts& certificate) {
    certificate.names_next_hop = certificate.names_host;
  };
  take(host.certificate);
  if (host.second) take(host.second->certificate);
  for (ShownFacts& each : host.chosen)
    take(each.certificate);
}

}  // namespace

CertificateFacts aged(CertificateFacts certificate, unsigned days) {
  certificate.not_yet_valid = certificate.not_yet_valid && days == 0;
  certificate.expired = certificate.expired || days >= fakes::certificate_days;
  return certificate;
}

Facts facts_of(const model::Cell& cell, std::string_view domain, unsigned days) {
  const model::Scenario& scenario = *cell.scenario;
  const bool is_own = domain == "@";
  Facts facts{.domain = is_own ? cell.domain() : std::string(domain) + "." + cell.domain()};
  facts.days = days;
  take_messages(cell, domain, facts);
  if (scenario.relay) {
    take_relay(cell, *scenario.relay, facts);
    return facts;
  }
  // RFC 5321 5.1: what an alias leads to is processed as if it were the domain.
  const model::DnsRecord* alias = record(scenario, domain, "CNAME");
  const std::string owner = alias ? alias->data : std::string(domain);
  facts.mx_secure = is_secure(scenario, owner, "MX", facts) &&
                    (!alias || is_secure(scenario, domain, "MX", facts));
  auto records = mx_records(scenario, owner);
  facts.mx = mx_answer(scenario, owner, records, facts);
  const auto before = alias ? mx_answer(scenario, domain, records, facts) : facts.mx;
  if (before == MxAnswer::temporary || before == MxAnswer::no_domain) facts.mx = before;
  if (facts.mx == MxAnswer::records && !leave_better_than_own(records)) facts.mx = MxAnswer::own;
  if (facts.mx == MxAnswer::absent) {
    facts.hosts = {host_facts(cell, owner, 0, facts)};
    // Whether the name before or behind the alias is that of the host, no RFC says.
    CertificateFacts& certificate = facts.hosts.front().certificate;
    if (alias) certificate.names_host = std::min(certificate.names_host, Truth::maybe);
  } else if (facts.mx != MxAnswer::no_domain && facts.mx != MxAnswer::temporary) {
    for (const model::MxRecord& mx : records)
      if (mx.target != ".")
        facts.hosts.push_back(host_facts(cell, mx.target, mx.preference, facts));
  }
  if (!is_own)
    for (HostFacts& host : facts.hosts)
      take_next_hop(domain, host);
  return facts;
}

}  // namespace smtprig::judge
