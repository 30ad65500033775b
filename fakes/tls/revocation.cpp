// See revocation.hpp.
#include "revocation.hpp"

#include <memory>

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "memory_text.hpp"
#include "openssl_error.hpp"

namespace smtprig::fakes::tls {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::system_clock;

struct FreeRevocation {
  void operator()(OCSP_BASICRESP* response) const { OCSP_BASICRESP_free(response); }
  void operator()(OCSP_RESPONSE* response) const { OCSP_RESPONSE_free(response); }
  void operator()(OCSP_CERTID* id) const { OCSP_CERTID_free(id); }
  void operator()(ASN1_STRING* value) const { ASN1_STRING_free(value); }  // times, numbers
  void operator()(X509_CRL* crl) const { X509_CRL_free(crl); }
};
template <class T>
using Held = std::unique_ptr<T, FreeRevocation>;
using Time = Held<ASN1_TIME>;

Time generalized(system_clock::time_point at) {
  Time time(ASN1_GENERALIZEDTIME_set(nullptr, system_clock::to_time_t(at)));
  must(time != nullptr, "time");
  return time;
}

// RFC 5280 5.1.2.4: UTCTime until 2049.
Time general(system_clock::time_point at) {
  Time time(ASN1_TIME_set(nullptr, system_clock::to_time_t(at)));
  must(time != nullptr, "time");
  return time;
}

void add_revoked(X509_CRL* crl, const X509* certificate, system_clock::time_point at) {
  X509_REVOKED* entry = X509_REVOKED_new();
  const Held<ASN1_ENUMERATED> reason(ASN1_ENUMERATED_new());
  const Time when = general(at);
  // The serial is copied.
  must(entry && reason &&
           X509_REVOKED_set_serialNumber(
               entry, const_cast<ASN1_INTEGER*>(X509_get0_serialNumber(certificate))) &&
           X509_REVOKED_set_revocationDate(entry, when.get()) &&
           ASN1_ENUMERATED_set(reason.get(), CRL_REASON_KEY_COMPROMISE) &&
           X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason.get(), 0, 0) == 1 &&
           X509_CRL_add0_revoked(crl, entry),
       "revoked certificate");
}

}  // namespace

std::string ocsp_response(const X509* leaf, X509* issuer, EVP_PKEY* key, Staple staple,
                          system_clock::time_point now) {
  const bool is_expired = staple == Staple::expired;
  const bool is_revoked = staple == Staple::revoked;
  const Time updated = generalized(is_expired ? now - days(8) : now - hours(1));
  const Time next = generalized(is_expired ? now - days(1) : now + days(6));
  const Time revoked_at = generalized(now - days(1));
  const Held<OCSP_CERTID> id(OCSP_cert_to_id(EVP_sha1(), leaf, issuer));
  const Held<OCSP_BASICRESP> basic(OCSP_BASICRESP_new());
  must(id && basic &&
           OCSP_basic_add1_status(
               basic.get(), id.get(),
               is_revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD,
               is_revoked ? OCSP_REVOKED_STATUS_KEYCOMPROMISE : OCSP_REVOKED_STATUS_NOSTATUS,
               is_revoked ? revoked_at.get() : nullptr, updated.get(), next.get()) != nullptr,
       "OCSP status");
  // RFC 6960 4.2.2.2: signed by the issuer itself, whose certificate need not be sent.
  const EVP_MD* digest = EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
  must(OCSP_basic_sign(basic.get(), issuer, key, digest, nullptr, OCSP_NOCERTS) == 1,
       "OCSP signature");
  const Held<OCSP_RESPONSE> response(
      OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  unsigned char* der = nullptr;
  const int length = response ? i2d_OCSP_RESPONSE(response.get(), &der) : 0;
  must(length > 0, "OCSP response");
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
  OPENSSL_free(der);
  return bytes;
}

std::string crl_pem(const Signer& issuer, const std::vector<const X509*>& revoked,
                    system_clock::time_point now) {
  const Held<X509_CRL> crl(X509_CRL_new());
  const Held<ASN1_INTEGER> number(ASN1_INTEGER_new());
  const Time updated = general(now - hours(1));
  const Time next = general(now + days(6));
  X509* signer = issuer.certificate.get();
  must(crl && number && X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2) &&
           X509_CRL_set_issuer_name(crl.get(), X509_get_subject_name(signer)) &&
           X509_CRL_set1_lastUpdate(crl.get(), updated.get()) &&
           X509_CRL_set1_nextUpdate(crl.get(), next.get()) && ASN1_INTEGER_set(number.get(), 1) &&
           X509_CRL_add1_ext_i2d(crl.get(), NID_crl_number, number.get(), 0, 0) == 1,
       "CRL");
  for (const X509* each : revoked)
    add_revoked(crl.get(), each, now - days(1));
  X509V3_CTX context;
  X509V3_set_ctx(&context, signer, nullptr, nullptr, crl.get(), 0);
  const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> key_id(
      X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always"),
      &X509_EXTENSION_free);
  must(key_id && X509_CRL_add_ext(crl.get(), key_id.get(), -1) && X509_CRL_sort(crl.get()) &&
           X509_CRL_sign(crl.get(), issuer.key.get(), EVP_sha256()) > 0,
       "CRL signature");
  return written("PEM", [&crl](BIO* to) { return PEM_write_bio_X509_CRL(to, crl.get()) == 1; });
}

}  // namespace smtprig::fakes::tls
