// The rows of the oracle: one per class of receiver or route, with the clause that decides. A row
// says why; what may happen follows from composing them (oracle.cpp). docs/outcomes.md lists them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "harness/judge/facts.hpp"
#include "harness/model/verdict.hpp"

namespace smtprig::judge {

struct Row {
  std::string_view id;
  std::string_view title;
  std::string_view clause;
  model::Force force = model::Force::meaning;
  // RFC 8460 4.3 result types that fit a failure by this row; Cause::none fills up.
  model::Cause causes[3] = {};
  std::string_view note;
};

namespace rows {
extern const Row clear_by_policy, plain, ehlo_refused, good, tls_demanded;
extern const Row self_signed, expired, not_yet_valid, wrong_host, names_other_host,
    names_not_domain, untrusted, maybe_trusted, not_for_servers, anonymous, common_name, odd_name,
    odd_chain, weak, forbidden, must_staple, revoked, bad_staple, unasked_staple, by_name, two_keys;
extern const Row starttls_transient, starttls_permanent, handshake_failed, lost_after_tls, old_tls,
    new_tls_only, injected, nothing_in_common, ticket_refused, name_refused, protocol_refused,
    certificate_demanded, short_dh;
extern const Row null_mx, null_mx_beside, null_mx_odd, no_domain, implicit_mx, no_address,
    lookup_failed, lookup_recovers, alias, next_mx, unreachable, own_mx, literal, greeting_refused,
    transient, permanent, garbage;
extern const Row no_eight_bit, no_smtputf8, too_large;
extern const Row tlsa, tlsa_mismatch, tlsa_unusable, tlsa_failed, no_tlsa, insecure_mx,
    tlsa_without_tls;
extern const Row sts_not_named, sts_enforced, sts_absent, sts_kept, sts_lookup_failed, sts_open,
    sts_testing, sts_without_tls, sts_beside_dane;
extern const Row relayed, implicit_tls, login, no_login, login_refused, login_demanded,
    lhlo_refused, each_recipient;
extern const Row requiretls_not_offered, requiretls_met, requiretls_insecure_mx,
    requiretls_unproven, requiretls_by_tlsa, requiretls_without_tls, tls_optional,
    tls_optional_here;
}  // namespace rows

// All of them, in the order of their ids.
std::span<const Row* const> all_rows();

// The row of a certificate that is not good in every respect, or rows::good.
const Row& certificate_row(const CertificateFacts& certificate);

// What such a receiver does in a handshake by which a conforming client may fail, and may not: it
// depends on what the client sends, and takes. `connection`: ordinal over all to the host.
std::vector<const Row*> doubts_of(const HostFacts& host, std::uint32_t connection);
// The same of what it shows and speaks.
std::vector<const Row*> doubts_of(const fakes::ReceiverSpec& receiver,
                                  const CertificateFacts& certificate);

}  // namespace smtprig::judge
