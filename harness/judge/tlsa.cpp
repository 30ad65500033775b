// What TLSA records are worth, by their parameters and by what they were made of.
#include "harness/judge/facts.hpp"

#include <algorithm>

#include "harness/model/attack.hpp"

namespace smtprig::judge {
namespace {

using Of = model::TlsaRecord::Of;

constexpr unsigned ta = 2, ee = 3;

Truth all_of(std::initializer_list<Truth> truths) {
  return std::min(truths);
}
Truth truth_of(bool value) {
  return value ? Truth::yes : Truth::no;
}

// As RDATA says it itself; empty: it is too short to say anything.
std::optional<TlsaFacts> parsed(const std::string& rdata) {
  if (rdata.size() < 3) return std::nullopt;
  const auto number = [&](std::size_t at) { return static_cast<unsigned char>(rdata[at]); };
  TlsaFacts facts{
      .usage = number(0), .selector = number(1), .matching = number(2), .of = Of::other};
  // A digest of another length, and what is no certificate and no key.
  const std::size_t bytes = rdata.size() - 3;
  const bool whole = (facts.matching == 1 && bytes == 32) || (facts.matching == 2 && bytes == 64);
  facts.usable = truth_of(whole);
  return facts;
}

Truth usable(const TlsaFacts& record) {
  // RFC 7672 3.1.3: PKIX-TA and PKIX-EE are undefined here, and MAY be unusable.
  const Truth usage = record.usage == ta || record.usage == ee ? Truth::yes
                      : record.usage < ta                      ? Truth::maybe
                                                               : Truth::no;
  // RFC 7671 2: SHA2-256 is a MUST, SHA2-512 a SHOULD.
  const Truth matching = record.matching == 2  ? Truth::maybe
                         : record.matching < 2 ? Truth::yes
                                               : Truth::no;
  return all_of({record.usable, usage, matching, truth_of(record.selector < 2)});
}

// DANE-TA: by the chain that is sent, and all else as in PKIX (RFC 7671 5.2).
Truth meets_anchor(const TlsaFacts& record, const CertificateFacts& certificate,
                   const fakes::CertificateRecipe& recipe) {
  if (certificate.self_signed || record.of == Of::other || record.of == Of::leaf) return Truth::no;
  const bool sound = !certificate.expired && !certificate.not_yet_valid &&
                     certificate.for_servers && !certificate.forbidden;
  // RFC 7671 5.2.2: an anchor in full need not be sent, a key in full (5.2.3) ought to do as well.
  const bool in_full = record.matching == 0;
  const bool sent = record.of == Of::issuer ? recipe.chain != fakes::ChainShape::leaf_only
                                            : recipe.chain == fakes::ChainShape::with_root;
  Truth anchored = sent || (in_full && record.selector == 0) ? Truth::yes : Truth::maybe;
  if (!sent && record.of == Of::root && recipe.chain == fakes::ChainShape::leaf_only)
    anchored = Truth::maybe;
  const bool odd = certificate.odd_chain || certificate.must_staple || certificate.revoked ||
                   certificate.usable == Truth::maybe || recipe.issuer == fakes::Issuer::crossed;
  // The host's name, or the next hop (RFC 7672 3.2.2); a common name where there is no other.
  Truth named = std::max(certificate.names_host, certificate.names_domain);
  // RFC 7672 3.2.3: for several labels a wildcard may stand.
  if ((recipe.names & fakes::name_wildcard) != 0) named = std::max(named, Truth::maybe);
  return all_of({truth_of(sound), anchored, odd ? Truth::maybe : Truth::yes, named,
                 certificate.common_name ? Truth::maybe : Truth::yes});
}

Truth matches(const TlsaFacts& record, const CertificateFacts& certificate,
              const fakes::CertificateRecipe& recipe, bool same) {
  if (!certificate.presented) return Truth::no;
  if (record.usage == ta) return same ? meets_anchor(record, certificate, recipe) : Truth::no;
  if (record.usage == ee) return truth_of(same && record.of == Of::leaf);
  return Truth::maybe;  // undefined
}

}  // namespace

std::vector<TlsaFacts> tlsa_facts(const std::vector<model::TlsaRecord>& records) {
  std::vector<TlsaFacts> all;
  for (const model::TlsaRecord& each : records) {
    TlsaFacts facts{
        .usage = each.usage, .selector = each.selector, .matching = each.matching, .of = each.of};
    if (!each.rdata.empty()) facts = parsed(each.rdata).value_or(TlsaFacts{.usable = Truth::no});
    facts.usable = usable(facts);
    all.push_back(facts);
  }
  return all;
}

Truth meets_tlsa(const std::vector<TlsaFacts>& records, const CertificateFacts& certificate,
                 fakes::CertificateClass what, fakes::CertificateClass published,
                 model::Attacker attacker) {
  const bool same = !model::is_impostor(attacker) && what == published;
  Truth met = Truth::no;
  bool outdone = false;
  for (const TlsaFacts& record : records) {
    const Truth one =
        std::min(record.usable, matches(record, certificate, fakes::recipe_of(what), same));
    // RFC 7671 9: of digests of one kind the strongest alone counts, for who heeds that.
    const bool stronger = std::ranges::any_of(records, [&](const TlsaFacts& other) {
      return record.matching == 1 && other.matching == 2 && other.usage == record.usage &&
             other.selector == record.selector;
    });
    outdone = outdone || (stronger && one == Truth::yes);
    met = std::max(met, stronger ? std::min(one, Truth::maybe) : one);
  }
  return met;
}

}  // namespace smtprig::judge
