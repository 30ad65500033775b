// Signs what a Table holds, as the authoritative servers of all its zones would (RFC 4035 3.1):
// DNSKEY, DS, RRSIG, and denials by NSEC records that are made for the question (RFC 4470). Secure
// zones have one key, ECDSA P-256 (RFC 6605), and a DS record in the zone above; insecure ones have
// no DS record and no signatures. An answer that is bogus by a fault has signatures that do not
// fit. It gives no referrals: a resolver asks this one server for everything.
#pragma once

#include <memory>
#include <string>

#include "fakes/dns/server.hpp"

struct ldns_struct_pkt;

namespace smtprig::fakes::dns {

class Signer {
 public:
  Signer();  // makes the key; throws std::runtime_error
  ~Signer();
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  // The DS record of the root, as a resolver takes it: ". 3600 IN DS ...".
  std::string trust_anchor() const;

  // Puts the answer into a reply that has its question already; see respond(). Returns what is to
  // be sent in its place.
  DnsReply fill(ldns_struct_pkt* reply, Table& table, const ldns_struct_pkt* asked,
                DnsQuery& query) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace smtprig::fakes::dns
