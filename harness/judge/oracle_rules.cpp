// See oracle_rules.hpp. Rows 2.x: channel and certificate; 3.x is in dane_rows.cpp, 6.x in
// routing_rows.cpp, 7.x in requiretls_rows.cpp, 8.x in relay_rows.cpp.
#include "harness/judge/oracle_rules.hpp"

namespace smtprig::judge {
namespace rows {

using model::Force;
using enum model::Cause;

// A failed check never justifies plaintext where encryption works.
constexpr std::string_view no_plaintext =
    "under may a bad certificate is no reason for plaintext: encryption works (RFC 7435 4)";

const Row clear_by_policy{
    .id = "2.0", .title = "policy never uses TLS", .clause = "RFC 3207 4", .force = Force::meaning};
const Row plain{.id = "2.1",
                .title = "no STARTTLS offered",
                .clause = "RFC 3207 4, 6",
                .force = Force::meaning,
                .causes = {starttls_not_supported}};
const Row ehlo_refused{.id = "2.1b",
                       .title = "EHLO refused, HELO works",
                       .clause = "RFC 5321 2.2.1, 3.2",
                       .force = Force::must,
                       .causes = {starttls_not_supported}};
const Row good{.id = "2.2",
               .title = "STARTTLS and certificate good",
               .clause = "RFC 3207 4",
               .force = Force::meaning};
const Row tls_demanded{.id = "2.2b",
                       .title = "receiver demands TLS",
                       .clause = "RFC 3207 4; RFC 5321 4.2.1",
                       .force = Force::meaning};
const Row self_signed{.id = "2.3",
                      .title = "self-signed certificate",
                      .clause = "RFC 5280 6.1; RFC 7435 4",
                      .force = Force::meaning,
                      .causes = {certificate_not_trusted, validation_failure},
                      .note = no_plaintext};
const Row expired{.id = "2.4",
                  .title = "expired certificate",
                  .clause = "RFC 5280 6.1.3 (a)(2); RFC 7435 4",
                  .force = Force::meaning,
                  .causes = {certificate_expired, validation_failure},
                  .note = no_plaintext};
const Row not_yet_valid{
    .id = "2.5",
    .title = "certificate not yet valid",
    .clause = "RFC 5280 6.1.3 (a)(2); RFC 7435 4",
    .force = Force::meaning,
    .causes = {certificate_not_trusted, validation_failure, certificate_expired},
    .note = no_plaintext};
const Row wrong_host{.id = "2.6",
                     .title = "certificate names another host",
                     .clause = "RFC 6125 6.4; RFC 7435 4",
                     .force = Force::meaning,
                     .causes = {certificate_host_mismatch, validation_failure},
                     .note = no_plaintext};
const Row names_other_host{.id = "2.6b",
                           .title = "certificate names the domain or a sibling, not the host",
                           .clause = "RFC 6125 6.4",
                           .force = Force::meaning,
                           .causes = {certificate_host_mismatch, validation_failure},
                           .note =
                               "secure matches the next-hop domain and any name below it, "
                               "verify the MX host"};
const Row names_not_domain{.id = "2.6c",
                           .title = "certificate names the host, which lies outside the domain",
                           .clause = "RFC 6125 6.4",
                           .force = Force::meaning,
                           .causes = {certificate_host_mismatch, validation_failure},
                           .note =
                               "secure matches the next-hop domain and any name below it, "
                               "verify the MX host"};
const Row untrusted{.id = "2.7",
                    .title = "certificate of an untrusted authority",
                    .clause = "RFC 5280 6.1; RFC 7435 4",
                    .force = Force::meaning,
                    .causes = {certificate_not_trusted, validation_failure},
                    .note = no_plaintext};
const Row maybe_trusted{.id = "2.8",
                        .title = "intermediate certificate not sent",
                        .clause = "RFC 5280 4.2.2.1",
                        .force = Force::meaning,
                        .causes = {certificate_not_trusted, validation_failure},
                        .note = "a sender may fetch the intermediate (AIA)"};
const Row not_for_servers{.id = "2.9b",
                          .title = "certificate not for server authentication",
                          .clause = "RFC 5280 4.2.1.12",
                          .force = Force::must,
                          .causes = {certificate_not_trusted, validation_failure},
                          .note = no_plaintext};
const Row common_name{.id = "2.6e",
                      .title = "no subjectAltName; the common name is the host's",
                      .clause = "RFC 6125 6.4.4",
                      .force = Force::meaning,
                      .note = "a sender may look at the common name where there is no other"};
const Row odd_name{.id = "2.6l",
                   .title = "the host's name in a form that no certificate should have",
                   .clause = "RFC 5280 4.2.1.6; RFC 1034 3.5",
                   .force = Force::meaning,
                   .causes = {certificate_host_mismatch, validation_failure}};
const Row odd_chain{.id = "2.8b",
                    .title = "chain in another order, or with certificates that do not belong",
                    .clause = "RFC 8446 4.4.2; RFC 5246 7.4.2",
                    .force = Force::should,
                    .causes = {certificate_not_trusted, validation_failure},
                    .note = "TLS 1.3 asks clients to cope, TLS 1.2 servers to keep the order"};
const Row weak{.id = "2.9c",
               .title = "key or signature that not every client takes",
               .clause = "RFC 9325 4.5; RFC 9155 2; RFC 8446 9.1",
               .force = Force::meaning,
               .causes = {certificate_not_trusted, validation_failure},
               .note = "the handshake may fail, and a chain to it may not be trusted"};
const Row forbidden{.id = "2.9d",
                    .title = "issuer confined to other names, or unknown critical extension",
                    .clause = "RFC 5280 4.2, 6.1.4 (g)",
                    .force = Force::must,
                    .causes = {certificate_not_trusted, validation_failure},
                    .note = no_plaintext};
const Row must_staple{.id = "2.9e",
                      .title = "certificate demands a stapled response, and none is sent",
                      .clause = "RFC 7633 4.3.3",
                      .force = Force::meaning,
                      .causes = {certificate_not_trusted, validation_failure},
                      .note = "few senders look at it"};
const Row revoked{.id = "2.9",
                  .title = "certificate revoked",
                  .clause = "RFC 5280 6.1.3 (a)(3), 6.3",
                  .force = Force::meaning,
                  .causes = {certificate_not_trusted, validation_failure},
                  .note = "a sender may check revocation; hardly one does"};
const Row bad_staple{.id = "2.9f",
                     .title = "stapled response says revoked, or is out of date",
                     .clause = "RFC 6066 8; RFC 6960 4.2.2.1",
                     .force = Force::meaning,
                     .causes = {validation_failure, certificate_not_trusted},
                     .note =
                         "only a client that asked for it gets one, and ends the handshake then; "
                         "mail servers do not ask"};
const Row unasked_staple{.id = "2.9g",
                         .title = "stapled response that a client may not have asked for",
                         .clause = "RFC 6066 8; RFC 5246 7.4.1.4; RFC 8446 4.2",
                         .force = Force::must,
                         .causes = {validation_failure},
                         .note =
                             "a client that did not ask must end the handshake "
                             "(unsupported_extension)"};
const Row by_name{.id = "2.10",
                  .title = "certificate depends on the server name that the client sends",
                  .clause = "RFC 6066 3",
                  .force = Force::meaning,
                  .note =
                      "a sender may send the name of the MX host, none, or, under secure, that of "
                      "the next hop"};
const Row two_keys{.id = "2.10b",
                   .title = "certificates with keys of two kinds",
                   .clause = "RFC 8446 4.4.2.2; RFC 5246 7.4.2",
                   .force = Force::meaning,
                   .note = "what the client takes decides which of them is sent"};
const Row starttls_transient{.id = "2.16",
                             .title = "STARTTLS refused for now",
                             .clause = "RFC 3207 4, 6; RFC 5321 4.2.1",
                             .force = Force::should,
                             .causes = {starttls_not_supported, validation_failure}};
const Row starttls_permanent{.id = "2.16b",
                             .title = "STARTTLS refused for good",
                             .clause = "RFC 3207 6; RFC 5321 4.2.1",
                             .force = Force::meaning,
                             .causes = {starttls_not_supported, validation_failure}};
const Row handshake_failed{.id = "2.18",
                           .title = "TLS handshake fails",
                           .clause = "RFC 3207 6; RFC 7435 4",
                           .force = Force::meaning,
                           .causes = {validation_failure}};
const Row lost_after_tls{.id = "2.18b",
                         .title = "TLS comes up, then the session fails",
                         .clause = "RFC 5321 3.8; RFC 7435 4",
                         .force = Force::should,
                         .causes = {validation_failure}};
const Row injected{.id = "2.18c",
                   .title = "bytes in clear behind the reply to STARTTLS",
                   .clause = "RFC 3207 4.2",
                   .force = Force::must,
                   .causes = {validation_failure},
                   .note = "the client forgets what came before TLS, or gives the handshake up"};
const Row nothing_in_common{.id = "2.18d",
                            .title = "ciphers, groups or signatures that not everybody has",
                            .clause = "RFC 9325 4.2; RFC 8446 9.1",
                            .force = Force::should,
                            .causes = {validation_failure}};
const Row old_tls{.id = "2.19",
                  .title = "TLS 1.0 or 1.1 only",
                  .clause = "RFC 8996 4, 5; RFC 9325 3.1.1, 5.2",
                  .force = Force::must,
                  .causes = {validation_failure},
                  .note =
                      "opportunistic use conforms, clear text being worse; above it the delivery "
                      "is accepted and reported against RFC 8996"};
const Row new_tls_only{.id = "2.19c",
                       .title = "TLS 1.3 only",
                       .clause = "RFC 9325 3.1.1",
                       .force = Force::should,
                       .causes = {validation_failure},
                       .note = "TLS 1.3 is a SHOULD for the sender"};
const Row anonymous{.id = "2.19d",
                    .title = "anonymous cipher suites only",
                    .clause = "RFC 7672 8.2",
                    .force = Force::meaning,
                    .causes = {validation_failure}};

}  // namespace rows

std::span<const Row* const> all_rows() {
  using namespace rows;
  static constexpr const Row* list[] = {&clear_by_policy,
                                        &plain,
                                        &ehlo_refused,
                                        &good,
                                        &tls_demanded,
                                        &self_signed,
                                        &expired,
                                        &not_yet_valid,
                                        &wrong_host,
                                        &names_other_host,
                                        &names_not_domain,
                                        &untrusted,
                                        &common_name,
                                        &odd_name,
                                        &maybe_trusted,
                                        &odd_chain,
                                        &not_for_servers,
                                        &weak,
                                        &forbidden,
                                        &must_staple,
                                        &revoked,
                                        &bad_staple,
                                        &unasked_staple,
                                        &by_name,
                                        &two_keys,
                                        &starttls_transient,
                                        &starttls_permanent,
                                        &handshake_failed,
                                        &lost_after_tls,
                                        &injected,
                                        &nothing_in_common,
                                        &ticket_refused,
                                        &name_refused,
                                        &protocol_refused,
                                        &certificate_demanded,
                                        &short_dh,
                                        &old_tls,
                                        &new_tls_only,
                                        &anonymous,
                                        &sts_not_named,
                                        &sts_enforced,
                                        &sts_absent,
                                        &sts_kept,
                                        &sts_open,
                                        &sts_lookup_failed,
                                        &sts_testing,
                                        &sts_without_tls,
                                        &sts_beside_dane,
                                        &null_mx,
                                        &null_mx_beside,
                                        &null_mx_odd,
                                        &no_domain,
                                        &implicit_mx,
                                        &no_address,
                                        &lookup_failed,
                                        &lookup_recovers,
                                        &alias,
                                        &greeting_refused,
                                        &transient,
                                        &garbage,
                                        &permanent,
                                        &next_mx,
                                        &unreachable,
                                        &own_mx,
                                        &literal,
                                        &no_eight_bit,
                                        &no_smtputf8,
                                        &too_large,
                                        &tlsa,
                                        &tlsa_mismatch,
                                        &tlsa_unusable,
                                        &tlsa_failed,
                                        &no_tlsa,
                                        &insecure_mx,
                                        &tlsa_without_tls,
                                        &requiretls_not_offered,
                                        &requiretls_met,
                                        &requiretls_insecure_mx,
                                        &requiretls_unproven,
                                        &requiretls_by_tlsa,
                                        &requiretls_without_tls,
                                        &tls_optional,
                                        &tls_optional_here,
                                        &relayed,
                                        &implicit_tls,
                                        &login,
                                        &no_login,
                                        &login_refused,
                                        &login_demanded,
                                        &lhlo_refused,
                                        &each_recipient};
  return list;
}

const Row& certificate_row(const CertificateFacts& certificate) {
  if (!certificate.presented) return rows::anonymous;
  if (certificate.expired) return rows::expired;
  if (certificate.not_yet_valid) return rows::not_yet_valid;
  if (certificate.self_signed) return rows::self_signed;
  if (certificate.forbidden) return rows::forbidden;
  if (certificate.trusted == Truth::no) return rows::untrusted;
  if (!certificate.for_servers) return rows::not_for_servers;
  if (certificate.names_host == Truth::no)
    return certificate.names_next_hop == Truth::no ? rows::wrong_host : rows::names_other_host;
  if (certificate.names_next_hop == Truth::no) return rows::names_not_domain;
  if (certificate.common_name) return rows::common_name;
  if (certificate.names_host == Truth::maybe) return rows::odd_name;
  if (certificate.usable == Truth::maybe) return rows::weak;
  if (certificate.odd_chain) return rows::odd_chain;
  if (certificate.must_staple) return rows::must_staple;
  if (certificate.revoked) return rows::revoked;
  if (certificate.trusted == Truth::maybe) return rows::maybe_trusted;
  return rows::good;
}

}  // namespace smtprig::judge
