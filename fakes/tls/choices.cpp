// See choices.hpp.
#include "choices.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/ssl.h>

#include "fakes/server_name.hpp"
#include "observer.hpp"
#include "openssl_error.hpp"

namespace smtprig::fakes::tls {
namespace {

constexpr std::size_t protocol_bytes_max = 255;  // RFC 7301 3.1

struct FreeParameters {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
template <class T>
using Parameter = std::unique_ptr<T, FreeParameters>;

EVP_PKEY* key_from(OSSL_PARAM* parameters) {
  const Parameter<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "DH", nullptr));
  EVP_PKEY* key = nullptr;
  must(context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
           EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEY_PARAMETERS, parameters) == 1,
       "Diffie-Hellman group");
  return key;
}

EVP_PKEY* group_named(const char* name) {
  std::string text(name);
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, text.data(), text.size()),
      OSSL_PARAM_construct_end()};
  return key_from(parameters);
}

// `prime`: safe, with the generator 2.
EVP_PKEY* group_of(BIGNUM* prime) {
  const Parameter<BIGNUM> p(prime);
  const Parameter<BIGNUM> g(BN_new());
  const Parameter<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  must(p && g && builder && BN_set_word(g.get(), 2) &&
           OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_FFC_P, p.get()) &&
           OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_FFC_G, g.get()),
       "Diffie-Hellman parameters");
  const Parameter<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  must(parameters != nullptr, "Diffie-Hellman parameters");
  return key_from(parameters.get());
}

EVP_PKEY* group_of(DhGroup group) {
  switch (group) {
    case DhGroup::modp1024:
      return group_of(BN_get_rfc2409_prime_1024(nullptr));
    case DhGroup::modp2048:
      return group_of(BN_get_rfc3526_prime_2048(nullptr));
    case DhGroup::ffdhe2048:
      return group_named("ffdhe2048");
    case DhGroup::ffdhe3072:
      return group_named("ffdhe3072");
    case DhGroup::fitting:
      break;
  }
  return nullptr;
}

void set_dh(SSL_CTX* context, const TlsSpec& spec) {
  if (spec.dh == DhGroup::fitting) {
    const std::string list = ":" + spec.ciphers;
    if (list.find(":DHE-") != list.npos) SSL_CTX_set_dh_auto(context, 1);
    return;
  }
  // OpenSSL sends no group below 2048 bits at its level 2.
  if (spec.dh == DhGroup::modp1024) SSL_CTX_set_security_level(context, 0);
  must(SSL_CTX_set0_tmp_dh_pkey(context, group_of(spec.dh)), "Diffie-Hellman group");
}

const Settings& settings_of(SSL* ssl) {
  return static_cast<Observer*>(SSL_get_app_data(ssl))->settings();
}

// Called with or without a name; see ServerNames.
int on_server_name(SSL* ssl, int* alert, void*) noexcept {
  const Settings& settings = settings_of(ssl);
  const char* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  const ServerNames reaction = settings.versions.server_names;
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  if (!asked) {
    if (reaction != ServerNames::needed) return SSL_TLSEXT_ERR_NOACK;
    if (SSL_version(ssl) >= TLS1_3_VERSION) *alert = SSL_AD_MISSING_EXTENSION;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  if (reaction == ServerNames::warned) return SSL_TLSEXT_ERR_ALERT_WARNING;
  const bool known = reaction != ServerNames::unknown &&
                     names_server(ServerName::own, asked, settings.server_name);
  return known ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Hands `take` each name of a list that is joined by ':', until it says true.
template <class Take>
bool any_protocol(std::string_view list, Take take) {
  while (!list.empty()) {
    const auto end = list.find(':');
    if (take(list.substr(0, end))) return true;
    list.remove_prefix(end == list.npos ? list.size() : end + 1);
  }
  return false;
}

// `offered`: names with a length of one byte in front. OpenSSL has checked their lengths.
int on_protocols(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size,
                 const unsigned char* offered, unsigned offered_size, void*) noexcept {
  const bool found = any_protocol(settings_of(ssl).versions.alpn, [&](std::string_view own) {
    for (unsigned at = 0; at < offered_size; at += 1u + offered[at]) {
      const std::string_view name(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
      if (name != own) continue;
      *chosen = offered + at + 1;
      *chosen_size = offered[at];
      return true;
    }
    return false;
  });
  return found ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// Sessions live in tickets and nowhere else.
void set_tickets(SSL_CTX* context, Tickets tickets) {
  if (tickets == Tickets::none) {
    must(SSL_CTX_set_num_tickets(context, 0), "tickets");
    return;
  }
  SSL_CTX_clear_options(context, SSL_OP_NO_TICKET);
  // A session of which a client certificate is part is resumed in its own context alone.
  constexpr std::string_view id = "smtprig";
  must(SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(id.data()),
                                      static_cast<unsigned>(id.size())),
       "session context");
  if (tickets != Tickets::ignored) return;
  const auto give = [](SSL*, void*) { return 1; };
  const auto take = [](SSL*, SSL_SESSION*, const unsigned char*, std::size_t, SSL_TICKET_STATUS,
                       void*) -> SSL_TICKET_RETURN { return SSL_TICKET_RETURN_IGNORE_RENEW; };
  must(SSL_CTX_set_session_ticket_cb(context, give, take, nullptr), "tickets");
}

}  // namespace

bool add_identity(SSL* ssl, const Identity& identity) {
  if (identity.weak) SSL_set_security_level(ssl, 0);
  bool done = SSL_use_certificate(ssl, identity.chain.front().get()) == 1 &&
              SSL_use_PrivateKey(ssl, identity.key.get()) == 1;
  for (std::size_t i = 1; i < identity.chain.size(); ++i)
    done = done && SSL_add1_chain_cert(ssl, identity.chain[i].get()) == 1;
  return done;
}

void set_server_choices(SSL_CTX* context, const TlsSpec& spec) {
  set_dh(context, spec);
  set_tickets(context, spec.tickets);
  if (spec.server_names != ServerNames::any)
    SSL_CTX_set_tlsext_servername_callback(context, &on_server_name);
  if (!spec.alpn.empty()) SSL_CTX_set_alpn_select_cb(context, &on_protocols, nullptr);
}

void set_client_choices(SSL_CTX* context, const TlsSpec& spec) {
  std::string offered;
  any_protocol(spec.alpn, [&offered](std::string_view name) {
    must(!name.empty() && name.size() <= protocol_bytes_max, "name of a protocol");
    offered += static_cast<char>(name.size());
    offered += name;
    return false;
  });
  // 0 is success, here and nowhere else.
  must(offered.empty() ||
           SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(offered.data()),
                                   static_cast<unsigned>(offered.size())) == 0,
       "names of protocols");
  if (spec.tickets == Tickets::none) return;
  SSL_CTX_clear_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, &Observer::on_session);
}

bool brings_session(SSL* ssl) {
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_psk, &bytes, &size) == 1) return true;
  return SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_session_ticket, &bytes, &size) == 1 && size > 0;
}

}  // namespace smtprig::fakes::tls
