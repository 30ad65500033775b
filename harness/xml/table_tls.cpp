// The table's part for what a peer chooses in TLS, in either role. The names are OpenSSL's.
#include "harness/xml/table.hpp"

namespace smtprig::xml {
namespace {

std::vector<Choice> named(std::initializer_list<const char*> names) {
  std::vector<Choice> list;
  for (const char* name : names)
    list.push_back({name, ""});
  return list;
}

}  // namespace

Element show_element() {
  return {
      .key = "show",
      .name = "show",
      .doc =
          "Another certificate for some clients, in place of certificate= and "
          "second-certificate=. Of several that match the first counts.",
      .attributes = {{.name = "certificate",
                      .type = Type::choice,
                      .doc = "What the peer presents.",
                      .required = true,
                      .choices = certificate_choices()},
                     {.name = "connection",
                      .type = Type::ordinals,
                      .fallback = "1-",
                      .doc = "Which connection to this host, counted over all attempts."},
                     {.name = "server-name",
                      .type = Type::choice,
                      .fallback = "any",
                      .doc = "What the client names in its ClientHello (RFC 6066 3).",
                      .choices = choices(server_name_sent_words)}},
  };
}

std::vector<Attribute> tls_attributes() {
  return {
      {.name = "tls",
       .type = Type::tls_range,
       .fallback = "1.2-1.3",
       .doc = "The TLS versions that the peer speaks, the lowest and the highest."},
      {.name = "ciphers",
       .type = Type::choices,
       .doc = "The ciphers of TLS 1.2 and before that it speaks; a modern list, if absent.",
       .choices =
           named({"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
                  "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-SHA",
                  "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384",
                  "ECDHE-RSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256", "AES128-GCM-SHA256",
                  "AES128-SHA", "ADH-AES128-SHA256", "NULL-SHA256", "ECDHE-ECDSA-NULL-SHA"})},
      {.name = "ciphersuites",
       .type = Type::choices,
       .doc = "The cipher suites of TLS 1.3 that it speaks; all three, if absent.",
       .choices = named({"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                         "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_SHA256",
                         "TLS_AES_128_CCM_8_SHA256"})},
      {.name = "groups",
       .type = Type::choices,
       .doc = "The groups that it takes for the exchange of keys, in order.",
       .choices = named({"X25519", "X448", "P-256", "P-384", "P-521", "brainpoolP256r1",
                         "brainpoolP512r1", "ffdhe2048", "ffdhe4096", "ffdhe8192"})},
      {.name = "signature-algorithms",
       .type = Type::choices,
       .doc = "The signatures that it takes, in order.",
       .choices = named({"ECDSA+SHA256", "ECDSA+SHA384", "ed25519", "RSA-PSS+SHA256", "RSA+SHA256",
                         "RSA+SHA1", "ECDSA+SHA1"})},
      {.name = "alpn",
       .type = Type::choices,
       .doc = "The protocols by ALPN (RFC 7301). A sender offers them; a receiver selects one of "
              "them, by its own order, and refuses a client that offers only others by "
              "no_application_protocol. Without it the peer knows nothing of ALPN.",
       .choices = named({"smtp", "esmtp", "lmtp", "submission", "imap", "http/1.1", "h2"})},
  };
}

std::vector<Attribute> tls_server_attributes() {
  return {
      yes_no("demands-certificate", "no",
             "Whether it refuses a client without a certificate: by handshake_failure up to TLS "
             "1.2, in TLS 1.3 by certificate_required when the client believes the handshake done "
             "(RFC 8446 4.4.2.4). Any certificate is taken."),
      {.name = "tickets",
       .type = Type::choice,
       .fallback = "none",
       .doc = "What becomes of sessions beyond their connection (RFC 5077, RFC 8446 4.6.1).",
       .choices = choices(ticket_words)},
      {.name = "server-names",
       .type = Type::choice,
       .fallback = "any",
       .doc = "What it does about the name that a client asks for (SNI, RFC 6066 3).",
       .choices = choices(server_name_words)},
      {.name = "dh",
       .type = Type::choice,
       .fallback = "fitting",
       .doc = "The group of its Diffie-Hellman key up to TLS 1.2, for ciphers that begin with DHE.",
       .choices = choices(dh_words)},
  };
}

}  // namespace smtprig::xml
