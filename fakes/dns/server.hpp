// A DNS server with a table, over UDP and TCP. To a stub it looks like a validating resolver that
// knows the whole (small) internet: it sets RA, sets AD by table, echoes EDNS, and answers NODATA
// and NXDOMAIN with SOA. With a Signer (signer.hpp) it is the authoritative server of all zones
// instead, for a resolver that validates. It reports every query. Bytes that are no query are
// counted and dropped. It does no referrals, no zone transfer and no wildcards.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "fakes/journal.hpp"
#include "fakes/spec.hpp"

struct ldns_struct_rr;

namespace smtprig::fakes::dns {

class Signer;

// One record in presentation format. Names are absolute, without final dot, any case.
struct Record {
  std::string name;
  std::string type;  // "MX", "A", "AAAA", "CNAME", "TXT", "PTR", "NS", "TLSA", "SOA"
  std::string data;  // "10 mx1.a.test.", "127.0.0.2"
  std::uint32_t ttl_seconds = 60;
  bool secure = false;  // AD is set if all records of the answer are secure
  std::shared_ptr<const ldns_struct_rr> parsed = nullptr;  // set by Table::add
};

// Overrides the answer to (name, type), also where a CNAME leads there; type "*" means every type.
// First match acts.
struct Fault {
  std::string name;
  std::string type;
  DnsReply reply = DnsReply::honest;
  Ordinals nth;  // counted per (name, type asked), from the first fault at that name on; a question
                 // that is put again, also over TCP, counts again
  std::chrono::milliseconds delay{0};  // before whatever is replied
  bool bogus = false;  // the honest answer, with signatures that do not fit it, where there are any
};

struct Answer {
  std::string rcode = "NOERROR";
  std::vector<Record> records;         // answer section, CNAME chain first
  bool authentic = false;              // every record, and the denial if there is one, is secure
  bool negative = false;               // SOA in the authority section
  Record soa;                          // of a negative answer
  bool bogus = false;                  // by a fault
  DnsReply fault = DnsReply::honest;   // what comes in place of all this: one of the last four
  std::chrono::milliseconds delay{0};  // of all faults on the way
};

// The table and its lookup rule, pure. Zones are the names that own a SOA: the longest matching
// zone gives the SOA of negative answers; a name below no zone is answered REFUSED. A new table
// holds
// `. NS`, secure, because Postfix asks for it to learn whether its resolver validates at all.
//
// Names are kept with their labels reversed, so a name and all names below it lie side by side: a
// lookup costs a few searches, whatever the size of the table.
class Table {
 public:
  Table();

  void add_zone(std::string name, bool secure);
  void add(Record record);  // throws std::invalid_argument if ldns cannot parse it
  void add(Fault fault);
  // Forgets the records of that type at `name`.
  void remove(std::string_view name, std::string_view type);
  // Forgets everything at and below `name`.
  void remove_below(std::string_view name);

  // RFC 1034 4.3.2 without delegation: CNAMEs are followed within the table, at most eight. A
  // longer chain, a loop and a chain that leaves all zones are SERVFAIL, as from a resolver.
  Answer lookup(std::string_view name, std::string_view type);

  // The SOA record of the zone that holds the name, and of that which delegates it where the name
  // is the apex of one; nullptr: there is none.
  const Record* zone(std::string_view name) const;
  const Record* parent_zone(std::string_view apex) const;
  // Something is there, or below.
  bool has(std::string_view name) const;
  // Of the records at a name, each once.
  std::vector<std::string> types_at(std::string_view name) const;

 private:
  struct FaultyName {
    std::vector<Fault> faults;
    std::map<std::string, std::uint32_t, std::less<>> asked;  // by type
  };

  static void fail(Answer& answer, std::string_view rcode);
  bool apply(const Fault& fault, Answer& answer, const std::string& key, bool& secure) const;
  const Fault* fault_now(const std::string& key, const std::string& type);
  const Record* zone_of(std::string_view key) const;
  bool exists(const std::string& key) const;
  void deny(Answer& answer, const std::string& key, bool secure) const;

  std::map<std::string, std::vector<Record>, std::less<>> records_;
  std::map<std::string, FaultyName, std::less<>> faulty_;
};

// The largest answer over UDP, whatever the client's EDNS size says (DNS flag day 2020); without
// EDNS it is 512 (RFC 1035 4.2.1).
inline constexpr std::size_t udp_bytes_max = 1232;

// What to send for one message, `query.delay_ms` from now; `query` receives what was asked and
// answered, for the log. Empty where nothing is to be sent: by a fault, which `query.fault` tells,
// or because no answer is due, to a response or to bytes that are no DNS message. Over UDP an
// answer above the smaller of udp_bytes_max and the client's EDNS size is replaced by an empty one
// with TC.
std::vector<std::uint8_t> respond(Table& table, const std::vector<std::uint8_t>& message, bool tcp,
                                  DnsQuery& query, const Signer* signer = nullptr);

// Bounds. One TCP connection more than `connections` is closed at once; a connection is closed when
// it stays without a query, or does not take its answer, for `idle`. One more late answer over UDP
// than `late` is not sent.
struct Limits {
  std::size_t connections = 256;
  std::chrono::milliseconds idle{10'000};
  std::size_t late = 4'096;
};

class Server {
 public:
  using Log = std::function<void(const DnsQuery&)>;

  // Binds UDP and TCP on the same address and port (0: a free one, the same for both); throws
  // boost::system::system_error. `table` and `signer` must outlive the server, the server must not
  // outlive `io`.
  Server(boost::asio::io_context& io, boost::asio::ip::udp::endpoint local, Table& table, Log log,
         Limits limits = Limits(), const Signer* signer = nullptr);
  ~Server();  // closes the sockets and all connections; the log is not called any more
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  boost::asio::ip::udp::endpoint local() const;
  std::size_t dropped() const;      // messages that no answer was due to
  std::size_t connections() const;  // open TCP connections

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace smtprig::fakes::dns
