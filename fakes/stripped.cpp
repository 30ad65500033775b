// See stripped.hpp.
#include "fakes/stripped.hpp"

#include <algorithm>
#include <utility>

namespace smtprig::fakes {
namespace {

constexpr std::size_t behind_code = 4;  // "250-"

char upper_letter(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

bool has_word(std::string_view line, std::size_t at, std::string_view word) {
  if (line.size() < at + word.size()) return false;
  constexpr std::string_view ends = " \r\n";
  const bool whole =
      line.size() == at + word.size() || ends.find(line[at + word.size()]) != ends.npos;
  return whole && std::ranges::equal(line.substr(at, word.size()), word,
                                     [](char a, char b) { return upper_letter(a) == b; });
}

std::string stripped_line(std::string line) {
  if (line.starts_with("250") && has_word(line, behind_code, starttls_keyword))
    line.replace(behind_code, starttls_keyword.size(), starttls_written_over);
  return line;
}

std::string stripped_reply(std::string_view reply) {
  std::string result;
  while (!reply.empty()) {
    const auto feed = reply.find('\n');
    const auto size = feed == std::string_view::npos ? reply.size() : feed + 1;
    result += stripped_line(std::string(reply.substr(0, size)));
    reply.remove_prefix(size);
  }
  return result;
}

}  // namespace smtprig::fakes
