// What somebody holds of connections: the bytes that went through it, apart by connection and
// direction, as far as it could decrypt them. Bounded: what comes late in a stream is not kept.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace smtprig::fakes::net {

enum class Way { from_client, from_server };

class Recording {
 public:
  explicit Recording(std::size_t stream_bytes_max = 256u << 10)
      : stream_bytes_max_(stream_bytes_max) {}

  // The next bytes of one direction of a connection.
  void take(std::uint32_t connection, Way way, std::string_view bytes) {
    std::string& stream = streams_[{connection, way}];
    stream.append(bytes.substr(0, stream_bytes_max_ - std::min(stream_bytes_max_, stream.size())));
  }

  void clear() { streams_.clear(); }

  // Whether `text` was seen within one stream.
  bool holds(std::string_view text) const {
    return std::ranges::any_of(
        streams_, [text](const auto& each) { return each.second.find(text) != std::string::npos; });
  }

 private:
  std::size_t stream_bytes_max_;
  std::map<std::pair<std::uint32_t, Way>, std::string> streams_;
};

}  // namespace smtprig::fakes::net
