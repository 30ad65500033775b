// See policy_table.hpp.
#include "harness/servers/embedded/policy_table.hpp"

#include "harness/servers/embedded/text_lines.hpp"

#include <fmt/format.h>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>

#include <algorithm>

namespace smtprig::embedded {
namespace {

using boost::system::result;

bool is_pin(std::string_view pin) {
  return pin.size() == 64 && std::all_of(pin.begin(), pin.end(), [](char c) {
           return ('0' <= c && c <= '9') || ('a' <= c && c <= 'f');
         });
}

}  // namespace

result<model::Policy, ConfigError> supported_policy(std::string_view name) {
  const auto policy = model::policy_named(name);
  if (!policy || std::ranges::count(model::policies, *policy) == 0) {
    return ConfigError{
        fmt::format("unknown policy \"{}\" (none, may, encrypt, fingerprint, verify, secure, dane, "
                    "dane-only, mta-sts, dane+mta-sts)",
                    name)};
  }
  return *policy;
}

result<void, ConfigError> PolicyTable::add(std::string_view domain, std::string_view policy,
                                           std::vector<std::string> pins) {
  const auto known = supported_policy(policy);
  if (!known) return known.error();
  if (domain.empty() || domain.back() == '.') {
    return ConfigError{fmt::format("\"{}\" is not a domain without final dot", domain)};
  }
  for (const std::string& pin : pins) {
    if (!is_pin(pin)) {
      return ConfigError{fmt::format("pin \"{}\" is not 64 lower-case hex digits", pin)};
    }
  }
  if (!pins.empty() && *known != model::Policy::fingerprint) {
    return ConfigError{fmt::format("policy {} of {} takes no pins", policy, domain)};
  }
  const auto place = entries_.try_emplace(boost::algorithm::to_lower_copy(std::string(domain)),
                                          PolicyEntry{*known, std::move(pins)});
  if (!place.second) return ConfigError{fmt::format("domain {} has two policies", domain)};
  return {};
}

result<void, ConfigError> PolicyTable::add_lines(std::string_view text) {
  for (const auto& [number, words] : text_lines(text)) {
    if (words.size() < 2 || words.size() > 3) {
      return ConfigError{fmt::format("line {}: expected: domain policy [pin|pin...]", number)};
    }
    std::vector<std::string> pins;
    if (words.size() == 3) {
      boost::algorithm::split(pins, words[2], boost::algorithm::is_any_of("|"));
    }
    const auto added = add(words[0], words[1], std::move(pins));
    if (!added) return ConfigError{fmt::format("line {}: {}", number, added.error().message)};
  }
  return {};
}

const PolicyEntry& PolicyTable::find(std::string_view domain) const {
  const auto place = entries_.find(boost::algorithm::to_lower_copy(std::string(domain)));
  return place == entries_.end() ? default_ : place->second;
}

}  // namespace smtprig::embedded
