// The table's part for TLS reporting: what a domain publishes, and the host that collects.
#include "harness/xml/table.hpp"

namespace smtprig::xml {

std::vector<Element> tlsrpt_elements() {
  return {{
      .key = "tlsrpt",
      .name = "tlsrpt",
      .doc =
          "What the domain publishes of TLS reporting (RFC 8460): the TXT record at _smtp._tls, "
          "and the host tlsrpt, which collects reports by HTTPS. Further records stand beside it "
          "as <record name=\"_smtp._tls\">. A report that comes is judged by what the receivers "
          "saw; that one must come is asked only of a server whose server.xml has <tls-reports>.",
      .attributes = {yes_no("record", "yes", "Whether the TXT record exists."),
                     {.name = "text",
                      .type = Type::text,
                      .fallback = "v=TLSRPTv1; rua={collector}",
                      .doc = "The text of the record; {collector} stands for the collector's URI."},
                     {.name = "reach",
                      .type = Type::choice,
                      .fallback = "listens",
                      .doc = "How the collector reacts to a connection.",
                      .choices = choices(reach_words)},
                     yes_no("published", "yes", "Whether the collector has an address record."),
                     {.name = "certificate",
                      .type = Type::choice,
                      .fallback = "good",
                      .doc = "What the collector presents.",
                      .choices = certificate_choices()},
                     {.name = "status",
                      .type = Type::number,
                      .fallback = "201",
                      .doc = "The status of its answer to a report.",
                      .min = 200,
                      .max = 999},
                     {.name = "nth",
                      .type = Type::ordinals,
                      .fallback = "1-",
                      .doc = "Which requests get that answer; the others get 201."},
                     {.name = "delay",
                      .type = Type::duration,
                      .fallback = "0ms",
                      .doc = "Silence before that answer; at most 10min."},
                     {.name = "location",
                      .type = Type::text,
                      .doc = "The field Location of that answer: a path on the same host."}},
  }};
}

}  // namespace smtprig::xml
