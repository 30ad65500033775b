// See client.hpp.
#include "client.hpp"

#include <exception>
#include <optional>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/test/unit_test.hpp>

namespace smtprig::embedded::test {

namespace asio = boost::asio;
using fakes::net::IoStatus;
using fakes::net::ReadResult;
using namespace std::chrono_literals;

namespace {

constexpr auto generous = 20s;

template <class T>
T run(World& world, asio::awaitable<T> what) {
  std::optional<T> result;
  asio::co_spawn(world.io(), std::move(what), [&result](std::exception_ptr failure, T value) {
    if (failure) std::rethrow_exception(failure);
    result = std::move(value);
  });
  if (!world.run_until([&result] { return result.has_value(); }))
    throw std::runtime_error("the client waits for ever");
  return std::move(*result);
}

std::string word_of(IoStatus status) {
  switch (status) {
    case IoStatus::eof:
      return "(closed)";
    case IoStatus::timed_out:
      return "(late)";
    case IoStatus::ok:
      return "";
    default:
      return "(reset)";
  }
}

asio::awaitable<std::string> read_reply(fakes::net::Stream& stream) {
  std::string text;
  for (;;) {
    const ReadResult line = co_await stream.read_line(10'000, generous);
    if (line.status != IoStatus::ok) co_return text + word_of(line.status);
    text += (text.empty() ? "" : "|") + line.bytes;
    if (line.bytes.size() < 4 || line.bytes[3] != '-') co_return text;
  }
}

asio::awaitable<std::string> read_all(fakes::net::Stream& stream) {
  std::string text;
  for (;;) {
    const ReadResult block = co_await stream.read_some(generous);
    if (block.status != IoStatus::ok) co_return text + word_of(block.status);
    text += block.bytes;
  }
}

asio::awaitable<bool> write_all(fakes::net::Stream& stream, std::string bytes, bool one_by_one) {
  while (one_by_one && bytes.size() > 1) {
    std::string first = bytes.substr(0, 1);
    bytes.erase(0, 1);
    co_await stream.write(std::move(first), generous);
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  }
  co_await stream.write(std::move(bytes), generous);
  co_return true;
}

asio::awaitable<bool> close_it(fakes::net::Stream& stream, fakes::CloseHow how) {
  co_await stream.close(how);
  co_return true;
}

}  // namespace

Client::Client(World& world, std::size_t where) : world_(world) {
  auto connected = run(world_, fakes::net::connect(world.server().locals().at(where), generous));
  BOOST_REQUIRE(connected.socket.has_value());
  connected.socket->set_option(asio::ip::tcp::no_delay(true));
  stream_ = std::make_unique<fakes::net::Stream>(std::move(*connected.socket), fakes::net::Tap{});
}

Client::~Client() = default;

void Client::send(std::string bytes) {
  run(world_, write_all(*stream_, std::move(bytes), byte_by_byte));
}

std::string Client::reply() {
  return run(world_, read_reply(*stream_));
}

std::string Client::ask(const std::string& line) {
  send(line + "\r\n");
  return reply();
}

std::string Client::rest() {
  return run(world_, read_all(*stream_));
}

fakes::tls::Settings Client::modern() {
  fakes::tls::Settings settings;
  settings.role = fakes::tls::Role::client;
  settings.server_name = "me.test";
  return settings;
}

fakes::tls::Settings Client::showing(fakes::CertificateClass what) {
  fakes::tls::Settings settings = modern();
  settings.identity = world_.authority().issue_client(what, {"client.test", ""});
  return settings;
}

fakes::tls::Settings Client::showing_a_servers() {
  fakes::tls::Settings settings = modern();
  settings.identity = world_.authority().issue(fakes::CertificateClass::good, {"client.test", ""});
  return settings;
}

std::string Client::shake_hands() {
  return shake_hands(modern());
}

std::string Client::shake_hands(fakes::tls::Settings settings) {
  auto context = std::make_shared<const fakes::tls::Context>(settings);
  const IoStatus status = run(world_, stream_->handshake(std::move(context), generous));
  if (status == IoStatus::ok) return "";
  const std::string& failure = stream_->engine().failure();
  return failure.empty() ? word_of(status) : failure;
}

std::string Client::start_tls(const fakes::tls::Settings& settings) {
  for (const std::string& said : {reply(), ask("EHLO before.test"), ask("STARTTLS")}) {
    if (said[0] != '2') return said;
  }
  if (std::string failure = shake_hands(settings); !failure.empty()) return failure;
  return code("EHLO after.test") == "250" ? "" : "EHLO inside TLS is refused";
}

std::string Client::send_message(const std::string& content) {
  for (const char* line : {"MAIL FROM:<a@from.test>", "RCPT TO:<r@to.test>", "DATA"}) {
    const std::string said = ask(line);
    if (said[0] != '2' && said[0] != '3') return said;
  }
  return ask(content + ".");
}

void Client::close(fakes::CloseHow how) {
  run(world_, close_it(*stream_, how));
}

}  // namespace smtprig::embedded::test
