// See tlsa.hpp.
#include "fakes/tls/tlsa.hpp"

#include <array>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "memory_text.hpp"
#include "openssl_error.hpp"

namespace smtprig::fakes::tls {

std::string tlsa_data(const TlsaParameters& parameters, const X509* certificate) {
  const CleanErrors errors;
  const std::string whole = written("DER", [&](BIO* to) {
    if (parameters.selector == 0) return i2d_X509_bio(to, const_cast<X509*>(certificate)) == 1;
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    const bool done = size > 0 && BIO_write(to, der, size) == size;
    OPENSSL_free(der);
    return done;
  });
  if (parameters.matching != 1 && parameters.matching != 2) return whole;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  must(EVP_Digest(whole.data(), whole.size(), digest.data(), &size,
                  parameters.matching == 1 ? EVP_sha256() : EVP_sha512(), nullptr) == 1,
       "digest");
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string tlsa_rdata(const TlsaParameters& parameters, const X509* certificate) {
  const std::string head = {static_cast<char>(parameters.usage),
                            static_cast<char>(parameters.selector),
                            static_cast<char>(parameters.matching)};
  return head + tlsa_data(parameters, certificate);
}

}  // namespace smtprig::fakes::tls
