// The TLS policies of a server under test. Names are Postfix's levels and the field's words.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace smtprig::model {

// Outbound first, in rising order of what they demand, as far as they can be ordered.
enum class Policy {
  none,          // TLS is never used
  may,           // TLS if offered, unauthenticated
  encrypt,       // TLS or nothing, unauthenticated
  fingerprint,   // the certificate's SHA-256 is pinned
  verify,        // trusted chain, certificate names the MX host
  secure,        // trusted chain, certificate names the next-hop domain or a name below it
  dane,          // RFC 7672, opportunistic
  dane_only,     // RFC 7672, mandatory
  mta_sts,       // RFC 8461
  dane_mta_sts,  // both
  // Inbound only; none, may and encrypt exist in both directions.
  require_client_cert,  // TLS, and a client certificate that chains to a trusted root
};

// Whether a level looks for TLSA records (RFC 7672), and for a policy of MTA-STS (RFC 8461).
constexpr bool knows_dane(Policy policy) {
  return policy == Policy::dane || policy == Policy::dane_only || policy == Policy::dane_mta_sts;
}
constexpr bool knows_sts(Policy policy) {
  return policy == Policy::mta_sts || policy == Policy::dane_mta_sts;
}

// Which way the mail goes, seen from the server under test.
enum class Direction { outbound, inbound };

inline constexpr std::array policies = {
    Policy::none,   Policy::may,  Policy::encrypt,   Policy::fingerprint, Policy::verify,
    Policy::secure, Policy::dane, Policy::dane_only, Policy::mta_sts,     Policy::dane_mta_sts};

// What a server asks of those who bring mail: STARTTLS is not offered, offered, required, required
// together with a trusted client certificate.
inline constexpr std::array inbound_policies = {Policy::none, Policy::may, Policy::encrypt,
                                                Policy::require_client_cert};

// "dane+mta-sts"; the spelling of scenario files, cell ids and reports.
std::string_view name(Policy policy);
std::optional<Policy> policy_named(std::string_view name);
std::string_view name(Direction direction);
std::optional<Direction> direction_named(std::string_view name);

}  // namespace smtprig::model
