// One connection of a Host. For Host only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "fakes/https/host.hpp"
#include "fakes/journal.hpp"
#include "fakes/net/stream.hpp"
#include "fakes/tls/engine.hpp"

namespace smtprig::fakes::https {

// What the connections of one host share.
struct HostShared {
  std::string name;
  HttpsSpec spec;
  IdentitySource identity;
  Handler handler;
  HostLimits limits;
  std::function<void()> progress;
  std::uint32_t requests = 0;

  // Made when first needed; `pausing`: at the ClientHello.
  std::shared_ptr<const tls::Context> context(bool pausing);
  std::shared_ptr<const tls::Context> contexts[2];
};

class Connection {
 public:
  // All three must outlive the connection.
  Connection(HostShared& host, net::Stream& stream, const net::Tap& tap)
      : host_(host), stream_(stream), tap_(tap), reader_(host.limits.bytes) {}

  // Until one side ends it, then closes the stream.
  net::asio::awaitable<void> run();

 private:
  // What comes behind the actions of a rule.
  enum class Next {
    go_on,    // what honestly follows
    instead,  // they took its place
    end,      // the connection is over
  };

  const HttpsRule* rule_at(TlsStage stage) const;
  const HttpsRule* rule_at(HttpsPosition position, std::uint32_t nth) const;
  net::asio::awaitable<bool> shake_hands();
  net::asio::awaitable<bool> pass(TlsStage stage);
  net::asio::awaitable<bool> read_request();
  net::asio::awaitable<bool> answer(Request request);
  net::asio::awaitable<bool> send(Answer answer, HttpRequest event, bool last);
  net::asio::awaitable<net::IoStatus> send_body(const Answer& answer, std::string body,
                                                HttpRequest& event);
  net::asio::awaitable<void> refuse();
  net::asio::awaitable<Next> act(const HttpsRule& rule, bool below_tls);
  net::asio::awaitable<void> discard(bool below_tls);
  void log(HttpRequest event);

  HostShared& host_;
  net::Stream& stream_;
  const net::Tap& tap_;
  RequestReader reader_;
  std::uint32_t answered_ = 0;  // requests of this connection
  CloseHow how_ = CloseHow::fin;
};

}  // namespace smtprig::fakes::https
