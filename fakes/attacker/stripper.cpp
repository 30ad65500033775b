// See stripper.hpp.
#include "fakes/attacker/stripper.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "fakes/stripped.hpp"

namespace smtprig::fakes::attacker {
namespace {

constexpr std::size_t line_bytes_max = 16u << 10;  // what is longer is no line
constexpr char handshake_record = 0x16;            // RFC 8446 5.1

// The next line with its end, taken off `from`; empty where there is none yet.
std::string next_line(std::string& from) {
  const auto feed = from.find('\n');
  std::size_t size = feed == std::string::npos ? 0 : feed + 1;
  if (size == 0 && from.size() > line_bytes_max) size = from.size();
  std::string line = from.substr(0, size);
  from.erase(0, size);
  return line;
}

}  // namespace

std::string Stripper::from_server(std::string_view bytes) {
  if (tls_) return std::exchange(server_, {}) + std::string(bytes);
  server_ += bytes;
  std::string onward;
  for (std::string line = next_line(server_); !line.empty(); line = next_line(server_)) {
    if (line.starts_with("354")) content_ = true;
    onward += stripped_line(std::move(line));
  }
  return onward;
}

std::string Stripper::command(std::string line) {
  if (has_word(line, 0, starttls_keyword))
    line.replace(0, starttls_keyword.size(), starttls_written_over);
  if (has_word(line, 0, "BDAT")) {
    constexpr std::size_t argument = 5;
    const char* const end = line.data() + line.size();
    if (line.size() > argument) std::from_chars(line.data() + argument, end, chunk_);
  }
  return line;
}

std::string Stripper::content_line(std::string line) {
  if (line == ".\r\n") content_ = false;
  return line;
}

std::string Stripper::from_client(std::string_view bytes) {
  if (!std::exchange(begun_, true) && bytes.starts_with(handshake_record)) tls_ = true;
  if (tls_) return std::string(bytes);
  client_ += bytes;
  std::string onward;
  while (!client_.empty()) {
    if (chunk_ > 0) {
      const std::size_t size = std::min(chunk_, client_.size());
      onward += client_.substr(0, size);
      client_.erase(0, size);
      chunk_ -= size;
      continue;
    }
    std::string line = next_line(client_);
    if (line.empty()) break;
    onward += content_ ? content_line(std::move(line)) : command(std::move(line));
  }
  return onward;
}

void as_stripped(EventBody& body) {
  if (auto* out = std::get_if<LineOut>(&body)) {
    if (!out->tls) out->text = stripped_line(std::move(out->text));
  } else if (auto* raw = std::get_if<BytesOut>(&body)) {
    if (!raw->tls) raw->bytes = stripped_reply(raw->bytes);
  } else if (auto* in = std::get_if<LineIn>(&body)) {
    if (!in->tls && has_word(in->text, 0, starttls_written_over))
      in->text.replace(0, starttls_written_over.size(), starttls_keyword);
  }
}

}  // namespace smtprig::fakes::attacker
