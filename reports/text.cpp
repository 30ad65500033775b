// See text.hpp.
#include "reports/text.hpp"

#include "harness/model/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace smtprig::reports {
namespace {

// Code point at the start of well-formed UTF-8, and its length in bytes.
struct CodePoint {
  char32_t code = 0;
  std::size_t length = 1;
};

CodePoint code_point(std::string_view text) {
  const auto first = static_cast<std::uint8_t>(text[0]);
  const std::size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length == 1 || length > text.size()) return {first, 1};
  char32_t code = first & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    code = code << 6 | (static_cast<std::uint8_t>(text[i]) & 0x3F);
  return {code, length};
}

// Valid UTF-8 that must not reach a reader as it is.
bool deceives(char32_t code) {
  const bool noncharacter = (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF);
  const bool direction =
      code == 0x061C || (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x206F);
  const bool invisible = code == 0x00AD || code == 0x034F || code == 0x115F || code == 0x1160 ||
                         code == 0x180E || (code >= 0x200B && code <= 0x200F) ||
                         (code >= 0x2028 && code <= 0x2029) || (code >= 0x2060 && code <= 0x2065) ||
                         code == 0x3164 || code == 0xFEFF || code == 0xFFA0 ||
                         (code >= 0xFFF9 && code <= 0xFFFB) || (code >= 0xE0000 && code <= 0xE0FFF);
  return noncharacter || direction || invisible;
}

// The first `columns` columns, and the rest.
std::size_t bytes_of(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  for (; columns > 0 && at < text.size(); --columns)
    at += code_point(text.substr(at)).length;
  return at;
}

}  // namespace

std::string safe(std::string_view bytes, Charset charset) {
  const std::string escaped = model::escape(bytes);
  std::string text;
  text.reserve(escaped.size());
  for (std::size_t at = 0; at < escaped.size();) {
    const auto [code, length] = code_point(std::string_view(escaped).substr(at));
    if (code >= 0x80 && (charset == Charset::ascii || deceives(code))) {
      for (std::size_t i = 0; i < length; ++i)
        text += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(escaped[at + i]));
    } else {
      text.append(escaped, at, length);
    }
    at += length;
  }
  return text;
}

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string clipped(std::string_view text, std::size_t columns, Cut cut, Charset charset) {
  const auto total = width(text);
  if (total <= columns) return std::string(text);
  const std::string_view ellipsis = charset == Charset::utf8 ? "…" : "..";
  const auto mark = width(ellipsis);
  if (columns <= mark) return std::string(text.substr(0, bytes_of(text, columns)));
  const auto kept = columns - mark;
  const auto tail = cut == Cut::end ? 0 : kept / 2;
  return fmt::format("{}{}{}", text.substr(0, bytes_of(text, kept - tail)), ellipsis,
                     text.substr(bytes_of(text, total - tail)));
}

std::string wrapped(std::string_view text, std::size_t columns, std::size_t start,
                    std::size_t indent) {
  constexpr std::size_t room_min = 10;
  std::string lines;
  auto room = std::max(columns, start + room_min) - start;
  while (width(text) > room) {
    const auto limit = bytes_of(text, room + 1);
    auto end = text.substr(0, limit).rfind(' ');
    const bool at_blank =
        end != std::string_view::npos && text.substr(0, end).find_first_not_of(' ') < end;
    if (!at_blank) end = bytes_of(text, room);
    lines += text.substr(0, end);
    lines += '\n' + std::string(indent, ' ');
    text.remove_prefix(end + (at_blank ? 1 : 0));
    room = std::max(columns, indent + room_min) - indent;
  }
  return lines += text;
}

}  // namespace smtprig::reports
