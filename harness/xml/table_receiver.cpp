// The table's part for peers that receive: what they deviate in, and <on>.
#include "harness/xml/table.hpp"

namespace smtprig::xml {
namespace {

Element on_element() {
  return {
      .key = "on",
      .name = "on",
      .doc =
          "What a peer does at a position of the protocol instead of being honest: its actions, "
          "in their order. Exactly one of smtp= and tls= is given. Of several that match the "
          "first acts. In the journal it is called \"smtp=STARTTLS\" or \"tls=finished\", a "
          "second one of a host \"smtp=STARTTLS#2\".",
      .attributes =
          {
              {.name = "smtp",
               .type = Type::choice,
               .doc = "What the client has just done.",
               .choices = choices(smtp_words)},
              {.name = "tls",
               .type = Type::choice,
               .doc = "How far the handshake has come.",
               .choices = choices(tls_stage_words)},
              {.name = "phase",
               .type = Type::choice,
               .fallback = "any",
               .doc = "Whether TLS is up. Not with tls=.",
               .choices = choices(phase_words)},
              {.name = "nth",
               .type = Type::ordinals,
               .fallback = "1-",
               .doc = "How often the position was reached in the connection."},
              {.name = "connection",
               .type = Type::ordinals,
               .fallback = "1-",
               .doc = "Which connection to this host, counted over all attempts."},
              {.name = "argument",
               .type = Type::regex,
               .doc = "Searched in the text behind the verb; of MAIL and RCPT also in the form "
                      "\"bob@a.test NOTIFY=NEVER\", without brackets."},
          },
      .children = {{"reply"}, {"close"}, {"hang"}, {"alert"}},
  };
}

std::vector<Element> action_elements() {
  return {
      {.key = "reply",
       .name = "reply",
       .doc =
           "Sends a reply, or bytes: line=, raw= or <line> children. With none of them it is the "
           "honest reply of the position, so that a <close> behind it comes after that. "
           "The session goes on by the first digit of what was sent: a 220 to STARTTLS "
           "starts TLS, a 250 to MAIL opens a transaction, whatever else was sent with it.",
       .attributes = {{.name = "line",
                       .type = Type::reply_line,
                       .doc = "A reply of one line; CRLF is added."},
                      {.name = "raw",
                       .type = Type::escaped,
                       .doc =
                           "Exactly these bytes, with C escapes: \\r \\n \\t \\0 \\\\ \\\" \\xHH."},
                      {.name = "segment",
                       .type = Type::choice,
                       .fallback = "whole",
                       .doc = "How it is cut into TCP segments (TLS records).",
                       .choices = choices(segment_words)},
                      {.name = "delay",
                       .type = Type::duration,
                       .fallback = "0ms",
                       .doc = "Silence before it; at most 10min."}},
       .children = {{"line"}}},
      {.key = "line",
       .name = "line",
       .doc = "One line of a reply; CRLF is added. All but the last have a hyphen after the code.",
       .text = Type::reply_line},
      {.key = "close",
       .name = "close",
       .doc = "Ends the connection. Nothing may follow.",
       .attributes = {{.name = "how",
                       .type = Type::choice,
                       .fallback = "fin",
                       .doc = "Which end.",
                       .choices = choices(close_words)}}},
      {.key = "hang",
       .name = "hang",
       .doc = "Keeps the connection and says nothing more until the other side leaves. Nothing may "
              "follow."},
      {.key = "alert",
       .name = "alert",
       .doc = "Sends a TLS alert record: in clear before the keys exist, then under them (with "
              "AES-GCM and ChaCha20; else in clear). Only within <on tls=...> and with "
              "phase=\"post-tls\". It does not end the connection by itself, but inside TLS no "
              "reply can follow.",
       .attributes = {{.name = "level",
                       .type = Type::choice,
                       .fallback = "fatal",
                       .doc = "Its level.",
                       .choices = choices(alert_level_words)},
                      {.name = "description",
                       .type = Type::alert,
                       .fallback = "handshake-failure",
                       .doc = "Its description, by name or number.",
                       .choices = choices(alert_words)}}},
  };
}

std::vector<Attribute> seldom_extensions() {
  return {
      yes_no("chunking", "no", "CHUNKING in EHLO: it takes BDAT beside DATA (RFC 3030 2)."),
      yes_no("binary-mime", "no", "BINARYMIME in EHLO (RFC 3030 3). Only with chunking=."),
      yes_no("offers-requiretls", "no", "REQUIRETLS in EHLO, inside TLS (RFC 8689 2)."),
      {.name = "offers-auth",
       .type = Type::choice,
       .fallback = "no",
       .doc = "When AUTH stands in EHLO, and is taken (RFC 4954). Whoever knows the password that "
              "a <relay> with login=\"good\" is used with is let in, others get 535.",
       .choices = choices(offers_auth_words)},
      {.name = "mechanisms",
       .type = Type::choices,
       .fallback = "plain login",
       .doc = "Those that AUTH offers, in this order. Only with offers-auth=.",
       .choices = choices(auth_words)},
      yes_no("demands-auth", "no", "530 5.7.0 to MAIL of who has not authenticated (RFC 4954 6)."),
  };
}

}  // namespace

std::vector<Attribute> receiver_attributes() {
  std::vector<Attribute> all{
      yes_no("starttls", "yes",
             "Whether EHLO offers STARTTLS before TLS. A peer that does not offer it answers 502."),
      yes_no("require-tls", "no",
             "530 5.7.0 to all but EHLO, HELO, NOOP, STARTTLS and QUIT before TLS (RFC 3207 4)."),
      yes_no(
          "implicit-tls", "no",
          "TLS from the first byte (RFC 8314 3). A <relay service=\"submissions\"> has \"yes\"."),
      yes_no("lmtp", "no",
             "LHLO in place of EHLO, and a reply for each recipient (RFC 2033). A <relay "
             "service=\"lmtp\"> has \"yes\"."),
      {.name = "certificate",
       .type = Type::choice,
       .fallback = "good",
       .doc = "What the peer presents.",
       .choices = certificate_choices()},
      {.name = "second-certificate",
       .type = Type::choice,
       .doc = "One that it presents to clients that do not take the first; its key is of another "
              "kind (RSA, ECDSA, Ed25519). What the client takes decides (RFC 8446 4.4.2.2).",
       .choices = certificate_choices()},
      {.name = "staple",
       .type = Type::choice,
       .fallback = "none",
       .doc = "The OCSP response that is stapled to what it presents (RFC 6066 8).",
       .choices = choices(staple_words)},
      yes_no("pipelining", "yes", "PIPELINING in EHLO (RFC 2920)."),
      yes_no("eight-bit-mime", "yes", "8BITMIME in EHLO (RFC 6152)."),
      yes_no("smtputf8", "yes", "SMTPUTF8 in EHLO (RFC 6531)."),
      yes_no("dsn", "yes", "DSN in EHLO (RFC 3461)."),
      yes_no("enhanced-status-codes", "yes", "ENHANCEDSTATUSCODES in EHLO (RFC 2034)."),
      {.name = "size",
       .type = Type::number,
       .fallback = "33554432",
       .doc = "SIZE in EHLO, in bytes (RFC 1870); 0: not announced.",
       .max = 1'000'000'000'000},
  };
  for (auto& attribute : seldom_extensions())
    all.push_back(std::move(attribute));
  all.push_back(yes_no("asks-for-certificate", "no",
                       "Whether it asks the client for a certificate, and takes any or "
                       "none (RFC 8446 4.3.2)."));
  for (auto& attribute : tls_attributes())
    all.push_back(std::move(attribute));
  for (auto& attribute : tls_server_attributes())
    all.push_back(std::move(attribute));
  return all;
}

std::vector<Element> receiver_elements() {
  Element receiver{
      .key = "receiver",
      .name = "receiver",
      .doc =
          "A peer that <host> and <mx> of this suite can name. It says only how it differs from "
          "an honest, modern one.",
      .attributes = {{.name = "id",
                      .type = Type::label,
                      .doc = "Its name, unique in the suite and what it includes.",
                      .required = true}},
      .children = {{"on"}, {"show"}},
  };
  for (auto& attribute : receiver_attributes())
    receiver.attributes.push_back(std::move(attribute));
  std::vector<Element> all{std::move(receiver), on_element(), show_element()};
  for (auto& action : action_elements())
    all.push_back(std::move(action));
  return all;
}

}  // namespace smtprig::xml
