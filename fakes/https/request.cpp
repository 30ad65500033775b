// See request.hpp.
#include "fakes/https/request.hpp"

#include <optional>
#include <utility>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>

#include "fakes/https/parsing.hpp"

namespace smtprig::fakes::https {

namespace http = boost::beast::http;

namespace {

std::string text(boost::beast::string_view view) {
  return {view.data(), view.size()};
}

RequestReader::Refusal refusal_of(const boost::system::error_code& error) {
  unsigned status = 400;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) status = 431;
  if (error == http::error::body_limit) status = 413;
  if (error == http::error::bad_version) status = 505;
  return {status, error.message()};
}

}  // namespace

struct RequestReader::Impl {
  explicit Impl(RequestLimits of) : limits(of) { begin(); }

  void begin() {
    parser.emplace();
    parser->header_limit(limits.head_bytes_max);
    parser->body_limit(limits.body_bytes_max);
    parser->eager(true);
    asked_to_continue = false;
    begun = false;
  }

  Status refuse(Refusal why) {
    refusal = std::move(why);
    return Status::refused;
  }

  Status parse();
  bool waits_for_100() const;

  RequestLimits limits;
  std::optional<http::request_parser<http::string_body>> parser;
  std::string unread;  // what the parser has not consumed
  bool begun = false;
  bool asked_to_continue = false;
  Refusal refusal;
};

bool RequestReader::Impl::waits_for_100() const {
  if (!parser->is_header_done() || parser->get().version() < 11) return false;
  return http::token_list(parser->get()[http::field::expect]).exists("100-continue");
}

RequestReader::Status RequestReader::Impl::parse() {
  // RFC 9112 2.2: empty lines before a request are passed over.
  while (!begun && unread.starts_with("\r\n"))
    unread.erase(0, 2);
  if (!begun && unread == "\r") return Status::more;
  begun = begun || !unread.empty();
  const boost::system::error_code error = put_bytes(*parser, unread);
  if (error && error != http::error::need_more) return refuse(refusal_of(error));
  if (parser->is_done()) return Status::complete;
  // The parser looks at the limit only where a line ends.
  if (!parser->is_header_done() && unread.size() > limits.head_bytes_max)
    return refuse({431, "the head is too large"});
  if (waits_for_100() && !std::exchange(asked_to_continue, true)) return Status::continues;
  return Status::more;
}

RequestReader::RequestReader(RequestLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestReader::~RequestReader() = default;

RequestReader::Status RequestReader::feed(std::string_view bytes) {
  impl_->unread += bytes;
  return impl_->parse();
}

Request RequestReader::take() {
  http::request<http::string_body> message = impl_->parser->release();
  Request request;
  request.method = text(message.method_string());
  request.target = text(message.target());
  request.host = text(message[http::field::host]);
  request.has_host = message.find(http::field::host) != message.end();
  request.version = message.version();
  request.keep_alive = message.keep_alive();
  request.content_type = text(message[http::field::content_type]);
  request.body = std::move(message.body());
  impl_->begin();
  return request;
}

bool RequestReader::begun() const {
  return impl_->begun;
}

const RequestReader::Refusal& RequestReader::refusal() const {
  return impl_->refusal;
}

}  // namespace smtprig::fakes::https
