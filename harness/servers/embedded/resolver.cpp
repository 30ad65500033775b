// See resolver.hpp.
#include "harness/servers/embedded/resolver.hpp"

#include "fakes/net/deadline.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>

namespace smtprig::embedded {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
constexpr auto as_data = asio::as_tuple(asio::use_awaitable);

// Far more than was asked for by EDNS; what is longer is cut, and no answer.
constexpr std::size_t udp_bytes_read = 4'096;

}  // namespace

asio::awaitable<DnsAnswer> Resolver::ask_udp(Question question) {
  udp::socket socket(co_await asio::this_coro::executor);
  boost::system::error_code failed;
  const udp::endpoint server(server_.address(), server_.port());
  socket.open(server.protocol(), failed);
  // Connected, so that the kernel passes on only what comes from the server.
  if (!failed) socket.connect(server, failed);
  if (failed) co_return DnsAnswer{};
  const std::vector<std::uint8_t> query = encode(question);
  const auto sent = co_await socket.async_send(asio::buffer(query), as_data);
  if (std::get<0>(sent)) co_return DnsAnswer{};
  std::vector<std::uint8_t> bytes(udp_bytes_read);
  for (;;) {
    const auto [error, size] = co_await socket.async_receive(asio::buffer(bytes), as_data);
    if (error) co_return DnsAnswer{};
    const std::vector<std::uint8_t> message(bytes.begin(),
                                            bytes.begin() + static_cast<std::ptrdiff_t>(size));
    if (mutants_.takes_any_dns_id && size >= 2)
      question.id = static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
    DnsAnswer answer = decode(message, question);
    if (answer.matches) co_return answer;
  }
}

asio::awaitable<DnsAnswer> Resolver::ask_tcp(Question question) {
  tcp::socket socket(co_await asio::this_coro::executor);
  const auto connected = co_await socket.async_connect(server_, as_data);
  if (std::get<0>(connected)) co_return DnsAnswer{};
  std::vector<std::uint8_t> bytes = encode(question);
  // RFC 1035 4.2.2: two bytes of length come first.
  const auto size_bytes = static_cast<std::uint16_t>(bytes.size());
  bytes.insert(bytes.begin(), {static_cast<std::uint8_t>(size_bytes >> 8),
                               static_cast<std::uint8_t>(size_bytes & 0xff)});
  const auto written = co_await asio::async_write(socket, asio::buffer(bytes), as_data);
  if (std::get<0>(written)) co_return DnsAnswer{};
  std::array<std::uint8_t, 2> length{};
  const auto head = co_await asio::async_read(socket, asio::buffer(length), as_data);
  if (std::get<0>(head)) co_return DnsAnswer{};
  std::vector<std::uint8_t> message(static_cast<std::size_t>(length[0] << 8 | length[1]));
  const auto body = co_await asio::async_read(socket, asio::buffer(message), as_data);
  if (std::get<0>(body)) co_return DnsAnswer{};
  co_return decode(message, question);
}

asio::awaitable<Lookup> Resolver::look_up(std::string name, RecordType type) {
  Question question{.name = std::move(name), .type = type};
  if (!is_askable(question.name)) {
    // What cannot be asked for cannot exist.
    Lookup impossible;
    impossible.status = Lookup::Status::no_domain;
    co_return impossible;
  }
  for (unsigned attempt = 0; attempt < tries_max; ++attempt) {
    question.id = static_cast<std::uint16_t>(ids_());
    auto udp = co_await fakes::net::with_deadline(ask_udp(question), deadline_);
    if (!udp.value || !udp.value->matches) continue;
    if (!udp.value->truncated || mutants_.ignores_truncation)
      co_return std::move(udp.value->lookup);
    auto tcp = co_await fakes::net::with_deadline(ask_tcp(question), deadline_);
    if (tcp.value && tcp.value->matches) co_return std::move(tcp.value->lookup);
  }
  Lookup failed;
  failed.reason = "no answer";
  co_return failed;
}

}  // namespace smtprig::embedded
