// The table's part for MTA-STS: what a domain publishes, and the host that serves its policy.
#include "harness/xml/table.hpp"

namespace smtprig::xml {
namespace {

std::vector<Attribute> publication_attributes() {
  return {
      {.name = "domain",
       .type = Type::host_name,
       .fallback = "@",
       .doc = "Whose it is: the domain's, or that of a name below it, to which a message goes."},
      {.name = "from",
       .type = Type::label,
       .doc = "The message from which on it holds, in place of the <sts> before it. That message "
              "has later=\"yes\"."},
      yes_no("record", "yes", "Whether the TXT record at _mta-sts exists."),
      {.name = "id",
       .type = Type::text,
       .fallback = "1",
       .doc = "The id= of the record; up to 32 letters and digits in a good one."},
      {.name = "reach",
       .type = Type::choice,
       .fallback = "listens",
       .doc = "How the policy host reacts to a connection.",
       .choices = choices(reach_words)},
      yes_no("published", "yes", "Whether the policy host has an address record."),
      {.name = "certificate",
       .type = Type::choice,
       .fallback = "good",
       .doc = "What the policy host presents.",
       .choices = certificate_choices()},
  };
}

std::vector<Attribute> policy_attributes() {
  return {
      {.name = "mode",
       .type = Type::choice,
       .fallback = "enforce",
       .doc = "The mode of the policy.",
       .choices = choices(sts_mode_words)},
      {.name = "mx",
       .type = Type::text,
       .doc = "The patterns of the policy, separated by blanks, relative like all names: \"mx\", "
              "\"*.@\", \"mx.other.test.\". By default the hosts of the domain's MX records, or "
              "\"@\" where it has none; \"none\": no line mx."},
      {.name = "max-age",
       .type = Type::number,
       .fallback = "604800",
       .doc = "Its max_age in seconds; RFC 8461 3.2 permits 31557600.",
       .max = 9'999'999'999},
      {.name = "more", .type = Type::text, .doc = "One more line behind these."},
      {.name = "line-end",
       .type = Type::choice,
       .fallback = "crlf",
       .doc = "How its lines end.",
       .choices = choices(line_end_words)},
      yes_no("last-line-end", "yes", "Whether the last line ends like the others."),
      {.name = "body",
       .type = Type::escaped,
       .doc = "The whole policy in place of all these, with C escapes. Names behind \"mx:\" are "
              "relative all the same."},
      {.name = "bytes",
       .type = Type::number,
       .fallback = "0",
       .doc = "Its size in bytes at least; it is filled up with lines of an unknown field.",
       .max = 10'000'000},
  };
}

std::vector<Attribute> answer_attributes() {
  return {
      {.name = "status",
       .type = Type::number,
       .fallback = "200",
       .doc = "The status; the body is the policy whatever it is.",
       .min = 200,
       .max = 999},
      {.name = "content-type",
       .type = Type::text,
       .fallback = "text/plain",
       .doc = "The media type; \"none\": no such field."},
      {.name = "location",
       .type = Type::text,
       .doc = "The field Location: a path on the same host, where the policy is then found."},
      yes_no("chunked", "no", "Whether the body comes in chunks (RFC 9112 7.1)."),
      {.name = "delay",
       .type = Type::duration,
       .fallback = "0ms",
       .doc = "Silence before the answer; at most 10min."},
      {.name = "segment-bytes",
       .type = Type::number,
       .fallback = "0",
       .doc = "So many bytes of the body in each write; 0: all in one.",
       .max = 1'000'000},
      {.name = "pause",
       .type = Type::duration,
       .fallback = "0ms",
       .doc = "Between two of these writes."},
  };
}

}  // namespace

std::vector<Element> sts_elements() {
  Element sts{
      .key = "sts",
      .name = "sts",
      .doc =
          "What the domain publishes of MTA-STS (RFC 8461): the TXT record at _mta-sts, and the "
          "policy, which the host mta-sts serves by HTTPS. Records of other kinds stand beside it "
          "as <record name=\"_mta-sts\">, with record=\"no\".",
      .children = {{"on https"}},
  };
  for (auto* part : {publication_attributes, policy_attributes, answer_attributes})
    for (auto& attribute : part())
      sts.attributes.push_back(std::move(attribute));
  Element on{
      .key = "on https",
      .name = "on",
      .doc =
          "What the policy host does at a position of the protocol instead of being honest. "
          "Exactly one of https= and tls= is given. Of several that match the first acts.",
      .attributes = {{.name = "https",
                      .type = Type::choice,
                      .doc = "How far the request or its answer has come.",
                      .choices = choices(https_words)},
                     {.name = "tls",
                      .type = Type::choice,
                      .doc = "How far the handshake has come.",
                      .choices = choices(tls_stage_words)},
                     {.name = "nth",
                      .type = Type::ordinals,
                      .fallback = "1-",
                      .doc = "Which request to this host. Not with tls=."},
                     {.name = "connection",
                      .type = Type::ordinals,
                      .fallback = "1-",
                      .doc = "Which connection to this host."}},
      .children = {{"reply"}, {"close"}, {"hang"}, {"alert"}},
  };
  return {std::move(sts), std::move(on)};
}

}  // namespace smtprig::xml
