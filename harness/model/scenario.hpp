// A scenario as read from its file, with every <vary> already expanded: one described situation.
// Names are relative to the cell's own domain, as in zone files: "@" is that domain, "mx1" lies
// below it, a trailing dot makes a name absolute. The zero value of everything is honest and
// modern.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

struct Host {
  std::string name;  // "mx1", "@"
  fakes::ReceiverSpec receiver;
  bool ipv4 = true;
  bool ipv6 = false;
  bool published = true;  // its A and AAAA records exist
  Reach reach = Reach::listens;
};

struct MxRecord {
  std::string target;  // "mx1", "other.example.", "." (null MX, RFC 7505)
  std::uint16_t preference = 10;
};

// A record beyond those that hosts and MX records imply: CNAME, TXT, or any of the known types.
struct DnsRecord {
  std::string name;
  std::string type;  // "CNAME"
  std::string data;  // presentation format, names relative as above
};

// <on dns="MX @"><answer rcode="SERVFAIL"/></on>
struct DnsFault {
  std::string name;
  std::string type;
  std::string rcode;  // "SERVFAIL", "NXDOMAIN", "NODATA", "REFUSED"
  fakes::Ordinals nth;
};

// One message of a cell. Recipients are local parts at "@".
struct Message {
  std::string id = "m1";
  std::vector<std::string> recipients = {"rcpt"};
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

  std::vector<Host> hosts;
  std::vector<MxRecord> mx;  // empty: the domain has no MX record
  std::vector<DnsRecord> records;
  std::vector<DnsFault> dns_faults;
  std::vector<Message> messages = {Message{}};
  std::vector<Expectation> expectations;

  // The host of that name, or nullptr.
  const Host* host(std::string_view name) const;
};

}  // namespace smtprig::model
