// What a scenario says of MTA-STS (RFC 8461), as it stands on the wire of a cell. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "harness/model/scenario.hpp"

namespace smtprig::model {

// RFC 8461 3.1, 3.2: relative names, so that they can be looked up in a scenario's records.
std::string sts_record_owner(std::string_view domain);  // "_mta-sts", "_mta-sts.other"
std::string sts_policy_host(std::string_view domain);   // "mta-sts", "mta-sts.other"

// "*.@" -> "*.x.test", "mx" -> "mx.x.test", "*.other.test." -> "*.other.test".
std::string absolute_pattern(std::string_view pattern, std::string_view domain);
// An answer with its patterns made absolute, in a body of the scenario's own too: those behind
// "mx:" at the beginning of a line.
fakes::PolicyAnswer absolute_policy(fakes::PolicyAnswer answer, std::string_view domain);

// What `domain` publishes when message `index` of the scenario is sent; nullptr: nothing.
const StsPublication* sts_at(const Scenario& scenario, std::string_view domain, std::size_t index);

}  // namespace smtprig::model
