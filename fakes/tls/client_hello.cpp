// See client_hello.hpp.
#include "fakes/tls/client_hello.hpp"

#include <cstddef>
#include <optional>

namespace smtprig::fakes::tls {
namespace {

constexpr std::size_t text_bytes_max = 1024;

// Takes a vector with a length of `width` bytes in front (RFC 8446 3.4) from the start of `bytes`.
std::optional<std::string_view> take_vector(std::string_view& bytes, std::size_t width) {
  if (bytes.size() < width) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 0; i < width; ++i) {
    length = length << 8 | static_cast<unsigned char>(bytes[i]);
  }
  if (bytes.size() - width < length) return std::nullopt;
  const std::string_view body = bytes.substr(width, length);
  bytes.remove_prefix(width + length);
  return body;
}

}  // namespace

std::string server_name_of(std::string_view extension) {
  constexpr char host_name = 0;
  auto list = take_vector(extension, 2);
  while (list && !list->empty()) {
    const char type = list->front();
    list->remove_prefix(1);
    const auto name = take_vector(*list, 2);
    if (!name) return {};
    if (type == host_name) return std::string(name->substr(0, text_bytes_max));
  }
  return {};
}

std::string protocols_of(std::string_view extension) {
  std::string joined;
  auto list = take_vector(extension, 2);
  while (list && !list->empty()) {
    const auto name = take_vector(*list, 1);
    if (!name) return {};
    if (!joined.empty()) joined += ',';
    joined += *name;
  }
  return joined.substr(0, text_bytes_max);
}

}  // namespace smtprig::fakes::tls
