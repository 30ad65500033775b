// See attack.hpp.
#include "harness/model/attack.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <utility>
#include <variant>

#include "fakes/stripped.hpp"

namespace smtprig::model {
namespace {

using fakes::CertificateClass;
using fakes::DnsReply;

bool offers_tls(const Host& host) {
  const auto names_it = [](const fakes::Action& action) {
    const auto* reply = std::get_if<fakes::Reply>(&action);
    if (!reply) return false;
    const auto has_keyword = [](std::string_view text) {
      return text.find(fakes::starttls_keyword) != text.npos;
    };
    return has_keyword(reply->raw) || std::ranges::any_of(reply->lines, has_keyword);
  };
  return host.receiver.implicit_tls || host.receiver.starttls == fakes::StartTls::yes ||
         std::ranges::any_of(host.receiver.rules, [&](const fakes::Rule& rule) {
           return std::ranges::any_of(rule.actions, names_it);
         });
}

bool offers_starttls(const Host& host) {
  return !host.receiver.implicit_tls && offers_tls(host);
}

bool is_about_tls(const fakes::Rule& rule) {
  const auto* position = std::get_if<fakes::SmtpPosition>(&rule.when.position);
  return !position || *position == fakes::SmtpPosition::starttls;
}

void strip(Host& host) {
  if (host.receiver.implicit_tls) return;  // nothing in it is seen
  host.receiver.starttls = fakes::StartTls::no;
  std::erase_if(host.receiver.rules, is_about_tls);
  for (fakes::Rule& rule : host.receiver.rules)
    for (fakes::Action& action : rule.actions)
      if (auto* reply = std::get_if<fakes::Reply>(&action)) {
        for (std::string& line : reply->lines)
          line = fakes::stripped_line(std::move(line));
        reply->raw = fakes::stripped_reply(reply->raw);
      }
}

bool is_mx_of(const DnsFault& fault, std::string_view domain) {
  return fault.name == domain && (fault.type == "MX" || fault.type == "*");
}

// A record that nothing proves can be forged, in a signed zone too.
bool can_forge_mx(const Scenario& scenario, std::string_view domain) {
  return !scenario.secure || std::ranges::any_of(scenario.dns_faults, [&](const DnsFault& fault) {
    return is_mx_of(fault, domain) && fault.reply == DnsReply::insecure;
  });
}

void forge_mx(Scenario& met, const std::string& domain, const std::string& host) {
  std::erase_if(met.mx, [&](const MxRecord& mx) { return mx.domain == domain; });
  std::erase_if(met.records, [&](const DnsRecord& record) { return record.name == domain; });
  std::erase_if(met.dns_faults, [&](const DnsFault& fault) { return is_mx_of(fault, domain); });
  met.mx.push_back({.target = host, .domain = domain});
  if (met.secure)
    met.dns_faults.push_back({.name = domain, .type = "MX", .reply = DnsReply::insecure});
}

Scenario spoofed(const Scenario& scenario, const std::string& host) {
  Scenario met = scenario;
  const auto domains = recipient_domains(scenario);
  const auto can_forge = [&](const std::string& domain) { return can_forge_mx(scenario, domain); };
  if (std::ranges::all_of(domains, can_forge)) met.hosts.clear();
  if (std::ranges::any_of(domains, can_forge)) {
    met.hosts.push_back({.name = host});
    // It names nobody but itself.
    met.hosts.back().receiver.certificate = CertificateClass::host_only;
  }
  for (const std::string& domain : domains) {
    if (can_forge(domain))
      forge_mx(met, domain, host);
    else
      met.dns_faults.insert(met.dns_faults.begin(),
                            {.name = domain, .type = "MX", .reply = DnsReply::servfail});
  }
  return met;
}

Scenario blocked(const Scenario& scenario) {
  Scenario met = scenario;
  const auto block = [&](std::string_view host) {
    met.dns_faults.insert(met.dns_faults.begin(),
                          {.name = tlsa_owner(host, scenario.service_of(host)),
                           .type = "TLSA",
                           .reply = DnsReply::servfail});
  };
  for (const Host& host : scenario.hosts)
    block(host.name);
  for (const MxRecord& mx : scenario.mx)
    if (mx.target != "." && !scenario.host(mx.target)) block(mx.target);
  return met;
}

// A record of an unsigned zone can be denied as well.
void withhold(StsPublication& publication, const Scenario& scenario) {
  publication.reach = Reach::refuses;
  publication.record = publication.record && scenario.secure;
}

Scenario without_sts(const Scenario& scenario) {
  Scenario met = scenario;
  for (StsPublication& each : met.sts)
    withhold(each, scenario);
  return met;
}

// Behind a copy of its first message, at which the policy is there.
Scenario later_without_sts(const Scenario& scenario) {
  Scenario met = scenario;
  Message before = scenario.messages.front();
  before.id = before_the_attack;
  // Servers tell messages apart by their recipients.
  for (std::string& recipient : before.recipients)
    recipient = "earlier-" + recipient;
  met.messages.front().later = true;
  met.sts.clear();
  for (StsPublication each : scenario.sts) {
    if (each.from.empty()) {
      met.sts.push_back(each);
      each.from = scenario.messages.front().id;
    }
    withhold(each, scenario);
    met.sts.push_back(std::move(each));
  }
  met.messages.insert(met.messages.begin(), std::move(before));
  return met;
}

// As the server under test meets the scenario; none: the attack changes nothing that it says.
std::optional<Scenario> met_under(const Cell& cell, Attacker attacker) {
  switch (attacker) {
    case Attacker::strip: {
      Scenario met = *cell.scenario;
      std::ranges::for_each(met.hosts, strip);
      return met;
    }
    case Attacker::dns_spoof:
      return spoofed(*cell.scenario, "mx." + attacker_domain(cell) + ".");
    case Attacker::dns_block:
      return blocked(*cell.scenario);
    case Attacker::sts_block:
      return without_sts(*cell.scenario);
    case Attacker::sts_block_later:
      return later_without_sts(*cell.scenario);
    case Attacker::none:
    case Attacker::passive:
    case Attacker::impostor_self_signed:
    case Attacker::impostor_other_name:
      break;
  }
  return std::nullopt;
}

bool has_level(const Cell& cell, std::initializer_list<Policy> wanted) {
  return std::ranges::any_of(cell.levels(),
                             [&](Policy each) { return std::ranges::count(wanted, each) != 0; });
}

}  // namespace

bool is_impostor(Attacker attacker) {
  return shown_under(attacker, CertificateClass::good) != CertificateClass::good;
}

CertificateClass shown_under(Attacker attacker, CertificateClass own) {
  switch (attacker) {
    case Attacker::impostor_self_signed:
    case Attacker::dns_block:
    case Attacker::sts_block:
    case Attacker::sts_block_later:
      return CertificateClass::self_signed;
    case Attacker::impostor_other_name:
      return CertificateClass::wrong_host;
    case Attacker::none:
    case Attacker::passive:
    case Attacker::strip:
    case Attacker::dns_spoof:
      break;
  }
  return own;
}

bool spares_first(Attacker attacker) {
  return attacker == Attacker::sts_block_later;
}

bool is_relay(Attacker attacker) {
  return attacker == Attacker::passive || attacker == Attacker::strip;
}

std::string attacker_domain(const Cell& cell) {
  const std::string domain = honest(cell).domain();
  return domain.substr(0, domain.rfind('.')) + ".attacker.test";
}

Cell attacked(const Cell& cell, Attacker attacker) {
  Cell result = cell;
  result.attacker = attacker;
  if (auto met = met_under(cell, attacker))
    result.behind = std::exchange(result.scenario, std::make_shared<Scenario>(std::move(*met)));
  return result;
}

Cell honest(const Cell& cell) {
  Cell result = cell;
  result.attacker = Attacker::none;
  if (result.behind) result.scenario = std::exchange(result.behind, nullptr);
  return result;
}

std::vector<Attacker> attackers_of(const Cell& cell) {
  if (cell.direction() == Direction::inbound) return {};
  const Scenario& scenario = *cell.scenario;
  // A clock that has gone on does not go back for a twin.
  if (scenario.moves_clock()) return {};
  const auto levels = cell.levels();
  const bool uses_tls =
      std::ranges::any_of(levels, [](Policy each) { return each != Policy::none; });
  const bool has_tls = uses_tls && std::ranges::any_of(scenario.hosts, offers_tls);
  std::vector<Attacker> all{Attacker::passive};
  if (uses_tls && std::ranges::any_of(scenario.hosts, offers_starttls))
    all.push_back(Attacker::strip);
  if (has_tls) {
    all.push_back(Attacker::impostor_self_signed);
    all.push_back(Attacker::impostor_other_name);
  }
  // The address of a relay's host could be forged too: then its name is met by the other impostor.
  if (!scenario.relay) all.push_back(Attacker::dns_spoof);
  const bool dane = has_level(cell, {Policy::dane, Policy::dane_only, Policy::dane_mta_sts});
  if (dane && scenario.secure && !scenario.hosts.empty()) all.push_back(Attacker::dns_block);
  const bool sts = has_level(cell, {Policy::mta_sts, Policy::dane_mta_sts});
  if (sts && has_tls && !scenario.sts.empty()) {
    all.push_back(Attacker::sts_block);
    all.push_back(Attacker::sts_block_later);
  }
  return all;
}

}  // namespace smtprig::model
