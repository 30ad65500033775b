// See https_spec.hpp.
#include "fakes/https_spec.hpp"

#include <algorithm>

namespace smtprig::fakes {

namespace {

// Without its line end, so that a client that limits lines is not what is tested.
constexpr std::size_t padding_line_bytes_max = 70;

}  // namespace

std::string_view name(PolicyMode mode) {
  switch (mode) {
    case PolicyMode::enforce:
      return "enforce";
    case PolicyMode::testing:
      return "testing";
    case PolicyMode::none:
      return "none";
  }
  return "";
}

std::string body_of(const PolicyAnswer& answer) {
  if (answer.body) return *answer.body;
  const std::string end = answer.line_end == LineEnd::crlf ? "\r\n" : "\n";
  std::vector<std::string> lines = {"version: STSv1", "mode: " + std::string(name(answer.mode))};
  for (const std::string& pattern : answer.mx)
    lines.push_back("mx: " + pattern);
  lines.push_back("max_age: " + std::to_string(answer.max_age_seconds));
  lines.insert(lines.end(), answer.more.begin(), answer.more.end());
  std::string body;
  for (const std::string& line : lines)
    body += line + end;
  const std::string key = "padding: ";
  while (body.size() < answer.body_bytes_min) {
    const std::size_t wanted = answer.body_bytes_min - body.size();
    const std::size_t least = key.size() + end.size() + 1;
    const std::size_t line = std::clamp(wanted, least, padding_line_bytes_max + end.size());
    body += key + std::string(line - key.size() - end.size(), 'x') + end;
  }
  if (!answer.last_line_end) body.resize(body.size() - end.size());
  return body;
}

}  // namespace smtprig::fakes
