// What two sides of a handshake have in common, where one of them is choosy and the other as
// RFC 9325 4.2 and RFC 8446 9.1 want it.
#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "harness/judge/facts.hpp"

namespace smtprig::judge {
namespace {

// Lists in OpenSSL's syntax, joined by ':'.
bool names_any(std::string_view list, std::initializer_list<std::string_view> wanted) {
  return std::ranges::any_of(wanted,
                             [&](std::string_view each) { return list.find(each) != list.npos; });
}

bool is_rsa(fakes::KeyKind key) {
  using enum fakes::KeyKind;
  return key == rsa1024 || key == rsa2048 || key == rsa4096;
}

// Up to TLS 1.2: what RFC 9325 4.2 recommends is there, what it forbids is not, the rest may be.
Truth ciphers_in_common(const std::string& ciphers, fakes::KeyKind key) {
  const bool rsa = is_rsa(key);
  if (rsa ? names_any(ciphers, {"ECDHE-RSA-AES128-GCM", "ECDHE-RSA-AES256-GCM"})
          : names_any(ciphers, {"ECDHE-ECDSA-AES128-GCM", "ECDHE-ECDSA-AES256-GCM"}))
    return Truth::yes;
  std::string_view rest = ciphers;
  while (!rest.empty()) {
    const auto end = rest.find(':');
    const std::string_view cipher = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    const bool no_protection = names_any(cipher, {"NULL"});
    const bool other_key =
        rsa ? names_any(cipher, {"ECDSA"}) : !names_any(cipher, {"ECDSA", "ADH"});
    if (!no_protection && !other_key) return Truth::maybe;
  }
  return Truth::no;
}

}  // namespace

Truth tls_in_common(const fakes::TlsSpec& tls, fakes::KeyKind key) {
  Truth truth = Truth::yes;
  if (tls.max <= fakes::TlsVersion::tls1_2 && !tls.ciphers.empty())
    truth = ciphers_in_common(tls.ciphers, key);
  const auto open = [&](bool everybody_has_it) {
    if (!everybody_has_it) truth = std::min(truth, Truth::maybe);
  };
  // TLS 1.2 may stand in where nothing of 1.3 is shared.
  if (!tls.ciphersuites.empty()) open(names_any(tls.ciphersuites, {"TLS_AES_128_GCM_SHA256"}));
  if (!tls.groups.empty()) open(names_any(tls.groups, {"P-256"}));
  if (!tls.signature_algorithms.empty())
    open(is_rsa(key) ? names_any(tls.signature_algorithms, {"RSA-PSS+SHA256", "RSA+SHA256"})
                     : names_any(tls.signature_algorithms, {"ECDSA+SHA256"}));
  return truth;
}

}  // namespace smtprig::judge
