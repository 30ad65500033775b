// Planned faults against what happened: which rules of the scenario acted, and whether one kept
// still although the server came to its place.
#pragma once

#include <string>
#include <vector>

#include "fakes/journal.hpp"
#include "harness/model/cell.hpp"

namespace smtprig::judge {

struct Faults {
  bool planned = false;  // the scenario has rules
  bool fired = false;    // at least one of them acted
  // A rule that must have acted and did not: "mx smtp=RCPT at connection 1"; usually empty.
  std::string missed;
};

Faults faults_of(const model::Scenario& scenario, const std::vector<fakes::Event>& journal);

}  // namespace smtprig::judge
