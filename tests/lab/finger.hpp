// posttls-finger(1), Postfix' probe of a receiver's TLS, as a client that shares no code with the
// rig: what it says of the hosts of DANE scenarios, and what the oracle permits there.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/cell.hpp"
#include "harness/model/verdict.hpp"
#include "harness/servers/installed.hpp"
#include "postfix_body.hpp"

namespace smtprig::tests {

// What one run of it claims, by what it would mean for mail.
enum class Claim {
  none,           // nothing that this list knows
  authenticated,  // the certificate matches the TLSA records
  encrypted,      // DANE asks for no authentication here; TLS came up
  clear,          // DANE does not ask for TLS here; there is none
  refused,        // no mail
  // It takes dane-only for a demand on the host alone, and goes on where the MX record is not
  // secure; smtp(8) does not (RFC 7672 2.2.1).
  beyond,
};
std::string_view name(Claim claim);
// From its output under `dane` or `dane-only`.
Claim claim_of(std::string_view output, model::Policy policy);
// Whether a conforming sender may end so.
bool agrees(Claim claim, const model::Ruling& ruling);

// One host of a scenario under one policy, which is all that one run of it looks at.
struct FingerRow {
  model::Cell cell;    // of the scenario with that MX record alone
  std::string target;  // its argument
};
std::vector<FingerRow> finger_rows(const std::filesystem::path& suite);

// Runs in the lab: the output for each row, by the id of its cell.
Findings finger_all(const model::ServerDescription& description,
                    const servers::Installed& installed, const std::filesystem::path& suite);

}  // namespace smtprig::tests
