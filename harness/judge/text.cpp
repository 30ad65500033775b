// Outcomes in words, for people.
#include "harness/judge/judge.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace smtprig::judge {
namespace {

std::string words(model::Delivery delivery, model::Channel channel, const std::string& via) {
  std::string result(name(delivery));
  const bool arrived =
      delivery == model::Delivery::delivered || delivery == model::Delivery::duplicated;
  if (arrived && channel != model::Channel::none) result += " " + std::string(name(channel));
  if (arrived && !via.empty()) result += " via " + via;
  return result;
}

// "m2 bob": what is permitted of one message or recipient alone; empty: of all.
std::string whose(const model::Permitted& permitted) {
  if (permitted.message.empty() || permitted.recipient.empty())
    return permitted.message + permitted.recipient;
  return permitted.message + " " + permitted.recipient;
}

}  // namespace

std::string text(const model::RecipientOutcome& outcome) {
  return words(outcome.delivery, outcome.channel, outcome.via);
}

std::string text(const model::Permitted& permitted) {
  const std::string who = whose(permitted);
  const std::string fate = words(permitted.delivery, permitted.channel, permitted.via);
  return who.empty() ? fate : who + " " + fate;
}

std::string text(const std::vector<model::Permitted>& permitted) {
  std::vector<std::pair<std::string, std::string>> fates;  // by whose mail it is, as they come
  for (const model::Permitted& each : permitted) {
    const std::string who = whose(each);
    const std::string fate = words(each.delivery, each.channel, each.via);
    const auto found = std::ranges::find(fates, who, &decltype(fates)::value_type::first);
    if (found == fates.end()) {
      fates.emplace_back(who, fate);
    } else {
      found->second += " or " + fate;
    }
  }
  std::string result;
  for (const auto& [who, fate] : fates) {
    if (!result.empty()) result += "; ";
    result += who.empty() ? fate : who + " " + fate;
  }
  return result;
}

}  // namespace smtprig::judge
