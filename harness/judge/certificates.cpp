// What each class of certificate is worth to each policy.
#include "harness/judge/facts.hpp"

#include <algorithm>

namespace smtprig::judge {
namespace {

Truth both(Truth a, Truth b) {
  return std::min(a, b);
}
Truth truth(bool value) {
  return value ? Truth::yes : Truth::no;
}

// RFC 5280 6.1.3 without any name: chain, dates, purpose.
Truth valid_path(const CertificateFacts& certificate) {
  const bool sound = certificate.presented && !certificate.expired && !certificate.not_yet_valid &&
                     certificate.for_servers;
  return both(certificate.trusted, truth(sound));
}

}  // namespace

CertificateFacts certificate_facts(fakes::CertificateClass what, model::Attacker attacker) {
  using enum fakes::CertificateClass;
  if (attacker == model::Attacker::impostor_self_signed) what = self_signed;
  if (attacker == model::Attacker::impostor_other_name) what = wrong_host;
  CertificateFacts facts;
  facts.pinned = attacker == model::Attacker::none;
  switch (what) {
    case good:
      break;
    case self_signed:
      facts.trusted = Truth::no;
      facts.self_signed = true;
      break;
    case expired:
      facts.expired = true;
      break;
    case not_yet_valid:
      facts.not_yet_valid = true;
      break;
    case wrong_host:
      facts.names_host = Truth::no;
      facts.names_next_hop = false;
      break;
    case untrusted_ca:
      facts.trusted = Truth::no;
      break;
    case no_intermediate:
      // A sender may fetch it by the AIA extension (RFC 5280 4.2.2.1).
      facts.trusted = Truth::maybe;
      break;
  }
  return facts;
}

Truth satisfies(const CertificateFacts& certificate, model::Policy policy) {
  switch (policy) {
    case model::Policy::fingerprint:
      return truth(certificate.presented && certificate.pinned);
    case model::Policy::verify:
      return both(valid_path(certificate), certificate.names_host);
    case model::Policy::secure:
      return both(valid_path(certificate), truth(certificate.names_next_hop));
    default:
      return Truth::yes;
  }
}

}  // namespace smtprig::judge
