// A TLS endpoint without I/O: bytes in, bytes out, events. OpenSSL runs over memory BIOs, so records
// are visible on their way, every step can be failed in a test without a socket, and an idle
// connection holds no read buffer. One Engine is one connection; it is not thread-safe.
//
//   peer bytes -> feed() -> [ OpenSSL ] -> drain() -> peer
//                  plain <- read()   write() <- plain
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/types.h>

#include "fakes/journal.hpp"
#include "fakes/spec.hpp"
#include "fakes/tls/certificate.hpp"

namespace smtprig::fakes::tls {

enum class Role { server, client };

// One side of a handshake. Members of the other role are ignored.
struct Settings {
  Role role = Role::server;
  TlsSpec versions;
  std::shared_ptr<const Identity> identity;  // server: required
  std::string server_name;                   // client: SNI without final dot; empty: none is sent
  TrustStore trust;                          // client: roots for verify_error(); may be empty
  bool pause_at_client_hello = false;        // server: stop in State::client_hello until resume()
};

// A reusable SSL_CTX for Settings, so that its cost is paid once per distinct settings.
class Context {
 public:
  explicit Context(const Settings& settings);
  const Settings& settings() const { return settings_; }
  SSL_CTX* native() const { return context_.get(); }

 private:
  Settings settings_;
  std::shared_ptr<SSL_CTX> context_;
};

enum class State {
  handshaking,
  client_hello,  // server: the ClientHello is complete and nothing was answered
  established,
  closed,  // the peer's close_notify came; own data may still be sent
  failed,  // see failure()
};

class Engine {
 public:
  explicit Engine(std::shared_ptr<const Context> context);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  // Takes bytes that the peer sent and advances the handshake or decrypts. feed("") starts a client.
  void feed(std::string_view encrypted);
  // Goes on after State::client_hello.
  void resume();
  // The peer's TCP connection ended: a handshake fails, an established session stays as it is.
  void feed_eof();
  // Bytes for the peer; each byte is returned once.
  std::string drain();

  // Decrypted bytes that came so far; each is returned once.
  std::string read();
  // Queues plaintext; must be established.
  void write(std::string_view plaintext);
  // Queues close_notify.
  void shut_down();

  State state() const;
  // Of the handshake, for State::failed: OpenSSL's reason ("no shared cipher") or "peer closed".
  const std::string& failure() const;

  // What happened since the last call, in order: ClientHelloSeen, CertificatePresented (server: own),
  // TlsAlert, TlsEstablished, TlsFailed.
  std::vector<EventBody> take_events();

  std::string version() const;  // "TLSv1.3"; empty before the ServerHello
  std::string cipher() const;

  // Client, once established: the peer's chain as sent, leaf first (owned by the engine).
  std::vector<X509*> peer_chain() const;
  // Client, once established: X509_V_OK or the error of building a chain to `trust`, without any
  // check of names.
  int verify_error() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A TLS record that holds one alert in clear (RFC 8446 6).
std::string alert_record(const Alert& alert);
// "handshake_failure"; "unknown" for a number that no RFC names.
std::string_view alert_name(int description);

}  // namespace smtprig::fakes::tls
