// See inbound_rows.hpp.
#include "harness/judge/inbound_rows.hpp"

namespace smtprig::judge {
namespace inbound_rows {

using model::Force;

const Row plaintext{
    .id = "I1",
    .title = "speaks no TLS",
    .clause = "RFC 3207 4",
    .force = Force::meaning,
    .note =
        "a publicly referenced server must not require TLS for local delivery (RFC 3207 4): on "
        "port 25 encrypt is a choice of policy"};
const Row if_offered{.id = "I2",
                     .title = "STARTTLS where it is offered, no certificate",
                     .clause = "RFC 3207 4, 4.1",
                     .force = Force::meaning};
const Row required{
    .id = "I3", .title = "demands STARTTLS", .clause = "RFC 3207 4, 6", .force = Force::meaning};
const Row trusted{.id = "I4",
                  .title = "trusted client certificate",
                  .clause = "RFC 3207 4.1",
                  .force = Force::meaning};
const Row self_signed{.id = "I5",
                      .title = "self-signed client certificate",
                      .clause = "RFC 3207 4.1; RFC 5280 6.1",
                      .force = Force::meaning};
const Row untrusted{.id = "I5b",
                    .title = "client certificate of an untrusted authority",
                    .clause = "RFC 3207 4.1; RFC 5280 6.1",
                    .force = Force::meaning};
const Row maybe_trusted{.id = "I5c",
                        .title = "client certificate that not every server takes",
                        .clause = "RFC 5280 4.2.2.1; RFC 9325 4.5",
                        .force = Force::meaning};
const Row expired{.id = "I6",
                  .title = "client certificate outside its dates",
                  .clause = "RFC 3207 4.1; RFC 5280 6.1.3 (a)(2)",
                  .force = Force::meaning};
const Row wrong_purpose{.id = "I7",
                        .title = "client certificate that is not for clients",
                        .clause = "RFC 5280 4.2.1.12",
                        .force = Force::meaning,
                        .note = "whether the purpose counts is a local matter (RFC 3207 4.1)"};
const Row implicit{.id = "I8",
                   .title = "TLS from the first byte",
                   .clause = "RFC 8314 3.3",
                   .force = Force::meaning};
const Row unasked{.id = "I9",
                  .title = "STARTTLS though it is not offered",
                  .clause = "RFC 5321 4.2.4; RFC 3207 4",
                  .force = Force::should};
const Row parameter{.id = "I10",
                    .title = "STARTTLS with a parameter",
                    .clause = "RFC 3207 4",
                    .force = Force::must};
const Row again{
    .id = "I11", .title = "STARTTLS inside TLS", .clause = "RFC 3207 4.2", .force = Force::must};
const Row injected{.id = "I12",
                   .title = "commands in the segment of STARTTLS",
                   .clause = "RFC 3207 4.2",
                   .force = Force::must};
const Row no_ehlo{.id = "I13",
                  .title = "no EHLO behind the handshake",
                  .clause = "RFC 3207 4.2",
                  .force = Force::meaning};
const Row names_differ{.id = "I14",
                       .title = "another EHLO name inside TLS",
                       .clause = "RFC 3207 4.2",
                       .force = Force::must};
const Row old_tls{
    .id = "I15", .title = "TLS 1.0 or 1.1 only", .clause = "RFC 8996 4, 5", .force = Force::must};
const Row nothing_in_common{.id = "I17",
                            .title = "no cipher or group in common",
                            .clause = "RFC 8446 4.1.1; RFC 5246 7.4.1.3",
                            .force = Force::must};
const Row no_client_hello{.id = "I18",
                          .title = "no ClientHello behind the 220",
                          .clause = "RFC 3207 4",
                          .force = Force::must};
const Row breaks_off{.id = "I19",
                     .title = "breaks off or stalls in the handshake",
                     .clause = "RFC 5321 4.5.3.2.7",
                     .force = Force::meaning};
const Row server_name{.id = "I20",
                      .title = "odd or no server name",
                      .clause = "RFC 8461 7.1; RFC 6066 3",
                      .force = Force::must};
const Row auth_in_clear{.id = "I21",
                        .title = "says its password in clear",
                        .clause = "RFC 4954 4; RFC 8314 4.1",
                        .force = Force::should};
const Row auth{.id = "I22",
               .title = "authenticates itself inside TLS",
               .clause = "RFC 4954 6",
               .force = Force::must};
const Row false_end{.id = "I23",
                    .title = "bytes that look like an end of data",
                    .clause = "RFC 5321 4.1.1.4, 2.3.8",
                    .force = Force::must};
const Row odd{.id = "I24",
              .title = "odd bytes, or talk before the greeting",
              .clause = "RFC 5321 2.3.8, 4.5.3.1.6; RFC 6152",
              .force = Force::must};
const Row foreign{.id = "I25",
                  .title = "speaks another protocol",
                  .clause = "RFC 5321 4.2.4",
                  .force = Force::must};
const Row resumes{.id = "I27",
                  .title = "brings back the session of an earlier connection",
                  .clause = "RFC 8446 2.2, 4.6.1; RFC 5077 3.4",
                  .force = Force::meaning,
                  .note = "resumed or not, it is worth what the first handshake was worth"};
const Row offers_protocols{.id = "I28",
                           .title = "offers protocols by ALPN",
                           .clause = "RFC 7301 3.2; RFC 9325 3.8",
                           .force = Force::meaning,
                           .note =
                               "a server ignores them, or selects smtp, or refuses who offers "
                               "none that it knows"};
const Row drops{.id = "I26",
                .title = "leaves before it is done",
                .clause = "RFC 5321 4.1.1.5, 6.1; RFC 1047",
                .force = Force::must};

const Row unoffered{.id = "I29",
                    .title = "asks for an extension that the server may not have",
                    .clause = "RFC 5321 4.1.1.11; RFC 6531 3.5",
                    .force = Force::should};
const Row binary{
    .id = "I30", .title = "binary content", .clause = "RFC 3030 3", .force = Force::must};

}  // namespace inbound_rows

std::span<const Row* const> all_inbound_rows() {
  using namespace inbound_rows;
  static const Row* const list[] = {&plaintext,
                                    &if_offered,
                                    &required,
                                    &trusted,
                                    &self_signed,
                                    &untrusted,
                                    &maybe_trusted,
                                    &expired,
                                    &wrong_purpose,
                                    &implicit,
                                    &unasked,
                                    &parameter,
                                    &again,
                                    &injected,
                                    &no_ehlo,
                                    &names_differ,
                                    &old_tls,
                                    &nothing_in_common,
                                    &no_client_hello,
                                    &breaks_off,
                                    &server_name,
                                    &auth_in_clear,
                                    &auth,
                                    &false_end,
                                    &odd,
                                    &foreign,
                                    &drops,
                                    &resumes,
                                    &offers_protocols,

                                    &unoffered,
                                    &binary};
  return list;
}

}  // namespace smtprig::judge
