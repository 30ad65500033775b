// How a certificate is put together: keys, names, extensions, signature. Private to the authority,
// which knows who signs what. Extensions follow RFC 5280 4.2.1 and the habits of the web PKI.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "fakes/certificate_class.hpp"
#include "fakes/tls/certificate.hpp"

namespace smtprig::fakes::tls {

struct Period {
  std::chrono::system_clock::time_point not_before;
  std::chrono::system_clock::time_point not_after;
};

// One that signs. The key is shared: a cross-signed certificate has that of another.
struct Signer {
  Certificate certificate;
  Key key;
};

Key make_key(KeyKind kind);
Certificate copy_of(const Certificate& certificate);  // the same object, counted once more

struct SignerRequest {
  std::string name;
  Key key = {};             // empty: one on P-256 is made
  std::string confined_to;  // a domain, for a name constraint; empty: none
};
// `issuer`: empty for a root.
Signer make_signer(SignerRequest request, const Signer* issuer, const Period& period);
// A certificate for the name and key of `signer` by `issuer`.
Certificate cross_sign(const Signer& signer, const Signer& issuer, const Period& period);
// A certificate of about 1 KiB that nobody needs.
Certificate make_ballast(const Signer& issuer, const Period& period);

// `issuer`: empty for self-signed. Throws std::runtime_error for a name that is empty, longer than
// 253 bytes or not of visible ASCII.
Certificate make_leaf(const CertificateRecipe& recipe, EVP_PKEY* key, const Signer* issuer,
                      const Names& names, const Period& period);

// Fills in what an identity says of its leaf: subject, hashes, whether it is weak.
void describe(Identity& identity);

}  // namespace smtprig::fakes::tls
