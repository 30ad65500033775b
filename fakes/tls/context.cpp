// An SSL_CTX made from Settings; see engine.hpp. Whatever the machine's openssl.cnf would set for
// versions, ciphers and security level is set here, so that a peer is the same on every machine.
// What it shows is no part of it: the engine gives that to each connection.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <openssl/ssl.h>

#include "choices.hpp"
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

std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(':', at), list.size());
    words.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

// OpenSSL passes over ciphers that it does not know. A list that is meant to be tested must not
// shrink like that, so each name is tried alone first; "!", "-", "+" and "@" begin operators.
void set_ciphers(SSL_CTX* context, const std::string& list) {
  for (const std::string& word : words_of(list)) {
    const bool is_operator = word.find_first_of("!-+@") == 0;
    must(is_operator || (!word.empty() && SSL_CTX_set_cipher_list(context, word.c_str()) == 1),
         ("no such cipher: " + word).c_str());
  }
  must(SSL_CTX_set_cipher_list(context, list.c_str()), "ciphers");
}

void set_ciphersuites(SSL_CTX* context, const std::string& list) {
  must(SSL_CTX_set_ciphersuites(context, list.c_str()), "ciphersuites");
  std::size_t known = 0;
  const STACK_OF(SSL_CIPHER)* all = SSL_CTX_get_ciphers(context);
  for (int i = 0; i < sk_SSL_CIPHER_num(all); ++i)
    known += SSL_CIPHER_get_version(sk_SSL_CIPHER_value(all, i)) == std::string_view("TLSv1.3");
  must(known == words_of(list).size(), ("not all are ciphersuites: " + list).c_str());
}

bool names_weak_hash(std::string list) {
  std::ranges::transform(list, list.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c; });
  const auto names = [&list](std::string_view word) {
    return list.find(word) != std::string::npos;
  };
  return names("SHA1") || names("MD5");
}

// OpenSSL offers such ciphers at security level 0 only: below 112 bits, RC4, without
// authentication.
bool has_weak_cipher(const SSL_CTX* context) {
  const STACK_OF(SSL_CIPHER)* all = SSL_CTX_get_ciphers(context);
  for (int i = 0; i < sk_SSL_CIPHER_num(all); ++i) {
    const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(all, i);
    if (SSL_CIPHER_get_bits(cipher, nullptr) < 112 ||
        SSL_CIPHER_get_auth_nid(cipher) == NID_auth_null ||
        SSL_CIPHER_get_cipher_nid(cipher) == NID_rc4)
      return true;
  }
  return false;
}

void set_versions(SSL_CTX* context, const TlsSpec& spec) {
  must(spec.min <= spec.max, "the lowest version lies above the highest");
  // TLS 1.0 and 1.1 sign with SHA-1, which OpenSSL 3 allows at security level 0 only.
  const bool old = spec.min < TlsVersion::tls1_2;
  must(SSL_CTX_set_cipher_list(context, old ? "DEFAULT:@SECLEVEL=0" : "DEFAULT:@SECLEVEL=2"),
       "ciphers");
  must(SSL_CTX_set_min_proto_version(context, number_of(spec.min)) &&
           SSL_CTX_set_max_proto_version(context, number_of(spec.max)),
       "versions");
  if (!spec.ciphers.empty()) set_ciphers(context, spec.ciphers);
  if (!spec.ciphersuites.empty()) set_ciphersuites(context, spec.ciphersuites);
  if (!spec.groups.empty()) must(SSL_CTX_set1_groups_list(context, spec.groups.c_str()), "groups");
  if (!spec.signature_algorithms.empty())
    must(SSL_CTX_set1_sigalgs_list(context, spec.signature_algorithms.c_str()),
         "signature algorithms");
  const bool weak = !spec.ciphers.empty() && has_weak_cipher(context);
  if (weak || names_weak_hash(spec.signature_algorithms)) SSL_CTX_set_security_level(context, 0);
}

void check(const Identity& identity) {
  must(!identity.chain.empty() && identity.key != nullptr, "the identity is empty");
  must(X509_check_private_key(identity.chain.front().get(), identity.key.get()), "own certificate");
}

// Without roots there is no chain to build.
int no_trust(X509_STORE_CTX* verification, void*) {
  X509_STORE_CTX_set_error(verification, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
  return 1;
}

// The first error is kept and ends nothing: a policy, not this, decides over it.
int verify_and_go_on(X509_STORE_CTX* verification, void*) {
  X509_verify_cert(verification);
  return 1;
}

void set_trust(SSL_CTX* context, const TrustStore& trust) {
  if (trust) SSL_CTX_set1_cert_store(context, trust.get());
  SSL_CTX_set_cert_verify_callback(context, trust ? &verify_and_go_on : &no_trust, nullptr);
}

void ask_for_certificate(SSL_CTX* context, const TrustStore& trust, bool demanded) {
  const int mode = SSL_VERIFY_PEER | (demanded ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
  SSL_CTX_set_verify(context, mode, nullptr);
  set_trust(context, trust);
  if (!trust) return;
  STACK_OF(X509)* roots = X509_STORE_get1_all_certs(trust.get());
  must(roots != nullptr, "names of authorities");
  bool added = true;
  for (int i = 0; i < sk_X509_num(roots); ++i)
    added = added && SSL_CTX_add_client_CA(context, sk_X509_value(roots, i)) == 1;
  sk_X509_pop_free(roots, X509_free);
  must(added, "names of authorities");
}

void set_server(SSL_CTX* context, const Settings& settings) {
  SSL_CTX_set_tlsext_status_cb(context, &Observer::on_status_request);
  SSL_CTX_set_client_hello_cb(context, &Observer::on_client_hello, nullptr);
  set_server_choices(context, settings.versions);
  if (settings.client_certificate != ClientCertificate::unasked)
    ask_for_certificate(context, settings.trust,
                        settings.client_certificate == ClientCertificate::demanded);
}

void check_server_name(const std::string& name) {
  must(name.size() <= server_name_bytes_max && name.find('\0') == std::string::npos,
       "the server name does not fit an SNI");
}

void set_client(SSL_CTX* context, const Settings& settings) {
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_cert_cb(context, &Observer::on_certificate_request, nullptr);
  set_trust(context, settings.trust);
  set_client_choices(context, settings.versions);
}

std::shared_ptr<SSL_CTX> native_of(const Settings& settings) {
  const CleanErrors errors;
  std::shared_ptr<SSL_CTX> made(SSL_CTX_new(TLS_method()), &SSL_CTX_free);
  SSL_CTX* context = made.get();
  must(context != nullptr, "context");
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(context, certificate_list_bytes_max);
  // RELEASE_BUFFERS: an idle connection holds none. NO_AUTO_CHAIN: what an identity leaves out of
  // its chain is not found elsewhere and sent all the same.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
  if (settings.sends_alerts) SSL_CTX_set_keylog_callback(context, &Observer::on_key);
  set_versions(context, settings.versions);
  if (settings.role == Role::server) {
    set_server(context, settings);
  } else {
    set_client(context, settings);
  }
  return made;
}

}  // namespace

Context::Context(const Settings& settings) : Context(settings, native_of(settings)) {}

Context::Context(const Settings& settings, std::shared_ptr<SSL_CTX> context)
    : settings_(settings), context_(std::move(context)) {
  const CleanErrors errors;
  must(settings.role == Role::client || settings.identity, "a server needs an identity");
  if (settings.role == Role::client) check_server_name(settings.server_name);
  for (const Identity* identity : {settings.identity.get(), settings.second.get()})
    if (identity) check(*identity);
}

Context Context::with_server_name(std::string server_name) const {
  check_server_name(server_name);
  Context copy = *this;
  copy.settings_.server_name = std::move(server_name);
  return copy;
}

Context Context::with_session(Session session) const {
  Context copy = *this;
  copy.settings_.session = std::move(session);
  return copy;
}

std::shared_ptr<const Context> Contexts::of(const Settings& settings) {
  if (settings.versions.tickets != Tickets::none) return std::make_shared<Context>(settings);
  const Kind kind{settings.role, settings.versions, settings.client_certificate, settings.trust,
                  settings.sends_alerts};
  auto found = std::ranges::find(made_, kind, [](const auto& each) { return each.first; });
  if (found == made_.end()) found = made_.emplace(found, kind, native_of(settings));
  return std::shared_ptr<const Context>(new Context(settings, found->second));
}

}  // namespace smtprig::fakes::tls
