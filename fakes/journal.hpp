// The journal of a cell: an append-only list of typed, timed events, the only evidence that
// outcomes are made from. Text from a peer is stored as it came (bytes); writers escape it where
// they print it. The journal is bounded: past `events_max` it counts what it drops instead of
// growing.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace smtprig::fakes {

// A TCP connection was accepted by a fake (or, for the injector, made by it).
struct Connected {
  std::string local;  // "127.1.0.7:25", "[fd00::7]:25"
  std::string remote;
};

struct Closed {
  enum class How { peer_fin, peer_rst, local_fin, local_rst, timed_out, cancelled };
  How how = How::peer_fin;
  bool close_notify = false;  // the peer's close_notify came first; false in clear
};

// A line without its CRLF, in or out, as sent inside (`tls`) or outside TLS. Lines of message
// content are not logged one by one: see ContentReceived.
struct LineIn {
  std::string text;
  bool tls = false;
};
struct LineOut {
  std::string text;
  bool tls = false;
};

// Bytes outside the line grammar: garbage, a raw reply.
struct BytesOut {
  std::string bytes;
  bool tls = false;
};

struct ClientHelloSeen {
  std::string sni;  // empty: none sent
  std::string alpn;
  // It brings back a ticket (RFC 5077 3.2) or a pre-shared key (RFC 8446 4.2.11).
  bool session = false;
  bool status_request = false;  // a stapled OCSP response is asked for (RFC 6066 8)
};

struct CertificatePresented {
  std::string subject;
  std::string sha256_certificate;  // lower-case hex
  std::string sha256_spki;
  std::string key = {};  // "RSA-2048", "EC-256", "ED25519"
  bool stapled = false;  // with an OCSP response
};

struct TlsEstablished {
  std::string version;  // "TLSv1.3"
  std::string cipher;   // OpenSSL's name
  bool resumed = false;
  std::string alpn;  // that was selected; empty: none
};

// The certificate that the peer of an established session showed.
struct CertificateSeen {
  std::string subject;
  std::string sha256_certificate;  // lower-case hex
  bool trusted = false;            // its chain builds to the own roots; says nothing of names
};

struct TlsAlert {
  bool sent = false;  // by the fake; otherwise received
  int level = 0;
  int description = 0;
  std::string name;  // "handshake_failure" (RFC 8446 B.2)
};

// The handshake ended without a session. `stage`: how far it came.
struct TlsFailed {
  std::string stage;   // "client-hello", "server-hello", "finished"
  std::string reason;  // OpenSSL's words, or "peer closed"
};

// Content bytes of a message were read: one event per transaction, complete or not.
struct ContentReceived {
  std::uint64_t bytes = 0;
  bool complete = false;  // the final dot came
  bool tls = false;
  std::string sha256;  // of the content after dot-unstuffing, if complete
  std::string token;   // the message's random token, if found in it
};

// A receiver answered the final dot with 2yz and has sent that reply: it holds the message.
// The session may still be cut before the client reads the reply; see Rule.
struct MessageAccepted {
  std::string mail_from;
  std::vector<std::string> recipients;
  std::string token;
  std::string sha256;
  bool tls = false;
  std::string content;         // kept up to a bound (64 KiB): DSNs are read from it
  std::string sha256_body;     // of what stands behind the first empty line
  std::string sha256_letters;  // of that without white space and NUL
};

// A sending peer sent the content of a message, with the final dot.
struct ContentSent {
  std::uint64_t bytes = 0;  // without the dots of RFC 5321 4.5.2
  bool tls = false;
  std::string token;
};

// Rule `rule` of a peer acted.
struct FaultFired {
  std::string rule;
};

struct DnsQuery {
  std::string name;   // lower case, no final dot
  std::string type;   // "MX"
  std::string rcode;  // "NOERROR"; empty: the client got no answer of that ID that can be read
  int answers = 0;
  bool authentic = false;  // AD bit of the answer
  bool dnssec_ok = false;  // DO bit of the question
  bool tcp = false;
  std::string fault = {};      // "none", "truncated", "wrong-id", "garbage"; empty: an answer came
  std::uint64_t delay_ms = 0;  // between this event and what is sent
};

// A request came to a policy host (RFC 8461 3.3) or to a collector of reports (RFC 8460 5.4), and
// this was answered. Text as it was sent.
struct HttpRequest {
  std::string method;           // "GET"
  std::string target;           // "/.well-known/mta-sts.txt"
  std::string host;             // the Host field; empty: none was sent
  std::string sni;              // of the connection's ClientHello; empty: none was sent
  int status = 0;               // of the answer; 0: there was none, or one of raw bytes
  std::uint32_t nth = 0;        // among the requests to this host, from 1
  std::uint64_t body_sent = 0;  // bytes of the answer's body that were sent
  std::string problem;          // why no request could be read; empty: one was
};

// A TLSRPT report came, by HTTPS or in a message.
struct ReportReceived {
  std::string media_type;   // "application/tlsrpt+gzip"
  std::uint64_t bytes = 0;  // as sent
  std::string json;         // decompressed, up to a bound; empty if it cannot be
  std::string problem;      // why not; empty: `json` is whole. Whether it is JSON is not looked at
};

// A fact that the server under test told in its log. Fields that the line did not tell are empty.
struct ServerFact {
  enum class Kind {
    queued,  // accepted into the queue under `queue_id`
    tls,     // TLS came up with `relay`; `detail` is the server's word: Anonymous Untrusted Trusted
             // Verified
    delivered,   // a recipient was delivered to `relay`
    deferred,    // an attempt failed, the message stays queued
    bounced,     // a permanent decision
    expired,     // given up after the queue lifetime
    removed,     // the queue entry is gone
    tls_report,  // the server's report of TLS sessions with domain `recipient` (RFC 8460) was sent,
                 // or will not be; `detail` says which
    note,        // a line worth showing that decides nothing
  };
  Kind kind = Kind::note;
  std::string queue_id;
  std::string recipient;
  std::string relay;   // "mx.a.test[127.0.0.2]:25"
  std::string status;  // enhanced status code, "4.7.5"
  std::string detail;  // the server's reason or TLS word
  std::string client;  // address of who brought the message
};

// One line of the server's log, as written.
struct ServerLine {
  std::string text;
};

// A message was brought to the server under test, by the injector or by a sending peer, and this
// was the final reply.
struct Injected {
  std::string mail_from;
  std::string recipient;
  std::string token;
  std::string sha256_body;  // as in MessageAccepted
  int reply = 0;            // 250; 0: none came
  std::string reply_text;
  bool given_up = false;       // the peer wanted no more: it found no TLS, or left by itself
  std::string sha256_letters;  // as in MessageAccepted
};

// What the rig saw of the server's process: "alive", "crashed", "hung", "lost-listener".
struct ServerState {
  std::string state;
  std::string detail;
};

// What the rig itself did or failed to do ("removed from the queue", "attempts complete").
struct RigNote {
  std::string text;
};

using EventBody =
    std::variant<Connected, Closed, LineIn, LineOut, BytesOut, ClientHelloSeen,
                 CertificatePresented, TlsEstablished, CertificateSeen, TlsAlert, TlsFailed,
                 ContentReceived, MessageAccepted, ContentSent, FaultFired, DnsQuery, HttpRequest,
                 ReportReceived, ServerFact, ServerLine, Injected, ServerState, RigNote>;

struct Event {
  std::chrono::microseconds at{0};  // since the journal's epoch
  std::string who;                  // the fake: "mx1", "dns", "injector", "sink", "server", "rig"
  std::uint32_t connection = 0;     // ordinal among the connections to `who`, from 1; 0: none
  EventBody body;
};

class Journal {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Journal(Clock::time_point epoch = Clock::now(), std::size_t events_max = 20'000)
      : epoch_(epoch), events_max_(events_max) {}

  // Appends with the present time. `who` and `connection` as in Event.
  void add(std::string_view who, std::uint32_t connection, EventBody body);

  const std::vector<Event>& events() const { return events_; }
  std::size_t dropped() const { return dropped_; }

 private:
  Clock::time_point epoch_;
  std::size_t events_max_;
  std::size_t dropped_ = 0;
  std::vector<Event> events_;
};

}  // namespace smtprig::fakes
