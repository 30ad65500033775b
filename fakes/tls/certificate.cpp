// What holds for any certificate: ownership, digests, PEM, trust stores. See certificate.hpp.
#include "fakes/tls/certificate.hpp"

#include <array>
#include <stdexcept>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "issuing.hpp"
#include "memory_text.hpp"
#include "openssl_error.hpp"

namespace smtprig::fakes::tls {
namespace {

constexpr std::size_t subject_bytes_max = 1024;
constexpr int security_bits_min = 112;  // OpenSSL's security level 2

using Text = std::unique_ptr<BIO, int (*)(BIO*)>;

Text reader_of(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
}

// All certificates of `text`; what else it holds is passed over.
std::vector<Certificate> certificates_in(const std::string& pem, const char* step) {
  const Text text = reader_of(pem);
  must(text != nullptr, step);
  std::vector<Certificate> found;
  while (Certificate certificate{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)})
    found.push_back(std::move(certificate));
  // The end of the text is told as an error; any other one is a bundle that is damaged.
  must(ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE, step);
  return found;
}

std::string hex(const unsigned char* bytes, unsigned length) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < length; ++i) {
    text += digits[bytes[i] >> 4];
    text += digits[bytes[i] & 0x0f];
  }
  return text;
}

std::string sha256(const unsigned char* bytes, std::size_t size) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  must(EVP_Digest(bytes, size, digest.data(), &length, EVP_sha256(), nullptr), "SHA-256");
  return hex(digest.data(), length);
}

}  // namespace

void OpensslDelete::operator()(X509* certificate) const {
  X509_free(certificate);
}
void OpensslDelete::operator()(EVP_PKEY* key) const {
  EVP_PKEY_free(key);
}
void OpensslDelete::operator()(X509_STORE* store) const {
  X509_STORE_free(store);
}

TrustStore trust_store(const std::string& pem) {
  const CleanErrors errors;
  TrustStore store(X509_STORE_new(), OpensslDelete{});
  must(store != nullptr, "trust store");
  const auto certificates = certificates_in(pem, "trust store");
  for (const Certificate& certificate : certificates)
    must(X509_STORE_add_cert(store.get(), certificate.get()), "trust store");
  if (certificates.empty()) throw std::runtime_error("tls: the trust store holds no certificate");
  return store;
}

std::string identity_pem(const Identity& identity) {
  const CleanErrors errors;
  return written("PEM", [&identity](BIO* to) {
    bool done = PEM_write_bio_PKCS8PrivateKey(to, identity.key.get(), nullptr, nullptr, 0, nullptr,
                                              nullptr) == 1;
    for (const Certificate& certificate : identity.chain)
      done = done && PEM_write_bio_X509(to, certificate.get()) == 1;
    return done;
  });
}

std::shared_ptr<const Identity> identity_from(const std::string& pem) {
  const CleanErrors errors;
  auto made = std::make_shared<Identity>();
  const Text text = reader_of(pem);
  must(text != nullptr, "identity");
  // Nobody is there to type a passphrase.
  const auto refuse = [](char*, int, int, void*) { return -1; };
  made->key.reset(PEM_read_bio_PrivateKey(text.get(), nullptr, refuse, nullptr));
  must(made->key != nullptr, "private key");
  made->chain = certificates_in(pem, "certificate");
  if (made->chain.empty()) throw std::runtime_error("tls: no certificate beside the private key");
  must(X509_check_private_key(made->chain.front().get(), made->key.get()) == 1, "certificate");
  describe(*made);
  return made;
}

void describe(Identity& identity) {
  X509* leaf = identity.chain.front().get();
  identity.subject = subject_of(leaf);
  identity.sha256_certificate = sha256_certificate(leaf);
  identity.sha256_spki = sha256_spki(leaf);
  const char* kind = EVP_PKEY_get0_type_name(identity.key.get());
  identity.key_kind = kind ? kind : "";
  const bool has_sizes = identity.key_kind == "RSA" || identity.key_kind == "EC";
  if (has_sizes) identity.key_kind += "-" + std::to_string(EVP_PKEY_get_bits(identity.key.get()));
  int signature_bits = 0;
  const bool known = X509_get_signature_info(leaf, nullptr, nullptr, &signature_bits, nullptr) == 1;
  identity.weak = EVP_PKEY_get_security_bits(identity.key.get()) < security_bits_min ||
                  (known && signature_bits < security_bits_min);
}

std::string subject_of(const X509* certificate) {
  bool told = false;
  std::string text = written("subject", [&](BIO* to) {
    told = X509_NAME_print_ex(to, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0;
    return true;  // a name that a peer chose may be no text at all
  });
  return told ? text.substr(0, subject_bytes_max) : "";
}

std::string sha256_certificate(const X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  must(X509_digest(certificate, EVP_sha256(), digest.data(), &length), "SHA-256");
  return hex(digest.data(), length);
}

std::string sha256_spki(const X509* certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  must(length > 0, "SubjectPublicKeyInfo");
  const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(
      der, [](unsigned char* bytes) { OPENSSL_free(bytes); });
  return sha256(der, static_cast<std::size_t>(length));
}

}  // namespace smtprig::fakes::tls
