// Outcomes in words, for people.
#include "harness/judge/judge.hpp"

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

}  // namespace

std::string text(const model::RecipientOutcome& outcome) {
  return words(outcome.delivery, outcome.channel, outcome.via);
}

std::string text(const model::Permitted& permitted) {
  std::string result = words(permitted.delivery, permitted.channel, permitted.via);
  if (!permitted.recipient.empty()) result = permitted.recipient + " " + result;
  if (!permitted.message.empty()) result = permitted.message + " " + result;
  return result;
}

}  // namespace smtprig::judge
