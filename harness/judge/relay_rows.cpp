// The rows of relays to which all mail is handed: AUTH, TLS from the first byte, LMTP.
#include "harness/judge/oracle_rules.hpp"

namespace smtprig::judge::rows {

using model::Force;

const Row relayed{.id = "8.1",
                  .title = "all mail goes to a relay, whatever the MX records say",
                  .clause = "RFC 5321 2.1",
                  .force = Force::meaning,
                  .note = "verify and secure both look for the relay's name"};
const Row implicit_tls{.id = "8.2",
                       .title = "TLS from the first byte",
                       .clause = "RFC 8314 3.3",
                       .force = Force::must};
const Row login{.id = "8.3",
                .title = "relay offers AUTH, and the sender has a password",
                .clause = "RFC 4954 4",
                .force = Force::meaning};
const Row no_login{.id = "8.4",
                   .title = "no mechanism that keeps the password secret",
                   .clause = "RFC 4954 4, 14; RFC 8314 5.2",
                   .force = Force::must,
                   .note =
                       "a password goes to a verified host alone, and never in clear; a sender "
                       "waits, or goes on without AUTH"};
const Row login_refused{.id = "8.5",
                        .title = "relay refuses the password",
                        .clause = "RFC 4954 4, 6",
                        .force = Force::meaning,
                        .note = "a sender waits, returns the mail, or goes on without AUTH"};
const Row login_demanded{.id = "8.6",
                         .title = "relay demands AUTH",
                         .clause = "RFC 4954 6; RFC 5321 4.2.1",
                         .force = Force::must};
const Row lhlo_refused{.id = "8.7",
                       .title = "LHLO refused",
                       .clause = "RFC 2033 4.1",
                       .force = Force::meaning,
                       .note = "HELO and EHLO do not exist in LMTP"};
const Row each_recipient{.id = "8.8",
                         .title = "a reply to the content for each recipient",
                         .clause = "RFC 2033 4.2, 5",
                         .force = Force::must};

}  // namespace smtprig::judge::rows
