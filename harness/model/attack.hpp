// Attacks as a change of what the server under test meets: the scenario of an attacked cell says
// that, so that lab and oracle go by it as by any other.
//
//   strip       no host offers STARTTLS; behind it the hosts are as they were
//   impostor    certificates only (by Cell::attacker)
//   dns-spoof   the MX of an unsigned zone is a host of the attacker's; the lookup of a signed one
//               fails, because what is forged there is bogus (RFC 4035 5.5)
//   dns-block   lookups of TLSA records fail; then as the self-signed impostor
//   sts-block   hosts of MTA-STS policies refuse, and records of unsigned zones are denied; then as
//               the self-signed impostor
//   sts-block-later   likewise, behind a message to which nothing was done
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/model/cell.hpp"

namespace smtprig::model {

// The same cell under attack. `cell` is outbound and not attacked yet, or inbound, where impostors
// alone mean something (its senders').
Cell attacked(const Cell& cell, Attacker attacker);
// The cell without its attacker.
Cell honest(const Cell& cell);

// Those whose attack differs from listening and from another's, in the order of Attacker: where no
// host has TLS, or the policy never uses it, there is nothing to strip and nobody to be; DNS
// matters where it decides. None for inbound cells.
std::vector<Attacker> attackers_of(const Cell& cell);

// Whether the attacker is a peer with a certificate of its own in place of the hosts.
bool is_impostor(Attacker attacker);
// The class of certificate that hosts show in place of `own`.
fakes::CertificateClass shown_under(Attacker attacker, fakes::CertificateClass own);
inline constexpr std::string_view before_the_attack = "before-the-attack";  // id of a message
// Whether it lets the first message of its cell pass, which was added for that.
bool spares_first(Attacker attacker);
// Whether it stands between the server under test and the honest hosts.
bool is_relay(Attacker attacker);

// Below which dns_spoof has its host: "expired.cert.verify.attacker.test".
std::string attacker_domain(const Cell& cell);

}  // namespace smtprig::model
