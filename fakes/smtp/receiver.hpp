// A receiving peer on a socket: accepts mail as its ReceiverSpec says and writes the journal. The
// protocol itself is the sans-I/O machine in receiver_session.hpp; this file is its driver.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "fakes/journal.hpp"
#include "fakes/net/stream.hpp"
#include "fakes/spec.hpp"
#include "fakes/tls/engine.hpp"

namespace smtprig::fakes::smtp {

struct ReceiverLimits {
  std::chrono::milliseconds idle{60'000};  // silence of the client before the receiver leaves
  std::chrono::milliseconds handshake{60'000};
  std::size_t line_bytes_max = 8'192;
  std::size_t content_bytes_max = 64u << 20;
  std::size_t content_kept_bytes = 64u << 10;
  unsigned commands_max = 10'000;  // per session
  unsigned sessions_max = 64;      // at once, per receiver; further connections are closed with 421
};

// Gives a host's certificate of a class when a client first asks for TLS: most are never shown, and
// making one costs as much as a handshake. Empty for a host without any.
using IdentitySource = std::function<std::shared_ptr<const tls::Identity>(CertificateClass what)>;

// One fake host. Connections are counted over all its addresses, so that selectors like
// connection="2" mean what a reader expects.
class Receiver {
 public:
  // `name`: the host's own name in greeting and EHLO ("mx1.x.test"). `who`: its name in the journal
  // ("mx1"). `identity` may be empty for a plaintext-only spec. `journal` must outlive the receiver
  // and every serve(). Throws std::invalid_argument for a rule whose pattern is not valid, and for
  // a spec that offers TLS without an identity. `contexts`: shared with other peers, to save time;
  // empty: its own.
  Receiver(std::string name, std::string who, ReceiverSpec spec, IdentitySource identity,
           Journal& journal, ReceiverLimits limits = {},
           std::shared_ptr<tls::Contexts> contexts = nullptr);
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  // Serves one accepted connection to its end. Never throws for what the peer does. `seen`: what
  // the client knows of the connection, where somebody stands in between.
  net::asio::awaitable<void> serve(net::tcp::socket socket,
                                   std::optional<Connected> seen = std::nullopt);

  // Called after every transaction that was acknowledged, and after every session that ended; may
  // be empty. The runner waits on it instead of sleeping.
  std::function<void()> on_progress;

  // Keeps what clients send, for a receiver that is an impostor; may be empty.
  void record(std::shared_ptr<net::Recording> recording);
  // Asks for the certificates again, from the next connection on.
  void renew_certificates();
  // Changes what goes into the journal, where the client saw something else; may be empty.
  void tell(std::function<void(EventBody&)> lens);

  unsigned open_sessions() const;
  // Ends all sessions; their serve() returns soon after.
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace smtprig::fakes::smtp
