// See catalogue.hpp.
#include "harness/cli/catalogue.hpp"

#include "harness/model/pattern.hpp"
#include "harness/xml/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace smtprig::cli {
namespace {

constexpr std::size_t near_max = 5;

std::string_view last_component(std::string_view id) {
  const auto slash = id.rfind('/');
  return slash == std::string_view::npos ? id : id.substr(slash + 1);
}

// Ids that somebody who typed `pattern` may have meant, best first: the nearest by spelling, those
// whose last component is spelt nearly so, those that hold the pattern.
std::vector<std::string> near_ids(std::string_view pattern, const std::vector<std::string>& ids) {
  const auto wanted = pattern.substr(0, pattern.find('@'));
  std::vector<std::string> near;
  const auto add = [&](const std::string& id) {
    if (!id.empty() && near.size() < near_max && std::ranges::count(near, id) == 0)
      near.push_back(id);
  };
  std::set<std::string> parts;  // prefixes that select, "cert"
  for (const auto& id : ids)
    for (auto slash = id.find('/'); slash != std::string::npos; slash = id.find('/', slash + 1))
      parts.insert(id.substr(0, slash));
  add(xml::nearest(wanted, ids));
  add(xml::nearest(wanted, {parts.begin(), parts.end()}));
  std::vector<std::string> tails;
  for (const auto& id : ids)
    tails.emplace_back(last_component(id));
  if (const auto tail = xml::nearest(last_component(wanted), tails); !tail.empty())
    for (const auto& id : ids)
      if (last_component(id) == tail) add(id);
  std::string core(wanted);
  std::erase_if(core, [](char c) { return c == '*' || c == '?'; });
  for (const auto& id : ids)
    if (!core.empty() && id.find(core) != std::string::npos) add(id);
  return near;
}

}  // namespace

Targets targets_of(const std::vector<std::string>& words,
                   const std::vector<std::filesystem::path>& scenarios) {
  Targets targets;
  for (const auto& word : words) {
    std::error_code ignored;
    if (std::filesystem::exists(word, ignored)) {
      targets.paths.emplace_back(word);
    } else {
      targets.patterns.push_back(word);
    }
  }
  if (targets.paths.empty()) targets.paths = scenarios;
  return targets;
}

std::optional<std::string> unmatched_pattern(
    const std::vector<std::string>& patterns,
    const std::vector<std::shared_ptr<const model::Scenario>>& scenarios,
    const std::vector<plan::ServerColumn>& columns) {
  for (const auto& pattern : patterns) {
    bool matched = false;
    for (const auto& scenario : scenarios)
      for (const auto& column : columns)
        for (const auto& cell : column.cells_of(scenario))
          matched = matched || plan::matches(pattern, cell) ||
                    !plan::attacked_cells(cell, {.patterns = {pattern}}).empty();
    if (matched) continue;
    std::vector<std::string> ids;
    for (const auto& scenario : scenarios)
      ids.push_back(scenario->id);
    const auto near = near_ids(pattern, ids);
    return fmt::format("\"{}\" selects nothing{}; `smtprig list` shows all ids", pattern,
                       near.empty() ? "" : fmt::format("; near it: {}", fmt::join(near, ", ")));
  }
  return std::nullopt;
}

std::vector<LeftOut> left_out(const std::vector<std::shared_ptr<const model::Scenario>>& scenarios,
                              const std::vector<plan::ServerColumn>& columns,
                              const plan::Selection& selection) {
  const auto is_selected = [&](const std::shared_ptr<const model::Scenario>& scenario) {
    if (selection.direction && scenario->direction() != *selection.direction) return false;
    const auto selects = [&](const model::Cell& cell) {
      return plan::is_selected(cell, selection.patterns);
    };
    return std::ranges::any_of(columns, [&](const plan::ServerColumn& column) {
      return std::ranges::any_of(plan::selected(column, selection).cells_of(scenario), selects);
    });
  };
  std::vector<LeftOut> list;
  for (const auto& scenario : scenarios)
    if (auto reason = left_out_of(selection.dns, *scenario);
        !reason.empty() && is_selected(scenario))
      list.push_back({scenario->id, std::move(reason)});
  std::ranges::sort(list, {}, &LeftOut::scenario);
  return list;
}

std::string text(const std::vector<LeftOut>& list) {
  if (list.empty()) return {};
  std::string all = fmt::format("left out with --dns signed: {} scenario{}\n", list.size(),
                                list.size() == 1 ? "" : "s");
  for (const auto& one : list)
    all += fmt::format("  {}: {}\n", one.scenario, one.reason);
  return all;
}

std::vector<std::string> idle_exceptions(
    const model::OwnPolicies& policies,
    const std::vector<std::shared_ptr<const model::Scenario>>& scenarios) {
  std::vector<std::string> paths;  // of all domains
  for (const auto& scenario : scenarios) {
    if (scenario->direction() == model::Direction::inbound) continue;
    for (const auto& domain : recipient_domains(*scenario))
      paths.push_back(domain == "@" ? scenario->id : scenario->id + "/" + domain);
  }
  std::vector<std::string> told;
  for (const auto& policy : policies)
    for (const auto& exception : policy->exceptions)
      for (const auto& pattern : exception.domains) {
        const auto fits = [&](const auto& path) { return model::path_matches(pattern, path); };
        if (std::ranges::any_of(paths, fits)) continue;
        const auto near = near_ids(pattern, paths);
        told.push_back(
            fmt::format("{}: \"{}\" names no domain of these scenarios{}", policy->name, pattern,
                        near.empty() ? "" : fmt::format("; near it: {}", fmt::join(near, ", "))));
      }
  return told;
}

}  // namespace smtprig::cli
