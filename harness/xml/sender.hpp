// The senders of one variant of a scenario, and the host to which the server relays what it takes.
#pragma once

#include <vector>

#include "harness/model/scenario.hpp"
#include "harness/xml/vary.hpp"

namespace smtprig::xml {

// Fills scenario.senders from its <sender>; wants messages and hosts read. Without <host> and <mx>
// an honest one in clear stands at the end of the way, for every domain of the recipients. Reports
// what cannot be: steps behind the end, unknown or orphaned messages, attributes without effect.
void read_senders(const std::vector<Flat>& children, model::Scenario& scenario, Problems& problems);

}  // namespace smtprig::xml
