// How the DNS of a lab proves what is secure, and what that leaves of the scenarios.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/model/scenario.hpp"

namespace smtprig::model {

enum class DnsMode {
  claimed,      // the rig's DNS stands for a validating resolver, and sets AD by itself
  signed_zones  // it signs its zones; a real resolver validates them in front of the server
};

// "claimed", "signed": values of --dns.
std::string_view name(DnsMode mode);
std::optional<DnsMode> dns_mode_named(std::string_view name);

// Why a scenario is left out in that mode: a resolver would hide or change what is wrong with its
// DNS, or no signed zone can be so. Empty: it is played.
std::string left_out_of(DnsMode mode, const Scenario& scenario);

}  // namespace smtprig::model
