// A policy host or a collector on a loopback port, its journal, and a client that plays a script.
// Everything runs in one io_context; the end of a World asserts that nothing is left running.
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

#include "fakes/https/collector.hpp"
#include "fakes/https/policy_host.hpp"
#include "fakes/journal.hpp"
#include "fakes/net/listener.hpp"
#include "fakes/net/stream.hpp"

namespace smtprig::fakes {

using namespace std::chrono_literals;
using Strings = std::vector<std::string>;

inline const std::string policy_host_name = "mta-sts.rcpt.test";
inline const std::string policy_request =
    "GET /.well-known/mta-sts.txt HTTP/1.1|Host: mta-sts.rcpt.test|";

// One line per event, without what differs from run to run: "request GET /x h 200 #1 54".
std::string text(const EventBody& body);

struct Talk {
  Strings seen;    // one per step that sees something
  Strings bodies;  // of the responses
};

class World {
 public:
  World() = default;
  ~World();

  net::tcp::endpoint start(PolicyHostSpec spec, https::HostLimits limits = {});
  net::tcp::endpoint start(CollectorSpec spec,
                           https::HostLimits limits = https::Collector::default_limits());

  // A client plays `script` to its end:
  //   "TLS"      shakes hands: "tls ok", or how it failed
  //   "W: text"  writes exactly that, "|" is CRLF      "R: text"  the same below TLS
  //   "P: 40"    pauses for that many milliseconds
  //   "S"        reads a response: "200 text/plain", its body goes to `bodies`; or why there is
  //   none "END"      reads to the end: "eof after 7"       "FIN" "RST"  closes
  Talk talk(const Strings& script, std::shared_ptr<const tls::Context> context = nullptr);

  // Runs until all sessions of the host have ended.
  void settle();
  // Runs until the journal has an event of that text; fails the test if none comes.
  void wait_for(std::string_view event);

  Strings events(std::uint32_t connection = 0) const;
  // Those that begin with `word`.
  Strings events_of(std::string_view word) const;

  // Of a client that trusts the authority and asks for `server_name`.
  std::shared_ptr<const tls::Context> client_context(std::string server_name = policy_host_name,
                                                     TlsSpec versions = {});

  net::asio::io_context io{1};
  Journal journal;
  tls::Authority authority;
  std::unique_ptr<https::PolicyHost> policy_host;
  std::unique_ptr<https::Collector> collector;
  std::unique_ptr<net::Listener> listener;
  net::tcp::endpoint server;

 private:
  https::Host& host();
  net::tcp::endpoint listen();
  https::IdentitySource identities(const std::string& name);

  template <class Done>
  void run_until(Done done) {
    const auto limit = std::chrono::steady_clock::now() + 30s;
    io.restart();
    while (!done()) {
      BOOST_REQUIRE(std::chrono::steady_clock::now() < limit);
      io.run_one_for(1s);
      if (io.stopped()) io.restart();
    }
  }
};

}  // namespace smtprig::fakes
