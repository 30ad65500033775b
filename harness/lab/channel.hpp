// Frames over the pipe between rig and lab: four bytes of length, big endian, then that many bytes
// of JSON. At most 64 MiB each.
#pragma once

#include <optional>
#include <string>

namespace smtprig::lab {

inline constexpr std::size_t frame_bytes_max = 64u << 20;

// Blocking. False: the other side is gone.
bool send_frame(int channel, const std::string& payload);
// Blocking. Empty: EOF, or a frame that is cut or too long.
std::optional<std::string> receive_frame(int channel);

}  // namespace smtprig::lab
