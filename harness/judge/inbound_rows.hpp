// The rows of the inbound oracle: one per class of sender, with the clause that decides.
#pragma once

#include <span>

#include "harness/judge/oracle_rules.hpp"

namespace smtprig::judge {

namespace inbound_rows {
extern const Row plaintext, if_offered, required, trusted, self_signed, expired, wrong_purpose,
    untrusted, maybe_trusted, implicit, unasked, parameter, again, injected, no_ehlo, names_differ,
    old_tls, nothing_in_common, no_client_hello, breaks_off, server_name, auth_in_clear, auth,
    false_end, odd, foreign, drops, resumes, offers_protocols, unoffered, binary;
}  // namespace inbound_rows

// All of them, in the order of their ids.
std::span<const Row* const> all_inbound_rows();

}  // namespace smtprig::judge
