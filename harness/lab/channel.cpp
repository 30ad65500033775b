// The frames between rig and lab, on blocking sockets. A peer that has gone is an answer, not an
// error: the rig then asks LabProcess::end() what happened. SIGPIPE is never raised.
#include "harness/lab/channel.hpp"

#include <array>
#include <cerrno>
#include <cstdint>

#include <sys/socket.h>

namespace smtprig::lab {
namespace {

bool send_all(int channel, const char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(channel, bytes, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool receive_all(int channel, char* bytes, std::size_t size) {
  while (size > 0) {
    const ssize_t received = ::recv(channel, bytes, size, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return false;
    bytes += received;
    size -= static_cast<std::size_t>(received);
  }
  return true;
}

}  // namespace

bool send_frame(int channel, const std::string& payload) {
  if (payload.size() > frame_bytes_max) return false;
  const auto size = static_cast<std::uint32_t>(payload.size());
  const std::array<char, 4> head = {static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                                    static_cast<char>(size >> 8), static_cast<char>(size)};
  return send_all(channel, head.data(), head.size()) &&
         send_all(channel, payload.data(), payload.size());
}

std::optional<std::string> receive_frame(int channel) {
  std::array<unsigned char, 4> head{};
  if (!receive_all(channel, reinterpret_cast<char*>(head.data()), head.size())) return std::nullopt;
  std::size_t size = 0;
  for (const unsigned char byte : head)
    size = size << 8 | byte;
  if (size > frame_bytes_max) return std::nullopt;
  std::string payload(size, '\0');
  if (!receive_all(channel, payload.data(), size)) return std::nullopt;
  return payload;
}

}  // namespace smtprig::lab
