// See reply.hpp.
#include "fakes/smtp/reply.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "fakes/smtp/command.hpp"

namespace smtprig::fakes::smtp {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// 1*3DIGIT at `at`; moves behind it.
bool skip_number(std::string_view text, std::size_t& at) {
  std::size_t start = at;
  while (at < text.size() && is_digit(text[at]))
    ++at;
  return at > start && at - start <= 3;
}

// Reply-code = %x32-35 %x30-35 %x30-39 (RFC 5321 4.2); a second digit above 5 is let pass, because
// clients must look at the first only (4.3.2). 0 if there is none.
int reply_code(std::string_view line) {
  if (line.size() < 3 || line[0] < '2' || line[0] > '5' || !is_digit(line[1]) || !is_digit(line[2]))
    return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

}  // namespace

std::string ServerReply::text() const {
  std::string result;
  for (const std::string& line : lines) {
    if (&line != &lines.front()) result += '\n';
    result += line;
  }
  return result;
}

ReplyParser::Status ReplyParser::feed(std::string_view line) {
  if (!begun_) reply_ = {};
  begun_ = false;
  int code = reply_code(line);
  char separator = line.size() > 3 ? line[3] : ' ';
  bool same = reply_.lines.empty() || code == reply_.code;
  if (code == 0 || !same || (separator != ' ' && separator != '-')) return Status::malformed;
  if (reply_.lines.size() == reply_lines_max) return Status::malformed;
  std::string_view text = line.substr(std::min<std::size_t>(4, line.size()));
  if (reply_.lines.empty()) {
    reply_.code = code;
    reply_.enhanced = enhanced_status_code(text, code / 100);
  }
  reply_.lines.emplace_back(text);
  begun_ = separator == '-';
  return begun_ ? Status::more : Status::complete;
}

std::string enhanced_status_code(std::string_view text, int first_digit) {
  // RFC 3463 2: class "." subject "." detail, with class 2, 4 or 5
  if (first_digit != 2 && first_digit != 4 && first_digit != 5) return {};
  if (text.size() < 5 || text[0] != '0' + first_digit || text[1] != '.') return {};
  std::size_t at = 2;
  if (!skip_number(text, at) || at == text.size() || text[at] != '.') return {};
  ++at;
  if (!skip_number(text, at)) return {};
  if (at < text.size() && text[at] != ' ') return {};
  return std::string(text.substr(0, at));
}

const Ehlo::Keyword* Ehlo::find(std::string_view name) const {
  for (const Keyword& keyword : keywords)
    if (keyword.name == name) return &keyword;
  return nullptr;
}

std::optional<std::uint64_t> Ehlo::size_bytes_max() const {
  const Keyword* size = find("SIZE");
  if (!size || size->parameters.empty()) return std::nullopt;
  const std::string& text = size->parameters.front();
  std::uint64_t bytes = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  // RFC 1870 4: zero says that no fixed limit is in force.
  if (error != std::errc() || end != text.data() + text.size() || bytes == 0) return std::nullopt;
  return bytes;
}

Ehlo parse_ehlo(const ServerReply& reply) {
  Ehlo ehlo;
  for (const std::string& line : reply.lines) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < line.size();) {
      std::size_t end = std::min(line.find(' ', at), line.size());
      if (end > at) words.push_back(line.substr(at, end - at));
      at = end + 1;
    }
    if (words.empty()) continue;
    if (&line == &reply.lines.front()) {
      ehlo.domain = words.front();
      continue;
    }
    Ehlo::Keyword keyword{upper(words.front()), {words.begin() + 1, words.end()}};
    bool valid = std::all_of(keyword.name.begin(), keyword.name.end(), [](char c) {
      return is_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '=';
    });
    if (valid) ehlo.keywords.push_back(std::move(keyword));
  }
  return ehlo;
}

Reply make_reply(int code, std::string_view enhanced, const std::vector<std::string>& texts) {
  Reply reply;
  for (const std::string& text : texts) {
    char separator = &text == &texts.back() ? ' ' : '-';
    std::string_view gap = enhanced.empty() ? "" : " ";
    reply.lines.push_back(fmt::format("{}{}{}{}{}", code, separator, enhanced, gap, text));
  }
  return reply;
}

Reply make_reply(int code, std::string_view enhanced, std::string_view text) {
  return make_reply(code, enhanced, std::vector<std::string>{std::string(text)});
}

std::vector<std::string> reply_segments(const Reply& reply) {
  std::vector<std::string> segments;
  if (!reply.raw.empty()) {
    for (std::size_t at = 0; at < reply.raw.size();) {
      std::size_t feed = reply.raw.find('\n', at);
      std::size_t end = feed == std::string::npos ? reply.raw.size() : feed + 1;
      segments.push_back(reply.raw.substr(at, end - at));
      at = end;
    }
  } else {
    for (const std::string& line : reply.lines)
      segments.push_back(line + "\r\n");
  }
  if (reply.segment == Segmentation::per_line) return segments;
  std::string whole;
  for (const std::string& segment : segments)
    whole += segment;
  segments.clear();
  std::size_t step =
      reply.segment == Segmentation::per_byte ? 1 : std::max<std::size_t>(whole.size(), 1);
  for (std::size_t at = 0; at < whole.size(); at += step)
    segments.push_back(whole.substr(at, step));
  return segments;
}

std::string reply_bytes(const Reply& reply) {
  if (!reply.raw.empty()) return reply.raw;
  std::string bytes;
  for (const std::string& line : reply.lines)
    bytes += line + "\r\n";
  return bytes;
}

bool is_empty(const Reply& reply) {
  return reply.lines.empty() && reply.raw.empty();
}

int reply_digit(const Reply& reply) {
  std::string_view first = reply.raw;
  if (first.empty() && !reply.lines.empty()) first = reply.lines.front();
  return !first.empty() && is_digit(first.front()) ? first.front() - '0' : 0;
}

}  // namespace smtprig::fakes::smtp
