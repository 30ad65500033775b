// What the domain of one variant of a scenario publishes of TLS reporting.
#pragma once

#include <vector>

#include "harness/model/scenario.hpp"
#include "harness/xml/vary.hpp"

namespace smtprig::xml {

// Fills scenario.tlsrpt from its <tlsrpt>. Reports what cannot be: a second one, one beside a
// <sender> or a <relay>, attributes without effect.
void read_tlsrpt(const std::vector<Flat>& children, model::Scenario& scenario, Problems& problems);

}  // namespace smtprig::xml
