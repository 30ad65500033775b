// An authoritative DNS server with a table, over UDP and TCP. Wire format by ldns. It sets AD by table
// (a stub that trusts it sees a validating resolver), echoes EDNS, answers NODATA and NXDOMAIN with SOA,
// and reports every query. Bytes that are no query are counted and dropped.
#pragma once

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

namespace smtprig::fakes::dns {

// One record in presentation format. Names are absolute, without final dot, any case.
struct Record {
  std::string name;
  std::string type;  // "MX", "A", "AAAA", "CNAME", "TXT", "PTR", "NS", "TLSA", "SOA"
  std::string data;  // "10 mx1.a.test.", "127.0.0.2"
  std::uint32_t ttl_seconds = 60;
  bool secure = false;  // AD is set if all records of the answer are secure
};

// Overrides the answer to (name, type); type "*" means every type. First match acts.
struct Fault {
  std::string name;
  std::string type;
  std::string rcode;  // "SERVFAIL", "REFUSED", "FORMERR", "NOTIMP", "NXDOMAIN", "NODATA"
  Ordinals nth;       // counted per (name, type)
};

struct Answer {
  std::string rcode;  // "NOERROR"
  std::vector<Record> records;  // answer section, CNAME chain first
  bool authentic = false;
  bool negative = false;  // SOA in the authority section
};

// The table and its lookup rule, pure. Zones are the names that own a SOA: the longest matching zone
// gives the SOA of negative answers; a name below no zone is answered REFUSED.
class Table {
 public:
  void add_zone(std::string name, bool secure);
  void add(Record record);  // throws std::invalid_argument if ldns cannot parse it
  void add(Fault fault);
  // Forgets everything at and below `name`.
  void remove_below(std::string_view name);

  // RFC 1034 4.3.2 without delegation: CNAMEs are followed within the table (at most eight).
  Answer lookup(std::string_view name, std::string_view type);

 private:
  struct Node;
  std::map<std::string, std::vector<Record>, std::less<>> records_;
  std::map<std::string, bool, std::less<>> zones_;
  std::vector<Fault> faults_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> asked_;
};

// The answer to one message, or empty where none is due (not a query, too short). `query` receives
// what was asked and answered, for the log. `bytes_max`: larger answers are truncated with TC (UDP);
// a larger EDNS size of the client is honoured up to it.
std::vector<std::uint8_t> respond(Table& table, const std::vector<std::uint8_t>& message, bool tcp,
                                  DnsQuery& query);

class Server {
 public:
  using Log = std::function<void(const DnsQuery&)>;

  // Binds UDP and TCP on the same address and port (0: a free one, the same for both); throws
  // boost::system::system_error. `table` must outlive the server.
  Server(boost::asio::io_context& io, boost::asio::ip::udp::endpoint local, Table& table, Log log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  boost::asio::ip::udp::endpoint local() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace smtprig::fakes::dns
