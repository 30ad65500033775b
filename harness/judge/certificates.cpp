// What each class of certificate is worth to each policy.
#include "harness/judge/facts.hpp"

#include <algorithm>

#include "harness/model/attack.hpp"

namespace smtprig::judge {
namespace {

using fakes::CertificateClass;
using fakes::CertificateRecipe;
using fakes::Issuer;
using fakes::Validity;

Truth both(Truth a, Truth b) {
  return std::min(a, b);
}
Truth truth(bool value) {
  return value ? Truth::yes : Truth::no;
}

// RFC 5280 6.1.3 without any name: chain, dates, purpose.
Truth valid_path(const CertificateFacts& certificate) {
  const bool sound = certificate.presented && !certificate.expired && !certificate.not_yet_valid &&
                     certificate.for_servers && !certificate.forbidden;
  return both(certificate.trusted, truth(sound));
}

bool is_odd(fakes::ChainShape chain) {
  using enum fakes::ChainShape;
  return chain == reversed || chain == duplicated || chain == foreign || chain == very_long;
}

// RFC 9325 4.5: 2048 bits at least; RFC 9155 2 and RFC 6151: no MD5 and SHA-1; RFC 8446 9.1: P-256
// and RSA are what every client has.
Truth usable(const CertificateRecipe& recipe) {
  using enum fakes::KeyKind;
  const bool everybody_has_it =
      recipe.key == p256 || recipe.key == rsa2048 || recipe.key == rsa4096;
  return everybody_has_it && recipe.digest == fakes::SignatureDigest::sha256 ? Truth::yes
                                                                             : Truth::maybe;
}

Truth trusted(const CertificateRecipe& recipe) {
  if (recipe.issuer == Issuer::self || recipe.issuer == Issuer::untrusted) return Truth::no;
  // A missing intermediate may be fetched by the AIA extension (RFC 5280 4.2.2.1).
  const bool open = recipe.chain == fakes::ChainShape::leaf_only || is_odd(recipe.chain) ||
                    recipe.must_staple || recipe.revoked || usable(recipe) == Truth::maybe;
  return open ? Truth::maybe : Truth::yes;
}

bool has(const CertificateRecipe& recipe, unsigned forms) {
  return (recipe.names & forms) != 0;
}

// RFC 6125 6.4; the common name counts where there is no other (6.4.4).
Truth names_host(const CertificateRecipe& recipe, std::string_view host) {
  const bool apex = host == "@", outside = host.ends_with('.');
  const bool one_label = !apex && !outside && host.find('.') == host.npos;
  if (recipe.names == 0) return truth(recipe.common_name == fakes::CommonName::host);
  if (has(recipe, fakes::name_host | fakes::name_many | fakes::name_upper_case)) return Truth::yes;
  if (has(recipe, fakes::name_domain) && apex) return Truth::yes;
  if (has(recipe, fakes::name_wildcard) && one_label) return Truth::yes;
  return has(recipe, fakes::name_trailing_dot) ? Truth::maybe : Truth::no;
}

// The mail domain, or any name below it.
Truth names_next_hop(const CertificateRecipe& recipe, std::string_view host) {
  const Truth of_host = truth(!host.ends_with('.'));
  if (has(recipe, fakes::name_domain | fakes::name_sibling | fakes::name_wildcard |
                      fakes::name_partial_wildcard))
    return Truth::yes;
  if (has(recipe, fakes::name_u_label)) return Truth::maybe;  // if compared byte by byte
  if (recipe.names == 0) return recipe.common_name == fakes::CommonName::host ? of_host : Truth::no;
  if (has(recipe, fakes::name_host | fakes::name_many | fakes::name_upper_case)) return of_host;
  return has(recipe, fakes::name_trailing_dot) ? both(of_host, Truth::maybe) : Truth::no;
}

}  // namespace

CertificateFacts certificate_facts(CertificateClass what, model::Attacker attacker,
                                   std::string_view host, fakes::Staple staple) {
  what = model::shown_under(attacker, what);
  CertificateRecipe recipe = fakes::recipe_of(what);
  const bool good_staple = staple == fakes::Staple::good || staple == fakes::Staple::unsolicited;
  recipe.must_staple = recipe.must_staple && !good_staple;
  CertificateFacts facts;
  facts.pinned = attacker == model::Attacker::none || model::is_relay(attacker);
  facts.self_signed = recipe.issuer == Issuer::self;
  facts.expired = recipe.validity == Validity::past || recipe.issuer == Issuer::expired;
  facts.not_yet_valid = recipe.validity == Validity::future;
  facts.for_servers = !recipe.for_clients;
  facts.forbidden = recipe.critical_extension || recipe.issuer == Issuer::confined;
  facts.common_name = recipe.names == 0;
  facts.odd_chain = is_odd(recipe.chain);
  facts.revoked = recipe.revoked;
  facts.must_staple = recipe.must_staple;
  facts.usable = usable(recipe);
  facts.trusted = trusted(recipe);
  facts.names_host = names_host(recipe, host);
  facts.names_next_hop = names_next_hop(recipe, host);
  // RFC 6125 6.4.3: the first label of a host whose name begins like this, and no other.
  facts.wildcard = has(recipe, fakes::name_wildcard);
  facts.partly_wild = has(recipe, fakes::name_partial_wildcard) && host.starts_with('m') &&
                      host.find('.') == host.npos;
  facts.names_domain = truth(has(recipe, fakes::name_domain));
  return facts;
}

Truth satisfies(const CertificateFacts& certificate, model::Policy policy) {
  switch (policy) {
    case model::Policy::fingerprint:
      return truth(certificate.presented && certificate.pinned);
    case model::Policy::verify:
      return both(valid_path(certificate), certificate.names_host);
    case model::Policy::mta_sts:
      // RFC 8461 4.2: a DNS-ID; matching wildcards is a MAY (RFC 6125 6.4.3).
      if (certificate.common_name) return Truth::no;
      if (certificate.partly_wild) return both(valid_path(certificate), Truth::maybe);
      return std::min({valid_path(certificate), certificate.names_host,
                       certificate.wildcard ? Truth::maybe : Truth::yes});
    case model::Policy::secure:
      return both(valid_path(certificate), certificate.names_next_hop);
    case model::Policy::dane:
    case model::Policy::dane_only:
      return both(truth(certificate.presented), certificate.meets_tlsa);
    default:
      return Truth::yes;
  }
}

}  // namespace smtprig::judge
