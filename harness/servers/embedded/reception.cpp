// See reception.hpp.
#include "harness/servers/embedded/reception.hpp"

#include "fakes/net/stream.hpp"

#include <fmt/format.h>

#include <utility>

namespace smtprig::embedded {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<void> hang_up(tcp::socket) {
  co_return;
}

// RFC 5321 4.1.3
std::string literal_of(const asio::ip::address& address) {
  return (address.is_v6() ? "IPv6:" : "") + address.to_string();
}

}  // namespace

Reception::Reception(asio::io_context& io, const Config& config, const Mutants& mutants,
                     fakes::tls::TrustStore roots, const Log& log, Accept accept)
    : io_(io),
      config_(config),
      mutants_(mutants),
      log_(log),
      accept_(std::move(accept)),
      contexts_(config.certificate_pem, std::move(roots), mutants),
      clients_(io) {}

void Reception::open(std::weak_ptr<void> owner) {
  owner_ = std::move(owner);
  const auto policy = config_.certificate_pem.empty() ? InboundPolicy::none : InboundPolicy::may;
  listen({.endpoint = config_.listen, .policy = policy});
  log_.started(fakes::net::text(locals_.back()));
  for (const ListenerEntry& entry : config_.listeners) {
    listen(entry);
    log_.started(fakes::net::text(locals_.back()), name(entry.policy), name(entry.service));
  }
}

void Reception::listen(const ListenerEntry& entry) {
  const auto settings =
      std::make_shared<const InboundSettings>(InboundSettings{.hostname = config_.hostname,
                                                              .policy = entry.policy,
                                                              .service = entry.service,
                                                              .users = config_.users,
                                                              .limits = config_.limits,
                                                              .mutants = mutants_});
  // The listener's own coroutine only hands the connection over, so that all sessions are in
  // `clients_`.
  listeners_.push_back(std::make_unique<fakes::net::Listener>(
      io_, entry.endpoint,
      [this, settings, weak = owner_](tcp::socket socket) -> asio::awaitable<void> {
        if (auto alive = weak.lock()) serve(std::move(socket), settings, std::move(alive));
        return hang_up(std::move(socket));
      }));
  locals_.push_back(listeners_.back()->local());
}

void Reception::serve(tcp::socket socket, std::shared_ptr<const InboundSettings> settings,
                      std::shared_ptr<void> owner) {
  boost::system::error_code gone;
  const auto remote = socket.remote_endpoint(gone);
  if (gone || listeners_.empty()) return;
  const std::function<void()> nothing = [] {};
  if (std::string reply = refusal(remote.address(), *settings); !reply.empty()) {
    clients_.spawn(turn_away(std::move(socket), std::move(reply)), nothing);
    return;
  }
  InboundHost host = host_for(remote.address(), settings, std::move(owner));
  InboundSession session(std::move(settings), literal_of(remote.address()));
  clients_.spawn(serve_client(std::move(socket), std::move(session), std::move(host)), nothing);
}

std::string Reception::refusal(const asio::ip::address& client,
                               const InboundSettings& settings) const {
  // RFC 5321 3.8
  if (clients_.size() >= config_.limits.clients_max || full_.contains(&settings))
    return fmt::format("421 {} too many connections\r\n", config_.hostname);
  if (grudges_.contains(client)) return fmt::format("554 {} not you again\r\n", config_.hostname);
  return {};
}

InboundHost Reception::host_for(const asio::ip::address& client,
                                std::shared_ptr<const InboundSettings> settings,
                                std::shared_ptr<void> owner) {
  return {
      .silence = config_.timeouts.client,
      .handshake = config_.timeouts.handshake,
      .accept = [this, owner](Message message) { return accept_(std::move(message)); },
      .context = [this, policy = settings->policy] { return contexts_.of(policy); },
      .established =
          [this, client](const InboundTls& tls) {
            log_.tls_in(client.to_string(), name(tls.trust), tls.version, tls.cipher, tls.subject);
          },
      .handshake_failed =
          [this, client, settings](const std::string& reason, bool broke_off) {
            if (broke_off && mutants_.leaks_handshakes) full_.insert(settings.get());
            if (!broke_off && mutants_.bears_a_grudge) grudges_.insert(client);
            log_.note(fmt::format("TLS handshake with {} failed: {}", client.to_string(), reason));
          }};
}

}  // namespace smtprig::embedded
