// The driver of a Delivery: one connection to one address of one host. It connects, reads replies,
// writes commands, does the handshake, and judges the certificate; what to say is the machine's.
//
//   run() -> result, at once -> the caller logs -> farewell(): QUIT and its reply -> closed
#pragma once

#include "fakes/net/stream.hpp"
#include "fakes/tls/certificate.hpp"
#include "harness/servers/embedded/client_sessions.hpp"
#include "harness/servers/embedded/config.hpp"
#include "harness/servers/embedded/dane.hpp"
#include "harness/servers/embedded/delivery.hpp"
#include "harness/servers/embedded/lab_clock.hpp"
#include "harness/servers/embedded/log.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace smtprig::embedded {

// What a client offers, made once; the name it asks for is each session's own.
class ClientContexts {
 public:
  // Both only with a planted defect.
  explicit ClientContexts(bool asks_for_staple = false, bool sends_no_name = false);
  // `session` may be empty.
  std::shared_ptr<const fakes::tls::Context> of(const Demand& demand,
                                                fakes::tls::Session session) const;

 private:
  bool sends_no_name_;
  fakes::tls::Context opportunistic_;
  fakes::tls::Context mandatory_;
};

// What all sessions of a server share; must outlive them.
struct OutboundSettings {
  Timeouts timeouts;
  std::uint16_t smtp_port = 25;
  fakes::tls::TrustStore roots;  // may be empty
  ClientContexts contexts;
  DaneVerifier dane;
  LabClock clock;
  std::shared_ptr<ClientSessions> sessions = std::make_shared<ClientSessions>();
  Mutants mutants;
  // Hosts whose certificate was refused; for a planted defect.
  std::shared_ptr<std::set<std::string>> refused = std::make_shared<std::set<std::string>>();
  const Log* log = nullptr;
  std::function<void()> on_garbage;  // a handshake got bytes that are no TLS; for planted defects
};

struct Target {
  std::string host;  // as in the MX record
  boost::asio::ip::address address;
  std::uint16_t port = 25;

  std::string text() const;  // "mx1.a.test[127.0.0.2]:25"
};

class OutboundSession {
 public:
  // `demand`: what the certificate must meet; `dane`, where there is one, in place of its policy.
  // `key`: of the attempt, for the log.
  OutboundSession(const OutboundSettings& settings, Target target, SessionPlan plan, Demand demand,
                  std::optional<DaneDemand> dane, std::string key);

  boost::asio::awaitable<SessionResult> run();
  // After run(): says QUIT where the session is in step, waits a short time for the reply
  // (RFC 5321 4.1.1.10), closes.
  boost::asio::awaitable<void> farewell();
  // The handshake failed where a session was offered. The session is forgotten: a full handshake on
  // a new connection may do better.
  bool resumption_failed() const { return resumption_failed_; }
  // From which it was made; empty: there was no connection.
  const std::string& own_address() const { return own_address_; }
  // After farewell(), only with a planted defect: the peer did not end TLS by close_notify.
  bool truncated() const { return truncated_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Received {
    std::optional<fakes::smtp::ServerReply> reply;
    std::string why;  // no reply
    std::string_view status = "4.4.2";
  };

  boost::asio::awaitable<Action> perform(Action action);
  boost::asio::awaitable<Action> start_tls();
  boost::asio::awaitable<Received> receive(std::chrono::milliseconds within);
  boost::asio::awaitable<void> keep_injected_replies();
  CertificateCheck check_peer(const fakes::tls::Engine& engine);
  CertificateCheck check_by_dane(const fakes::tls::Engine& engine);
  void keep_session();

  const OutboundSettings& settings_;
  Target target_;
  std::string message_id_;
  std::string key_;
  Demand demand_;
  std::optional<DaneDemand> dane_;
  Delivery delivery_;
  std::optional<fakes::net::Stream> stream_;
  fakes::tls::Session offered_;  // to be resumed
  std::string own_address_;
  CertificateCheck tested_{.satisfied = true};  // see Demand::tests_sts
  bool resumption_failed_ = false;
  bool truncated_ = false;
  std::deque<fakes::smtp::ServerReply> injected_;  // only with a planted defect
};

}  // namespace smtprig::embedded
