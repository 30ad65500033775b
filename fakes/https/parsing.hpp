// Feeding a Boost.Beast parser from a buffer that grows: what both ends of HTTP do.
#pragma once

#include <cstddef>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/system/error_code.hpp>

namespace smtprig::fakes::https {

// Gives `unread` to the parser and takes off what it consumed. need_more: it wants more than there
// is. Beast 1.81 asserts that five bytes are there once it has seen the last chunk's size, though a
// peer may send them one by one. No chunked body ends with less, so they are waited for.
template <class Parser>
boost::system::error_code put_bytes(Parser& parser, std::string& unread) {
  constexpr std::size_t last_chunk_bytes_min = 5;  // 0 CR LF CR LF
  namespace http = boost::beast::http;
  boost::system::error_code error;
  while (!parser.is_done()) {
    const bool chunks = parser.is_header_done() && parser.chunked();
    if (unread.empty() || (chunks && unread.size() < last_chunk_bytes_min))
      return http::error::need_more;
    const std::size_t used = parser.put(boost::asio::buffer(unread), error);
    unread.erase(0, used);
    if (error) return error;
    if (used == 0 && !parser.is_done()) return http::error::need_more;
  }
  return {};
}

}  // namespace smtprig::fakes::https
