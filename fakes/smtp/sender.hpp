// A sending peer on a socket: brings messages to a server as its SenderSpec says, and writes the
// journal. The protocol itself is the sans-I/O machine in sender_session.hpp; this file is its
// driver. Misbehaviour of the server is data.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "fakes/net/stream.hpp"
#include "fakes/sender_spec.hpp"
#include "fakes/smtp/sender_session.hpp"
#include "fakes/tls/engine.hpp"

namespace smtprig::fakes::smtp {

struct SenderSettings {
  SenderIdentity identity;
  std::chrono::milliseconds deadline{30'000};        // per reply, and for a handshake
  std::optional<net::tcp::endpoint> local;           // where it connects from
  std::string server_name;                           // SNI, where the spec names none
  std::shared_ptr<const tls::Identity> certificate;  // client certificate
  tls::IdentityMaker certificate_when_asked;         // in its place; see tls::Settings
  tls::TrustStore trust;
  std::shared_ptr<tls::Contexts> contexts;  // shared with other peers, to save time; may be empty
  tls::Session session;                     // of an earlier connection, to bring back; may be empty
  net::Tap tap;                             // its journal must outlive the sender
};

// One peer, one connection.
class Sender {
 public:
  Sender(SenderSpec spec, SenderSettings settings);
  ~Sender();
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  // Talks to `server` until all is said or the connection ends. One result per envelope. If no
  // connection came about, the first is `disconnected` with the reply "connect: ...".
  net::asio::awaitable<std::vector<Submission>> send(net::tcp::endpoint server,
                                                     std::vector<Envelope> envelopes);

  // After send(): the TLS session that the server gave, nullptr if none.
  const tls::Session& session() const;

  // Called when a step says that nothing more is said; send() goes on until the server leaves or
  // stop(). May be empty.
  std::function<void()> on_hang;
  // At once, from outside: send() returns soon.
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// Delivers `envelopes` in order over one connection to `server`, in clear, as an honest peer does.
net::asio::awaitable<std::vector<Submission>> send_mail(net::tcp::endpoint server,
                                                        std::vector<Envelope> envelopes,
                                                        SenderSettings settings);

}  // namespace smtprig::fakes::smtp
