// See https_client.hpp.
#include "harness/servers/embedded/https_client.hpp"

#include "fakes/https/parsing.hpp"
#include "fakes/net/stream.hpp"
#include "harness/servers/embedded/sts_certificate.hpp"

#include <fmt/format.h>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <memory>
#include <optional>

namespace smtprig::embedded {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using fakes::net::IoStatus;
using fakes::net::Stream;
using HttpsClock = std::chrono::steady_clock;

constexpr std::uint32_t response_head_bytes_max = 16'384;

std::chrono::steady_clock::duration left_until(HttpsClock::time_point end) {
  return std::max(end - HttpsClock::now(), HttpsClock::duration::zero());
}

HttpsAnswer failure_of(std::string reason) {
  HttpsAnswer answer;
  answer.reason = std::move(reason);
  return answer;
}

std::string io_reason(IoStatus status) {
  switch (status) {
    case IoStatus::eof:
      return "connection closed by the peer";
    case IoStatus::timed_out:
      return "timed out";
    case IoStatus::cancelled:
      return "cancelled";
    case IoStatus::tls_error:
      return "TLS error";
    case IoStatus::ok:
    case IoStatus::too_long:
    case IoStatus::reset:
      break;
  }
  return "connection reset";
}

std::shared_ptr<const fakes::tls::Context> https_context(const std::string& host) {
  fakes::tls::Settings settings;
  settings.role = fakes::tls::Role::client;
  settings.versions.alpn = "http/1.1";
  // RFC 6066 3: a name, never an address.
  boost::system::error_code no_address;
  asio::ip::make_address(host, no_address);
  if (no_address && !host.starts_with('[')) settings.server_name = host;
  return std::make_shared<const fakes::tls::Context>(settings);
}

std::string request_bytes(const HttpsRequest& request) {
  const std::string port = request.port == 443 ? "" : ":" + std::to_string(request.port);
  std::string bytes = fmt::format("{} {} HTTP/1.1\r\nHost: {}{}\r\nUser-Agent: smtprig\r\n",
                                  request.method, request.target, request.host, port);
  if (!request.content_type.empty())
    bytes += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", request.content_type,
                         request.body.size());
  bytes += "Connection: close\r\n\r\n";
  return request.content_type.empty() ? bytes : bytes + request.body;
}

std::string text_of(boost::beast::string_view view) {
  return {view.data(), view.size()};
}

asio::awaitable<HttpsAnswer> read_answer(Stream& stream, std::size_t body_bytes_max,
                                         HttpsClock::time_point end) {
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.header_limit(response_head_bytes_max);
  parser.body_limit(body_bytes_max);
  std::string bytes;
  while (!parser.is_done()) {
    const fakes::net::ReadResult read = co_await stream.read_some(left_until(end));
    boost::system::error_code error;
    if (read.status == IoStatus::eof && parser.is_header_done()) {
      parser.put_eof(error);
      // A body without a length ends with the connection; that the peer ended it, and nobody on the
      // way, is said by close_notify (RFC 8446 6.1).
      const bool notified = stream.engine().state() == fakes::tls::State::closed;
      if (error || !notified) co_return failure_of("the answer is not whole");
      break;
    }
    if (read.status != IoStatus::ok) co_return failure_of(io_reason(read.status));
    bytes += read.bytes;
    error = fakes::https::put_bytes(parser, bytes);
    if (error && error != http::error::need_more)
      co_return failure_of("no answer of HTTP, or one too large: " + error.message());
  }
  HttpsAnswer answer;
  answer.kind = HttpsAnswer::Kind::answered;
  answer.status = parser.get().result_int();
  answer.content_type = text_of(parser.get()[http::field::content_type]);
  answer.location = text_of(parser.get()[http::field::location]);
  answer.body = std::move(parser.get().body());
  co_return answer;
}

asio::awaitable<HttpsAnswer> talk_https(Stream& stream, const HttpsRequest& request,
                                        const HttpsSettings& settings, HttpsClock::time_point end) {
  IoStatus status = co_await stream.handshake(https_context(request.host), left_until(end));
  if (status != IoStatus::ok) {
    const std::string& why = stream.engine().failure();
    co_return failure_of("TLS: " + (why.empty() ? io_reason(status) : why));
  }
  if (request.verifies) {
    const CertificateCheck check = check_sts_certificate(
        stream.engine().peer_chain(), settings.roots.get(), request.host, settings.now);
    if (!check.satisfied) {
      HttpsAnswer answer = failure_of(check.reason);
      answer.kind = HttpsAnswer::Kind::certificate;
      co_return answer;
    }
  }
  std::string bytes = request_bytes(request);
  status = co_await stream.write(std::move(bytes), left_until(end));
  if (status != IoStatus::ok) co_return failure_of(io_reason(status));
  co_return co_await read_answer(stream, settings.body_bytes_max, end);
}

}  // namespace

asio::awaitable<HttpsAnswer> https_exchange(HttpsRequest request, HttpsSettings settings) {
  const HttpsClock::time_point end = HttpsClock::now() + settings.time;
  HttpsAnswer answer = failure_of("no address");
  for (const asio::ip::address& address : request.addresses) {
    const asio::ip::tcp::endpoint remote(address, request.port);
    auto connected = co_await fakes::net::connect(remote, left_until(end));
    if (!connected.socket) {
      answer = failure_of(connected.status == IoStatus::timed_out ? "timed out"
                                                                  : connected.error.message());
      continue;
    }
    Stream stream(std::move(*connected.socket), fakes::net::Tap{});
    answer = co_await talk_https(stream, request, settings, end);
    co_await stream.close(fakes::CloseHow::fin);
    break;
  }
  co_return answer;
}

}  // namespace smtprig::embedded
