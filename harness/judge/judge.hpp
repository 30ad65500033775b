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
  std::string incomplete;  // why this is not the end: "bob: 1 of 3 planned attempts"; usually empty
};

// What happened to each message and recipient, with broken rules as violations: "invariant/..." and
// "conduct/..." fail a cell, "advice/..." is shown only. `attempts_planned` as in
// ServerDescription. The channel of a delivery is at most `encrypted` here; see authenticate().
// Injected events come per message and recipient; the first new token is the first message's.
Classified classify(const model::Cell& cell, const std::vector<fakes::Event>& journal,
                    unsigned attempts_planned);

// Raises `encrypted` deliveries to `authenticated` where both impostor twins were refused, all else
// equal: each twin met TLS at the host that took the honest original, and gave it no byte of
// envelope or content. A twin that was not run proves nothing: pass nullptr.
void authenticate(model::Outcome& outcome, const model::Outcome* self_signed_twin,
                  const model::Outcome* other_name_twin);

// The same for a client that a server under test has trusted: the twin, all else equal, showed a
// certificate of its own making and was refused.
void authenticate_client(model::Outcome& outcome, const model::Outcome* self_signed_twin);

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

// The entries that would make a failed cell `known`: one for each way in which a recipient ended
// that is not permitted, one for each broken rule. Server, cells and reason are left to the caller.
// Empty: nothing is wrong, or the server fell, which no entry can excuse.
std::vector<model::KnownDeviation> deviations_of(const model::Outcome& outcome,
                                                 const model::Ruling& ruling);

// "delivered encrypted via mx1"; a permitted one that speaks of one recipient: "bob deferred"
std::string text(const model::RecipientOutcome& outcome);
std::string text(const model::Permitted& permitted);
// All of them, by message and recipient: "deferred or bounced", "bob deferred; carol delivered
// encrypted".
std::string text(const std::vector<model::Permitted>& permitted);

}  // namespace smtprig::judge
