// See dane.hpp.
#include "harness/servers/embedded/dane.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <stdexcept>

namespace smtprig::embedded {
namespace {

// As for chains to local roots (verification.cpp): RFC 9325 4.5, RFC 9155 2.
constexpr int dane_auth_level = 2;

struct FreeDane {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
template <class T>
using OwnedDane = std::unique_ptr<T, FreeDane>;

// An SSL that is never connected: it holds records and names, and shares them with a verification.
OwnedDane<SSL> demand_on(SSL_CTX* context, const DaneDemand& demand) {
  OwnedDane<SSL> ssl(SSL_new(context));
  if (!ssl || demand.names.empty() || SSL_dane_enable(ssl.get(), demand.names.front().c_str()) != 1)
    return nullptr;
  for (std::size_t i = 1; i < demand.names.size(); ++i)
    if (SSL_add1_host(ssl.get(), demand.names[i].c_str()) != 1) return nullptr;
  // RFC 7672 3.2.3: a wildcard is the whole first label.
  SSL_set_hostflags(ssl.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  for (const TlsaRecord& record : demand.records) {
    const auto* data = reinterpret_cast<const unsigned char*>(record.data.data());
    // 0: OpenSSL cannot use it, so it does not count.
    if (SSL_dane_tlsa_add(ssl.get(), record.usage, record.selector, record.matching, data,
                          record.data.size()) < 0)
      return nullptr;
  }
  return ssl;
}

int dane_error(SSL* ssl, const std::vector<X509*>& chain, const DaneDemand& demand) {
  const OwnedDane<X509_STORE> nothing_trusted(X509_STORE_new());
  const OwnedDane<X509_STORE_CTX> verification(X509_STORE_CTX_new());
  const OwnedDane<STACK_OF(X509)> sent(sk_X509_new_null());
  for (X509* each : chain)
    sk_X509_push(sent.get(), each);
  if (!nothing_trusted || !verification || !sent ||
      X509_STORE_CTX_init(verification.get(), nothing_trusted.get(), chain.front(), sent.get()) !=
          1) {
    return X509_V_ERR_UNSPECIFIED;
  }
  X509_STORE_CTX_set_default(verification.get(), "ssl_server");
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(verification.get());
  X509_VERIFY_PARAM_set1(parameters, SSL_get0_param(ssl));
  X509_VERIFY_PARAM_set_auth_level(parameters, dane_auth_level);
  X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(demand.now));
  X509_STORE_CTX_set0_dane(verification.get(), SSL_get0_dane(ssl));
  if (X509_verify_cert(verification.get()) == 1) return X509_V_OK;
  const int error = X509_STORE_CTX_get_error(verification.get());
  return error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
}

// RFC 8460 4.3.1. That no record matches is "did not adhere to the constraints specified in the ...
// DANE policy".
std::string dane_cause(int error) {
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "certificate-expired";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_DANE_NO_MATCH:
      return "certificate-host-mismatch";
    default:
      return "certificate-not-trusted";
  }
}

std::optional<TlsaRecord> matched_record(SSL* ssl) {
  TlsaRecord record;
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (SSL_get0_dane_tlsa(ssl, &record.usage, &record.selector, &record.matching, &data, &size) <
          0 ||
      !data) {
    return std::nullopt;
  }
  record.data.assign(reinterpret_cast<const char*>(data), size);
  return record;
}

}  // namespace

DaneVerifier::DaneVerifier() : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
  if (!context_ || SSL_CTX_dane_enable(context_.get()) != 1)
    throw std::runtime_error("DANE: OpenSSL has none");
  // RFC 7672 3.2.1: no names with DANE-EE.
  SSL_CTX_dane_set_flags(context_.get(), DANE_FLAG_NO_DANE_EE_NAMECHECKS);
}

DaneCheck DaneVerifier::check(const std::vector<X509*>& chain, const DaneDemand& demand) const {
  DaneCheck result;
  if (chain.empty()) {
    result.certificate = {.cause = "validation-failure", .reason = "the peer sent no certificate"};
    return result;
  }
  const OwnedDane<SSL> ssl = demand_on(context_.get(), demand);
  const int error = ssl ? dane_error(ssl.get(), chain, demand) : X509_V_ERR_UNSPECIFIED;
  if (error == X509_V_OK) result.matched = matched_record(ssl.get());
  ERR_clear_error();
  // Without a record that matched nothing was proved, whatever OpenSSL says.
  if (result.matched) {
    result.certificate = {.trust = Trust::verified, .satisfied = true};
    return result;
  }
  const int why = error == X509_V_OK ? X509_V_ERR_DANE_NO_MATCH : error;
  result.certificate = {.trust = Trust::untrusted,
                        .cause = dane_cause(why),
                        .reason = X509_verify_cert_error_string(why)};
  return result;
}

}  // namespace smtprig::embedded
