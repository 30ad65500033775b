// The scenarios that a command line means: which words are files, which are patterns, which
// patterns select nothing.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/plan/plan.hpp"

namespace smtprig::cli {

struct Targets {
  std::vector<std::filesystem::path> paths;  // of scenarios
  std::vector<std::string> patterns;
};

// A word that names an existing file or folder is a path, all else a pattern. Without a path the
// scenarios come from `scenarios` (the shipped folder, --scenarios, a project's).
Targets targets_of(const std::vector<std::string>& words,
                   const std::vector<std::filesystem::path>& scenarios);

// For the first pattern that selects no cell of `columns`: a text that names the nearest ids.
std::optional<std::string> unmatched_pattern(
    const std::vector<std::string>& patterns,
    const std::vector<std::shared_ptr<const model::Scenario>>& scenarios,
    const std::vector<plan::ServerColumn>& columns);

struct LeftOut {
  std::string scenario;
  std::string reason;
};

// What is selected, and cannot be played in the selection's mode of the DNS; in the order of ids.
std::vector<LeftOut> left_out(const std::vector<std::shared_ptr<const model::Scenario>>& scenarios,
                              const std::vector<plan::ServerColumn>& columns,
                              const plan::Selection& selection);
// "left out with --dns signed: 2 scenarios", and a line for each.
std::string text(const std::vector<LeftOut>& list);

// What the exceptions of the user's own policies name that no domain fits, each in one line: such
// an exception would silently be none.
std::vector<std::string> idle_exceptions(
    const model::OwnPolicies& policies,
    const std::vector<std::shared_ptr<const model::Scenario>>& scenarios);

}  // namespace smtprig::cli
