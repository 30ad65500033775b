// The gzip format (RFC 1952), by zlib. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace smtprig::fakes::https {

struct GzipProblem {
  std::string reason;
};

// Without name and time: the same for the same text.
std::string gzip(std::string_view text);

// One member or several, whole, and nothing behind them. A text that would be longer than
// `bytes_max` is an error, found before it is held.
boost::system::result<std::string, GzipProblem> gunzip(std::string_view bytes,
                                                       std::size_t bytes_max);

}  // namespace smtprig::fakes::https
