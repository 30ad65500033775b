// Where mail for a domain goes (RFC 5321 5.1, RFC 7505): the answers of the DNS in, an ordered list
// of hosts or a failure out. Pure. Hosts of equal preference are ordered by name, not at random, so
// that two runs are alike.
#pragma once

#include "harness/servers/embedded/message.hpp"
#include "harness/servers/embedded/mutants.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

struct MxHost {
  std::uint16_t preference = 0;
  std::string name;  // lower case, no final dot; "." for the root (null MX)
  bool operator==(const MxHost&) const = default;
};

struct Lookup {
  enum class Status {
    found,
    no_data,    // the name exists, or may exist, without records of that type
    no_domain,  // NXDOMAIN
    failed,     // no answer, or one that decides nothing: try again later
  };
  Status status = Status::failed;
  std::vector<MxHost> mx;
  std::vector<boost::asio::ip::address> addresses;
  std::vector<std::string> rdata;             // of TLSA records, bytes
  std::vector<std::vector<std::string>> txt;  // the strings of each TXT record
  std::string expanded;    // found: the name behind CNAMEs, or what a CNAME names
  bool authentic = false;  // AD
  std::string reason;      // failed: "SERVFAIL", "no answer"
};

struct Route {
  std::vector<std::string> hosts;  // in the order in which they are tried; empty: see failure
  Failure failure;
};

// `answer`: to the MX question for `domain`. `self`: own host name, for the detection of loops.
Route route_from(std::string_view domain, const Lookup& answer, std::string_view self,
                 const Mutants& mutants);

// What it means that no address of `host` could be found; `v6` and `v4` are the two answers.
Failure address_failure(std::string_view host, const Lookup& v6, const Lookup& v4);

}  // namespace smtprig::embedded
