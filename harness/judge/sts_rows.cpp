// The rows of MTA-STS: what a domain says of its MX hosts, and whether a sender may believe it.
#include "harness/judge/oracle_rules.hpp"

namespace smtprig::judge::rows {

using model::Force;
using enum model::Cause;

const Row sts_not_named{
    .id = "4.20",
    .title = "an enforced policy does not name the MX host",
    .clause = "RFC 8461 4.1, 5",
    .force = Force::must,
    .causes = {validation_failure, certificate_host_mismatch, sts_policy_invalid}};
const Row sts_enforced{.id = "4.20b",
                       .title = "an enforced policy names the MX host",
                       .clause = "RFC 8461 4, 4.2, 5",
                       .force = Force::must,
                       .note =
                           "the certificate needs a DNS-ID for the MX host; a common name never "
                           "counts"};
const Row sts_absent{.id = "4.21",
                     .title = "no policy applies",
                     .clause = "RFC 8461 3.1, 3.3",
                     .force = Force::must,
                     .note = "no record, none that counts, or no policy to be had, and none kept"};
const Row sts_kept{.id = "4.21b",
                   .title = "a policy may have been kept",
                   .clause = "RFC 8461 3.3, 5.1",
                   .force = Force::must};
const Row sts_lookup_failed{.id = "4.21e",
                            .title = "lookup of the policy's record fails",
                            .clause = "RFC 8461 10.2",
                            .force = Force::meaning,
                            .note = "a message may wait for it, or go as if there were none"};
const Row sts_open{.id = "4.22",
                   .title = "the RFC leaves open whether the policy counts",
                   .clause = "RFC 8461 3.1, 3.2, 3.3",
                   .force = Force::meaning};
const Row sts_testing{.id = "4.23b",
                      .title = "a policy in mode testing",
                      .clause = "RFC 8461 5",
                      .force = Force::meaning,
                      .note = "failures are reported, and the message goes as if there were none"};
const Row sts_without_tls{.id = "4.24",
                          .title = "an enforced policy, and TLS does not come up",
                          .clause = "RFC 8461 5",
                          .force = Force::must,
                          .causes = {starttls_not_supported, validation_failure}};
const Row sts_beside_dane{.id = "5.1",
                          .title = "DANE authenticates a host that an enforced policy refuses",
                          .clause = "RFC 8461 2, 5",
                          .force = Force::meaning,
                          .note =
                              "not settled: RFC 8461 2 forbids only that MTA-STS overrides a "
                              "failing DANE"};

}  // namespace smtprig::judge::rows
