// A scenario as read from its file, with every <vary> already expanded: one described situation.
// Names are relative to the cell's own domain, as in zone files: "@" is that domain, "mx1" lies
// below it, a trailing dot makes a name absolute. The zero value of everything is honest and
// modern.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/https_spec.hpp"
#include "fakes/sender_spec.hpp"
#include "fakes/spec.hpp"
#include "harness/model/outcome.hpp"
#include "harness/model/policy.hpp"

namespace smtprig::model {

struct Location {
  std::string file;
  int line = 0;    // from 1
  int column = 0;  // from 1
};

// How a host's addresses react to a connection.
enum class Reach {
  listens,
  refuses,  // RST to every SYN: nothing is bound there
};

// A TLSA record of a host, at the port where it is met (RFC 6698 2.1).
struct TlsaRecord {
  // Whose data it has; what the host does not show matches nothing.
  enum class Of {
    leaf,    // the host's own certificate
    issuer,  // that which issued it
    root,    // the root of its chain
    other,   // another certificate
  };
  std::uint8_t usage = 3;
  std::uint8_t selector = 1;
  std::uint8_t matching = 1;
  Of of = Of::leaf;
  std::string rdata;  // bytes, in place of all that; empty: none
  std::string at;     // its owner; empty: where clients look for it
};

struct Host {
  std::string name;  // "mx1", "@"
  fakes::ReceiverSpec receiver;
  bool ipv4 = true;
  bool ipv6 = false;
  bool published = true;  // its A and AAAA records exist
  Reach reach = Reach::listens;
  std::vector<TlsaRecord> tlsa;
};

struct MxRecord {
  std::string target;  // "mx1", "other.example.", "." (null MX, RFC 7505)
  std::uint16_t preference = 10;
  std::string domain = "@";  // whose it is; or a name below it
};

// What the server under test has to prove who it is to a relay.
enum class Login {
  none,
  good,
  wrong_password,
};

// The host to which the server is told to hand all mail for the domain, whatever its MX records say
// (a smarthost, or the mailboxes behind LMTP).
struct Relay {
  std::string host;
  fakes::Service service = fakes::Service::submission;
  Login login = Login::none;

  // TLS from the first byte leaves nothing to policies that do without.
  bool permits(Policy policy) const {
    return service != fakes::Service::submissions || policy > Policy::may;
  }
};

// What a domain publishes of MTA-STS (RFC 8461): the record, and the host that serves the policy.
// Patterns and names in the answers are relative like all others; see absolute_policy().
struct StsPublication {
  std::string domain = "@";
  std::string from;    // the message from which on it holds, in place of the one before; empty: all
  bool record = true;  // the TXT record at _mta-sts
  std::string id = "1";
  fakes::PolicyHostSpec host;
  Reach reach = Reach::listens;
  bool published = true;  // the host's A record exists
};

// What the domain publishes of TLS reporting (RFC 8460): the record, and the host that collects
// reports by HTTPS.
struct TlsReporting {
  bool record = true;  // the TXT record at _smtp._tls
  // Its text; "{collector}" stands for the URI of the collector: see tls_reporting_text().
  std::string text = "v=TLSRPTv1; rua={collector}";
  fakes::CollectorSpec collector;
  Reach reach = Reach::listens;
  bool published = true;  // the collector's A record exists
};

// A record beyond those that hosts and MX records imply: CNAME, TXT, or any of the known types.
struct DnsRecord {
  std::string name;
  std::string type;  // "CNAME"
  std::string data;  // presentation format, names relative as above
};

// <on dns="MX @"><answer rcode="SERVFAIL" delay="200ms"/></on>
struct DnsFault {
  std::string name;
  std::string type;
  fakes::DnsReply reply = fakes::DnsReply::honest;
  fakes::Ordinals nth;
  std::chrono::milliseconds delay{0};  // before whatever is replied
};

// What is odd in a message's content; all of them together are allowed. See run/message.hpp.
struct Content {
  bool eight_bit = false;
  bool long_line = false;  // of more than 998 bytes (RFC 5321 4.5.3.1.6)
  bool dots = false;       // lines that begin with dots, which SMTP stuffs
  bool mime = false;       // multipart, base64 and quoted-printable
  bool bare_lf = false;
  bool bare_cr = false;
  bool nul = false;
  bool full_line = false;     // of 998 bytes, which is what a line may have
  bool utf8_header = false;   // needs SMTPUTF8 (RFC 6531 3.2, RFC 6532)
  bool attachment = false;    // multipart, with noise in base64 that takes up `bytes_min`
  bool binary = false;        // does not consist of lines: BINARYMIME alone carries it (RFC 3030 3)
  std::size_t bytes_min = 0;  // filled up with ordinary lines
  // Bytes that are not the end of data, with a whole further transaction behind them, to the
  // recipient "smuggled"; empty: none.
  std::string false_end;

  // A relay may hand this on changed, or refuse it; see facts on RFC 5321 2.3.8, 4.5.3.1.6, 6152.
  bool is_odd() const { return long_line || bare_lf || bare_cr || nul || !false_end.empty(); }
};

// To whom a message goes that a server read where none was: see Content::false_end.
inline constexpr std::string_view smuggled_recipient = "smuggled";
// To whom the rig sends a message of its own, to see that the server goes on.
inline constexpr std::string_view barrier_recipient = "barrier";

// What its sender wants to be told of a message (RFC 3461), in the words of the wire; what is empty
// is not said.
struct Dsn {
  std::string notify;       // "NEVER", "SUCCESS,FAILURE"
  std::string returned;     // RET: "FULL", "HDRS"
  std::string envelope_id;  // ENVID
  bool original = false;    // ORCPT: the recipient's own address

  // Whether the list of NOTIFY has this word; failures are told of where nothing is said.
  bool wants(std::string_view word) const {
    if (notify.empty()) return word == "FAILURE";
    return notify.find(word) != std::string::npos;
  }
};

// The port of a service in life; a lab may give it another.
constexpr std::uint16_t port_of(fakes::Service service) {
  constexpr std::uint16_t ports[] = {25, 587, 465, 24};
  return ports[static_cast<std::size_t>(service)];
}

// One message of a cell. Recipients are local parts at "@", or "bob@other" at a name below it.
struct Message {
  std::string id = "m1";
  std::vector<std::string> recipients = {"rcpt"};
  Content content;
  Dsn dsn;
  bool requiretls = false;            // on MAIL (RFC 8689 2)
  bool tls_optional = false;          // with the header field "TLS-Required: No" (RFC 8689 3)
  bool later = false;                 // it is sent when all before it are decided
  std::chrono::milliseconds wait{0};  // with `later`: and so long after that
  unsigned days = 0;                  // by the server's clock, since the first message
};

// A peer that brings mail, with one connection. Several do so one after the other.
struct Sender {
  std::string name = "sender";
  fakes::SenderSpec spec;
  bool ipv6 = false;
  std::vector<std::string> messages;  // ids, in the order of the connection
  std::string resumes;                // the name of an earlier sender whose TLS session it brings
};

// A written expectation. Empty lists say nothing about their axis.
struct Expectation {
  std::vector<Policy> policies;  // empty: all
  std::vector<Delivery> delivery;
  std::vector<Channel> channel;
  std::string because;  // required where it contradicts the oracle
  Location location;
};

struct Scenario {
  std::string id;  // "cert/expired", with a case of a <vary> as a further component
  std::string summary;
  std::string clause;  // "RFC 3207 4"
  std::string level;   // "MUST", "SHOULD", "MAY" or empty
  std::string ref;     // "ST-08": the entry in a catalogue of known bugs
  Location location;
  std::vector<Policy> policies;  // under which it is played; empty: all of its direction

  std::vector<Sender> senders;  // empty: the scenario is outbound
  std::vector<Host> hosts;      // inbound: where the server relays to, an honest one at least
  std::vector<MxRecord> mx;     // empty: the domain has no MX record
  std::optional<Relay> relay;   // outbound; then no MX record is asked for
  bool secure = false;          // its zone is signed (RFC 4035): answers bear AD
  std::vector<StsPublication> sts;
  std::optional<TlsReporting> tlsrpt;
  std::vector<DnsRecord> records;
  std::vector<DnsFault> dns_faults;
  std::vector<Message> messages = {Message{}};
  std::vector<Expectation> expectations;

  Direction direction() const { return senders.empty() ? Direction::outbound : Direction::inbound; }
  bool has(Policy policy) const;
  // By which service the server speaks to that host.
  fakes::Service service_of(std::string_view host) const;
  bool has_tlsa() const;  // any host
  // Whether a message asks for TLS by itself, or for mail to go through whatever TLS does.
  bool speaks_of_tls() const;  // RFC 8689
  bool moves_clock() const;    // the server's, between messages
  // Whether a policy of mode enforce is published, at any time.
  bool has_enforced_sts() const;
  // The host of that name, or nullptr.
  const Host* host(std::string_view name) const;
  const Sender* sender(std::string_view name) const;
};

}  // namespace smtprig::model
