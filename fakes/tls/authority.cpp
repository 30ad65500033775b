// The authority: hierarchies of root and intermediate, of which one root is trusted, and leaves
// under them. See certificate.hpp. What the rarer classes need is made when one is first asked for.
#include "fakes/tls/certificate.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "issuing.hpp"
#include "memory_text.hpp"
#include "openssl_error.hpp"
#include "revocation.hpp"

namespace smtprig::fakes::tls {
namespace {

using std::chrono::days;
using std::chrono::system_clock;

constexpr std::size_t long_chain_certificates = 18;  // of about 1 KiB

// Leaves are signed by the intermediate. `above`: what stands over it in the chain as sent, the
// root last; a cross-signed root is followed by the trusted one.
struct Hierarchy {
  Signer intermediate;
  std::vector<Certificate> above;
};

Period period_of(Validity validity, system_clock::time_point now) {
  switch (validity) {
    case Validity::past:
      return {now - days(31), now - days(1)};
    case Validity::future:
      return {now + days(1), now + days(31)};
    case Validity::now:
      break;
  }
  return {now - days(1), now + days(certificate_days)};
}

// An RSA key costs a hundred times one on a curve: one of a size serves all.
bool is_slow(KeyKind kind) {
  return kind == KeyKind::rsa1024 || kind == KeyKind::rsa2048 || kind == KeyKind::rsa4096;
}

Key share(const Key& key) {
  must(EVP_PKEY_up_ref(key.get()) == 1, "reference");
  return Key(key.get());
}

}  // namespace

struct Authority::State {
  enum class Use { server, impostor, client };
  using Id = std::tuple<Use, CertificateClass, Names>;
  // Of what a leaf's signature depends on.
  using HierarchyId = std::pair<Issuer, bool>;  // bool: signs with RSA

  explicit State(system_clock::time_point at)
      : now(at),
        // Wider than any leaf's, so that a leaf's dates alone decide.
        long_period{at - days(365), at + days(3650)},
        trusted_root(make_signer({.name = "trusted root"}, nullptr, long_period)) {}

  std::shared_ptr<const Identity> issue(Use use, CertificateClass what, const Names& names) {
    const CleanErrors errors;
    auto& cached = issued[Id(use, what, names)];
    if (cached) return cached;
    CertificateRecipe recipe = recipe_of(what);
    if (use == Use::client) recipe.for_clients = !recipe.for_clients;
    cached = make(recipe, names);
    if (recipe.revoked) revoked.push_back(cached);
    return cached;
  }

  std::shared_ptr<const Identity> make(const CertificateRecipe& recipe, const Names& names);
  Key key_of(KeyKind kind);
  const Hierarchy& hierarchy(Issuer issuer, bool rsa);
  const Signer* issuer_of(const X509* leaf) const;
  Hierarchy make_hierarchy(Issuer issuer, bool rsa);
  void add_chain(std::vector<Certificate>& chain, const CertificateRecipe& recipe,
                 const Hierarchy& own);

  system_clock::time_point now;
  Period long_period;
  Signer trusted_root;
  std::map<HierarchyId, Hierarchy> hierarchies;
  std::map<KeyKind, Key> slow_keys;
  std::map<Id, std::shared_ptr<const Identity>> issued;
  std::vector<std::shared_ptr<const Identity>> revoked;
};

Key Authority::State::key_of(KeyKind kind) {
  if (!is_slow(kind)) return make_key(kind);
  auto& kept = slow_keys[kind];
  if (!kept) kept = make_key(kind);
  return share(kept);
}

Hierarchy Authority::State::make_hierarchy(Issuer issuer, bool rsa) {
  // There is no ECDSA with MD5.
  const KeyKind kind = rsa ? KeyKind::rsa2048 : KeyKind::p256;
  Hierarchy made;
  const auto under = [&](const Signer& root, SignerRequest request, const Period& period) {
    request.key = key_of(kind);
    made.intermediate = make_signer(std::move(request), &root, period);
    made.above.push_back(copy_of(root.certificate));
  };
  switch (issuer) {
    case Issuer::self:  // has none; asked for by nobody
    case Issuer::trusted:
      under(trusted_root, {.name = "trusted intermediate"}, long_period);
      break;
    case Issuer::untrusted:
      under(make_signer({.name = "untrusted root"}, nullptr, long_period),
            {.name = "untrusted intermediate"}, long_period);
      break;
    case Issuer::expired:
      under(trusted_root, {.name = "expired intermediate"}, {now - days(400), now - days(1)});
      break;
    case Issuer::confined:
      under(trusted_root, {.name = "confined intermediate", .confined_to = "elsewhere.test"},
            long_period);
      break;
    case Issuer::crossed: {
      const Signer root = make_signer({.name = "another root"}, nullptr, long_period);
      made.intermediate =
          make_signer({.name = "another intermediate", .key = key_of(kind)}, &root, long_period);
      made.above.push_back(cross_sign(root, trusted_root, long_period));
      made.above.push_back(copy_of(trusted_root.certificate));
      break;
    }
  }
  return made;
}

const Hierarchy& Authority::State::hierarchy(Issuer issuer, bool rsa) {
  const HierarchyId id(issuer, rsa);
  const auto found = hierarchies.find(id);
  return found != hierarchies.end()
             ? found->second
             : hierarchies.emplace(id, make_hierarchy(issuer, rsa)).first->second;
}

const Signer* Authority::State::issuer_of(const X509* leaf) const {
  for (const auto& [id, made] : hierarchies) {
    X509* issuer = made.intermediate.certificate.get();
    if (X509_check_issued(issuer, const_cast<X509*>(leaf)) == X509_V_OK) return &made.intermediate;
  }
  return nullptr;
}

// Behind the leaf: the certificates below the root, in the order and the company that the recipe
// wants.
void Authority::State::add_chain(std::vector<Certificate>& chain, const CertificateRecipe& recipe,
                                 const Hierarchy& own) {
  std::vector<Certificate> path;
  path.push_back(copy_of(own.intermediate.certificate));
  for (const Certificate& each : own.above)
    path.push_back(copy_of(each));
  const auto append = [&chain](const std::vector<Certificate>& list, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      chain.push_back(copy_of(list[i]));
  };
  const std::size_t below_root = path.size() - 1;
  switch (recipe.chain) {
    case ChainShape::leaf_only:
      return;
    case ChainShape::whole:
      return append(path, below_root);
    case ChainShape::with_root:
      return append(path, path.size());
    case ChainShape::reversed:
      std::ranges::reverse(path);
      return append(path, path.size());
    case ChainShape::duplicated:
      chain.push_back(copy_of(chain.front()));
      append(path, below_root);
      return append(path, below_root);
    case ChainShape::foreign:
    case ChainShape::very_long:
      break;
  }
  const Hierarchy& foreign = hierarchy(Issuer::untrusted, false);
  if (recipe.chain == ChainShape::foreign) {
    chain.push_back(copy_of(foreign.intermediate.certificate));
    chain.push_back(copy_of(foreign.above.front()));
  } else {
    for (std::size_t i = 0; i < long_chain_certificates; ++i)
      chain.push_back(make_ballast(foreign.intermediate, long_period));
  }
  append(path, below_root);
}

std::shared_ptr<const Identity> Authority::State::make(const CertificateRecipe& recipe,
                                                       const Names& names) {
  const Hierarchy* own = recipe.issuer == Issuer::self
                             ? nullptr
                             : &hierarchy(recipe.issuer, recipe.digest == SignatureDigest::md5);
  auto made = std::make_shared<Identity>();
  made->key = key_of(recipe.key);
  made->chain.push_back(make_leaf(recipe, made->key.get(), own ? &own->intermediate : nullptr,
                                  names, period_of(recipe.validity, now)));
  if (own) add_chain(made->chain, recipe, *own);
  describe(*made);
  return made;
}

Authority::Authority(system_clock::time_point now) : state_(std::make_unique<State>(now)) {}
Authority::~Authority() = default;

std::shared_ptr<const Identity> Authority::issue(CertificateClass what, const Names& names) {
  return state_->issue(State::Use::server, what, names);
}

std::shared_ptr<const Identity> Authority::issue_impostor(CertificateClass what,
                                                          const Names& names) {
  return state_->issue(State::Use::impostor, what, names);
}

std::shared_ptr<const Identity> Authority::issue_client(CertificateClass what, const Names& names) {
  return state_->issue(State::Use::client, what, names);
}

Lineage Authority::lineage(CertificateClass what, const Names& names) {
  const X509* leaf = issue(what, names)->chain.front().get();
  const X509* other = issue_impostor(CertificateClass::good, names)->chain.front().get();
  const CertificateRecipe& recipe = recipe_of(what);
  if (recipe.issuer == Issuer::self) return {leaf, leaf, leaf, other};
  const Hierarchy& own = state_->hierarchy(recipe.issuer, recipe.digest == SignatureDigest::md5);
  return {leaf, own.intermediate.certificate.get(), own.above.back().get(), other};
}

std::shared_ptr<const Identity> Authority::with_staple(std::shared_ptr<const Identity> identity,
                                                       Staple staple) {
  if (staple == Staple::none) return identity;
  const CleanErrors errors;
  auto made = std::make_shared<Identity>();
  for (const Certificate& each : identity->chain)
    made->chain.push_back(copy_of(each));
  made->key = share(identity->key);
  describe(*made);
  X509* leaf = made->chain.front().get();
  const Signer* issuer = state_->issuer_of(leaf);
  made->staple = ocsp_response(leaf, issuer ? issuer->certificate.get() : leaf,
                               issuer ? issuer->key.get() : made->key.get(), staple, state_->now);
  return made;
}

std::string Authority::crl_pem() {
  const CleanErrors errors;
  std::vector<const X509*> leaves;
  for (const auto& each : state_->revoked)
    leaves.push_back(each->chain.front().get());
  const Signer& issuer = state_->hierarchy(Issuer::trusted, false).intermediate;
  return smtprig::fakes::tls::crl_pem(issuer, leaves, state_->now);
}

std::string Authority::trusted_pem() const {
  return written("PEM", [this](BIO* to) {
    return PEM_write_bio_X509(to, state_->trusted_root.certificate.get()) == 1;
  });
}

}  // namespace smtprig::fakes::tls
