// See tlsa.hpp.
#include "harness/servers/embedded/tlsa.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <boost/algorithm/hex.hpp>
#include <boost/algorithm/string/case_conv.hpp>

#include <algorithm>
#include <iterator>
#include <memory>

namespace smtprig::embedded {
namespace {

constexpr std::size_t parameters_bytes = 3;

enum : std::uint8_t { usage_dane_ta = 2, usage_dane_ee = 3 };
enum : std::uint8_t { selector_certificate = 0, selector_key = 1 };
enum : std::uint8_t { matching_full = 0, matching_sha256 = 1, matching_sha512 = 2 };

std::size_t digest_bytes(std::uint8_t matching) {
  return matching == matching_sha256 ? 32 : 64;
}

// The whole of `data` is the DER of a certificate or of a SubjectPublicKeyInfo.
bool is_der(const TlsaRecord& record) {
  const auto* at = reinterpret_cast<const unsigned char*>(record.data.data());
  const auto* end = at + record.data.size();
  const auto size = static_cast<long>(record.data.size());
  bool good = false;
  if (record.selector == selector_certificate) {
    const std::unique_ptr<X509, decltype(&X509_free)> parsed(d2i_X509(nullptr, &at, size),
                                                             &X509_free);
    good = parsed && X509_get0_pubkey(parsed.get());
  } else {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> parsed(d2i_PUBKEY(nullptr, &at, size),
                                                                     &EVP_PKEY_free);
    good = parsed != nullptr;
  }
  ERR_clear_error();
  return good && at == end;
}

// Empty: it is usable.
std::string why_unusable(const TlsaRecord& record) {
  if (record.usage != usage_dane_ta && record.usage != usage_dane_ee)
    return fmt::format("usage {}", record.usage);
  if (record.selector != selector_certificate && record.selector != selector_key)
    return fmt::format("selector {}", record.selector);
  if (record.matching > matching_sha512) return fmt::format("matching type {}", record.matching);
  if (record.matching == matching_full) return is_der(record) ? "" : "data that is no DER";
  if (record.data.size() != digest_bytes(record.matching))
    return fmt::format("a digest of {} bytes", record.data.size());
  return {};
}

std::string dns_form(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return boost::algorithm::to_lower_copy(std::string(name));
}

void add_once(std::vector<std::string>& names, std::string_view name) {
  std::string form = dns_form(name);
  if (!form.empty() && std::ranges::find(names, form) == names.end())
    names.push_back(std::move(form));
}

}  // namespace

std::string text(const TlsaRecord& record) {
  std::string hex;
  boost::algorithm::hex(record.data, std::back_inserter(hex));
  return fmt::format("{} {} {} {}", record.usage, record.selector, record.matching, hex);
}

TlsaSet tlsa_set_from(const std::vector<std::string>& rdata) {
  TlsaSet set;
  for (std::size_t i = 0; i < std::min(rdata.size(), tlsa_records_max); ++i) {
    const std::string& bytes = rdata[i];
    if (bytes.size() <= parameters_bytes) {
      set.unusable.push_back(fmt::format("{} bytes in all", bytes.size()));
      continue;
    }
    TlsaRecord record{static_cast<std::uint8_t>(bytes[0]), static_cast<std::uint8_t>(bytes[1]),
                      static_cast<std::uint8_t>(bytes[2]), bytes.substr(parameters_bytes)};
    std::string why = why_unusable(record);
    if (why.empty()) {
      set.usable.push_back(std::move(record));
    } else {
      set.unusable.push_back(std::move(why));
    }
  }
  return set;
}

std::vector<std::string> tlsa_base_domains(const HostSecurity& security) {
  std::vector<std::string> domains;
  const bool alias = dns_form(security.host) != dns_form(security.expanded);
  if (security.address_secure && alias) add_once(domains, security.expanded);
  if (security.address_secure || (alias && security.alias_secure)) add_once(domains, security.host);
  return domains;
}

std::string tlsa_name(std::string_view base_domain, std::uint16_t port) {
  return fmt::format("_{}._tcp.{}", port, dns_form(base_domain));
}

std::optional<DaneFinding> dane_finding(std::string_view base_domain, const TlsaLookup& lookup) {
  DaneFinding finding;
  finding.base_domain = dns_form(base_domain);
  if (lookup.status == TlsaLookup::Status::failed) {
    finding.kind = DaneFinding::Kind::failed;
    finding.reason = fmt::format("TLSA of {}: {}", finding.base_domain, lookup.reason);
    return finding;
  }
  // RFC 7672 2.2.3: the first candidate with a secure record set decides.
  if (lookup.status == TlsaLookup::Status::denied || !lookup.secure || lookup.rdata.empty())
    return std::nullopt;
  finding.set = tlsa_set_from(lookup.rdata);
  finding.kind =
      finding.set.usable.empty() ? DaneFinding::Kind::unusable : DaneFinding::Kind::usable;
  if (finding.set.usable.empty())
    finding.reason = fmt::format("no TLSA record of {} is usable: {}", finding.base_domain,
                                 finding.set.unusable.front());
  return finding;
}

std::vector<std::string> dane_names(std::string_view base_domain, const DaneRoute& route) {
  std::vector<std::string> names;
  add_once(names, base_domain);
  const std::string& expanded =
      route.next_hop_expanded.empty() ? route.next_hop : route.next_hop_expanded;
  switch (route.via) {
    case DaneRoute::Via::secure_mx:
      add_once(names, route.next_hop);
      add_once(names, expanded);
      break;
    case DaneRoute::Via::no_mx:
      if (dns_form(base_domain) == dns_form(expanded)) add_once(names, route.next_hop);
      break;
    case DaneRoute::Via::insecure_mx:
      break;
  }
  return names;
}

}  // namespace smtprig::embedded
