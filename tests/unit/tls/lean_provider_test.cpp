// The provider that main.cpp has loaded: what it leaves out, and that no certificate misses it.
#include "fakes/tls/lean_provider.hpp"

#include <memory>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/decoder.h>
#include <openssl/encoder.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/provider.h>
#include <openssl/x509.h>

#include "fakes/tls/certificate.hpp"
#include "pair.hpp"

namespace smtprig::fakes::tls::test {
namespace {

std::size_t decoders_of(OSSL_LIB_CTX* library) {
  std::size_t count = 0;
  OSSL_DECODER_do_all_provided(
      library, [](OSSL_DECODER*, void* sum) { ++*static_cast<std::size_t*>(sum); }, &count);
  return count;
}

std::size_t encoders_of(OSSL_LIB_CTX* library) {
  std::size_t count = 0;
  OSSL_ENCODER_do_all_provided(
      library, [](OSSL_ENCODER*, void* sum) { ++*static_cast<std::size_t*>(sum); }, &count);
  return count;
}

EVP_PKEY* made_key(const char* kind) {
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  const bool ready = context && EVP_PKEY_keygen_init(context.get()) == 1;
  if (ready && std::string_view(kind) == "EC") EVP_PKEY_CTX_set_group_name(context.get(), "P-384");
  if (ready) EVP_PKEY_generate(context.get(), &key);
  return key;
}

struct FreeNumber {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumber>;

// As a TLS peer asks of a public key that came.
bool is_in_range(const Number& public_key) {
  const std::unique_ptr<OSSL_PARAM_BLD, FreeNumber> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "modp_2048", 0);
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, public_key.get());
  const std::unique_ptr<OSSL_PARAM, FreeNumber> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const std::unique_ptr<EVP_PKEY_CTX, FreeNumber> maker(
      EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr));
  EVP_PKEY* made = nullptr;
  EVP_PKEY_fromdata_init(maker.get());
  BOOST_REQUIRE(EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1);
  const Key key(made);
  const std::unique_ptr<EVP_PKEY_CTX, FreeNumber> checker(
      EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  const bool fits = EVP_PKEY_public_check(checker.get()) == 1;
  ERR_clear_error();
  return fits;
}

BOOST_AUTO_TEST_SUITE(lean_provider)

BOOST_AUTO_TEST_CASE(it_stands_for_the_default_one_with_less) {
  BOOST_TEST(OSSL_PROVIDER_available(nullptr, "default") == 0);
  const std::unique_ptr<OSSL_LIB_CTX, void (*)(OSSL_LIB_CTX*)> plain(OSSL_LIB_CTX_new(),
                                                                     &OSSL_LIB_CTX_free);
  BOOST_TEST(decoders_of(nullptr) > 0u);
  BOOST_TEST(2 * decoders_of(nullptr) < decoders_of(plain.get()));
  BOOST_TEST(encoders_of(nullptr) > 0u);
  BOOST_TEST(4 * encoders_of(nullptr) < encoders_of(plain.get()));
  BOOST_TEST(use_lean_provider());  // again
  BOOST_TEST(2 * decoders_of(nullptr) < decoders_of(plain.get()));
}

// Also those that the authority does not make: a server may show anything.
BOOST_AUTO_TEST_CASE(public_keys_that_can_sign_are_read) {
  for (const char* kind : {"RSA", "RSA-PSS", "EC", "ED25519", "ED448"}) {
    BOOST_TEST_CONTEXT(kind) {
      const Key key(made_key(kind));
      BOOST_REQUIRE(key);
      const Certificate made(X509_new());
      BOOST_REQUIRE(X509_set_pubkey(made.get(), key.get()) == 1);
      unsigned char* bytes = nullptr;
      const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(made.get()), &bytes);
      BOOST_REQUIRE(size > 0);
      const unsigned char* at = bytes;
      X509_PUBKEY* read = d2i_X509_PUBKEY(nullptr, &at, size);
      BOOST_REQUIRE(read);
      const EVP_PKEY* again = X509_PUBKEY_get0(read);
      BOOST_TEST((again && EVP_PKEY_eq(again, key.get()) == 1));
      X509_PUBKEY_free(read);
      OPENSSL_free(bytes);
    }
  }
}

// RFC 3526 3: 2 generates the half of the group that the full check would ask for, -4 all of it.
BOOST_AUTO_TEST_CASE(public_keys_of_diffie_hellman_are_in_range) {
  const Number prime(BN_get_rfc3526_prime_2048(nullptr));
  const auto less = [&prime](BN_ULONG by) {
    Number number(BN_dup(prime.get()));
    BN_sub_word(number.get(), by);
    return number;
  };
  const auto small = [](BN_ULONG value) {
    Number number(BN_new());
    BN_set_word(number.get(), value);
    return number;
  };
  BOOST_TEST(is_in_range(small(2)));
  BOOST_TEST(is_in_range(less(4)));
  BOOST_TEST(!is_in_range(small(1)));
  BOOST_TEST(!is_in_range(less(1)));
}

BOOST_AUTO_TEST_CASE(private_keys_go_to_pem_and_back) {
  for (const auto what : {CertificateClass::good, CertificateClass::rsa_2048,
                          CertificateClass::p521, CertificateClass::ed25519}) {
    const auto made = authority().issue(what, names);
    BOOST_TEST(identity_from(identity_pem(*made))->sha256_spki == made->sha256_spki);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::fakes::tls::test
