// An assignment is "name = value", continued by lines that begin with white space, as in Postfix.
// The user's own becomes a comment where the lab assigns the same name: Postfix warns of two.
#include "harness/servers/overrides.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <re2/re2.h>

namespace smtprig::servers {
namespace {

constexpr std::size_t told_bytes_max = 72;
constexpr int mention_groups_max = 8;

std::unique_ptr<re2::RE2> compiled(const std::string& expression) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  auto pattern = std::make_unique<re2::RE2>(expression, options);
  if (!pattern->ok())
    throw lab::LabError(fmt::format("compile the expression {}", expression), pattern->error());
  return pattern;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool is_comment(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first != line.npos && line[first] == '#';
}

bool is_found(const std::string& expression, const std::vector<std::string>& lines) {
  const auto pattern = compiled(expression);
  return std::ranges::any_of(lines, [&](const std::string& line) {
    return !is_comment(line) && re2::RE2::PartialMatch(line, *pattern);
  });
}

// "relayhost" of "relayhost = x"; empty for a line of another form.
std::string_view assigned_name(std::string_view line) {
  const std::size_t equals = line.find('=');
  if (equals == line.npos || equals == 0) return {};
  const std::size_t last = line.find_last_not_of(" \t", equals - 1);
  const std::string_view name = line.substr(0, last == line.npos ? 0 : last + 1);
  return name.find_first_of(" \t") == name.npos ? name : std::string_view();
}

std::string without_spaces(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t'; });
  return text;
}

std::string cut(const std::string& text) {
  return text.size() <= told_bytes_max ? text : text.substr(0, told_bytes_max) + "...";
}

// The user's own last assignment of what `line` assigns; nothing for a line of another form.
std::optional<std::string> assigned_before(std::string_view line,
                                           const std::vector<std::string>& lines) {
  const std::string_view name = assigned_name(line);
  if (name.empty()) return std::nullopt;
  const auto found = std::find_if(lines.rbegin(), lines.rend(), [&](const std::string& other) {
    return !is_comment(other) && assigned_name(other) == name;
  });
  return found == lines.rend() ? std::nullopt : std::optional(*found);
}

void comment_out(std::string_view name, std::vector<std::string>& lines) {
  bool within = false;
  for (std::string& line : lines) {
    if (is_comment(line)) continue;
    const bool continues = line.starts_with(' ') || line.starts_with('\t');
    if (!continues) within = assigned_name(line) == name;
    if (within) line.insert(0, "# ");
  }
}

// How many lines changed.
unsigned replace(const std::string& expression, const std::string& rewrite,
                 std::vector<std::string>& lines) {
  const auto pattern = compiled(expression);
  std::string error;
  if (!pattern->CheckRewriteString(rewrite, &error))
    throw lab::LabError(fmt::format("replace {} by {}", expression, rewrite), error);
  unsigned changed = 0;
  for (std::string& line : lines) {
    if (!is_comment(line) && re2::RE2::GlobalReplace(&line, *pattern, rewrite) > 0) ++changed;
  }
  return changed;
}

}  // namespace

Edited with_overrides(const model::ServerConfiguration& configuration, const std::string& file,
                      std::string_view text, const RenderLine& render_line) {
  const std::vector<std::string> original = lines_of(text);
  std::vector<std::string> lines = original, appended;
  Edited edited;
  for (const model::ServerRewrite& entry : configuration.rewrites) {
    if (entry.file != file) continue;
    const unsigned changed = replace(entry.matching, entry.replacement, lines);
    if (changed > 0)
      edited.notes.push_back(fmt::format("{}, {}: in {} line{}", file, entry.because, changed,
                                         changed == 1 ? "" : "s"));
  }
  for (const model::ServerOverride& entry : configuration.overrides) {
    if (entry.file != file) continue;
    if (!entry.when.empty() && !is_found(entry.when, original)) continue;
    if (!entry.unless.empty() && is_found(entry.unless, original)) continue;
    const std::size_t heading = edited.notes.size();
    for (const std::string& source : entry.lines) {
      const std::string line = render_line(source);
      const auto before = assigned_before(line, original);
      if (entry.if_set && !before) continue;
      if (before && without_spaces(*before) == without_spaces(line)) continue;
      if (before) comment_out(assigned_name(line), lines);
      appended.push_back(line);
      edited.notes.push_back(
          fmt::format("  {}{}", cut(line), before ? "    instead of: " + cut(*before) : ""));
    }
    if (edited.notes.size() > heading)
      edited.notes.insert(edited.notes.begin() + static_cast<std::ptrdiff_t>(heading),
                          fmt::format("{}, {}:", file, entry.because));
  }
  for (const std::string& line : lines)
    edited.text += line + '\n';
  if (!appended.empty()) edited.text += "# What the lab needs.\n";
  for (const std::string& line : appended)
    edited.text += line + '\n';
  return edited;
}

std::vector<Mention> mentions_in(std::string_view text, const std::string& expression) {
  const auto pattern = compiled(expression);
  const int groups_count = pattern->NumberOfCapturingGroups() + 1;
  if (groups_count > mention_groups_max)
    throw lab::LabError(fmt::format("compile the expression {}", expression), "too many captures");
  std::vector<Mention> found;
  for (const std::string& line : lines_of(text)) {
    if (is_comment(line)) continue;
    re2::StringPiece groups[mention_groups_max];
    for (std::size_t at = 0; at < line.size();) {
      if (!pattern->Match(line, at, line.size(), re2::RE2::UNANCHORED, groups, groups_count)) break;
      Mention& mention = found.emplace_back();
      mention.text.assign(groups[0].data(), groups[0].size());
      for (const auto& [name, group] : pattern->NamedCapturingGroups()) {
        const re2::StringPiece& capture = groups[group];
        if (capture.data()) mention.captures[name].assign(capture.data(), capture.size());
      }
      const auto end = static_cast<std::size_t>(groups[0].data() - line.data()) + groups[0].size();
      at = std::max(end, at + 1);
    }
  }
  return found;
}

}  // namespace smtprig::servers
