// Questions and answers of the DNS in wire format (by ldns), as a stub resolver needs them. Pure.
// An answer that does not belong to the question (id, name, type, class, QR) is told apart from one
// that does, so that forged and late packets are passed over. CNAMEs are followed within the
// answer.
#pragma once

#include "harness/servers/embedded/route.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

enum class RecordType { mx, a, aaaa, tlsa, cname, txt };
std::string_view name(RecordType type);  // "MX"

inline constexpr std::uint16_t edns_bytes_max = 1'232;  // below any path's MTU
inline constexpr unsigned cname_chain_max = 8;

struct Question {
  std::uint16_t id = 0;
  std::string name;  // absolute, without final dot
  RecordType type = RecordType::mx;
};

// Whether `name` is a domain name.
bool is_askable(const std::string& name);

// Recursion desired, EDNS0 with DO. Empty if `name` is no domain name.
std::vector<std::uint8_t> encode(const Question& question);

struct DnsAnswer {
  bool matches = false;  // else the rest says nothing
  bool truncated = false;
  Lookup lookup;
};
DnsAnswer decode(const std::vector<std::uint8_t>& message, const Question& question);

}  // namespace smtprig::embedded
