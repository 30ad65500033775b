// The table's part for suites and scenarios.
#include "harness/xml/table.hpp"

namespace smtprig::xml {
namespace {

const std::vector<Child> host_children = {{"on"}, {"show"}, {"tlsa"}, {"vary of host"}};
const std::vector<Child> sender_children = {{"step"}, {"close"}, {"hang"}, {"vary of sender"}};
const std::vector<Child> scenario_children = {
    {"sender"}, {"host"},    {"mx"},     {"relay of scenario"}, {"record"}, {"sts"}, {"tlsrpt"},
    {"on dns"}, {"message"}, {"expect"}, {"vary of scenario"}};

std::vector<Attribute> host_attributes() {
  std::vector<Attribute> all{
      {.name = "receiver",
       .type = Type::label,
       .doc = "A named <receiver> that is the base; the other attributes override it, and <on> "
              "children come before its own."},
      {.name = "address",
       .type = Type::choices,
       .fallback = "ipv4",
       .doc = "The families in which the host has an address.",
       .choices = {{"ipv4", ""}, {"ipv6", ""}}},
      {.name = "reach",
       .type = Type::choice,
       .fallback = "listens",
       .doc = "How its addresses react to a connection.",
       .choices = choices(reach_words)},
      {.name = "published",
       .type = Type::yes_no,
       .fallback = "yes",
       .doc = "Whether its A and AAAA records exist."},
      {.name = "tlsa",
       .type = Type::tlsa,
       .doc = "Short for a <tlsa> of these numbers, and no more."},
  };
  for (auto& attribute : receiver_attributes())
    all.push_back(std::move(attribute));
  return all;
}

Element tlsa_element() {
  return {
      .key = "tlsa",
      .name = "tlsa",
      .doc =
          "A TLSA record of the host (RFC 6698), at the port where it is met. Its data are made "
          "of the certificate that the host shows first. A scenario with one is in a signed "
          "zone, unless dnssec= says otherwise.",
      .attributes = {
          {.name = "data",
           .type = Type::tlsa,
           .doc = "Usage, selector and matching type, each up to 255. Exactly one of data= and "
                  "rdata= is given."},
          {.name = "of",
           .type = Type::choice,
           .doc = "Whose data it has. By default the leaf's for the usages 1 and 3, the issuer's "
                  "for 0 and 2.",
           .choices = choices(tlsa_of_words)},
          {.name = "rdata", .type = Type::hex, .doc = "All of its data, to the byte."},
          {.name = "at",
           .type = Type::record_name,
           .doc = "Its owner, where a CNAME leads there: \"_25._tcp.alias\". By default where a "
                  "client looks for it that has met no CNAME."}}};
}

Element host_element() {
  Element host{
      .key = "host",
      .name = "host",
      .doc =
          "A machine with a receiving peer. Records that point to it are written beside it; only "
          "its own address records come with it. A host named \"@\" answers at the domain "
          "itself.",
      .attributes = {{.name = "name",
                      .type = Type::host_name,
                      .doc = "Its name within the cell's own domain.",
                      .required = true}},
      .children = host_children,
  };
  for (auto& attribute : host_attributes())
    host.attributes.push_back(std::move(attribute));
  return host;
}

Element mx_element() {
  Element mx{
      .key = "mx",
      .name = "mx",
      .doc =
          "An MX record of the domain. With host= it points to a <host> of the scenario, to a "
          "name with a final dot, or, as \".\", nowhere (null MX, RFC 7505). Without host= it is "
          "short for a <host name=\"mx\"> (\"mx.partner\" for domain=\"partner\") with these "
          "attributes and children and the record for it.",
      .attributes = {{.name = "host",
                      .type = Type::mx_target,
                      .doc = "Where it points to; then only preference= may stand beside it."},
                     {.name = "preference",
                      .type = Type::number,
                      .fallback = "10",
                      .doc = "Lower is tried first. 0 for a null MX.",
                      .max = 65'535},
                     {.name = "domain",
                      .type = Type::host_name,
                      .fallback = "@",
                      .doc = "Whose record it is: the domain's, or that of a name below it, to "
                             "which a message goes (\"bob@partner\")."}},
      .children = host_children,
  };
  for (auto& attribute : host_attributes())
    mx.attributes.push_back(std::move(attribute));
  return mx;
}

Element relay_element() {
  Element relay{
      .key = "relay of scenario",
      .name = "relay",
      .doc =
          "The host \"relay\" to which the server is told to hand all mail for the domain, "
          "whatever its MX records say: a smarthost, or the mailboxes behind LMTP. It is a "
          "<host> with these attributes and children, on the port of its service. A server "
          "whose server.xml has no such <relay> does not play the scenario; service="
          "\"submissions\" is not played under policies that do without TLS.",
      .attributes = {{.name = "service",
                      .type = Type::choice,
                      .doc = "How it is spoken to.",
                      .required = true,
                      .choices = choices(relay_service_words)},
                     {.name = "login",
                      .type = Type::choice,
                      .fallback = "none",
                      .doc = "What the server has to authenticate itself.",
                      .choices = choices(login_words)}},
      .children = host_children,
  };
  for (auto& attribute : host_attributes())
    relay.attributes.push_back(std::move(attribute));
  return relay;
}

std::vector<Element> dns_elements() {
  return {
      {.key = "record",
       .name = "record",
       .doc = "A DNS record beyond those that <host> and <mx> imply.",
       .attributes =
           {{.name = "name", .type = Type::record_name, .doc = "Owner.", .required = true},
            {.name = "type",
             .type = Type::choice,
             .doc = "Type.",
             .required = true,
             .choices = {{"A", ""}, {"AAAA", ""}, {"CNAME", ""}, {"NS", ""}, {"TXT", ""}}},
            {.name = "data",
             .type = Type::text,
             .doc = "Data in presentation format; names in it are relative like all "
                    "others.",
             .required = true}}},
      {.key = "on dns",
       .name = "on",
       .doc = "What the DNS answers to a question instead of what the records say.",
       .attributes = {{.name = "dns",
                       .type = Type::question,
                       .doc = "The question. \"* @\" is every type at the domain.",
                       .required = true},
                      {.name = "nth",
                       .type = Type::ordinals,
                       .fallback = "1-",
                       .doc = "How often it was asked."}},
       .children = {{"answer", 1, 1}}},
      {.key = "answer",
       .name = "answer",
       .doc =
           "An answer of the DNS. At most one of rcode=, security= and fault= is given; with none "
           "of them it is the honest answer, and delay= is given.",
       .attributes = {{.name = "security",
                       .type = Type::choice,
                       .doc = "The honest answer, and nothing proves it (RFC 4033 5). With --dns "
                              "signed the name is the apex of a zone without a DS record.",
                       .choices = {{"insecure", ""}}},
                      {.name = "rcode",
                       .type = Type::choice,
                       .doc = "What is answered instead. NODATA is NOERROR without records. "
                              "What a resolver finds bogus is SERVFAIL: with --dns signed, in a "
                              "signed zone, signatures that do not fit.",
                       .choices = choices(rcode_words)},
                      {.name = "fault",
                       .type = Type::choice,
                       .doc = "What comes in place of an answer.",
                       .choices = choices(dns_fault_words)},
                      {.name = "delay",
                       .type = Type::duration,
                       .fallback = "0ms",
                       .doc =
                           "Silence before it; at most 10min. Below a second every resolver waits "
                           "for it, so that nothing changes; whoever gives up before a longer one "
                           "is over may fail for now."}}},
  };
}

std::vector<Element> vary_elements() {
  const auto pair = [](std::string of, const std::vector<Child>& children) {
    return std::vector<Element>{
        {.key = "vary of " + of,
         .name = "vary",
         .doc = "Repetition: the scenario exists once for each <case>, whose children stand in the "
                "place of the <vary>. Of several all combinations exist. Their ids are appended to "
                "that of the scenario, in the order of the file.",
         .children = {{"case of " + of, 1}}},
        {.key = "case of " + of,
         .name = "case",
         .doc = "One case of a <vary>. It may hold what stands beside the <vary>, or nothing.",
         .attributes = {{.name = "id",
                         .type = Type::label,
                         .doc = "A further component of the scenario's id.",
                         .required = true}},
         .children = children}};
  };
  auto all = pair("scenario", scenario_children);
  for (auto& each : pair("host", host_children))
    all.push_back(std::move(each));
  for (auto& each : pair("sender", sender_children))
    all.push_back(std::move(each));
  return all;
}

std::vector<Element> message_elements() {
  return {
      {.key = "message",
       .name = "message",
       .doc = "A message that is sent to the domain. Without any there is one, to \"rcpt\".",
       .attributes = {{.name = "id",
                       .type = Type::label,
                       .fallback = "m1",
                       .doc = "Its name, unique in the scenario."},
                      {.name = "recipients",
                       .type = Type::local_parts,
                       .fallback = "rcpt",
                       .doc = "Local parts at the domain, or \"bob@other\" at a name below it."},
                      {.name = "content",
                       .type = Type::choices,
                       .doc = "What is odd in it.",
                       .choices = choices(content_words)},
                      {.name = "size",
                       .type = Type::number,
                       .fallback = "0",
                       .doc = "Its size in bytes, at least.",
                       .max = 100'000'000},
                      {.name = "notify",
                       .type = Type::choices,
                       .doc = "NOTIFY of each recipient (RFC 3461 4.1): of what its sender wants "
                              "to be told; nothing is said, if absent.",
                       .choices = choices(notify_words)},
                      {.name = "ret",
                       .type = Type::choice,
                       .doc = "RET (RFC 3461 4.3): what comes back with a report of failure.",
                       .choices = {{"full", "the message"}, {"hdrs", "its header alone"}}},
                      {.name = "envid",
                       .type = Type::text,
                       .doc = "ENVID (RFC 3461 4.4): the sender's own name of the transaction, of "
                              "printable characters but space, + and =."},
                      yes_no("orcpt", "no", "Whether ORCPT names the recipients (RFC 3461 4.2)."),
                      yes_no("requiretls", "no", "Whether MAIL has REQUIRETLS (RFC 8689 2)."),
                      yes_no("tls-optional", "no",
                             "Whether its header says \"TLS-Required: No\" (RFC 8689 3)."),
                      yes_no("later", "no",
                             "Whether it is sent when all messages before it are decided: "
                             "delivered, returned, or deferred as often as is planned."),
                      {.name = "wait",
                       .type = Type::duration,
                       .fallback = "0ms",
                       .doc = "With later=\"yes\": and so long after that; at most 10min."},
                      {.name = "days",
                       .type = Type::number,
                       .fallback = "0",
                       .doc = "With later=\"yes\": so many days after the first message by the "
                              "server's clock, which is put forward meanwhile. Certificates are "
                              "good for 30 days.",
                       .max = 3'000},
                      {.name = "false-end",
                       .type = Type::escaped,
                       .doc = "Bytes in its midst that do not end it (RFC 5321 4.1.1.4), with a "
                              "whole further transaction behind them, to \"smuggled\". Inbound "
                              "only."}}},
      {.key = "expect",
       .name = "expect",
       .doc = "A written expectation. Where there is none, the oracle's holds, which is what most "
              "scenarios want. At least one of delivery= and channel= is given.",
       .attributes = {{.name = "policy",
                       .type = Type::choices,
                       .doc = "The policies it speaks of; all, if absent.",
                       .choices = policy_choices()},
                      {.name = "delivery",
                       .type = Type::choices,
                       .doc = "What may become of the message.",
                       .choices = delivery_choices()},
                      {.name = "channel",
                       .type = Type::choices,
                       .doc = "The channel by which it may be delivered.",
                       .choices = channel_choices()},
                      {.name = "because",
                       .type = Type::text,
                       .doc = "Why; required where it contradicts the oracle."}}},
  };
}

Element scenario_element() {
  Element scenario{
      .key = "scenario",
      .name = "scenario",
      .doc =
          "One described situation. It has at least one <sender>, <host>, <mx>, <relay> or "
          "<on dns=...>.",
      .attributes =
          {{.name = "id",
            .type = Type::scenario_id,
            .doc = "Its name, unique over all suites; the cell's domain is made of it.",
            .required = true},
           {.name = "clause", .type = Type::text, .doc = "What it is about: \"RFC 3207 4\"."},
           {.name = "level",
            .type = Type::choice,
            .doc = "The keyword of the clause (RFC 2119).",
            .choices = {{"MUST", ""}, {"SHOULD", ""}, {"MAY", ""}}},
           {.name = "policies",
            .type = Type::choices,
            .doc = "The policies under which it is played, where it says nothing about others; all "
                   "of its direction, if absent.",
            .choices = policy_choices()},
           {.name = "ref", .type = Type::text, .doc = "An entry in a catalogue of known bugs."},
           {.name = "dnssec",
            .type = Type::yes_no,
            .doc = "Whether its zone is signed: answers from it bear AD (RFC 4035 3.2.3). By "
                   "default it is, if a host has a TLSA record. With --dns signed it has keys, "
                   "signatures and a DS record."}},
      .children = {{"summary", 1, 1}},
  };
  for (const auto& child : scenario_children)
    scenario.children.push_back(child);
  return scenario;
}

}  // namespace

std::vector<Element> suite_elements() {
  std::vector<Element> all{
      {.key = "suite",
       .name = "suite",
       .doc = "The root of a file of scenarios, and of a file of peers that others include.",
       .children = {{"include"}, {"receiver"}, {"scenario"}}},
      {.key = "include",
       .name = "include",
       .doc = "Brings the named receivers of another file, which holds nothing else.",
       .attributes = {{.name = "href",
                       .type = Type::path_inside,
                       .doc = "Its path below the suite's folder.",
                       .required = true}}},
      scenario_element(),
      {.key = "summary",
       .name = "summary",
       .doc = "One or two sentences: what is special here.",
       .text = Type::text},
      host_element(),
      mx_element(),
      relay_element(),
      tlsa_element(),
  };
  for (auto* part : {dns_elements, vary_elements, message_elements})
    for (auto& each : part())
      all.push_back(std::move(each));
  return all;
}

}  // namespace smtprig::xml
