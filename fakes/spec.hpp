// What a receiving peer is, as plain data. The zero value of every struct is an honest, modern
// peer; a deviation is a field that says so. Nothing here does I/O, and nothing here knows of
// scenarios.
//
// Every generator (a reply, a TLS record) has the same five knobs: normal form, raw bytes,
// selector, timing and segmentation, ending. Selector and actions of a Rule are those knobs.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fakes/certificate_class.hpp"
#include "fakes/server_name.hpp"

namespace smtprig::fakes {

// Where mail is brought to a server.
enum class Service {
  smtp,         // port 25 (RFC 5321)
  submission,   // port 587 (RFC 6409)
  submissions,  // port 465, TLS from the first byte (RFC 8314 3.3)
  lmtp,         // port 24 (RFC 2033 names none, and forbids 25)
};

enum class AuthMechanism { plain, login, cram_md5, xoauth2 };
inline constexpr std::array<std::string_view, 4> auth_mechanism_names = {"PLAIN", "LOGIN",
                                                                         "CRAM-MD5", "XOAUTH2"};
constexpr std::string_view name(AuthMechanism mechanism) {
  return auth_mechanism_names[static_cast<std::size_t>(mechanism)];
}

// Protocol positions of an SMTP session at which a rule can act: what the client has just done.
enum class SmtpPosition {
  connect,  // the connection was accepted; the reply is the greeting
  ehlo,     // LHLO likewise (RFC 2033 4.1)
  helo,
  starttls,
  auth,
  mail,
  rcpt,
  data,
  // The final dot was read; the reply decides over the message. In LMTP it is reached once for each
  // recipient, with that as argument (RFC 2033 4.2).
  end_of_data,
  rset,
  noop,
  vrfy,
  quit,
  bdat,     // a chunk was read, and it is not the last (RFC 3030 2)
  unknown,  // a verb that no RFC names
};

// Stages of a TLS handshake, seen from the server, in their order on the wire.
enum class TlsStage {
  start,         // nothing of the client was read yet (after the 220 to STARTTLS, or after connect)
  client_hello,  // the ClientHello is complete, nothing was answered
  server_hello,  // the server's first flight is out, the client's answer is not read
  finished,      // the handshake is complete, no application data was sent
};

enum class Phase { any, pre_tls, post_tls };

// A range of ordinals, counted from one: "3" is {3, 3}, "2-" is {2, max}.
struct Ordinals {
  std::uint32_t first = 1;
  std::uint32_t last = std::numeric_limits<std::uint32_t>::max();

  bool contains(std::uint32_t ordinal) const { return first <= ordinal && ordinal <= last; }
  bool operator==(const Ordinals&) const = default;
};

// What the DNS does with a question. The last four are no answers of a resolver: `name` of them is
// what the journal calls them.
enum class DnsReply {
  honest,    // what the records say
  insecure,  // the same, without AD: nothing proves it (RFC 4033 5)
  servfail,  // an RCODE in place of records (RFC 1035 4.1.1)
  refused,
  formerr,
  notimp,
  nxdomain,
  nodata,     // NOERROR without records
  none,       // silence
  truncated,  // over UDP nothing but TC; over TCP it is honest (RFC 7766 5)
  wrong_id,   // honest but for its ID, and so nobody's answer (RFC 5452 9.1); then silence
  garbage,    // the ID of the query, and behind its header bytes that cannot be parsed
};

constexpr std::string_view name(DnsReply reply) {
  constexpr std::array<std::string_view, 12> names = {
      "honest",   "insecure", "SERVFAIL", "REFUSED",   "FORMERR",  "NOTIMP",
      "NXDOMAIN", "NODATA",   "none",     "truncated", "wrong-id", "garbage"};
  return names[static_cast<std::size_t>(reply)];
}

struct Selector {
  std::variant<SmtpPosition, TlsStage> position = SmtpPosition::connect;
  Phase phase = Phase::any;
  Ordinals nth;          // how often this position was reached in this connection
  Ordinals connection;   // which connection to this host, over all attempts
  std::string argument;  // RE2, searched in the text behind the verb; empty matches all
};

enum class Segmentation { whole, per_line, per_byte };

// One reply, or raw bytes at a TLS stage. `lines` is the normal form: each gets CRLF. `raw`, where
// not empty, replaces it to the byte. The session follows the first digit of whatever was sent.
struct Reply {
  std::vector<std::string> lines;
  std::string raw;
  Segmentation segment = Segmentation::whole;
  std::chrono::milliseconds delay{0};
};

enum class CloseHow {
  fin,        // orderly; inside TLS with close_notify
  rst,        // SO_LINGER 0
  no_notify,  // TCP FIN without close_notify (RFC 8446 6.1)
  alert,      // inside TLS a fatal internal_error in place of close_notify (RFC 8446 6.2)
};

struct Close {
  CloseHow how = CloseHow::fin;
};

// The peer keeps the connection and says nothing more until the client leaves.
struct Hang {};

// A TLS alert record (RFC 8446 6), in clear before the keys exist.
struct Alert {
  std::uint8_t level = 2;
  std::uint8_t description = 40;  // handshake_failure
};

using Action = std::variant<Reply, Close, Hang, Alert>;

// When `when` matches, the actions are done in order instead of the honest behaviour. `id` names
// the rule in the journal (FaultFired), so that a fault that was never reached is known.
struct Rule {
  std::string id;
  Selector when;
  std::vector<Action> actions;
};

enum class TlsVersion { tls1_0, tls1_1, tls1_2, tls1_3 };

// What becomes of a session beyond its connection (RFC 5077, RFC 8446 4.6.1). In a client all but
// `none` mean the same: tickets are taken, and a session is offered where there is one.
enum class Tickets {
  none,     // none is sent, and none is taken
  resumed,  // sent, and who brings one back resumes its session
  ignored,  // sent, and who brings one back gets a full handshake and another ticket
  refused,  // sent, and who brings one back gets the fatal alert handshake_failure
};

// What a server does about the name that a client asks for (RFC 6066 3).
enum class ServerNames {
  any,      // whatever is asked for, or nothing
  own,      // its own or none; another gets the fatal alert unrecognized_name
  needed,   // its own; none gets missing_extension (RFC 8446 9.2), up to TLS 1.2 unrecognized_name
  unknown,  // it knows no name at all: every one gets the fatal alert unrecognized_name
  warned,   // the same with a warning, and the handshake goes on; TLS 1.3 has no such alert
};

// The group of a server's ephemeral Diffie-Hellman key up to TLS 1.2. It needs a cipher that has
// it.
enum class DhGroup {
  fitting,    // as strong as the certificate's key, where a cipher of the list has use for it
  modp1024,   // RFC 2409 6.2
  modp2048,   // RFC 3526 3
  ffdhe2048,  // RFC 7919 A.1
  ffdhe3072,  // RFC 7919 A.2
};

// The lists are in OpenSSL's syntax, joined by ':'; empty: what a modern peer has. What a list
// names is spoken, however weak.
struct TlsSpec {
  TlsVersion min = TlsVersion::tls1_2;
  TlsVersion max = TlsVersion::tls1_3;
  std::string ciphers = {};               // up to TLS 1.2: "AES128-SHA:NULL-SHA256"
  std::string ciphersuites = {};          // TLS 1.3: "TLS_AES_128_GCM_SHA256"
  std::string groups = {};                // "X25519:P-256"
  std::string signature_algorithms = {};  // "ECDSA+SHA256:rsa_pss_rsae_sha256"
  // "smtp:esmtp". Client: what it offers. Server: what it selects, by its own order; who offers
  // only others gets no_application_protocol (RFC 7301 3.2). Empty: knows nothing of it.
  std::string alpn = {};
  Tickets tickets = Tickets::none;
  ServerNames server_names = ServerNames::any;  // server
  DhGroup dh = DhGroup::fitting;                // server

  bool operator==(const TlsSpec&) const = default;
};

enum class StartTls {
  yes,  // offered in EHLO before TLS and honoured
  no,   // not offered; 502 when asked all the same
};

// Whether AUTH stands in the reply to EHLO, and is taken.
enum class OffersAuth {
  no,
  in_tls,  // before it 538 (RFC 4954 6)
  always,
};

// ESMTP keywords that the peer announces.
struct Extensions {
  bool pipelining = true;                 // RFC 2920
  bool eight_bit_mime = true;             // RFC 6152
  bool smtputf8 = true;                   // RFC 6531
  bool dsn = true;                        // RFC 3461
  bool enhanced_status_codes = true;      // RFC 2034
  std::uint64_t size_bytes = 33'554'432;  // RFC 1870; 0: not announced
  // Off in an honest peer too: few announce them.
  bool chunking = false;     // RFC 3030 2: BDAT
  bool binary_mime = false;  // RFC 3030 3; only with chunking
  bool requiretls = false;   // RFC 8689; announced inside TLS alone
  OffersAuth auth = OffersAuth::no;
  std::vector<AuthMechanism> mechanisms = {AuthMechanism::plain, AuthMechanism::login};
};

// The OCSP response that is stapled to a certificate (RFC 6066 8).
enum class Staple {
  none,
  good,
  revoked,      // by the issuer, for a compromised key
  expired,      // good, but its time for an update is past
  unsolicited,  // good, and sent to a client that did not ask too
};

struct CertificateChoice {
  CertificateClass certificate = CertificateClass::good;
  Ordinals connection;  // which connection to this host, over all attempts
  ServerName server_name = ServerName::any;
};

struct ReceiverSpec {
  StartTls starttls = StartTls::yes;
  bool require_tls = false;   // 530 5.7.0 to all but EHLO, NOOP, STARTTLS, QUIT (RFC 3207 4)
  bool implicit_tls = false;  // TLS from the first byte (RFC 8314 3)
  bool lmtp = false;          // LHLO, and a reply for each recipient (RFC 2033)
  bool demands_auth = false;  // 530 5.7.0 to MAIL of who has not authenticated (RFC 4954 6)
  Extensions extensions;
  CertificateClass certificate = CertificateClass::good;
  // With a key of another kind; what the client takes decides (RFC 8446 4.4.2.2, RFC 5246 7.4.2).
  std::optional<CertificateClass> second_certificate;
  std::vector<CertificateChoice> certificates;  // the first that fits replaces both
  Staple staple = Staple::none;
  bool asks_for_certificate = false;  // of the client; whatever it shows or not is taken
  // A client without one is refused: by handshake_failure up to TLS 1.2, in TLS 1.3 by
  // certificate_required when it believes the handshake done (RFC 5246 7.4.6, RFC 8446 4.4.2.4).
  bool demands_certificate = false;
  TlsSpec tls;
  std::vector<Rule> rules;  // the first match acts
  // Who can authenticate; without a name nobody can (535).
  std::string user = {};
  std::string password = {};
};

}  // namespace smtprig::fakes
