// The rows of DANE: what the DNS proves of a host, and what its certificate is worth by that.
#include "harness/judge/oracle_rules.hpp"

namespace smtprig::judge::rows {

using model::Force;
using enum model::Cause;

const Row tlsa{.id = "3.10",
               .title = "certificate meets a secure TLSA record",
               .clause = "RFC 7672 2.2, 3.1; RFC 7671 5, 8",
               .force = Force::must,
               .causes = {validation_failure},
               .note = "DANE-EE counts whatever the certificate says of names, dates and issuer"};
const Row tlsa_mismatch{
    .id = "3.12",
    .title = "certificate meets none of the secure TLSA records",
    .clause = "RFC 7672 2.2, 3.2, 9.1",
    .force = Force::must,
    .causes = {validation_failure, certificate_not_trusted, certificate_host_mismatch}};
const Row tlsa_unusable{.id = "3.13",
                        .title = "secure TLSA records, none of them usable",
                        .clause = "RFC 7672 2.2, 3.1.3; RFC 6698 4.1; RFC 7671 10.3",
                        .force = Force::must,
                        .causes = {tlsa_invalid, dane_required},
                        .note = "TLS is required all the same, and nobody is authenticated"};
const Row tlsa_failed{.id = "3.14",
                      .title = "lookup of TLSA records fails",
                      .clause = "RFC 7672 2.1.2, 2.2",
                      .force = Force::must,
                      .causes = {dnssec_invalid}};
const Row no_tlsa{.id = "3.14d",
                  .title = "no secure TLSA records",
                  .clause = "RFC 7672 2.1.1, 2.2, 2.2.2",
                  .force = Force::should,
                  .causes = {dane_required}};
const Row insecure_mx{.id = "3.15b",
                      .title = "TLSA records, and an MX answer that nothing proves",
                      .clause = "RFC 7672 2.2.1",
                      .force = Force::must,
                      .causes = {dane_required},
                      .note = "a sender may heed them; it does not know whose mail server that is"};
const Row tlsa_without_tls{.id = "3.24",
                           .title = "secure TLSA records, and TLS does not come up",
                           .clause = "RFC 7672 2.2",
                           .force = Force::must,
                           .causes = {starttls_not_supported, validation_failure}};

}  // namespace smtprig::judge::rows
