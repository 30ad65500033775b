// A TLS endpoint without I/O: bytes in, bytes out, events. OpenSSL runs over memory BIOs, so
// records are visible on their way, every step can be failed in a test without a socket, and an
// idle connection holds no read buffer. One Engine is one connection; it is not thread-safe.
//
//   peer bytes -> feed() -> [ OpenSSL ] -> drain() -> peer
//                  plain <- read()   write() <- plain
//
// Sessions are resumed only where TlsSpec::tickets says so, and live in tickets: a server caches
// nothing. Renegotiation, compression, early data and SSL 3 are refused. A certificate, of either
// side, bad or missing, never ends a handshake, unless a client's is demanded: see verify_error().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <openssl/types.h>

#include "fakes/journal.hpp"
#include "fakes/spec.hpp"
#include "fakes/tls/certificate.hpp"

struct ssl_session_st;  // SSL_SESSION, which <openssl/types.h> leaves out

namespace smtprig::fakes::tls {

// What a client resumes: the keys, with the peer's chain and what its verification said.
using Session = std::shared_ptr<ssl_session_st>;

enum class Role { server, client };

// Whether a server wants the client's certificate. What it is worth is for the caller to judge.
enum class ClientCertificate {
  unasked,
  asked,
  demanded,  // none ends the handshake: handshake_failure, in TLS 1.3 certificate_required
};

struct NamedIdentity {
  ServerName server_name = ServerName::any;
  std::shared_ptr<const Identity> identity;
};

// Makes an identity when it is first needed.
using IdentityMaker = std::function<std::shared_ptr<const Identity>()>;

// One side of a handshake. Members of the other role are ignored.
struct Settings {
  Role role = Role::server;
  TlsSpec versions;
  // Server: required. Client: shown to a server that asks, whatever authorities that names.
  std::shared_ptr<const Identity> identity;
  // Client: in place of `identity`, for what is not weak; made when a server asks, as most do not.
  IdentityMaker identity_when_asked;
  std::shared_ptr<const Identity> second;  // server: beside `identity`, a key of another kind
  // Server: the first that fits the name in the ClientHello replaces both.
  std::vector<NamedIdentity> by_name;
  bool staples_unasked = false;  // server: its staple goes to every client
  bool asks_for_staple = false;  // client: status_request; what comes is not looked at
  // Without final dot. Client: SNI; empty: none is sent. Server: its own, for by_name and
  // TlsSpec::server_names.
  std::string server_name;
  // Roots for verify_error(); may be empty. A server names them where it asks (RFC 8446 4.2.4).
  TrustStore trust;
  bool pause_at_client_hello = false;  // server: stop in State::client_hello until resume()
  ClientCertificate client_certificate = ClientCertificate::unasked;  // server
  Session session;  // client: offered, where versions.tickets is not none
  // Whether send_alert() can do anything: it needs the secrets, which OpenSSL tells slowly.
  bool sends_alerts = true;
};

// A reusable SSL_CTX for Settings, so that its cost is paid once per distinct settings. The
// settings are copied in. Protocols below TLS 1.2 and lists that name what is weak lower OpenSSL's
// security level to 0, in this context only; a weak identity does in connections that have it.
class Context {
 public:
  // Throws std::runtime_error: a server without identity, a key that does not fit, min above max, a
  // list that names what OpenSSL does not know, a server_name above 255 bytes or with a NUL.
  explicit Context(const Settings& settings);
  // The same for another server_name: shares the SSL_CTX, so it costs next to nothing. Throws as
  // the constructor does.
  Context with_server_name(std::string server_name) const;
  // The same for another session to offer; nullptr: none.
  Context with_session(Session session) const;
  const Settings& settings() const { return settings_; }
  SSL_CTX* native() const { return context_.get(); }

 private:
  friend class Contexts;
  Context(const Settings& settings, std::shared_ptr<SSL_CTX> context);

  Settings settings_;
  std::shared_ptr<SSL_CTX> context_;
};

// Makes contexts of which those share an SSL_CTX that differ in certificates and names alone: one
// costs a quarter of a handshake. Where tickets are given each has its own, as a ticket can be
// brought back to whoever has the SSL_CTX that sealed it.
class Contexts {
 public:
  // Throws as the constructor of Context does.
  std::shared_ptr<const Context> of(const Settings& settings);

 private:
  struct Kind {
    Role role;
    TlsSpec versions;
    ClientCertificate client_certificate;
    TrustStore trust;
    bool sends_alerts;
    bool operator==(const Kind&) const = default;
  };
  std::vector<std::pair<Kind, std::shared_ptr<SSL_CTX>>> made_;
};

enum class State {
  handshaking,
  client_hello,  // server: the ClientHello is complete and nothing was answered
  established,
  closed,  // the peer's close_notify came; own data may still be sent
  failed,  // see failure()
};

// What a peer can make an engine hold is bounded: 16 MiB of plaintext that was not read(), 64 KiB
// of answers that were not drained, 64 KiB behind a ClientHello at which the engine is paused, 100
// KiB of certificates, 64 events that were not taken. The first three end in State::failed; further
// events are dropped. OpenSSL bounds the messages of a handshake.
class Engine {
 public:
  // Throws std::runtime_error if OpenSSL cannot make a connection.
  explicit Engine(std::shared_ptr<const Context> context);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;
  ~Engine();

  // Takes bytes that the peer sent and advances the handshake or decrypts. feed("") starts a
  // client. Application data that comes in the same bytes as the end of the handshake is decrypted
  // at once and waits in read(). What comes after close_notify or a failure is ignored (RFC
  // 8446 6.1).
  void feed(std::string_view encrypted);
  // Goes on after State::client_hello.
  void resume();
  // The peer's TCP connection ended: a handshake fails, an established session stays as it is.
  void feed_eof();
  // Bytes for the peer; each byte is returned once. After a failure: the alert, if one is due.
  std::string drain();

  // Decrypted bytes that came so far; each is returned once, also after State::closed and failed.
  std::string read();
  // Queues plaintext. False, and nothing is queued, unless established or closed by the peer only.
  bool write(std::string_view plaintext);
  // Queues close_notify, once; before the session is established and after a failure nothing.
  void shut_down();
  // Queues an alert under the keys of the session; nothing can be sent behind it. False, and
  // nothing is queued, unless Settings::sends_alerts and established, and with ciphers other than
  // those of AEAD (RFC 5246 6.2.3.3), of CCM, and behind a KeyUpdate. Whoever sends it writes the
  // journal's TlsAlert.
  bool send_alert(const Alert& alert);

  State state() const;
  // How far the handshake came, in the order of the wire, in both roles.
  TlsStage stage() const;
  // For State::failed: OpenSSL's reason ("no shared cipher") or "peer closed".
  const std::string& failure() const;

  // What happened since the last call, in order: ClientHelloSeen, CertificatePresented (own),
  // TlsAlert (close_notify too), TlsEstablished, CertificateSeen (the peer's, once established, if
  // it showed one), TlsFailed. TlsFailed is of the handshake
  // alone, its stage is "start", "client-hello" or "server-hello" as stage(); a session that breaks
  // later has its alert and failure().
  std::vector<EventBody> take_events();

  std::string version() const;  // "TLSv1.3", "TLSv1" for 1.0; empty before the ServerHello
  std::string cipher() const;
  bool resumed() const;      // once established: by the session of an earlier connection
  std::string alpn() const;  // once established: what the server selected; may be empty

  // Server: the name that the client asks for (RFC 6066 3); empty: none, or no ClientHello yet.
  const std::string& server_name() const;

  // Client: the last session that the server gave, nullptr if none. In TLS 1.3 it comes behind the
  // handshake.
  Session session() const;

  // Once established: the peer's chain as sent, leaf first (owned by the engine); of a resumed
  // session that of its first handshake, in a server without the issuers. Empty for a server whose
  // client showed none.
  std::vector<X509*> peer_chain() const;
  // Once established: X509_V_OK or the first error of building a chain to `trust` for the peer's
  // purpose (server or client authentication), without any check of names. X509_V_ERR_UNSPECIFIED
  // before that and where the peer showed no certificate.
  int verify_error() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// A TLS record that holds one alert in clear (RFC 8446 6). Whoever sends it writes the journal's
// TlsAlert: the engine does not know of it.
std::string alert_record(const Alert& alert);
// "handshake_failure"; "unknown" for a number that no RFC names.
std::string_view alert_name(int description);

}  // namespace smtprig::fakes::tls
