// The sections of the terminal report; see terminal.hpp. Internal to reports/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/run.hpp"
#include "reports/symbol.hpp"
#include "reports/tally.hpp"
#include "reports/terminal.hpp"
#include "reports/tradeoff.hpp"

namespace smtprig::reports {

// SGR around `text`, if the style has colour.
std::string painted(std::string_view text, Colour colour, const TerminalStyle& style);

// What each policy costs and protects, and which scenarios that is due to; empty without rows.
std::string answer(const std::vector<Tradeoff>& rows, std::string_view title,
                   const TerminalStyle& style);

// The matrix of one server. `cells`: its results, in the order of ordered().
std::string matrix(const std::vector<const model::CellResult*>& cells, const RunFacts& facts,
                   const TerminalStyle& style);

// Bars, then counts and per cent, one line per policy each.
std::string policy_shares(const std::vector<PolicyCounts>& counts, const TerminalStyle& style);

// Each unexpected cell; errors with the same reason together, behind those of the whole run. Empty
// if there is none.
std::string unexpected_cells(const std::vector<const model::CellResult*>& cells, const Run& run,
                             const TerminalStyle& style);

}  // namespace smtprig::reports
