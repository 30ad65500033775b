// See response.hpp.
#include "fakes/https/response.hpp"

#include <chrono>

#include <fmt/chrono.h>
#include <boost/asio/buffers_iterator.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>

namespace smtprig::fakes::https {

namespace http = boost::beast::http;

namespace {

// IMF-fixdate (RFC 9110 5.6.7)
std::string http_date() {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}", fmt::gmtime(std::time(nullptr)));
}

bool has_body(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace

ResponseBytes bytes_of(const Response& response) {
  http::response<http::string_body> message;
  message.version(response.version);
  message.result(response.status);
  if (http::int_to_status(response.status) == http::status::unknown) message.reason("Unknown");
  message.set(http::field::date, http_date());
  for (const auto& [name, value] : response.fields)
    message.insert(name, value);
  const bool with_body = has_body(response.status);
  if (with_body) message.body() = response.body;
  if (with_body && response.chunked && response.version >= 11) {
    message.chunked(true);
  } else if (with_body) {
    message.content_length(response.body.size());
  }
  message.keep_alive(response.keep_alive);

  http::response_serializer<http::string_body> serializer(message);
  serializer.split(true);
  ResponseBytes bytes;
  while (!serializer.is_done()) {
    boost::system::error_code error;
    const bool in_head = !serializer.is_header_done();
    serializer.next(error, [&](boost::system::error_code&, const auto& buffers) {
      const std::string part(boost::asio::buffers_begin(buffers),
                             boost::asio::buffers_end(buffers));
      (in_head ? bytes.head : bytes.body) += part;
      serializer.consume(part.size());
    });
    if (error) break;
  }
  if (response.head_only) bytes.body.clear();
  return bytes;
}

}  // namespace smtprig::fakes::https
