// A connection reads again only when its answer is written, so a client that sends and never reads
// costs one buffer. Callbacks keep their connection alive; after stop() they do nothing.
#include "harness/servers/auth_service.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <utility>

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "harness/servers/auth_session.hpp"

namespace smtprig::servers {
namespace asio = boost::asio;
using asio::local::stream_protocol;
namespace {

constexpr std::size_t connections_max = 1'024;
// Short of descriptors: worth another try once a connection has ended, but not at once.
constexpr std::chrono::milliseconds accept_again_after{20};

struct AuthConnection {
  AuthConnection(stream_protocol::socket given, const model::Account& account, std::uint32_t number)
      : socket(std::move(given)), session(account, number) {}
  stream_protocol::socket socket;
  AuthSession session;
  std::array<char, 4'096> input{};
  std::string output;
};

}  // namespace

struct AuthService::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io, std::filesystem::path at, model::Account given)

      : acceptor(io), retry(io), path(std::move(at)), account(std::move(given)) {}

  stream_protocol::acceptor acceptor;
  asio::steady_timer retry;
  std::filesystem::path path;
  model::Account account;
  std::set<std::shared_ptr<AuthConnection>> connections;
  std::uint32_t accepted = 0;
  bool stopped = false;

  void listen();
  void accept();
  void write(const std::shared_ptr<AuthConnection>& connection, std::string text);
  void read(const std::shared_ptr<AuthConnection>& connection);
  void stop();
};

void AuthService::Impl::listen() {
  const std::string step = "bind " + path.string();
  if (path.native().size() >= sizeof(sockaddr_un::sun_path))
    throw lab::LabError(step, "the path is too long for a socket");
  ::unlink(path.c_str());
  boost::system::error_code error;
  acceptor.open(stream_protocol(), error);
  if (!error) acceptor.bind(stream_protocol::endpoint(path.string()), error);
  if (!error && ::chmod(path.c_str(), 0666) != 0) throw lab::LabError(step, std::strerror(errno));
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) throw lab::LabError(step, error.message());
}

void AuthService::Impl::accept() {
  acceptor.async_accept(
      [self = shared_from_this()](boost::system::error_code error, stream_protocol::socket socket) {
        if (self->stopped) return;
        if (!error && self->connections.size() < connections_max) {
          const auto connection =
              std::make_shared<AuthConnection>(std::move(socket), self->account, ++self->accepted);
          self->connections.insert(connection);
          self->write(connection, connection->session.greeting());
        }
        if (!error) return self->accept();
        self->retry.expires_after(accept_again_after);
        self->retry.async_wait([self](boost::system::error_code) {
          if (!self->stopped) self->accept();
        });
      });
}

void AuthService::Impl::write(const std::shared_ptr<AuthConnection>& connection, std::string text) {
  connection->output = std::move(text);
  asio::async_write(
      connection->socket, asio::buffer(connection->output),
      [self = shared_from_this(), connection](boost::system::error_code error, std::size_t) {
        if (self->stopped) return;
        if (error || connection->session.over())
          self->connections.erase(connection);
        else
          self->read(connection);
      });
}

void AuthService::Impl::read(const std::shared_ptr<AuthConnection>& connection) {
  connection->socket.async_read_some(
      asio::buffer(connection->input),
      [self = shared_from_this(), connection](boost::system::error_code error, std::size_t size) {
        if (self->stopped) return;
        if (error) {
          self->connections.erase(connection);
          return;
        }
        self->write(connection, connection->session.take({connection->input.data(), size}));
      });
}

void AuthService::Impl::stop() {
  stopped = true;
  boost::system::error_code ignored;
  acceptor.close(ignored);
  retry.cancel();
  for (const auto& connection : connections)
    connection->socket.close(ignored);
  connections.clear();
  ::unlink(path.c_str());
}

AuthService::AuthService(asio::io_context& io, const std::filesystem::path& path,
                         model::Account account)
    : impl_(std::make_shared<Impl>(io, path, std::move(account))) {
  impl_->listen();
  impl_->accept();
}

AuthService::~AuthService() {
  impl_->stop();
}

}  // namespace smtprig::servers
