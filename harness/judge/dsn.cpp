// See dsn.hpp.
#include "harness/judge/dsn.hpp"

#include <optional>

#include "harness/judge/session.hpp"

namespace smtprig::judge {
namespace {

constexpr std::string_view line_blanks = " \t\r";  // a line may have its CR

// The value of a field, if the line is that field (RFC 5322 2.2; names in any case).
std::optional<std::string_view> field(std::string_view line, std::string_view name) {
  const auto colon = line.find(':');
  if (colon == line.npos || upper_case(trimmed(line.substr(0, colon), line_blanks)) != name)
    return std::nullopt;
  return trimmed(line.substr(colon + 1), line_blanks);
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

// "rfc822; a@b" -> "a@b"
std::string address_of(std::string_view value) {
  const auto semicolon = value.find(';');
  return std::string(
      path_of(trimmed(semicolon == value.npos ? value : value.substr(semicolon + 1), line_blanks)));
}

}  // namespace

std::vector<Report> parse_report(std::string_view content) {
  std::vector<Report> reports;
  Report current;
  const auto flush = [&] {
    if (!current.recipient.empty() && !current.action.empty()) reports.push_back(current);
    current = {};
  };
  while (!content.empty()) {
    const auto end = content.find('\n');
    const std::string_view line = content.substr(0, end);
    content.remove_prefix(end == content.npos ? content.size() : end + 1);
    if (trimmed(line, line_blanks).empty())
      flush();
    else if (const auto recipient = field(line, "FINAL-RECIPIENT"))
      current.recipient = address_of(*recipient);
    else if (const auto action = field(line, "ACTION"))
      current.action = lower_case(*action);
    else if (const auto status = field(line, "STATUS"))
      current.status = status->substr(0, status->find_first_of(" \t("));
  }
  flush();
  return reports;
}

std::vector<Report> reports_of(const std::vector<fakes::Event>& journal, std::string_view token) {
  std::vector<Report> result;
  for (std::size_t i = 0; i < journal.size(); ++i) {
    const auto* message = std::get_if<fakes::MessageAccepted>(&journal[i].body);
    if (!message || journal[i].who != "sink" || !message->mail_from.empty()) continue;
    if (message->token != token && message->content.find(token) == std::string::npos) continue;
    for (Report& report : parse_report(message->content)) {
      report.event = i;
      result.push_back(std::move(report));
    }
  }
  return result;
}

}  // namespace smtprig::judge
