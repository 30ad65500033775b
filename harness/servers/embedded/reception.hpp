// Where mail comes in: the listeners, the sessions of their clients, and the TLS contexts that they
// share. It is a part of the server.
#pragma once

#include "fakes/net/listener.hpp"
#include "harness/servers/embedded/config.hpp"
#include "harness/servers/embedded/inbound.hpp"
#include "harness/servers/embedded/log.hpp"
#include "harness/servers/embedded/tasks.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace smtprig::embedded {

class Reception {
 public:
  using Accept = std::function<std::string(Message)>;  // see InboundHost

  // `config` and `log` must outlive it. Throws std::runtime_error for a certificate_file that is
  // none.
  Reception(boost::asio::io_context& io, const Config& config, const Mutants& mutants,
            fakes::tls::TrustStore roots, const Log& log, Accept accept);

  // Binds and listens at once, first where `listen` says, then where listeners_file does; throws
  // boost::system::system_error. Each is logged. Sessions keep `owner`, of which this is a part,
  // alive.
  void open(std::weak_ptr<void> owner);
  // Accepts nobody more.
  void close() { listeners_.clear(); }
  // Asks the sessions under way to end; they end soon after.
  void cancel() { clients_.cancel(); }

  // In the order in which they were opened; also once closed.
  const std::vector<boost::asio::ip::tcp::endpoint>& locals() const { return locals_; }
  std::size_t sessions() const { return clients_.size(); }

 private:
  void listen(const ListenerEntry& entry);
  void serve(boost::asio::ip::tcp::socket socket, std::shared_ptr<const InboundSettings> settings,
             std::shared_ptr<void> owner);
  InboundHost host_for(const boost::asio::ip::address& client,
                       std::shared_ptr<const InboundSettings> settings,
                       std::shared_ptr<void> owner);
  // The reply to a client that is not served at all; empty for others.
  std::string refusal(const boost::asio::ip::address& client,
                      const InboundSettings& settings) const;

  boost::asio::io_context& io_;
  const Config& config_;
  Mutants mutants_;
  const Log& log_;
  Accept accept_;
  ServerContexts contexts_;
  Tasks clients_;
  std::weak_ptr<void> owner_;
  std::vector<std::unique_ptr<fakes::net::Listener>> listeners_;
  std::vector<boost::asio::ip::tcp::endpoint> locals_;
  // Planted defects: addresses of which a handshake failed, listeners of which one broke off.
  std::set<boost::asio::ip::address> grudges_;
  std::set<const InboundSettings*> full_;
};

}  // namespace smtprig::embedded
