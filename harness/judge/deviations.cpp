// See deviations.hpp.
#include "harness/judge/deviations.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "harness/model/pattern.hpp"

namespace smtprig::judge {
namespace {

std::vector<unsigned> numbers(std::string_view version) {
  std::vector<unsigned> result;
  while (!version.empty()) {
    const auto dot = version.find('.');
    const std::string_view part = version.substr(0, dot);
    unsigned number = 0;
    std::from_chars(part.data(), part.data() + part.size(), number);
    result.push_back(number);
    version.remove_prefix(dot == version.npos ? version.size() : dot + 1);
  }
  return result;
}

}  // namespace

bool version_within(std::string_view version, std::string_view from, std::string_view to) {
  const auto own = numbers(version);
  if (!from.empty() && own < numbers(from)) return false;
  if (to.empty()) return true;
  // "3.7" as an upper end includes 3.7.11.
  const auto last = numbers(to);
  const std::vector<unsigned> start(
      own.begin(), own.begin() + static_cast<std::ptrdiff_t>(std::min(own.size(), last.size())));
  return start <= last;
}

std::vector<const model::KnownDeviation*> entries_for(
    const model::Cell& cell, const std::vector<model::KnownDeviation>& known) {
  std::vector<const model::KnownDeviation*> result;
  const std::string scenario = cell.scenario->id + "/";
  std::vector<std::string> paths = {scenario + std::string(name(cell.label()))};
  // What a server does at a level it does under a policy of the user's own too.
  if (cell.own && cell.levels().size() == 1)
    paths.push_back(scenario + std::string(name(cell.levels().front())));
  const auto names_it = [&](const model::KnownDeviation& entry) {
    return std::ranges::any_of(
        paths, [&](const std::string& path) { return model::glob_matches(entry.cells, path); });
  };
  using enum model::Attacker;
  const bool attacked = cell.attacker != none && cell.attacker != passive;
  for (const model::KnownDeviation& entry : known)
    if (entry.server == cell.server.name && names_it(entry) && (!entry.attacked || attacked) &&
        version_within(cell.server.version, entry.version_from, entry.version_to))
      result.push_back(&entry);
  return result;
}

bool describes(const model::KnownDeviation& entry, const model::RecipientOutcome& outcome) {
  if (!entry.delivery && !entry.channel && entry.status.empty()) return false;
  return (!entry.delivery || *entry.delivery == outcome.delivery) &&
         (!entry.channel || *entry.channel == outcome.channel) &&
         (entry.status.empty() || entry.status == outcome.status);
}

bool describes(const model::KnownDeviation& entry, const model::Violation& violation) {
  return !entry.violation.empty() && entry.violation == violation.rule;
}

}  // namespace smtprig::judge
