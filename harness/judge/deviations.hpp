// Known deviations: which entries speak of a cell, and whether they describe it exactly.
#pragma once

#include <vector>

#include "harness/model/cell.hpp"
#include "harness/model/known.hpp"
#include "harness/model/outcome.hpp"

namespace smtprig::judge {

// The entries for this server, version, scenario and policy. Never for an impostor's twin.
std::vector<const model::KnownDeviation*> entries_for(
    const model::Cell& cell, const std::vector<model::KnownDeviation>& known);

// Whether the entry says what became of this recipient, member by member. An entry that names only
// a violation says nothing of recipients.
bool describes(const model::KnownDeviation& entry, const model::RecipientOutcome& outcome);
bool describes(const model::KnownDeviation& entry, const model::Violation& violation);

// Dotted numbers, compared as numbers: "3.7.11" lies behind "3.7.9". What is no number is 0.
bool version_within(std::string_view version, std::string_view from, std::string_view to);

}  // namespace smtprig::judge
