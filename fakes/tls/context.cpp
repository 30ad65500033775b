// An SSL_CTX made from Settings; see engine.hpp. Whatever the machine's openssl.cnf would set for
// versions, ciphers and security level is set here, so that a peer is the same on every machine.
#include <string>
#include <utility>

#include <openssl/ssl.h>

#include "fakes/tls/engine.hpp"
#include "observer.hpp"
#include "openssl_error.hpp"

namespace smtprig::fakes::tls {
namespace {

constexpr std::size_t server_name_bytes_max = TLSEXT_MAXLEN_host_name;
constexpr long certificate_list_bytes_max = 100 * 1024;

int number_of(TlsVersion version) {
  switch (version) {
    case TlsVersion::tls1_0:
      return TLS1_VERSION;
    case TlsVersion::tls1_1:
      return TLS1_1_VERSION;
    case TlsVersion::tls1_2:
      return TLS1_2_VERSION;
    case TlsVersion::tls1_3:
      return TLS1_3_VERSION;
  }
  return TLS1_2_VERSION;
}

void set_versions(SSL_CTX* context, const TlsSpec& versions) {
  must(versions.min <= versions.max, "the lowest version lies above the highest");
  // TLS 1.0 and 1.1 sign with SHA-1, which OpenSSL 3 allows at security level 0 only.
  const bool old = versions.min < TlsVersion::tls1_2;
  must(SSL_CTX_set_cipher_list(context, old ? "DEFAULT:@SECLEVEL=0" : "DEFAULT:@SECLEVEL=2"),
       "ciphers");
  must(SSL_CTX_set_min_proto_version(context, number_of(versions.min)) &&
           SSL_CTX_set_max_proto_version(context, number_of(versions.max)),
       "versions");
}

void set_identity(SSL_CTX* context, const Identity& identity) {
  must(!identity.chain.empty() && identity.key != nullptr, "the identity is empty");
  if (identity.weak) SSL_CTX_set_security_level(context, 0);
  must(SSL_CTX_use_certificate(context, identity.chain.front().get()) &&
           SSL_CTX_use_PrivateKey(context, identity.key.get()) &&
           SSL_CTX_check_private_key(context),
       "own certificate");
  for (std::size_t i = 1; i < identity.chain.size(); ++i) {
    must(SSL_CTX_add1_chain_cert(context, identity.chain[i].get()), "own chain");
  }
}

void set_server(SSL_CTX* context, const Settings& settings) {
  must(settings.identity != nullptr, "a server needs an identity");
  set_identity(context, *settings.identity);
  SSL_CTX_set_client_hello_cb(context, &Observer::on_client_hello, nullptr);
  // No ticket: none can be refused later, and clients that hang up on an early one stay.
  must(SSL_CTX_set_num_tickets(context, 0), "tickets");
}

void check_server_name(const std::string& name) {
  must(name.size() <= server_name_bytes_max && name.find('\0') == std::string::npos,
       "the server name does not fit an SNI");
}

// Without roots there is no chain to build.
int no_trust(X509_STORE_CTX* verification, void*) {
  X509_STORE_CTX_set_error(verification, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  return 1;
}

void set_client(SSL_CTX* context, const Settings& settings) {
  check_server_name(settings.server_name);
  // SSL_VERIFY_NONE: the chain is built and its error kept, but a policy, not this, decides over
  // it.
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  if (settings.trust) {
    SSL_CTX_set1_cert_store(context, settings.trust.get());
  } else {
    SSL_CTX_set_cert_verify_callback(context, &no_trust, nullptr);
  }
}

}  // namespace

Context::Context(const Settings& settings) : settings_(settings) {
  const CleanErrors errors;
  context_.reset(SSL_CTX_new(TLS_method()), &SSL_CTX_free);
  SSL_CTX* context = context_.get();
  must(context != nullptr, "context");
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(context, certificate_list_bytes_max);
  // RELEASE_BUFFERS: an idle connection holds none. NO_AUTO_CHAIN: what an identity leaves out of
  // its chain is not found elsewhere and sent all the same.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  set_versions(context, settings_.versions);
  if (settings_.role == Role::server) {
    set_server(context, settings_);
  } else {
    set_client(context, settings_);
  }
}

Context Context::with_server_name(std::string server_name) const {
  check_server_name(server_name);
  Context copy = *this;
  copy.settings_.server_name = std::move(server_name);
  return copy;
}

}  // namespace smtprig::fakes::tls
