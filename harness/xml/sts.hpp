// What the domains of one variant of a scenario publish of MTA-STS.
#pragma once

#include <vector>

#include "harness/model/scenario.hpp"
#include "harness/xml/vary.hpp"

namespace smtprig::xml {

// Fills scenario.sts from its <sts>; wants messages and MX records read. Reports what cannot be:
// two for the same domain and time, a domain to which nothing goes, attributes without effect.
void read_sts(const std::vector<Flat>& children, model::Scenario& scenario, Problems& problems);

}  // namespace smtprig::xml
