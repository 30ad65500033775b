// The rows of RFC 8689: messages that ask for TLS by themselves, or for mail to go through whatever
// TLS does.
#include "harness/judge/oracle_rules.hpp"

namespace smtprig::judge::rows {

using model::Force;
using enum model::Cause;

const Row requiretls_not_offered{
    .id = "7.26",
    .title = "REQUIRETLS, and the host does not offer it inside TLS",
    .clause = "RFC 8689 4.2.1",
    .force = Force::must,
    .note = "every MX host is tried, then the message is returned: 5.7.30"};
const Row requiretls_met{.id = "7.26c",
                         .title = "REQUIRETLS, and the host meets it",
                         .clause = "RFC 8689 2, 4.2.1",
                         .force = Force::must};
const Row requiretls_insecure_mx{
    .id = "7.26d",
    .title = "REQUIRETLS, and neither DNSSEC nor MTA-STS vouches for the MX host's name",
    .clause = "RFC 8689 4.2.1",
    .force = Force::must,
    .causes = {validation_failure}};
const Row requiretls_unproven{
    .id = "7.26e",
    .title = "REQUIRETLS, and the certificate does not prove the MX host's name",
    .clause = "RFC 8689 4.2.1",
    .force = Force::must,
    .causes = {certificate_not_trusted, certificate_host_mismatch, certificate_expired}};
const Row requiretls_by_tlsa{
    .id = "7.26f",
    .title = "REQUIRETLS, and the certificate meets TLSA records but not RFC 6125",
    .clause = "RFC 8689 2, 4.2.1; RFC 7672 3.1.1",
    .force = Force::meaning,
    .note = "RFC 8689 2 lets DANE do, its 4.2.1 asks for the name too"};
const Row requiretls_without_tls{.id = "7.26h",
                                 .title = "REQUIRETLS, and TLS does not come up",
                                 .clause = "RFC 8689 4.2.1",
                                 .force = Force::must,
                                 .causes = {starttls_not_supported, validation_failure},
                                 .note = "the message is returned: 5.7.10"};
const Row tls_optional{.id = "7.26n",
                       .title = "TLS-Required: No",
                       .clause = "RFC 8689 3, 4.2.2",
                       .force = Force::must,
                       .note = "what the recipient's domain asserts does not stop the message"};
const Row tls_optional_here{.id = "7.26s",
                            .title = "TLS-Required: No, under a level of the sender's own",
                            .clause = "RFC 8689 3",
                            .force = Force::meaning,
                            .note = "the field speaks of the recipient's policies alone"};

}  // namespace smtprig::judge::rows
