// An HTTPS server for one name: TLS with its faults, HTTP/1.x requests one after the other, the
// journal. What is answered is said by who owns it: PolicyHost, Collector. Bounded in bytes of a
// request, requests of a connection, connections, and time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "fakes/https/request.hpp"
#include "fakes/https/response.hpp"
#include "fakes/https_spec.hpp"
#include "fakes/journal.hpp"
#include "fakes/net/stream.hpp"
#include "fakes/tls/certificate.hpp"

namespace smtprig::fakes::https {

struct HostLimits {
  std::chrono::milliseconds handshake{60'000};
  std::chrono::milliseconds idle{60'000};     // before a request begins, and per write
  std::chrono::milliseconds request{60'000};  // from its first byte to its last
  RequestLimits bytes;
  unsigned requests_max = 100;  // per connection; the last is told so
  unsigned sessions_max = 64;   // at once; further connections are closed
};

// Gives a host's certificate of a class when a client first asks for it.
using IdentitySource = std::function<std::shared_ptr<const tls::Identity>(CertificateClass what)>;

struct Answer {
  Response response;
  std::chrono::milliseconds delay{0};  // as in PolicyAnswer
  std::size_t segment_bytes = 0;
  std::chrono::milliseconds pause{0};
};

// `nth`: which request to this host, from 1. May write to the tap; HttpRequest is written by the
// host.
using Handler =
    std::function<Answer(const Request& request, std::uint32_t nth, const net::Tap& tap)>;

class Host {
 public:
  // `name`: "mta-sts.x.test"; a request for another one gets 421. `who`: in the journal, which must
  // outlive the host and every serve(). Throws std::invalid_argument without an identity source.
  Host(std::string name, std::string who, HttpsSpec spec, IdentitySource identity, Handler handler,
       Journal& journal, HostLimits limits);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // Serves one accepted connection to its end. Never throws for what the peer does.
  net::asio::awaitable<void> serve(net::tcp::socket socket);

  // Called after each request that was answered or will not be, and after each connection that
  // ended; may be empty.
  std::function<void()> on_progress;

  unsigned open_sessions() const;
  // Ends all sessions; their serve() returns soon after.
  void stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// For the specs' check: throws std::invalid_argument for one that HTTP cannot carry.
void check_status(const std::string& who, unsigned status);

}  // namespace smtprig::fakes::https
