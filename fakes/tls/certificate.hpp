// Certificates made at run time by an in-memory authority. Every certificate is made once per run
// for its class and names. Nothing is written to disk here, and a key leaves the process only where
// identity_pem() is asked for it: for a server that must show what the authority issued. Every
// certificate has a key of its own, so that a pinned key means one identity; RSA keys, which are
// slow to make, are shared by all of one size. No certificate says where its issuer can be fetched
// (RFC 5280 4.2.2.1), and nobody answers where a revoked one says that its CRL is.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <openssl/types.h>

#include "fakes/spec.hpp"

namespace smtprig::fakes::tls {

struct OpensslDelete {
  void operator()(X509* certificate) const;
  void operator()(EVP_PKEY* key) const;
  void operator()(X509_STORE* store) const;
};
using Certificate = std::unique_ptr<X509, OpensslDelete>;
using Key = std::unique_ptr<EVP_PKEY, OpensslDelete>;
using TrustStore = std::shared_ptr<X509_STORE>;

// What a peer shows: leaf first, then the chain as sent.
struct Identity {
  std::vector<Certificate> chain;
  Key key;
  bool weak = false;               // its key or signature is below OpenSSL's security level 2
  std::string subject;             // of the leaf, RFC 2253
  std::string sha256_certificate;  // lower-case hex of the leaf's DER
  std::string sha256_spki;         // of its SubjectPublicKeyInfo (RFC 7671 "x 1 1")
  std::string key_kind;            // "RSA-2048", "EC-256", "ED25519"
  std::string staple = {};         // DER of the OCSPResponse that a server staples; empty: none
};

// The names that a certificate may carry. The common name is the host, if it has at most 64 bytes
// (RFC 5280 A.1); clients that follow RFC 6125 read the dNSNames.
struct Names {
  std::string host;    // "mx1.expired.cert.verify.test"
  std::string domain;  // "expired.cert.verify.test"; may be empty
  auto operator<=>(const Names&) const = default;
};

// What TLSA records may speak of. All but `other` are the leaf where that signs itself.
struct Lineage {
  const X509* leaf = nullptr;
  const X509* issuer = nullptr;
  const X509* root = nullptr;
  const X509* other = nullptr;  // a certificate for the same names that no honest host shows
};

// A trusted root, an intermediate under it, and an untrusted root with one too.
class Authority {
 public:
  // Dates of certificates are relative to `now`.
  explicit Authority(std::chrono::system_clock::time_point now = std::chrono::system_clock::now());
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  // A certificate of that class. The same object for the same arguments. wrong_host names
  // "wrong-host.elsewhere.test", which lies outside every cell's domain. Throws std::runtime_error
  // for a name that is empty, longer than 253 bytes or not of visible ASCII.
  std::shared_ptr<const Identity> issue(CertificateClass what, const Names& names);

  // The same for a client: its purpose is the other one (RFC 5280 4.2.1.12).
  std::shared_ptr<const Identity> issue_client(CertificateClass what, const Names& names);

  // A second certificate per (class, names), with a different key, for an impostor.
  std::shared_ptr<const Identity> issue_impostor(CertificateClass what, const Names& names);

  // Of what issue() gives for the same arguments; as long-lived as the authority.
  Lineage lineage(CertificateClass what, const Names& names);

  // `identity`, which this authority issued, with a response of its issuer to staple; with none for
  // Staple::none.
  std::shared_ptr<const Identity> with_staple(std::shared_ptr<const Identity> identity,
                                              Staple staple);

  // The CRL of the trusted intermediate, PEM: every certificate of class `revoked` issued so far.
  std::string crl_pem();

  // The trusted root, PEM: the CA bundle of the server under test.
  std::string trusted_pem() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// A store from a PEM bundle; throws std::runtime_error if it holds no certificate.
TrustStore trust_store(const std::string& pem);

// The private key, then the leaf and its chain, PEM: what Postfix's smtpd_tls_chain_files takes.
std::string identity_pem(const Identity& identity);
// The same back again, as a server reads it from its file. Throws std::runtime_error: no key, no
// certificate, damaged text, a leaf that does not fit the key.
std::shared_ptr<const Identity> identity_from(const std::string& pem);

// RFC 2253, at most 1024 bytes; empty for one that cannot be told.
std::string subject_of(const X509* certificate);

// Lower-case hex SHA-256 of the DER of a certificate, and of its SubjectPublicKeyInfo.
std::string sha256_certificate(const X509* certificate);
std::string sha256_spki(const X509* certificate);

}  // namespace smtprig::fakes::tls
