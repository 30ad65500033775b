// See signer.hpp. Signatures are made when they are asked for: tables change while they are served,
// and a signature costs less than the packet that brings it.
#include "fakes/dns/signer.hpp"
#include "fakes/dns/wire.hpp"

#include <algorithm>
#include <ctime>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace smtprig::fakes::dns {
namespace {

constexpr std::uint16_t zone_key_flags = 257;          // RFC 4034 2.1.1: zone key, entry point
constexpr std::time_t valid_seconds = 30 * 24 * 3600;  // before now, and from now on
constexpr std::size_t label_bytes_max = 63;
constexpr std::size_t name_bytes_max = 240;
constexpr std::size_t signature_at = 8;  // RFC 4034 3.1: its place among the fields of an RRSIG

LdnsData name_data(const std::string& name) {
  LdnsData data(ldns_dname_new_frm_str((name + ".").c_str()));
  if (!data) throw std::runtime_error("no name of the DNS: " + name);
  return data;
}

// "\102" of "f": in that form no octet means anything.
std::string escaped(std::string_view octets) {
  std::string text;
  for (const unsigned char octet : octets)
    text += fmt::format("\\{:03d}", octet);
  return text;
}

std::string below(std::string_view label, std::string_view name) {
  return name.empty() ? std::string(label) : fmt::format("{}.{}", label, name);
}

// "b.a.test" -> "a.test"; names of a lab have no dots within labels.
std::string_view above(std::string_view name) {
  const auto dot = name.find('.');
  return dot == name.npos ? std::string_view() : name.substr(dot + 1);
}

// RFC 4470 2: a label before and one behind another, with no name of any lab between them.
std::string before(std::string_view label) {
  std::string octets(label);
  // Names are ordered as if they had no capitals (RFC 4034 6.1), so none stands before '['.
  octets.back() = octets.back() == '[' ? '@' : static_cast<char>(octets.back() - 1);
  if (octets.size() < label_bytes_max) octets += '~';
  return escaped(octets);
}

std::string behind(std::string_view label) {
  std::string octets(label);
  if (octets.size() == label_bytes_max)
    octets.back() = static_cast<char>(octets.back() + 1);
  else
    octets += '!';
  return escaped(octets);
}

LdnsRecord nsec(const std::string& owner, const std::string& next, std::uint32_t ttl,
                std::vector<ldns_rr_type> types) {
  types.insert(types.end(), {LDNS_RR_TYPE_RRSIG, LDNS_RR_TYPE_NSEC});
  LdnsRecord record(ldns_rr_new());
  ldns_rr_set_type(record.get(), LDNS_RR_TYPE_NSEC);
  ldns_rr_set_owner(record.get(), name_data(owner).release());
  ldns_rr_set_ttl(record.get(), ttl);
  ldns_rr_push_rdf(record.get(), name_data(next).release());
  ldns_rr_push_rdf(record.get(),
                   ldns_dnssec_create_nsec_bitmap(types.data(), types.size(), LDNS_RR_TYPE_NSEC));
  return record;
}

std::vector<ldns_rr_type> wire_types(const std::vector<std::string>& names) {
  std::vector<ldns_rr_type> types;
  for (const std::string& name : names)
    types.push_back(ldns_get_rr_type_by_name(name.c_str()));
  return types;
}

// All zones are served from one place.
LdnsRecord name_server(const std::string& zone) {
  LdnsRecord record(ldns_rr_new());
  ldns_rr_set_type(record.get(), LDNS_RR_TYPE_NS);
  ldns_rr_set_owner(record.get(), name_data(zone).release());
  ldns_rr_set_ttl(record.get(), 60);
  ldns_rr_push_rdf(record.get(), name_data("a.root-servers.test").release());
  return record;
}

LdnsRecord copy(const Record& record) {
  return LdnsRecord(ldns_rr_clone(record.parsed.get()));
}

// The one key of all secure zones.
class ZoneKey {
 public:
  ZoneKey() {
    ldns_key* key = ldns_key_new_frm_algorithm(LDNS_SIGN_ECDSAP256SHA256, 256);
    if (!key) throw std::runtime_error("ldns cannot make an ECDSA P-256 key");
    ldns_key_list_push_key(keys_.get(), key);
    const std::time_t now = std::time(nullptr);
    ldns_key_set_inception(key, static_cast<std::uint32_t>(now - valid_seconds));
    ldns_key_set_expiration(key, static_cast<std::uint32_t>(now + valid_seconds));
    ldns_key_set_flags(key, zone_key_flags);
    ldns_key_set_keytag(key, ldns_calc_keytag(record("").get()));
  }

  LdnsRecord record(const std::string& zone) const { return LdnsRecord(ldns_key2rr(of(zone))); }
  LdnsRecord delegation(const std::string& zone) const {
    return LdnsRecord(ldns_key_rr2ds(record(zone).get(), LDNS_SHA256));
  }
  LdnsList sign(const std::string& zone, ldns_rr_list* set) const {
    of(zone);
    return LdnsList(ldns_sign_public(set, keys_.get()));
  }

 private:
  struct FreeKeys {
    void operator()(ldns_key_list* keys) const { ldns_key_list_free(keys); }
  };

  // The key, said to be the zone's.
  ldns_key* of(const std::string& zone) const {
    ldns_key* key = ldns_key_list_key(keys_.get(), 0);
    if (ldns_rdf* old = ldns_key_pubkey_owner(key)) ldns_rdf_deep_free(old);
    ldns_key_set_pubkey_owner(key, name_data(zone).release());
    return key;
  }

  std::unique_ptr<ldns_key_list, FreeKeys> keys_{ldns_key_list_new()};
};

// One reply on its way.
class Draft {
 public:
  Draft(ldns_pkt* reply, Table& table, const ZoneKey& key, bool with_signatures)
      : reply_(reply), table_(table), key_(key), with_signatures_(with_signatures) {}

  DnsReply answer(DnsQuery& query);

 private:
  using Set = std::vector<LdnsRecord>;

  bool answer_of_zone(const DnsQuery& query, const Record& apex);
  void answer_delegation(const std::string& zone, const Record& apex);
  void add_records(const std::vector<Record>& records);
  void deny(const Record& soa, const std::string& name, bool exists,
            std::vector<ldns_rr_type> types);
  void deny_name(const Record& soa, const std::string& name);
  void add(ldns_pkt_section section, Set set, const Record* zone);
  void push(ldns_pkt_section section, const ldns_rr_list* list);

  ldns_pkt* reply_;
  Table& table_;
  const ZoneKey& key_;
  bool with_signatures_;
  bool bogus_ = false;
  int answers_ = 0;
};

void Draft::push(ldns_pkt_section section, const ldns_rr_list* list) {
  for (std::size_t i = 0; i < ldns_rr_list_rr_count(list); ++i)
    ldns_pkt_push_rr(reply_, section, ldns_rr_clone(ldns_rr_list_rr(list, i)));
}

// Signed by its zone, where that is secure.
void Draft::add(ldns_pkt_section section, Set set, const Record* zone) {
  const LdnsList list(ldns_rr_list_new());
  for (LdnsRecord& record : set)
    ldns_rr_list_push_rr(list.get(), record.release());
  push(section, list.get());
  if (section == LDNS_SECTION_ANSWER)
    answers_ += static_cast<int>(ldns_rr_list_rr_count(list.get()));
  if (!with_signatures_ || !zone || !zone->secure) return;
  const LdnsList signatures = key_.sign(zone->name, list.get());
  if (!signatures || ldns_rr_list_rr_count(signatures.get()) == 0)
    throw std::runtime_error("ldns cannot sign a set of records");
  if (bogus_) {
    const ldns_rr* signature = ldns_rr_list_rr(signatures.get(), 0);
    std::uint8_t* octets = ldns_rdf_data(ldns_rr_rdf(signature, signature_at));
    octets[0] = static_cast<std::uint8_t>(~octets[0]);
  }
  push(section, signatures.get());
}

// Set by set, as they stand side by side.
void Draft::add_records(const std::vector<Record>& records) {
  Set set;
  for (std::size_t i = 0; i < records.size(); ++i) {
    set.push_back(copy(records[i]));
    const bool ends = i + 1 == records.size() || records[i + 1].name != records[i].name ||
                      records[i + 1].type != records[i].type;
    if (ends) add(LDNS_SECTION_ANSWER, std::exchange(set, {}), table_.zone(records[i].name));
  }
}

// RFC 4035 3.1.3.1 and 3.1.3.2. `types` are those of the name, if it exists.
void Draft::deny(const Record& soa, const std::string& name, bool exists,
                 std::vector<ldns_rr_type> types) {
  Set authority;
  authority.push_back(copy(soa));
  add(LDNS_SECTION_AUTHORITY, std::move(authority), &soa);
  if (!with_signatures_ || !soa.secure) return;
  if (!exists) return deny_name(soa, name);
  Set denial;
  denial.push_back(nsec(name, below("\\000", name), soa.ttl_seconds, std::move(types)));
  add(LDNS_SECTION_AUTHORITY, std::move(denial), &soa);
}

void Draft::deny_name(const Record& soa, const std::string& name) {
  // The closest encloser, and the label below it on the way to the name.
  std::string_view closest = above(name), next = name;
  while (!closest.empty() && !table_.has(closest)) {
    next = closest;
    closest = above(closest);
  }
  for (const std::string_view label : {next.substr(0, next.find('.')), std::string_view("*")}) {
    Set denial;
    denial.push_back(
        nsec(below(before(label), closest), below(behind(label), closest), soa.ttl_seconds, {}));
    add(LDNS_SECTION_AUTHORITY, std::move(denial), &soa);
  }
}

// RFC 4035 3.1.4.1: the zone above answers.
void Draft::answer_delegation(const std::string& zone, const Record& apex) {
  const Record* parent = table_.parent_zone(zone);
  if (!parent) return;
  if (!apex.secure || !parent->secure) return deny(*parent, zone, true, {LDNS_RR_TYPE_NS});
  Set set;
  set.push_back(key_.delegation(zone));
  add(LDNS_SECTION_ANSWER, std::move(set), parent);
}

// What the table does not hold of a zone. True: that was the answer.
bool Draft::answer_of_zone(const DnsQuery& query, const Record& apex) {
  if (query.type == "DS" && !query.name.empty()) {
    answer_delegation(query.name, apex);
    return true;
  }
  Set set;
  if (query.type == "DNSKEY" && apex.secure) set.push_back(key_.record(query.name));
  if (query.type == "NS" && !query.name.empty()) set.push_back(name_server(query.name));
  if (set.empty()) return false;
  add(LDNS_SECTION_ANSWER, std::move(set), &apex);
  return true;
}

DnsReply Draft::answer(DnsQuery& query) {
  const Record* apex = table_.zone(query.name);
  if (apex && apex->name == query.name && answer_of_zone(query, *apex)) {
    query.rcode = "NOERROR";
    query.answers = answers_;
    return DnsReply::honest;
  }
  const Answer found = table_.lookup(query.name, query.type);
  bogus_ = found.bogus;
  query.rcode = found.rcode;
  query.delay_ms = static_cast<std::uint64_t>(found.delay.count());
  ldns_pkt_set_rcode(reply_, static_cast<std::uint8_t>(rcode_named(found.rcode)));
  add_records(found.records);
  query.answers = answers_;
  if (!found.negative) return found.fault;
  const std::string denied =
      found.records.empty() ? query.name : canonical(found.records.back().data);
  auto types = table_.types_at(denied);
  std::erase(types, query.type);
  auto known = wire_types(types);
  if (found.soa.name == denied) {
    known.push_back(LDNS_RR_TYPE_NS);
    known.push_back(LDNS_RR_TYPE_DNSKEY);
  }
  deny(found.soa, denied, found.rcode == "NOERROR", std::move(known));
  return found.fault;
}

}  // namespace

struct Signer::Impl {
  ZoneKey key;
};

Signer::Signer() : impl_(std::make_unique<Impl>()) {}

Signer::~Signer() = default;

std::string Signer::trust_anchor() const {
  const LdnsText text(ldns_rr2str(impl_->key.delegation("").get()));
  std::string line(text.get());
  line.erase(std::min(line.find_first_of(";\n"), line.size()));
  std::ranges::replace(line, '\t', ' ');
  return line;
}

DnsReply Signer::fill(ldns_struct_pkt* reply, Table& table, const ldns_struct_pkt* asked,
                      DnsQuery& query) const {
  ldns_pkt_set_aa(reply, true);
  ldns_pkt_set_ra(reply, false);
  // Names of a lab are plain and short enough for those that are made of them here.
  if (query.name.find('\\') != std::string::npos || query.name.size() > name_bytes_max) {
    query.rcode = "REFUSED";
    ldns_pkt_set_rcode(reply, LDNS_RCODE_REFUSED);
    return DnsReply::honest;
  }
  return Draft(reply, table, impl_->key, ldns_pkt_edns_do(asked)).answer(query);
}

}  // namespace smtprig::fakes::dns
