// See cell.hpp.
#include "harness/model/cell.hpp"

#include <algorithm>
#include <ranges>

namespace smtprig::model {
namespace {

// A DNS label from a name of ours: only '+' is not one already ("dane+mta-sts").
std::string label(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '+', '-');
  return text;
}

}  // namespace

bool Scenario::has(Policy policy) const {
  return policies.empty() || std::ranges::find(policies, policy) != policies.end();
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

std::string Cell::id() const {
  std::string text = scenario->id + "@" + server.text() + "/" + std::string(name(policy));
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
  text += label(name(policy));
  if (attacker != Attacker::none) text += "." + std::string(name(attacker));
  return text + ".test";
}

}  // namespace smtprig::model
