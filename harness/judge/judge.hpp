// Judging, pure: journal -> outcome -> verdict. No network, no clock, no files; tested by table.
#pragma once

#include <string>
#include <vector>

#include "fakes/journal.hpp"
#include "harness/model/cell.hpp"
#include "harness/model/known.hpp"
#include "harness/model/verdict.hpp"

namespace smtprig::judge {

// What was found in a journal, with the events that decided.
struct Classified {
  model::Outcome outcome;
  std::vector<std::size_t> evidence;  // indices into the journal
};

// What happened to each message and recipient, with invariants as violations. `attempts_planned` as in
// ServerDescription. The channel of a delivery is at most `encrypted` here; see authenticate().
Classified classify(const model::Cell& cell, const std::vector<fakes::Event>& journal,
                    unsigned attempts_planned);

// Raises `encrypted` deliveries to `authenticated` where both impostor twins were refused, all else
// equal (DESIGN: who is authenticated?). A twin that was not run proves nothing: pass nullptr.
void authenticate(model::Outcome& outcome, const model::Outcome* self_signed_twin,
                  const model::Outcome* other_name_twin);

// The oracle: what the cell may end as, by which rule and clause. A policy that is not covered yet
// throws std::logic_error; the planner never asks for one.
model::Ruling ruling(const model::Cell& cell);

// Written expectations of the scenario against the oracle: one text per contradiction without a
// `because`. Used by `validate`.
std::vector<std::string> contradictions(const model::Scenario& scenario);

// The verdict of one cell. `known`: all entries; those that match the cell are applied.
model::Judgement judge(const model::Cell& cell, const Classified& classified,
                       const model::Ruling& ruling, const std::vector<model::KnownDeviation>& known,
                       const std::vector<fakes::Event>& journal);

// "delivered encrypted via mx1"
std::string text(const model::RecipientOutcome& outcome);
std::string text(const model::Permitted& permitted);

}  // namespace smtprig::judge
