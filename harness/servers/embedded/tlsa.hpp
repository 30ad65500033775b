// TLSA record sets as an SMTP client sees them: which records are usable, which names are asked,
// and what that means for a server. Pure.
//   candidates: tlsa_base_domains() -> a query each -> dane_finding(), until one decides
// Usages 0 and 1 are unusable (RFC 7672 3.1.3), as are numbers that no RFC knows, digests of the
// wrong length and what claims to be a certificate or a key and is none (RFC 6698 4.1, RFC 7671 9).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

inline constexpr std::size_t tlsa_records_max = 100;  // of one set; more are not looked at

struct TlsaRecord {
  std::uint8_t usage = 0;
  std::uint8_t selector = 0;
  std::uint8_t matching = 0;
  std::string data;  // bytes
  bool operator==(const TlsaRecord&) const = default;
};
// "3 1 1 1F85..." (RFC 6698 2.2, RFC 8460 4.5)
std::string text(const TlsaRecord& record);

struct TlsaSet {
  std::vector<TlsaRecord> usable;
  std::vector<std::string> unusable;  // why, one for each of the others
};
// `rdata`: of each record, bytes.
TlsaSet tlsa_set_from(const std::vector<std::string>& rdata);

// What the lookups of a host's addresses said (RFC 7672 2.2.2).
struct HostSecurity {
  std::string host;             // as in the MX record, or the next-hop domain
  std::string expanded;         // behind CNAMEs; as `host` if there are none
  bool address_secure = false;  // the whole chain with the address
  bool alias_secure = false;    // behind a CNAME: the answer to a CNAME query of its own
};
// Where TLSA records are looked for, in order. Empty: nowhere, DANE does not apply.
std::vector<std::string> tlsa_base_domains(const HostSecurity& security);
std::string tlsa_name(std::string_view base_domain, std::uint16_t port);  // "_25._tcp.mx.a.test"

struct TlsaLookup {
  enum class Status {
    found,
    denied,  // NODATA or NXDOMAIN, secure or not: an answer (RFC 7672 2.1.1)
    failed,  // SERVFAIL, no answer, bogus: an error
  };
  Status status = Status::failed;
  bool secure = false;
  std::vector<std::string> rdata;
  std::string reason;  // failed: "SERVFAIL"
};

// What a lookup means for the server (RFC 7672 2.2).
struct DaneFinding {
  enum class Kind {
    opportunistic,  // no secure records: DANE does not apply
    usable,         // TLS, and authentication by `set`
    unusable,       // TLS, without authentication
    failed,         // the server must not be used now (RFC 7672 2.1.2)
  };
  Kind kind = Kind::opportunistic;
  std::string base_domain;  // usable and unusable: SNI (RFC 7672 8.1) and first reference name
  TlsaSet set;
  std::string reason;  // failed and unusable: for the log
};
// Empty: the next candidate is asked; behind the last it is opportunistic.
std::optional<DaneFinding> dane_finding(std::string_view base_domain, const TlsaLookup& lookup);

// How the base domain was come by (RFC 7672 3.2.2).
struct DaneRoute {
  enum class Via {
    secure_mx,
    insecure_mx,
    no_mx,  // the next-hop domain has none
  };
  Via via = Via::secure_mx;
  std::string next_hop;           // as it was looked up
  std::string next_hop_expanded;  // behind CNAMEs; empty: as next_hop
};
// The names of which a certificate must bear one where names count; the base domain first.
std::vector<std::string> dane_names(std::string_view base_domain, const DaneRoute& route);

}  // namespace smtprig::embedded
