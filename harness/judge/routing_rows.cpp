// The rows of routing and replies.
#include "harness/judge/oracle_rules.hpp"

namespace smtprig::judge::rows {

using model::Force;
using enum model::Cause;

const Row null_mx{.id = "6.25",
                  .title = "null MX",
                  .clause = "RFC 7505 3, 4.1",
                  .force = Force::should,
                  .note = "with 5.1.10 (RFC 7505 4.1 SHOULD)"};
const Row null_mx_beside{.id = "6.25b",
                         .title = "null MX beside another MX",
                         .clause = "RFC 7505 3",
                         .force = Force::should,
                         .note = "the sender's part is not defined: bounce, or use the other"};
const Row null_mx_odd{.id = "6.25c",
                      .title = "MX \".\" with a preference other than 0",
                      .clause = "RFC 5321 5.1",
                      .force = Force::must};
const Row no_domain{.id = "6.31n",
                    .title = "the domain does not exist",
                    .clause = "RFC 5321 5.1",
                    .force = Force::must};
const Row implicit_mx{.id = "6.31m",
                      .title = "no MX record: the domain's own address",
                      .clause = "RFC 5321 5.1",
                      .force = Force::must};
const Row no_address{.id = "6.33",
                     .title = "no MX host has an address",
                     .clause = "RFC 5321 5.1",
                     .force = Force::must,
                     .note = "never the domain's own address"};
const Row lookup_failed{.id = "6.35",
                        .title = "DNS lookup fails for now",
                        .clause = "RFC 5321 5.1, 4.5.4.1",
                        .force = Force::must};
const Row lookup_recovers{.id = "6.35b",
                          .title = "DNS lookup fails at times",
                          .clause = "RFC 5321 5.1, 4.5.4.1",
                          .force = Force::must};
const Row alias{.id = "6.36",
                .title = "MX host is a CNAME",
                .clause = "RFC 5321 5.1",
                .force = Force::meaning,
                .note = "outside RFC 5321: a sender may refuse it"};
const Row greeting_refused{.id = "6.37",
                           .title = "greeting or EHLO refused for good",
                           .clause = "RFC 5321 3.1, 4.2.1; RFC 7504 3",
                           .force = Force::meaning};
const Row transient{.id = "6.38",
                    .title = "transient reply, or connection lost",
                    .clause = "RFC 5321 4.2.1, 3.8",
                    .force = Force::should};
const Row garbage{.id = "6.38b",
                  .title = "no SMTP reply",
                  .clause = "RFC 5321 4.2, 4.3.2",
                  .force = Force::meaning};
const Row permanent{.id = "6.39",
                    .title = "permanent reply",
                    .clause = "RFC 5321 4.2.1, 4.2.5",
                    .force = Force::should};
const Row next_mx{.id = "6.40",
                  .title = "MX host of no use or against the policy, another one left",
                  .clause = "RFC 5321 5.1",
                  .force = Force::must};
const Row own_mx{.id = "6.43",
                 .title = "the server under test is itself the best MX",
                 .clause = "RFC 5321 5.1",
                 .force = Force::must};
const Row literal{.id = "6.44",
                  .title = "MX record holds an address",
                  .clause = "RFC 5321 5.1; RFC 1035 3.3.9",
                  .force = Force::meaning,
                  .note = "a sender may take it for an address, or for a name that has none"};
const Row no_eight_bit{.id = "6.45",
                       .title = "8-bit content, and 8BITMIME is not announced",
                       .clause = "RFC 6152 3",
                       .force = Force::must,
                       .note = "converted or returned; many senders send it as it is"};
const Row no_smtputf8{.id = "6.46",
                      .title = "internationalized message, and SMTPUTF8 is not announced",
                      .clause = "RFC 6531 3.2, 3.5",
                      .force = Force::should};
const Row too_large{.id = "6.47",
                    .title = "message beyond the announced SIZE",
                    .clause = "RFC 1870 5, 6.1",
                    .force = Force::should};
const Row unreachable{.id = "6.40b",
                      .title = "connection refused",
                      .clause = "RFC 5321 4.5.4.1",
                      .force = Force::must};

}  // namespace smtprig::judge::rows
