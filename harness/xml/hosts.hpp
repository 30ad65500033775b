// The hosts and MX records of one variant of a scenario.
#pragma once

#include <vector>

#include "harness/model/scenario.hpp"
#include "harness/xml/scenario.hpp"

namespace smtprig::xml {

// Fills scenario.hosts and scenario.mx from its <host> and <mx>; reports unknown receivers,
// duplicate hosts and records, attributes that have no effect.
void read_hosts(const std::vector<Flat>& children, const Peers& peers, model::Scenario& scenario,
                Problems& problems);

// Reports MX records without a host and hosts that nothing leads to; wants records and faults read.
void check_routes(const std::vector<Flat>& children, const model::Scenario& scenario,
                  Problems& problems);

}  // namespace smtprig::xml
