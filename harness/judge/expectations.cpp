// See expectations.hpp.
#include "harness/judge/expectations.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "harness/judge/inbound.hpp"
#include "harness/judge/judge.hpp"
#include "harness/judge/oracle.hpp"

namespace smtprig::judge {
namespace {

using model::Channel;
using model::Delivery;
using model::Expectation;
using model::Permitted;

template <typename T>
bool says(const std::vector<T>& list, const T& value) {
  return list.empty() || std::ranges::count(list, value) != 0;
}

bool speaks_of(const Expectation& expectation, model::Policy policy) {
  const bool says_something = !expectation.delivery.empty() || !expectation.channel.empty();
  return says_something && says(expectation.policies, policy);
}

// A channel is said of deliveries only.
bool allows(const Expectation& expectation, const Permitted& permitted) {
  return says(expectation.delivery, permitted.delivery) &&
         (permitted.delivery != Delivery::delivered ||
          says(expectation.channel, permitted.channel));
}

std::vector<Permitted> in_common(const Expectation& expectation,
                                 const std::vector<Permitted>& permitted) {
  std::vector<Permitted> result;
  std::ranges::copy_if(permitted, std::back_inserter(result),
                       [&](const Permitted& each) { return allows(expectation, each); });
  return result;
}

// What an expectation says by itself.
std::vector<Permitted> written(const Expectation& expectation) {
  std::vector<Permitted> result;
  auto deliveries = expectation.delivery;
  if (deliveries.empty()) deliveries = {Delivery::delivered};
  auto channels = expectation.channel;
  if (channels.empty()) channels = {Channel::authenticated, Channel::encrypted, Channel::plaintext};
  for (const Delivery delivery : deliveries) {
    if (delivery != Delivery::delivered)
      result.push_back({.delivery = delivery});
    else
      for (const Channel channel : channels)
        result.push_back({.delivery = delivery, .channel = channel});
  }
  return result;
}

// Those that the oracle covers.
std::vector<model::Policy> policies_of(model::Direction direction) {
  if (direction == model::Direction::inbound)
    return {model::inbound_policies.begin(), model::inbound_policies.end()};
  return {model::policies.begin(), model::policies.end()};
}

std::string place(const model::Location& location) {
  return fmt::format("{}:{}:{}", location.file, location.line, location.column);
}

}  // namespace

void apply_expectations(model::Ruling& ruling, const model::Scenario& scenario,
                        model::Policy policy) {
  for (const Expectation& expectation : scenario.expectations) {
    if (!speaks_of(expectation, policy)) continue;
    auto common = in_common(expectation, ruling.permitted);
    if (!common.empty()) {
      if (common.size() < ruling.permitted.size())
        ruling.notes.push_back("narrowed by the expectation at " + place(expectation.location));
      ruling.permitted = std::move(common);
    } else if (!expectation.because.empty()) {
      ruling.permitted = written(expectation);
      ruling.notes.push_back(fmt::format("the expectation at {} stands against the oracle: {}",
                                         place(expectation.location), expectation.because));
    }
  }
}

std::vector<std::string> contradictions(const model::Scenario& scenario) {
  std::vector<std::string> result;
  // The cell borrows the scenario for the length of this call.
  model::Cell cell{.scenario = {std::shared_ptr<void>(), &scenario}};
  for (const Expectation& expectation : scenario.expectations) {
    if (!expectation.because.empty()) continue;
    for (const model::Policy policy : policies_of(scenario.direction())) {
      if (!speaks_of(expectation, policy)) continue;
      cell.policy = policy;
      const model::Ruling ruling =
          cell.direction() == model::Direction::inbound ? inbound_ruling(cell) : ruling_of(cell);
      if (!in_common(expectation, ruling.permitted).empty()) continue;
      result.push_back(fmt::format(
          "{}: {} under {} is expected as {}, but the oracle permits {} ({}; {}): say because=",
          place(expectation.location), scenario.id, name(policy), text(written(expectation)),
          text(ruling.permitted), ruling.row, ruling.clause));
    }
  }
  return result;
}

}  // namespace smtprig::judge
