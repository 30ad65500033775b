// C escapes for hostile text; see record.hpp.
#include "harness/model/record.hpp"

#include <algorithm>
#include <cstdint>

namespace smtprig::model {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

// Length of the valid UTF-8 sequence at the start of `bytes` (RFC 3629), or 0. Bidirectional and
// zero width controls count as invalid: they can make a log read differently from what it holds.
std::size_t utf8_length(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  const auto first = at(0);
  const std::size_t length = first < 0xC2   ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  if (length == 0 || bytes.size() < length) return 0;
  char32_t code = first & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (at(i) & 0x3F);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  const bool control = code < 0xA0 || code == 0x061C || code == 0x180E ||
                       (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
                       (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF ||
                       (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE007F) ||
                       (code & 0xFFFE) == 0xFFFE;
  return overlong || surrogate || control || code > 0x10FFFF ? 0 : length;
}

int hex_value(char digit) {
  const auto found = hex_digits.find(digit);
  return found == std::string_view::npos ? -1 : static_cast<int>(found);
}

}  // namespace

std::string escape(std::string_view bytes) {
  // Nearly all texts.
  if (std::ranges::all_of(bytes, [](char c) { return c >= 0x20 && c < 0x7F && c != '\\'; }))
    return std::string(bytes);
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    std::size_t taken = 1;
    if (byte == '\\') {
      text += "\\\\";
    } else if (byte == '\r') {
      text += "\\r";
    } else if (byte == '\n') {
      text += "\\n";
    } else if (byte == '\t') {
      text += "\\t";
    } else if (byte >= 0x20 && byte < 0x7F) {
      text += bytes[i];
    } else if (const auto length = byte < 0x80 ? 0 : utf8_length(bytes.substr(i)); length > 0) {
      text += bytes.substr(i, length);
      taken = length;
    } else {
      text += "\\x";
      text += hex_digits[byte >> 4];
      text += hex_digits[byte & 15];
    }
    i += taken;
  }
  return text;
}

std::string unescape(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return std::string(text);
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      bytes += text[i];
      continue;
    }
    const char kind = text[i + 1];
    if (kind == 'x' && i + 3 < text.size() && hex_value(text[i + 2]) >= 0 &&
        hex_value(text[i + 3]) >= 0) {
      bytes += static_cast<char>(hex_value(text[i + 2]) << 4 | hex_value(text[i + 3]));
      i += 3;
    } else if (kind == 'r' || kind == 'n' || kind == 't' || kind == '\\') {
      bytes += kind == 'r' ? '\r' : kind == 'n' ? '\n' : kind == 't' ? '\t' : '\\';
      i += 1;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

}  // namespace smtprig::model
