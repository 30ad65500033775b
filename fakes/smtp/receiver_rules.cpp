// See receiver_rules.hpp.
#include "fakes/smtp/receiver_rules.hpp"

#include <stdexcept>
#include <utility>

#include <re2/re2.h>

namespace smtprig::fakes::smtp {

ReceiverRules::ReceiverRules(ReceiverSpec spec) : spec_(std::move(spec)) {
  for (const Rule& rule : spec_.rules) {
    if (rule.when.argument.empty()) {
      patterns_.push_back(nullptr);
      continue;
    }
    RE2::Options options;
    options.set_log_errors(false);
    options.set_encoding(RE2::Options::EncodingLatin1);  // what a peer sends need not be UTF-8
    auto pattern = std::make_unique<RE2>(rule.when.argument, options);
    if (!pattern->ok())
      throw std::invalid_argument("rule " + rule.id + ": argument: " + pattern->error());
    patterns_.push_back(std::move(pattern));
  }
}

ReceiverRules::ReceiverRules(ReceiverRules&&) noexcept = default;
ReceiverRules::~ReceiverRules() = default;

const Rule* ReceiverRules::find(const Place& place) const {
  for (std::size_t i = 0; i < spec_.rules.size(); ++i) {
    const Selector& when = spec_.rules[i].when;
    if (when.position != place.position) continue;
    if (when.phase == Phase::pre_tls && place.tls) continue;
    if (when.phase == Phase::post_tls && !place.tls) continue;
    if (!when.nth.contains(place.nth) || !when.connection.contains(place.connection)) continue;
    const RE2* pattern = patterns_[i].get();
    bool argument =
        !pattern || RE2::PartialMatch(place.argument, *pattern) ||
        (!place.bare_argument.empty() && RE2::PartialMatch(place.bare_argument, *pattern));
    if (argument) return &spec_.rules[i];
  }
  return nullptr;
}

}  // namespace smtprig::fakes::smtp
