// See own_policy.hpp.
#include "harness/model/own_policy.hpp"

#include <algorithm>
#include <optional>

#include "harness/model/pattern.hpp"

namespace smtprig::model {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

// What comes before the separator, which is taken away with it; all if there is none.
std::string_view taken(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto part = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return trimmed(part);
}

bool is_level(Policy policy) {
  return std::ranges::count(policies, policy) != 0;
}

std::string list_of_levels() {
  std::string text;
  for (const Policy policy : policies)
    text += " " + std::string(name(policy));
  return text;
}

std::optional<Policy> level_named(std::string_view text) {
  const auto policy = policy_named(text);
  return policy && is_level(*policy) ? policy : std::nullopt;
}

std::string no_level(std::string_view text) {
  return "\"" + std::string(text) + "\" is none of" + list_of_levels();
}

std::string name_of(const OwnPolicy& policy) {
  std::string text = std::string(name(policy.fallback)) + "-but";
  for (const PolicyException& each : policy.exceptions)
    text += "-" + std::string(name(each.level));
  std::ranges::replace(text, '+', '-');
  return text;
}

}  // namespace

Policy OwnPolicy::level(const std::string& path) const {
  for (const PolicyException& exception : exceptions)
    for (const std::string& pattern : exception.domains)
      if (path_matches(pattern, path)) return exception.level;
  return fallback;
}

bool OwnPolicy::has_level(Policy policy) const {
  return fallback == policy || std::ranges::count(exceptions, policy, &PolicyException::level) != 0;
}

std::string OwnPolicy::text() const {
  std::string text = name + " = " + std::string(model::name(fallback));
  for (const PolicyException& exception : exceptions) {
    text += ", " + std::string(model::name(exception.level)) + ":";
    for (const std::string& pattern : exception.domains)
      text += " " + pattern;
  }
  return text;
}

std::string problem_of(const OwnPolicy& policy) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-";
  const std::string_view name = policy.name;
  if (policy_named(name)) return "\"" + policy.name + "\" is the name of a policy already";
  if (name.empty() || name.size() > own_policy_name_bytes_max ||
      name.find_first_not_of(allowed) != name.npos || name.starts_with('-') || name.ends_with('-'))
    return "\"" + policy.name +
           "\" is no name: it takes up to 40 lower-case letters, digits and, within, hyphens";
  if (!is_level(policy.fallback)) return no_level(model::name(policy.fallback));
  if (policy.exceptions.empty()) return "it has no exception";
  for (const PolicyException& exception : policy.exceptions) {
    if (!is_level(exception.level)) return no_level(model::name(exception.level));
    if (exception.domains.empty())
      return "no domain is named for " + std::string(model::name(exception.level));
  }
  return {};
}

boost::system::result<OwnPolicy, OwnPolicyError> own_policy_of(std::string_view text) {
  OwnPolicy policy;
  std::string_view rest = text;
  if (rest.find('=') != rest.npos) policy.name = taken(rest, '=');
  const bool named = rest.size() != text.size();
  const std::string_view first = taken(rest, ',');
  const auto fallback = level_named(first);
  if (!fallback) return OwnPolicyError{no_level(first)};
  policy.fallback = *fallback;
  while (!rest.empty()) {
    std::string_view part = taken(rest, ',');
    const std::string_view level = taken(part, ':');
    PolicyException exception;
    const auto known = level_named(level);
    if (!known) return OwnPolicyError{no_level(level)};
    exception.level = *known;
    for (part = trimmed(part); !part.empty(); part = trimmed(part)) {
      const auto end = std::min(part.find_first_of(" \t\n"), part.size());
      exception.domains.emplace_back(part.substr(0, end));
      part.remove_prefix(end);
    }
    policy.exceptions.push_back(std::move(exception));
  }
  if (!named) policy.name = name_of(policy);
  if (auto problem = problem_of(policy); !problem.empty())
    return OwnPolicyError{std::move(problem)};
  return policy;
}

}  // namespace smtprig::model
