// A small internet around one embedded server, in one process: DNS, an authority, receivers on
// addresses of their own, a sink for notifications. Everything goes over real sockets on
// 127.0.0.0/8.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "fakes/dns/server.hpp"
#include "fakes/journal.hpp"
#include "fakes/net/listener.hpp"
#include "fakes/smtp/receiver.hpp"
#include "fakes/smtp/sender.hpp"
#include "fakes/tls/certificate.hpp"
#include "harness/servers/embedded/server.hpp"

namespace smtprig::embedded::test {

inline constexpr const char* domain = "to.test";

class World {
 public:
  // The server knows `policy` for to.test, with two retries.
  explicit World(model::Policy policy, Mutants mutants = {}, Timeouts timeouts = short_timeouts());
  ~World();

  // A receiver named mxN.to.test (N from 1), with an MX record of that preference unless 0.
  void add_receiver(fakes::ReceiverSpec spec, unsigned preference = 10);
  // A host that nothing listens on.
  void add_dead_host(unsigned preference);
  // A further listener, for start(): Server::locals() has it behind the one in clear, in order.
  void add_listener(InboundPolicy policy, Service service = Service::smtp,
                    const std::string& address = "127.0.0.1");
  // The policy fingerprint then knows another certificate only.
  void forget_pins() { pins_ = {std::string(64, '0')}; }
  fakes::dns::Table& dns() { return table_; }

  // Starts the server, brings one message to r@to.test, and runs until the server is empty and
  // every session has ended.
  void deliver(const std::vector<std::string>& recipients = {"r@to.test"});
  void start();
  // False: `done` did not come true in the time that is generous on any machine.
  bool run_until(const std::function<bool()>& done);

  Server& server() { return *server_; }
  fakes::tls::Authority& authority() { return authority_; }
  boost::asio::io_context& io() { return io_; }

  // The events of the log in order, for r@to.test: "tls deferred expired".
  std::string story() const;
  // "mx1:tls mx2:clear", a word per acknowledged copy.
  std::string copies() const;
  // All lines that receiver N was sent, inside TLS with a leading "*".
  std::vector<std::string> lines_in(const std::string& who) const;
  std::vector<std::string> log;
  std::vector<fakes::MessageAccepted> notifications() const;
  const fakes::Journal& journal() const { return journal_; }

  static Timeouts short_timeouts();

 private:
  void add_host(const std::string& name, const std::string& address, unsigned preference);
  void listen(fakes::smtp::Receiver& receiver, const std::string& address);

  boost::asio::io_context io_{1};
  fakes::Journal journal_;
  fakes::tls::Authority authority_;
  std::vector<ListenerEntry> entries_;
  fakes::dns::Table table_;
  std::unique_ptr<fakes::dns::Server> dns_;
  model::Policy policy_;
  Mutants mutants_;
  Timeouts timeouts_;
  std::vector<std::unique_ptr<fakes::smtp::Receiver>> receivers_;
  std::vector<std::unique_ptr<fakes::net::Listener>> listeners_;
  std::vector<std::string> pins_;
  std::unique_ptr<fakes::smtp::Receiver> sink_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  unsigned hosts_ = 0;
};

}  // namespace smtprig::embedded::test
