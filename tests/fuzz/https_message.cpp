// HTTP requests from anybody, and with the first byte 'r' responses. Checked: bytes that come at
// once and one by one give the same messages, and a request that is refused has a status and a
// reason.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "fakes/https/parsing.hpp"
#include "fakes/https/request.hpp"

namespace {

using namespace smtprig::fakes::https;
using Status = RequestReader::Status;

void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<std::string> requests_in(std::string_view bytes, std::size_t piece) {
  RequestReader reader({.head_bytes_max = 8'192, .body_bytes_max = 1'000});
  std::vector<std::string> requests;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    Status status = reader.feed(bytes.substr(at, piece));
    while (status == Status::complete) {
      const Request request = reader.take();
      require(!request.method.empty() && !request.target.empty() && request.body.size() <= 1'000);
      require(request.has_host || request.host.empty());
      requests.push_back(request.method + " " + request.target + " " + request.host + " " +
                         request.content_type + " " + request.body);
      status = reader.feed({});
    }
    if (status != Status::refused) continue;
    require(reader.refusal().status >= 400 && !reader.refusal().problem.empty());
    break;
  }
  return requests;
}

// The first response; empty where there is none.
std::string response_in(std::string_view bytes, std::size_t piece) {
  namespace http = boost::beast::http;
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.body_limit(1'000);
  std::string unread;
  for (std::size_t at = 0; at < bytes.size() && !parser.is_done(); at += piece) {
    unread += bytes.substr(at, piece);
    const auto error = put_bytes(parser, unread);
    if (error && error != http::error::need_more) return {};
  }
  boost::system::error_code error;
  if (!parser.is_done() && parser.is_header_done()) parser.put_eof(error);
  if (error || !parser.is_done()) return {};
  require(parser.get().body().size() <= 1'000);
  return std::to_string(parser.get().result_int()) + " " + parser.get().body();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 8'000) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.starts_with('r')) {
    const std::string_view response = bytes.substr(1);
    require(response_in(response, response.size() + 1) == response_in(response, 1));
    return 0;
  }
  require(requests_in(bytes, bytes.size() + 1) == requests_in(bytes, 1));
  return 0;
}
