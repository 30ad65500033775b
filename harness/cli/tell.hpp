// What is said on standard error before a run: what its servers cannot do, and what is left out for
// that.
#pragma once

#include "harness/model/scenario.hpp"
#include "harness/plan/plan.hpp"
#include "harness/run/runner.hpp"

#include <memory>
#include <vector>

namespace smtprig::cli {

// Logins at relays, for want of a library.
void tell_logins(const std::vector<run::ServerChoice>& servers);
// Whole policies, for want of a file.
void tell_left_out(const std::vector<run::ServerChoice>& servers);
// Selected scenarios for which a server has no means: nobody has to heed RFC 8689, and not every
// clock can be moved.
void tell_lacking(const std::vector<plan::ServerColumn>& columns,
                  const std::vector<std::shared_ptr<const model::Scenario>>& scenarios,
                  const plan::Selection& selection);

}  // namespace smtprig::cli
