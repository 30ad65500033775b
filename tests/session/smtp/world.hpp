// A receiving peer on a loopback port, its journal, and clients to talk to it. Everything runs in
// one io_context; the end of a World asserts that nothing is left running.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include "fakes/journal.hpp"
#include "fakes/net/listener.hpp"
#include "fakes/net/stream.hpp"
#include "fakes/smtp/grammar.hpp"
#include "fakes/smtp/receiver.hpp"

namespace smtprig::fakes {

using namespace std::chrono_literals;

// One line per event, without what differs from run to run: "in EHLO c", "in+tls QUIT", "closed
// peer_fin notify", "accepted a@b > c@d, tls".
std::string text(const EventBody& body);
std::string_view text(net::IoStatus status);

class World {
 public:
  World() = default;
  ~World();

  // Starts a receiver "mx.peer.test" on a free port of 127.0.0.1, or of ::1.
  net::tcp::endpoint start(ReceiverSpec spec, smtp::ReceiverLimits limits = {},
                           const std::string& address = "127.0.0.1");

  // Runs `task` to its end; fails the test if that takes longer than any deadline in it can.
  template <class T>
  T run(net::asio::awaitable<T> task) {
    std::optional<T> value;
    std::exception_ptr failure;
    net::asio::co_spawn(io, std::move(task), [&](std::exception_ptr error, T result) {
      failure = error;
      value = std::move(result);
    });
    run_until([&] { return value.has_value() || failure; });
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }
  // Runs until all sessions of the receiver have ended.
  void settle();

  // What the receiver wrote, one text per event; `connection` 0: of all.
  std::vector<std::string> events(std::uint32_t connection = 0) const;
  bool has_event(std::string_view text) const;

  // Of a client that trusts the authority.
  std::shared_ptr<const tls::Context> client_context(TlsSpec versions = {});

  net::asio::io_context io{1};
  Journal journal;
  tls::Authority authority;
  std::unique_ptr<smtp::Receiver> receiver;
  std::unique_ptr<net::Listener> listener;

 private:
  template <class Done>
  void run_until(Done done) {
    auto limit = std::chrono::steady_clock::now() + 30s;
    io.restart();
    while (!done()) {
      BOOST_REQUIRE(std::chrono::steady_clock::now() < limit);
      io.run_one_for(1s);
      if (io.stopped()) io.restart();
    }
  }
};

// Plays a client by script and returns what it saw, one text per "S", "TLS", "END":
//   "C: text"  sends a line            "W: text"  sends exactly that, "/" is CRLF
//   "S"        reads a reply: its last line, or why there is none
//   "TLS"      shakes hands            "END"      reads to the end and tells how it ended
//   "FIN" "RST" "NONOTIFY"  closes
net::asio::awaitable<std::vector<std::string>> chat(net::tcp::endpoint server,
                                                    std::vector<std::string> script,
                                                    std::shared_ptr<const tls::Context> context,
                                                    net::Duration deadline);

}  // namespace smtprig::fakes
