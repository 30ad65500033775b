// What OpenSSL tells about one connection while it runs, as journal events. Private to this layer.
// OpenSSL's callbacks are C and nothing may be thrown through them: here they are noexcept, so want
// of memory ends the process. Events that nobody takes are bounded.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <openssl/types.h>

#include "fakes/journal.hpp"
#include "fakes/spec.hpp"
#include "fakes/tls/engine.hpp"
#include "sealed_alert.hpp"

namespace smtprig::fakes::tls {

class Observer {
 public:
  // `settings` must outlive the observer.
  explicit Observer(const Settings& settings) : settings_(settings) {}
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;

  // Ties this to `ssl`. Both stay where they are and end together.
  void attach(SSL* ssl);
  // For SSL_CTX_set_client_hello_cb, which has no counterpart per connection. Needs attach().
  static int on_client_hello(SSL* ssl, int* alert, void* unused) noexcept;

  // For SSL_CTX_set_tlsext_status_cb, in a server. Needs attach().
  static int on_status_request(SSL* ssl, void* unused) noexcept;

  // For SSL_CTX_set_cert_cb, in a client. Needs attach().
  static int on_certificate_request(SSL* ssl, void* unused) noexcept;

  // From now on no ClientHello is paused at.
  void pass_client_hello() { passes_hello_ = true; }

  // For SSL_CTX_sess_set_new_cb: a client was given a session that it can resume.
  static int on_session(SSL* ssl, ssl_session_st* session) noexcept;

  // For SSL_CTX_set_keylog_callback.
  static void on_key(const SSL* ssl, const char* line) noexcept;

  const Settings& settings() const { return settings_; }
  // What own records are sealed with now.
  const Sealing& sealing() const { return sealing_; }
  // In a server: of the first ClientHello.
  const std::string& server_name() const { return server_name_; }
  // The last one that was given; nullptr: none.
  const Session& session() const { return session_; }

  TlsStage stage() const { return stage_; }
  // A stage is never left for an earlier one (a second ClientHello after HelloRetryRequest).
  void reach(TlsStage stage);

  // The header of an alert in clear was read, its body was not.
  bool awaits_alert() const { return awaits_alert_; }
  void see_alert(bool sent, int level, int description);

  // TlsFailed, unless the handshake was complete.
  void see_failure(const std::string& reason);

  // Past 64 events that were not taken, events are dropped.
  void add(EventBody event);
  std::vector<EventBody> take_events();

 private:
  static void on_message(int sent, int version, int type, const void* bytes, std::size_t size,
                         SSL* ssl, void* self) noexcept;
  void choose_identity(SSL* ssl, const std::string& server_name);
  const Identity& shown(SSL* ssl) const;
  void see_header(const unsigned char* header);
  void see_new_keys(int version, int type, int message);
  void see_handshake(SSL* ssl, bool sent, int message, std::size_t size);

  const Settings& settings_;
  TlsStage stage_ = TlsStage::start;
  bool hello_seen_ = false;
  std::string server_name_;
  bool passes_hello_ = false;
  bool awaits_alert_ = false;
  Sealing sealing_;
  bool stapled_ = false;
  std::shared_ptr<const Identity> made_;  // what identity_when_asked gave
  Session session_;
  std::vector<EventBody> events_;
};

}  // namespace smtprig::fakes::tls
