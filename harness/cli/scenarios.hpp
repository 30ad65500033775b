// Reading scenarios for a command: where they come from, and what is said when they are not as they
// must be.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/cli/options.hpp"
#include "harness/cli/share.hpp"
#include "harness/xml/read.hpp"

namespace smtprig::cli {

using Scenarios = std::vector<std::shared_ptr<const model::Scenario>>;

std::vector<std::filesystem::path> scenario_paths(const Sources& sources, const Share& share);

// Throws Failure with all problems, and `then` behind them.
Scenarios read_scenarios(const std::vector<std::filesystem::path>& paths, const std::string& then);

// All of them, each on lines of its own, without control characters.
std::string problems_text(const std::vector<xml::Problem>& problems);

}  // namespace smtprig::cli
