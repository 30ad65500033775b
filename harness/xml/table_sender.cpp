// The table's part for peers that send: what they deviate in, and <step>.
#include "harness/xml/table.hpp"

namespace smtprig::xml {
namespace {

Element step_element() {
  return {
      .key = "step",
      .name = "step",
      .doc =
          "One write of a sender, and the replies that are due for it. do= is what it means to "
          "the session; line= or raw= are the bytes in place of the honest ones, and without "
          "do= bytes that mean nothing.",
      .attributes = {{.name = "do",
                      .type = Type::choices,
                      .doc = "What it says; several are one group, written at once (RFC 2920).",
                      .choices = choices(say_words)},
                     {.name = "line", .type = Type::text, .doc = "A line; CRLF is added."},
                     {.name = "raw",
                      .type = Type::escaped,
                      .doc = "Exactly these bytes, with C escapes as in <reply>."},
                     {.name = "segment",
                      .type = Type::choice,
                      .doc = "How it is cut into TCP segments (TLS records); as the sender's.",
                      .choices = choices(segment_words)},
                     {.name = "delay",
                      .type = Type::duration,
                      .fallback = "0ms",
                      .doc = "Silence before it; at most 10min."},
                     {.name = "replies",
                      .type = Type::number,
                      .doc = "How many replies are awaited; one per command, if absent.",
                      .max = 1000},
                     {.name = "until",
                      .type = Type::choice,
                      .fallback = "finished",
                      .doc = "How far the handshake behind STARTTLS goes: start is not at all, "
                             "client-hello is the ClientHello alone, server-hello waits for the "
                             "server's answer and says nothing to it.",
                      .choices = choices(tls_stage_words)}}};
}

}  // namespace

std::vector<Attribute> sender_attributes() {
  std::vector<Attribute> all{
      {.name = "service",
       .type = Type::choice,
       .fallback = "smtp",
       .doc = "Where it brings its mail.",
       .choices = choices(service_words)},
      {.name = "starttls",
       .type = Type::choice,
       .fallback = "if-offered",
       .doc = "When it sends STARTTLS. Not with service=\"submissions\".",
       .choices = choices(sender_tls_words)},
      {.name = "certificate",
       .type = Type::choice,
       .doc = "What it presents where the server asks for a certificate; none, if absent.",
       .choices = certificate_choices()},
      {.name = "server-name",
       .type = Type::text,
       .doc = "The name that it asks for (SNI, RFC 6066 3): that of the server, if absent; \"-\" "
              "is none at all."},
      {.name = "auth",
       .type = Type::choice,
       .doc = "It authenticates itself before it sends mail, by this mechanism.",
       .choices = choices(auth_words)},
      {.name = "password",
       .type = Type::choice,
       .fallback = "good",
       .doc = "Whether its password is the right one. Only with auth=.",
       .choices = {{"good", ""}, {"bad", ""}}},
      yes_no("auth-in-clear", "no", "Whether it says its password outside TLS too, unasked."),
      {.name = "helo",
       .type = Type::text,
       .fallback = "client.test",
       .doc = "Its name in EHLO, as it stands here."},
      {.name = "helo-in-tls",
       .type = Type::text,
       .doc = "Its name in EHLO behind the handshake; the same, if absent."},
      yes_no("second-ehlo", "yes", "Whether EHLO follows the handshake (RFC 3207 4.2)."),
      yes_no("pipelining", "yes", "Whether it sends commands in groups where that is offered."),
      {.name = "chunks",
       .type = Type::number,
       .fallback = "0",
       .doc = "In how many chunks it brings each message, by BDAT where CHUNKING is offered (RFC "
              "3030 2); 0: by DATA.",
       .max = 1000},
      yes_no("insists", "no",
             "Whether it says BDAT, and the parameters that its messages ask for, also where they "
             "are not offered."),
      yes_no("waits-for-greeting", "yes", "Whether it keeps still before the greeting."),
      {.name = "segment",
       .type = Type::choice,
       .fallback = "whole",
       .doc = "How all that it writes is cut into TCP segments (TLS records).",
       .choices = choices(segment_words)},
      {.name = "pace",
       .type = Type::duration,
       .fallback = "0ms",
       .doc = "Silence before each write; at most 10min."},
  };
  for (auto& attribute : tls_attributes())
    all.push_back(std::move(attribute));
  return all;
}

std::vector<Element> sender_elements() {
  Element sender{
      .key = "sender",
      .name = "sender",
      .doc =
          "A peer that brings mail to the server under test, over one connection; several do so "
          "in their order. It says only how it differs from an honest, modern one, which sends "
          "all its messages. With <step>, <close> and <hang> children it does these instead. A "
          "scenario with a <sender> is inbound: the server relays what it accepts to an honest "
          "host, unless the scenario describes others.",
      .attributes = {{.name = "name",
                      .type = Type::label,
                      .doc = "Its name, where there are several."},
                     {.name = "address",
                      .type = Type::choice,
                      .fallback = "ipv4",
                      .doc = "The family by which it connects.",
                      .choices = {{"ipv4", ""}, {"ipv6", ""}}},
                     {.name = "messages",
                      .type = Type::labels,
                      .doc = "Ids of the messages that it brings; all, where it is the only "
                             "sender."},
                     {.name = "resumes",
                      .type = Type::label,
                      .doc = "The name of an earlier sender, whose TLS session it brings back: the "
                             "server may resume it (RFC 8446 2.2)."}},
      .children = {{"step"}, {"close"}, {"hang"}, {"vary of sender"}}};
  for (auto& attribute : sender_attributes())
    sender.attributes.push_back(std::move(attribute));
  return {std::move(sender), step_element()};
}

}  // namespace smtprig::xml
