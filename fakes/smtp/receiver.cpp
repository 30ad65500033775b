// See receiver.hpp. What is talked on a connection is in conversation.hpp; here they are counted,
// bounded and ended.
#include "fakes/smtp/receiver.hpp"

#include <set>
#include <stdexcept>
#include <utility>

#include "fakes/smtp/conversation.hpp"

namespace smtprig::fakes::smtp {

namespace {

// A client may be gone before its connection is looked at.
std::string endpoint_text(const net::tcp::endpoint& endpoint,
                          const boost::system::error_code& error) {
  return error ? "unknown" : net::text(endpoint);
}

}  // namespace

struct Receiver::Impl {
  Impl(ReceiverHost shared, std::string label, Journal& log)
      : host(std::move(shared)), who(std::move(label)), journal(log) {}

  static net::asio::awaitable<void> serve(std::shared_ptr<Impl> self, net::tcp::socket socket,
                                          std::optional<Connected> seen);
  net::asio::awaitable<void> turn_away(net::Stream& stream, const net::Tap& tap) const;

  ReceiverHost host;
  std::string who;
  Journal& journal;
  std::uint32_t connections = 0;
  std::shared_ptr<net::Recording> recording;
  std::function<void(EventBody&)> lens;
  std::set<net::Stream*> open;
  bool stopped = false;
};

net::asio::awaitable<void> Receiver::Impl::turn_away(net::Stream& stream,
                                                     const net::Tap& tap) const {
  if (!host.rules.spec().implicit_tls && !stopped) {
    std::string line = "421 " + host.name + " Too many connections";
    net::IoStatus status = co_await stream.write(line + "\r\n", host.limits.idle);
    if (status == net::IoStatus::ok) tap.add(LineOut{line, false});
  }
  co_await stream.close(CloseHow::fin);
}

net::asio::awaitable<void> Receiver::Impl::serve(std::shared_ptr<Impl> self,
                                                 net::tcp::socket socket,
                                                 std::optional<Connected> seen) {
  net::Tap tap{&self->journal, self->who, ++self->connections, self->recording.get(), &self->lens};
  boost::system::error_code local_error;
  boost::system::error_code remote_error;
  net::tcp::endpoint local = socket.local_endpoint(local_error);
  net::tcp::endpoint remote = socket.remote_endpoint(remote_error);
  if (!seen)
    seen = Connected{endpoint_text(local, local_error), endpoint_text(remote, remote_error)};
  tap.add(std::move(*seen));

  net::Stream stream(std::move(socket), tap);
  if (self->stopped || self->open.size() >= self->host.limits.sessions_max) {
    co_await self->turn_away(stream, tap);
  } else {
    self->open.insert(&stream);
    Conversation conversation(self->host, stream, tap);
    co_await conversation.run();
    self->open.erase(&stream);
  }
  if (self->host.progress) self->host.progress();
}

Receiver::Receiver(std::string name, std::string who, ReceiverSpec spec, IdentitySource identity,
                   Journal& journal, ReceiverLimits limits,
                   std::shared_ptr<tls::Contexts> contexts) {
  if (!contexts) contexts = std::make_shared<tls::Contexts>();
  bool offers_tls = spec.implicit_tls || spec.starttls == StartTls::yes;
  if (offers_tls && !identity) throw std::invalid_argument(who + ": TLS needs a certificate");
  ReceiverHost host{std::move(name), ReceiverRules(std::move(spec)), std::move(identity), limits,
                    std::move(contexts)};
  host.progress = [this] {
    if (on_progress) on_progress();
  };
  impl_ = std::make_shared<Impl>(std::move(host), std::move(who), journal);
}

Receiver::~Receiver() {
  stop();
  impl_->host.progress = nullptr;
}

net::asio::awaitable<void> Receiver::serve(net::tcp::socket socket, std::optional<Connected> seen) {
  return Impl::serve(impl_, std::move(socket), std::move(seen));
}

void Receiver::record(std::shared_ptr<net::Recording> recording) {
  impl_->recording = std::move(recording);
}

void Receiver::renew_certificates() {
  impl_->host.contexts.clear();
}

void Receiver::tell(std::function<void(EventBody&)> lens) {
  impl_->lens = std::move(lens);
}

unsigned Receiver::open_sessions() const {
  return static_cast<unsigned>(impl_->open.size());
}

void Receiver::stop() {
  impl_->stopped = true;
  for (net::Stream* stream : impl_->open)
    stream->cancel();
}

}  // namespace smtprig::fakes::smtp
