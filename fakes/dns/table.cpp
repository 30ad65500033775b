// See server.hpp. The key of a name is its labels reversed, each with a dot behind it ("a.test" is
// "test.a."): the key of a name is a prefix of the keys of all names below it, and of no others.
#include "fakes/dns/server.hpp"
#include "fakes/dns/wire.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace smtprig::fakes::dns {
namespace {

constexpr int cname_hops_max = 8;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return upper(c); });
  return result;
}

// A dot behind a backslash is part of its label (RFC 1035 5.1).
std::string key_of(std::string_view canonical_name) {
  std::string key;
  std::string_view rest = canonical_name;
  while (!rest.empty()) {
    std::size_t start = 0;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      if (rest[i] == '\\') {
        ++i;
      } else if (rest[i] == '.') {
        start = i + 1;
      }
    }
    key.append(rest.substr(start)).push_back('.');
    rest = rest.substr(0, start > 0 ? start - 1 : 0);
  }
  return key;
}

std::string key_of_any(std::string_view name) {
  return key_of(canonical(name));
}

template <typename Map>
void erase_below(Map& map, const std::string& key) {
  auto end = map.lower_bound(key);
  while (end != map.end() && end->first.starts_with(key))
    ++end;
  map.erase(map.lower_bound(key), end);
}

const Record* first_of_type(const std::vector<Record>& records, std::string_view type) {
  const auto found = std::ranges::find(records, type, &Record::type);
  return found == records.end() ? nullptr : &*found;
}

// Appends what answers `type` and says whether anything did.
bool append(Answer& answer, const std::vector<Record>& records, std::string_view type,
            bool& secure) {
  const std::size_t before = answer.records.size();
  for (const Record& record : records) {
    if (record.type != type && type != "ANY") continue;
    secure = secure && record.secure;
    answer.records.push_back(record);
  }
  return answer.records.size() > before;
}

// Throws std::invalid_argument with the record's text if ldns cannot parse it.
LdnsRecord parse(const Record& record) {
  const std::string text = fmt::format("{}. {} IN {} {}", canonical(record.name),
                                       record.ttl_seconds, record.type, record.data);
  ldns_rr* parsed = nullptr;
  const ldns_status status = ldns_rr_new_frm_str(&parsed, text.c_str(), 0, nullptr, nullptr);
  LdnsRecord owned(parsed);
  if (status != LDNS_STATUS_OK || !owned || ldns_rr_rd_count(owned.get()) == 0) {
    throw std::invalid_argument(
        fmt::format("DNS record \"{}\": {}", text,
                    status == LDNS_STATUS_OK ? "no data" : ldns_get_errorstr_by_id(status)));
  }
  return owned;
}

}  // namespace

std::string canonical(std::string_view name) {
  const bool escaped_dot = name.ends_with("\\.") && !name.ends_with("\\\\.");
  if (name.ends_with('.') && !escaped_dot) name.remove_suffix(1);
  std::string result(name);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

Table::Table() {
  add({.name = "", .type = "NS", .data = "a.root-servers.test.", .secure = true});
}

void Table::add_zone(std::string name, bool secure) {
  const std::string apex = canonical(name);
  if (const auto node = records_.find(key_of(apex)); node != records_.end()) {
    std::erase_if(node->second, [](const Record& record) { return record.type == "SOA"; });
  }
  const std::string dot = apex.empty() ? "" : ".";
  add({.name = apex,
       .type = "SOA",
       .data = fmt::format("ns{0}{1}. hostmaster{0}{1}. 1 3600 600 86400 60", dot, apex),
       .secure = secure});
}

void Table::add(Record record) {
  record.type = upper(record.type);
  LdnsRecord parsed = parse(record);
  // The wire's spelling of a name is the table's, so that escapes have one form.
  record.name = canonical(LdnsText(ldns_rdf2str(ldns_rr_owner(parsed.get()))).get());
  record.parsed = std::move(parsed);
  std::vector<Record>& node = records_[key_of(record.name)];
  // A set holds a record once (RFC 2181 5).
  const bool present = std::ranges::any_of(node, [&](const Record& other) {
    return other.type == record.type && other.data == record.data;
  });
  if (!present) node.push_back(std::move(record));
}

void Table::add(Fault fault) {
  fault.type = upper(fault.type);
  faulty_[key_of_any(fault.name)].faults.push_back(std::move(fault));
}

void Table::remove(std::string_view name, std::string_view type) {
  const auto node = records_.find(key_of_any(name));
  if (node == records_.end()) return;
  std::erase_if(node->second, [&](const Record& record) { return record.type == type; });
  if (node->second.empty()) records_.erase(node);
}

void Table::remove_below(std::string_view name) {
  const std::string key = key_of_any(name);
  erase_below(records_, key);
  erase_below(faulty_, key);
}

const Fault* Table::fault_now(const std::string& key, const std::string& type) {
  const auto found = faulty_.find(key);
  if (found == faulty_.end()) return nullptr;
  const std::uint32_t ordinal = ++found->second.asked[type];
  for (const Fault& fault : found->second.faults) {
    if ((fault.type == "*" || fault.type == type) && fault.nth.contains(ordinal)) return &fault;
  }
  return nullptr;
}

// The SOA of the longest zone that holds the name. Ancestors are the prefixes of a key that end at
// a dot that no backslash escapes; a prefix that ends elsewhere is the key of no name and finds
// nothing.
const Record* Table::zone_of(std::string_view key) const {
  for (;;) {
    if (const auto node = records_.find(key); node != records_.end()) {
      if (const Record* soa = first_of_type(node->second, "SOA")) return soa;
    }
    if (key.empty()) return nullptr;
    const std::size_t dot = key.find_last_of('.', key.size() - 2);
    key = key.substr(0, key.size() < 2 || dot == std::string_view::npos ? 0 : dot + 1);
  }
}

// A name exists also as an empty non-terminal: nothing is there, something is below (RFC 8020 2).
bool Table::exists(const std::string& key) const {
  const auto next = records_.lower_bound(key);
  return next != records_.end() && next->first.starts_with(key);
}

void Table::deny(Answer& answer, const std::string& key, bool secure) const {
  const Record* soa = zone_of(key);
  if (!soa) return;
  answer.negative = true;
  answer.soa = *soa;
  answer.authentic = secure && soa->secure;
}

// The records of a chain that leads to a failure are no answer.
void Table::fail(Answer& answer, std::string_view rcode) {
  answer.rcode = rcode;
  answer.records.clear();
}

// True: nothing is to be looked up behind it.
bool Table::apply(const Fault& fault, Answer& answer, const std::string& key, bool& secure) const {
  answer.delay += fault.delay;
  answer.bogus = answer.bogus || fault.bogus;
  switch (fault.reply) {
    case DnsReply::honest:
      return false;
    case DnsReply::insecure:
      secure = false;
      return false;
    case DnsReply::servfail:
    case DnsReply::refused:
    case DnsReply::formerr:
    case DnsReply::notimp:
      fail(answer, fakes::name(fault.reply));
      return true;
    case DnsReply::nxdomain:
    case DnsReply::nodata:
      answer.rcode = fault.reply == DnsReply::nodata ? "NOERROR" : "NXDOMAIN";
      deny(answer, key, secure);
      return true;
    case DnsReply::none:
    case DnsReply::truncated:
    case DnsReply::wrong_id:
    case DnsReply::garbage:
      answer.fault = fault.reply;
      return false;
  }
  return false;
}

Answer Table::lookup(std::string_view name, std::string_view type) {
  const std::string wanted = upper(type);
  std::string key = key_of_any(name);
  Answer answer;
  bool secure = true;
  for (int hop = 0; hop <= cname_hops_max; ++hop) {
    const Fault* fault = fault_now(key, wanted);
    if (fault && apply(*fault, answer, key, secure)) return answer;
    const auto node = records_.find(key);
    if (node != records_.end() && append(answer, node->second, wanted, secure)) {
      answer.authentic = secure;
      return answer;
    }
    const Record* cname = nullptr;
    if (node != records_.end()) cname = first_of_type(node->second, "CNAME");
    if (!cname) {
      if (!zone_of(key)) {
        fail(answer, hop == 0 ? "REFUSED" : "SERVFAIL");
        return answer;
      }
      answer.rcode = exists(key) ? "NOERROR" : "NXDOMAIN";
      deny(answer, key, secure);
      return answer;
    }
    secure = secure && cname->secure;
    answer.records.push_back(*cname);
    key = key_of_any(cname->data);
  }
  fail(answer, "SERVFAIL");
  return answer;
}

const Record* Table::zone(std::string_view name) const {
  return zone_of(key_of_any(name));
}

const Record* Table::parent_zone(std::string_view apex) const {
  const std::string key = key_of_any(apex);
  if (key.empty()) return nullptr;
  const std::size_t dot = key.find_last_of('.', key.size() - 2);
  return zone_of(std::string_view(key).substr(0, dot == std::string::npos ? 0 : dot + 1));
}

bool Table::has(std::string_view name) const {
  return exists(key_of_any(name));
}

std::vector<std::string> Table::types_at(std::string_view name) const {
  std::vector<std::string> types;
  const auto node = records_.find(key_of_any(name));
  if (node == records_.end()) return types;
  for (const Record& record : node->second)
    if (std::ranges::find(types, record.type) == types.end()) types.push_back(record.type);
  return types;
}

}  // namespace smtprig::fakes::dns
