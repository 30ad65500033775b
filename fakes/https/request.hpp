// HTTP/1.x requests out of the bytes of one connection, by Boost.Beast's parser, without I/O. A
// request that is no HTTP or too large ends the connection: what would follow cannot be found.
// Lines end in CRLF; LF alone ends none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace smtprig::fakes::https {

struct Request {
  std::string method;  // "GET"
  std::string target;  // as sent
  std::string host;    // the Host field as sent
  bool has_host = false;
  unsigned version = 11;  // 10 for HTTP/1.0
  bool keep_alive = true;
  std::string content_type;
  std::string body;
};

struct RequestLimits {
  std::uint32_t head_bytes_max = 8'192;
  std::uint64_t body_bytes_max = 65'536;
};

class RequestReader {
 public:
  enum class Status {
    more,       // of the head or the body
    continues,  // the head is read, and the client waits for 100 (RFC 9110 10.1.1); said once
    complete,
    refused,  // see refusal()
  };
  // Why there is no request, with the status that says so.
  struct Refusal {
    unsigned status = 400;
    std::string problem;
  };

  explicit RequestReader(RequestLimits limits);
  ~RequestReader();
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Takes what came. What lies behind the request waits for the next.
  Status feed(std::string_view bytes);
  // After `complete`: the request; the next begins with what waits, see feed("").
  Request take();
  // Whether any byte of a request came that was not taken.
  bool begun() const;
  const Refusal& refusal() const;  // after `refused`

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace smtprig::fakes::https
