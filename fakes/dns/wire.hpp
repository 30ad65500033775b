// Owners for ldns objects, and the one spelling of names that table and wire share. Private to the
// DNS fake: nobody else sees ldns.
#pragma once

#include <cstdlib>
#include <memory>
#include <string>

#include "fakes/dns/server.hpp"

// Last: it defines `bool`, `true` and `false` as macros where a C++ header may follow.
#include <ldns/ldns.h>
#undef bool
#undef true
#undef false

namespace smtprig::fakes::dns {

struct LdnsDelete {
  void operator()(ldns_rr* record) const { ldns_rr_free(record); }
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
  void operator()(ldns_buffer* buffer) const { ldns_buffer_free(buffer); }
  void operator()(ldns_rr_list* list) const { ldns_rr_list_deep_free(list); }
  void operator()(ldns_rdf* data) const { ldns_rdf_deep_free(data); }
  void operator()(char* text) const { std::free(text); }
};
using LdnsRecord = std::unique_ptr<ldns_rr, LdnsDelete>;
using LdnsPacket = std::unique_ptr<ldns_pkt, LdnsDelete>;
using LdnsBuffer = std::unique_ptr<ldns_buffer, LdnsDelete>;
using LdnsList = std::unique_ptr<ldns_rr_list, LdnsDelete>;
using LdnsData = std::unique_ptr<ldns_rdf, LdnsDelete>;
using LdnsText = std::unique_ptr<char, LdnsDelete>;

// Lower case, no final dot; the root is "".
std::string canonical(std::string_view name);

// SERVFAIL for what is no name of one.
ldns_pkt_rcode rcode_named(std::string_view name);

}  // namespace smtprig::fakes::dns
