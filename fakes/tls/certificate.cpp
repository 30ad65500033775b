// What holds for any certificate: ownership, digests, trust stores. See certificate.hpp.
#include "fakes/tls/certificate.hpp"

#include <array>
#include <stdexcept>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "openssl_error.hpp"

namespace smtprig::fakes::tls {
namespace {

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
  const std::unique_ptr<BIO, int (*)(BIO*)> text(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  must(store && text, "trust store");
  int count = 0;
  while (Certificate certificate{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)}) {
    must(X509_STORE_add_cert(store.get(), certificate.get()), "trust store");
    ++count;
  }
  // The end of the text is told as an error; any other one is a bundle that is damaged.
  must(ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE, "trust store");
  if (count == 0) throw std::runtime_error("tls: the trust store holds no certificate");
  return store;
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
