// What two sides of a handshake have in common, where one of them is choosy and the other as
// RFC 9325 4.2 and RFC 8446 9.1 want it.
#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "harness/judge/facts.hpp"
#include "harness/judge/oracle_rules.hpp"

namespace smtprig::judge {
namespace rows {

using model::Force;
using enum model::Cause;

const Row ticket_refused{.id = "2.18e",
                         .title = "who brings back a ticket is refused",
                         .clause = "RFC 5077 3.2; RFC 8446 4.2.11",
                         .force = Force::should,
                         .causes = {validation_failure},
                         .note =
                             "the server should shake hands in full; a client may offer no "
                             "session, and may forget one that failed"};
const Row name_refused{.id = "2.18f",
                       .title = "the name that the client asks for, or its want, may be refused",
                       .clause = "RFC 6066 3; RFC 8446 9.2; RFC 9325 3.7",
                       .force = Force::meaning,
                       .causes = {validation_failure},
                       .note = "a client may ask for the MX host, or for nothing"};
const Row protocol_refused{.id = "2.18g",
                           .title = "a client that offers ALPN may be refused",
                           .clause = "RFC 7301 3.2; RFC 9325 3.8",
                           .force = Force::meaning,
                           .causes = {validation_failure}};
const Row certificate_demanded{.id = "2.18h",
                               .title = "a client without a certificate is refused",
                               .clause = "RFC 5246 7.4.6; RFC 8446 4.4.2.4",
                               .force = Force::meaning,
                               .causes = {validation_failure},
                               .note = "in TLS 1.3 the client learns it behind the handshake"};
const Row short_dh{.id = "2.18i",
                   .title = "Diffie-Hellman group of 1024 bits",
                   .clause = "RFC 9325 4.5, 5.2",
                   .force = Force::must,
                   .causes = {validation_failure},
                   .note =
                       "opportunistic use conforms, clear text being worse; above it the "
                       "delivery is accepted and reported against RFC 9325"};

}  // namespace rows

namespace {

// Lists in OpenSSL's syntax, joined by ':'.
bool names_any(std::string_view list, std::initializer_list<std::string_view> wanted) {
  return std::ranges::any_of(wanted,
                             [&](std::string_view each) { return list.find(each) != list.npos; });
}

bool names_protocol(std::string_view list, std::string_view wanted) {
  return (":" + std::string(list) + ":").find(":" + std::string(wanted) + ":") != std::string::npos;
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

std::vector<const Row*> doubts_of(const HostFacts& host, std::uint32_t connection) {
  using fakes::ServerNames;
  const fakes::TlsSpec& tls = host.receiver.tls;
  std::vector<const Row*> doubts;
  const auto doubt = [&doubts](bool is, const Row& row) {
    if (is) doubts.push_back(&row);
  };
  // Nobody has a session at the first connection.
  doubt(tls.tickets == fakes::Tickets::refused && connection > 1, rows::ticket_refused);
  // Behind an alias, either name may be asked for.
  const bool asks_for_own = !host.alias && tls.server_names == ServerNames::own;
  doubt(tls.server_names != ServerNames::any && !asks_for_own, rows::name_refused);
  doubt(!tls.alpn.empty() && !names_protocol(tls.alpn, "smtp"), rows::protocol_refused);
  doubt(host.receiver.demands_certificate, rows::certificate_demanded);
  doubt(
      tls.dh == fakes::DhGroup::modp1024 && (":" + tls.ciphers).find(":DHE-") != std::string::npos,
      rows::short_dh);
  return doubts;
}

std::vector<const Row*> doubts_of(const fakes::ReceiverSpec& receiver,
                                  const CertificateFacts& certificate) {
  std::vector<const Row*> doubts;
  const auto doubt = [&doubts](bool is, const Row& row) {
    if (is) doubts.push_back(&row);
  };
  doubt(receiver.tls.max < fakes::TlsVersion::tls1_2, rows::old_tls);
  doubt(receiver.tls.min > fakes::TlsVersion::tls1_2, rows::new_tls_only);
  doubt(!certificate.presented, rows::anonymous);
  doubt(certificate.usable != Truth::yes, rows::weak);
  const fakes::Staple staple = receiver.staple;
  doubt(staple == fakes::Staple::revoked || staple == fakes::Staple::expired, rows::bad_staple);
  doubt(staple == fakes::Staple::unsolicited, rows::unasked_staple);
  return doubts;
}

}  // namespace smtprig::judge
