// See observer.hpp.
#include "observer.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/ssl.h>

#include "choices.hpp"
#include "fakes/server_name.hpp"
#include "fakes/tls/client_hello.hpp"

namespace smtprig::fakes::tls {
namespace {

constexpr std::size_t events_max = 64;
// A Certificate message with an empty list: type, length, in TLS 1.3 an empty context, length (RFC
// 5246 7.4.6, RFC 8446 4.4.2). A client that is asked and has none to show sends that.
constexpr std::size_t empty_certificate_bytes = 8;

std::string_view extension_of(SSL* ssl, unsigned type) {
  const unsigned char* bytes = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, type, &bytes, &size) != 1) return {};
  return {reinterpret_cast<const char*>(bytes), size};
}

std::string_view stage_name(TlsStage stage) {
  switch (stage) {
    case TlsStage::start:
      return "start";
    case TlsStage::client_hello:
      return "client-hello";
    case TlsStage::server_hello:
      return "server-hello";
    case TlsStage::finished:
      return "finished";
  }
  return "start";
}

}  // namespace

void Observer::attach(SSL* ssl) {
  SSL_set_app_data(ssl, this);
  SSL_set_msg_callback(ssl, &Observer::on_message);
  SSL_set_msg_callback_arg(ssl, this);
}

int Observer::on_session(SSL* ssl, SSL_SESSION* session) noexcept {
  auto* self = static_cast<Observer*>(SSL_get_app_data(ssl));
  self->session_.reset(session, &SSL_SESSION_free);
  return 1;  // it is ours now
}

void Observer::on_key(const SSL* ssl, const char* line) noexcept {
  auto* self = static_cast<Observer*>(SSL_get_app_data(ssl));
  if (!self) return;  // an SSL of the context that is no engine's
  if (auto secret = secret_in(line, self->settings_.role))
    self->sealing_.secret = std::move(*secret);
}

int Observer::on_client_hello(SSL* ssl, int* alert, void*) noexcept {
  auto* self = static_cast<Observer*>(SSL_get_app_data(ssl));
  const bool session = brings_session(ssl);
  const std::string name = server_name_of(extension_of(ssl, TLSEXT_TYPE_server_name));
  if (!self->hello_seen_) {
    self->hello_seen_ = true;
    self->server_name_ = name;
    self->add(ClientHelloSeen{
        name, protocols_of(extension_of(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation)),
        session, !extension_of(ssl, TLSEXT_TYPE_status_request).empty()});
  }
  if (session && self->settings_.versions.tickets == Tickets::refused) {
    *alert = SSL_AD_HANDSHAKE_FAILURE;
    return SSL_CLIENT_HELLO_ERROR;
  }
  self->choose_identity(ssl, name);
  // OpenSSL goes on as if the client had asked.
  if (self->settings_.staples_unasked) SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp);
  if (self->settings_.pause_at_client_hello && !self->passes_hello_) return SSL_CLIENT_HELLO_RETRY;
  return SSL_CLIENT_HELLO_SUCCESS;
}

int Observer::on_status_request(SSL* ssl, void*) noexcept {
  auto* self = static_cast<Observer*>(SSL_get_app_data(ssl));
  const std::string& staple = self->shown(ssl).staple;
  if (staple.empty()) return SSL_TLSEXT_ERR_NOACK;
  void* copy = OPENSSL_memdup(staple.data(), staple.size());  // becomes OpenSSL's
  if (!copy) return SSL_TLSEXT_ERR_ALERT_FATAL;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(staple.size()));
  self->stapled_ = true;
  return SSL_TLSEXT_ERR_OK;
}

int Observer::on_certificate_request(SSL* ssl, void*) noexcept {
  auto* self = static_cast<Observer*>(SSL_get_app_data(ssl));
  if (self->made_ || !self->settings_.identity_when_asked) return 1;
  self->made_ = self->settings_.identity_when_asked();
  return self->made_ && add_identity(ssl, *self->made_) ? 1 : 0;
}

// The connection has `identity` and `second`; what is for this name replaces both.
void Observer::choose_identity(SSL* ssl, const std::string& server_name) {
  const auto fits = [&](const NamedIdentity& each) {
    return names_server(each.server_name, server_name, settings_.server_name);
  };
  const auto found = std::ranges::find_if(settings_.by_name, fits);
  if (found == settings_.by_name.end()) return;
  SSL_certs_clear(ssl);
  add_identity(ssl, *found->identity);
}

// By the leaf that OpenSSL has picked.
const Identity& Observer::shown(SSL* ssl) const {
  if (made_) return *made_;
  const X509* leaf = SSL_get_certificate(ssl);
  const auto is_it = [leaf](const Identity& each) { return each.chain.front().get() == leaf; };
  if (settings_.second && is_it(*settings_.second)) return *settings_.second;
  for (const NamedIdentity& each : settings_.by_name)
    if (is_it(*each.identity)) return *each.identity;
  return *settings_.identity;
}

void Observer::on_message(int sent, int version, int type, const void* bytes, std::size_t size,
                          SSL* ssl, void* self) noexcept {
  auto& observer = *static_cast<Observer*>(self);
  const auto* content = static_cast<const unsigned char*>(bytes);
  if (type == SSL3_RT_HEADER && size == SSL3_RT_HEADER_LENGTH && !sent)
    observer.see_header(content);
  if (type == SSL3_RT_HEADER && sent) ++observer.sealing_.records;
  if (sent && size >= 1) observer.see_new_keys(version, type, content[0]);
  if (type == SSL3_RT_HANDSHAKE && size >= 1)
    observer.see_handshake(ssl, sent != 0, content[0], size);
  if (type == SSL3_RT_ALERT && size == 2) observer.see_alert(sent != 0, content[0], content[1]);
}

// RFC 8446 5.1: content type, version, length. In clear an alert has two bytes, under keys more.
void Observer::see_header(const unsigned char* header) {
  awaits_alert_ = header[0] == SSL3_RT_ALERT && header[3] == 0 && header[4] == 2;
}

// Records are counted anew behind ChangeCipherSpec (RFC 5246 6.1), in TLS 1.3 behind Finished (RFC
// 8446 5.3). A message is told of after the header of its record.
void Observer::see_new_keys(int version, int type, int message) {
  const bool tls13 = version == TLS1_3_VERSION;
  const bool finished = type == SSL3_RT_HANDSHAKE && message == SSL3_MT_FINISHED;
  if (type == SSL3_RT_CHANGE_CIPHER_SPEC || (tls13 && finished)) sealing_.records = 0;
  if (tls13 && type == SSL3_RT_HANDSHAKE && message == SSL3_MT_KEY_UPDATE) sealing_.lost = true;
}

void Observer::see_handshake(SSL* ssl, bool sent, int message, std::size_t size) {
  switch (message) {
    case SSL3_MT_CLIENT_HELLO:
      return reach(TlsStage::client_hello);
    case SSL3_MT_SERVER_HELLO:  // HelloRetryRequest too: it is a ServerHello (RFC 8446 4.1.3)
      return reach(TlsStage::server_hello);
    case SSL3_MT_CERTIFICATE:
      if (sent && size > empty_certificate_bytes) {
        const Identity& own = shown(ssl);
        add(CertificatePresented{own.subject, own.sha256_certificate, own.sha256_spki, own.key_kind,
                                 stapled_});
      }
      return;
    default:
      return;
  }
}

void Observer::see_alert(bool sent, int level, int description) {
  if (!sent) awaits_alert_ = false;
  add(TlsAlert{sent, level, description, std::string(alert_name(description))});
}

void Observer::see_failure(const std::string& reason) {
  if (stage_ == TlsStage::finished) return;
  add(TlsFailed{std::string(stage_name(stage_)), reason});
}

void Observer::reach(TlsStage stage) {
  if (stage_ < stage) stage_ = stage;
}

void Observer::add(EventBody event) {
  if (events_.size() < events_max) events_.push_back(std::move(event));
}

std::vector<EventBody> Observer::take_events() {
  return std::exchange(events_, {});
}

}  // namespace smtprig::fakes::tls
