// HTTP/1.x responses as bytes, by Boost.Beast's serializer, without I/O.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace smtprig::fakes::https {

struct Response {
  unsigned status = 200;  // 100 to 999
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;  // left out where the status has none (RFC 9110 6.4.1)
  bool chunked = false;
  bool keep_alive = true;
  bool head_only = false;  // the answer to HEAD
  unsigned version = 11;
};

struct ResponseBytes {
  std::string head;
  std::string body;  // as on the wire, chunks and all
};

// Adds Date, Content-Length or Transfer-Encoding, and Connection where it must be said. HTTP/1.0
// knows no chunks.
ResponseBytes bytes_of(const Response& response);

}  // namespace smtprig::fakes::https
