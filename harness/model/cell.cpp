// See cell.hpp.
#include "harness/model/cell.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace smtprig::model {
namespace {

// A DNS label from a name of ours: only '+' is not one already ("dane+mta-sts").
std::string dns_label(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '+', '-');
  return text;
}

}  // namespace

bool Scenario::has(Policy policy) const {
  if (relay && !relay->permits(policy)) return false;
  return policies.empty() || std::ranges::find(policies, policy) != policies.end();
}

fakes::Service Scenario::service_of(std::string_view host) const {
  return relay && relay->host == host ? relay->service : fakes::Service::smtp;
}

bool Scenario::has_tlsa() const {
  return std::ranges::any_of(hosts, [](const Host& host) { return !host.tlsa.empty(); });
}

bool Scenario::speaks_of_tls() const {
  return std::ranges::any_of(
      messages, [](const Message& each) { return each.requiretls || each.tls_optional; });
}

bool Scenario::moves_clock() const {
  return std::ranges::any_of(messages, [](const Message& each) { return each.days > 0; });
}

bool Scenario::has_enforced_sts() const {
  return std::ranges::any_of(sts, [](const StsPublication& each) {
    return std::ranges::any_of(each.host.answers, [](const fakes::PolicyAnswer& answer) {
      return answer.body || answer.mode == fakes::PolicyMode::enforce;
    });
  });
}

const Host* Scenario::host(std::string_view wanted) const {
  const auto found = std::ranges::find(hosts, wanted, &Host::name);
  return found == hosts.end() ? nullptr : &*found;
}

const Sender* Scenario::sender(std::string_view wanted) const {
  const auto found = std::ranges::find(senders, wanted, &Sender::name);
  return found == senders.end() ? nullptr : &*found;
}

std::string Cell::address(std::string_view recipient) const {
  const bool elsewhere = recipient.find('@') != recipient.npos;
  return std::string(recipient) + (elsewhere ? "." : "@") + domain();
}

Cell cell_under(std::shared_ptr<const OwnPolicy> own, std::shared_ptr<const Scenario> scenario,
                ServerName server) {
  Cell cell{std::move(scenario), std::move(server)};
  cell.policy = own->level(cell.scenario->id);
  cell.own = std::move(own);
  return cell;
}

std::string absolute(std::string_view relative, std::string_view domain) {
  if (relative == "@") return std::string(domain);
  if (relative.ends_with('.')) return std::string(relative.substr(0, relative.size() - 1));
  return std::string(relative) + "." + std::string(domain);
}

std::string tlsa_owner(std::string_view host, fakes::Service service) {
  std::string owner = "_" + std::to_string(port_of(service)) + "._tcp";
  if (host != "@") owner.append(".").append(host);
  return owner;
}

std::string_view domain_of(std::string_view recipient) {
  const auto at = recipient.find('@');
  return at == recipient.npos ? std::string_view("@") : recipient.substr(at + 1);
}

std::vector<std::string> recipient_domains(const Scenario& scenario) {
  std::vector<std::string> all;
  for (const Message& message : scenario.messages)
    for (const std::string& recipient : message.recipients)
      if (const auto domain = domain_of(recipient); std::ranges::count(all, domain) == 0)
        all.emplace_back(domain);
  return all;
}

Policy Cell::level(std::string_view domain) const {
  if (!own || domain == "@") return policy;
  return own->level(scenario->id + "/" + std::string(domain));
}

std::vector<Policy> Cell::levels() const {
  std::vector<Policy> all;
  for (const std::string& domain : recipient_domains(*scenario))
    if (const Policy each = level(domain); std::ranges::count(all, each) == 0) all.push_back(each);
  return all;
}

std::string Cell::id() const {
  std::string text = scenario->id + "@" + server.text() + "/" + std::string(name(label()));
  if (attacker != Attacker::none) text += "~" + std::string(name(attacker));
  return text;
}

std::string Cell::domain() const {
  std::string text;
  std::string_view rest = scenario->id;
  while (!rest.empty()) {
    const auto slash = rest.rfind('/');
    text += rest.substr(slash == std::string_view::npos ? 0 : slash + 1);
    text += '.';
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(0, slash);
  }
  text += dns_label(name(label()));
  if (attacker != Attacker::none) text += "." + std::string(name(attacker));
  return text + ".test";
}

}  // namespace smtprig::model
