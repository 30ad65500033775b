// See dns_message.hpp.
#include "harness/servers/embedded/dns_message.hpp"

#include <fmt/format.h>
#include <ldns/ldns.h>
#include <boost/algorithm/string/case_conv.hpp>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <memory>

namespace smtprig::embedded {
namespace {

struct FreeLdns {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
  void operator()(ldns_rdf* data) const { ldns_rdf_deep_free(data); }
  void operator()(void* bytes) const { std::free(bytes); }
};
template <class T>
using OwnedLdns = std::unique_ptr<T, FreeLdns>;

ldns_rr_type number_of(RecordType type) {
  switch (type) {
    case RecordType::mx:
      return LDNS_RR_TYPE_MX;
    case RecordType::a:
      return LDNS_RR_TYPE_A;
    case RecordType::aaaa:
      return LDNS_RR_TYPE_AAAA;
    case RecordType::tlsa:
      return LDNS_RR_TYPE_TLSA;
    case RecordType::cname:
      return LDNS_RR_TYPE_CNAME;
    case RecordType::txt:
      return LDNS_RR_TYPE_TXT;
  }
  return LDNS_RR_TYPE_MX;
}

// Lower case, without final dot; "." for the root.
std::string text_of(const ldns_rdf* name) {
  const std::unique_ptr<char, FreeLdns> raw(ldns_rdf2str(name));
  std::string text = raw ? boost::algorithm::to_lower_copy(std::string(raw.get())) : "";
  if (text.size() > 1 && text.back() == '.') text.pop_back();
  return text;
}

std::string rcode_name(int rcode) {
  const ldns_lookup_table* entry = ldns_lookup_by_id(ldns_rcodes, rcode);
  return entry ? entry->name : fmt::format("RCODE{}", rcode);
}

// Null for what is no domain name.
OwnedLdns<ldns_rdf> wire_name(const std::string& name) {
  ldns_rdf* made = nullptr;
  if (ldns_str2rdf_dname(&made, (name + ".").c_str()) != LDNS_STATUS_OK) return nullptr;
  return OwnedLdns<ldns_rdf>(made);
}

bool matches(const ldns_pkt& packet, const Question& question) {
  const ldns_rr_list* questions = ldns_pkt_question(&packet);
  if (!ldns_pkt_qr(&packet) || ldns_pkt_id(&packet) != question.id) return false;
  if (!questions || ldns_rr_list_rr_count(questions) != 1) return false;
  const ldns_rr* asked = ldns_rr_list_rr(questions, 0);
  return ldns_rr_get_type(asked) == number_of(question.type) &&
         ldns_rr_get_class(asked) == LDNS_RR_CLASS_IN &&
         text_of(ldns_rr_owner(asked)) == boost::algorithm::to_lower_copy(question.name);
}

// The records of `type` at `name`, or where the CNAME there leads; empty: nothing is said.
const ldns_rr* record_at(const ldns_rr_list* answer, const std::string& name, ldns_rr_type type,
                         std::size_t& place) {
  for (; answer && place < ldns_rr_list_rr_count(answer); ++place) {
    const ldns_rr* record = ldns_rr_list_rr(answer, place);
    if (ldns_rr_get_type(record) != type || ldns_rr_rd_count(record) == 0) continue;
    if (text_of(ldns_rr_owner(record)) != name) continue;
    ++place;
    return record;
  }
  return nullptr;
}

void take(const ldns_rr* record, RecordType type, Lookup& lookup) {
  const ldns_rdf* first = ldns_rr_rdf(record, 0);
  if (type == RecordType::mx) {
    if (ldns_rr_rd_count(record) < 2) return;
    lookup.mx.push_back({ldns_rdf2native_int16(first), text_of(ldns_rr_rdf(record, 1))});
    return;
  }
  if (type == RecordType::cname) {
    lookup.expanded = text_of(first);
    return;
  }
  if (type == RecordType::txt) {
    std::vector<std::string>& strings = lookup.txt.emplace_back();
    for (std::size_t i = 0; i < ldns_rr_rd_count(record); ++i) {
      const ldns_rdf* part = ldns_rr_rdf(record, i);
      // A length, and so many bytes (RFC 1035 3.3).
      if (ldns_rdf_size(part) == 0) continue;
      strings.emplace_back(reinterpret_cast<const char*>(ldns_rdf_data(part)) + 1,
                           ldns_rdf_size(part) - 1);
    }
    return;
  }
  if (type == RecordType::tlsa) {
    std::string& rdata = lookup.rdata.emplace_back();
    for (std::size_t i = 0; i < ldns_rr_rd_count(record); ++i) {
      const ldns_rdf* part = ldns_rr_rdf(record, i);
      rdata.append(reinterpret_cast<const char*>(ldns_rdf_data(part)), ldns_rdf_size(part));
    }
    return;
  }
  if (type == RecordType::a && ldns_rdf_size(first) == 4) {
    boost::asio::ip::address_v4::bytes_type bytes;
    std::copy_n(ldns_rdf_data(first), 4, bytes.begin());
    lookup.addresses.emplace_back(boost::asio::ip::address_v4(bytes));
  }
  if (type == RecordType::aaaa && ldns_rdf_size(first) == 16) {
    boost::asio::ip::address_v6::bytes_type bytes;
    std::copy_n(ldns_rdf_data(first), 16, bytes.begin());
    lookup.addresses.emplace_back(boost::asio::ip::address_v6(bytes));
  }
}

Lookup lookup_in(const ldns_pkt& packet, const Question& question) {
  Lookup lookup;
  lookup.authentic = ldns_pkt_ad(&packet);
  const ldns_pkt_rcode rcode = ldns_pkt_get_rcode(&packet);
  if (rcode == LDNS_RCODE_NXDOMAIN) {
    lookup.status = Lookup::Status::no_domain;
    return lookup;
  }
  if (rcode != LDNS_RCODE_NOERROR) {
    lookup.reason = rcode_name(rcode);
    return lookup;
  }
  const ldns_rr_list* answer = ldns_pkt_answer(&packet);
  std::string name = boost::algorithm::to_lower_copy(question.name);
  for (unsigned hop = 0; hop <= cname_chain_max; ++hop) {
    std::size_t place = 0;
    while (const ldns_rr* record = record_at(answer, name, number_of(question.type), place)) {
      take(record, question.type, lookup);
    }
    const bool found = !lookup.mx.empty() || !lookup.addresses.empty() || !lookup.rdata.empty() ||
                       !lookup.txt.empty() || !lookup.expanded.empty();
    if (found && lookup.expanded.empty()) lookup.expanded = name;
    place = 0;
    const ldns_rr* alias = record_at(answer, name, LDNS_RR_TYPE_CNAME, place);
    if (found || !alias) {
      lookup.status = found ? Lookup::Status::found : Lookup::Status::no_data;
      return lookup;
    }
    name = text_of(ldns_rr_rdf(alias, 0));
  }
  lookup.reason = "CNAME chain is too long";
  return lookup;
}

}  // namespace

std::string_view name(RecordType type) {
  switch (type) {
    case RecordType::mx:
      return "MX";
    case RecordType::a:
      return "A";
    case RecordType::aaaa:
      return "AAAA";
    case RecordType::tlsa:
      return "TLSA";
    case RecordType::cname:
      return "CNAME";
    case RecordType::txt:
      return "TXT";
  }
  return "";
}

bool is_askable(const std::string& name) {
  return wire_name(name) != nullptr;
}

// Written out: ldns takes a tenth of a millisecond for it, most of it for compressing one name.
std::vector<std::uint8_t> encode(const Question& question) {
  const OwnedLdns<ldns_rdf> name = wire_name(question.name);
  if (!name) return {};
  std::vector<std::uint8_t> bytes;
  const auto put = [&bytes](std::initializer_list<unsigned> words) {
    for (const unsigned word : words) {
      bytes.push_back(static_cast<std::uint8_t>(word >> 8));
      bytes.push_back(static_cast<std::uint8_t>(word));
    }
  };
  constexpr unsigned recursion_desired = 0x0100;
  constexpr unsigned dnssec_ok = 0x8000;
  // RFC 1035 4.1.1: id, flags, and of questions one, of additional records one.
  put({question.id, recursion_desired, 1, 0, 0, 1});
  const std::uint8_t* labels = ldns_rdf_data(name.get());
  bytes.insert(bytes.end(), labels, labels + ldns_rdf_size(name.get()));
  put({static_cast<unsigned>(number_of(question.type)), LDNS_RR_CLASS_IN});
  // RFC 6891 6.1.2: OPT at the root; extended RCODE and version, flags, no data.
  bytes.push_back(0);
  put({LDNS_RR_TYPE_OPT, edns_bytes_max, 0, dnssec_ok, 0});
  return bytes;
}

DnsAnswer decode(const std::vector<std::uint8_t>& message, const Question& question) {
  ldns_pkt* raw = nullptr;
  if (ldns_wire2pkt(&raw, message.data(), message.size()) != LDNS_STATUS_OK) return {};
  const OwnedLdns<ldns_pkt> packet(raw);
  if (!matches(*packet, question)) return {};
  DnsAnswer answer;
  answer.matches = true;
  answer.truncated = ldns_pkt_tc(packet.get());
  answer.lookup = lookup_in(*packet, question);
  return answer;
}

}  // namespace smtprig::embedded
