// Written expectations of a scenario beside the oracle's ruling.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/model/verdict.hpp"

namespace smtprig::judge {

// Narrows what is permitted to what an expectation for this policy says. One with a `because`
// stands in place of the oracle where the two have nothing in common.
void apply_expectations(model::Ruling& ruling, const model::Scenario& scenario,
                        model::Policy policy);

}  // namespace smtprig::judge
