// See problems.hpp.
#include "harness/xml/problems.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace smtprig::xml {
namespace {

auto key(const Problem& problem) {
  return std::tie(problem.location.file, problem.location.line, problem.location.column,
                  problem.message);
}

// Spaces up to the column, tabs kept, so that the caret stands below its character.
std::string indent_to(std::string_view line, int column) {
  std::string blank;
  int at = 1;
  for (std::size_t i = 0; i < line.size() && at < column; ++i) {
    const bool continuation = (static_cast<unsigned char>(line[i]) & 0xC0) == 0x80;
    if (continuation) continue;
    blank += line[i] == '\t' ? '\t' : ' ';
    ++at;
  }
  return blank;
}

// A file may hold anything; a terminal must not be driven by it.
std::string printable(std::string_view line) {
  std::string text;
  for (const char c : line) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    text += control && c != '\t' ? '?' : c;
  }
  return text;
}

}  // namespace

std::string Problem::text() const {
  if (location.line == 0) return fmt::format("{}: error: {}", location.file, printable(message));
  std::string text = fmt::format("{}:{}:{}: error: {}", location.file, location.line,
                                 location.column, printable(message));
  if (!line.empty())
    text += fmt::format("\n  {}\n  {}^", printable(line), indent_to(line, location.column));
  if (!suggestion.empty()) text += fmt::format("\n  did you mean \"{}\"?", suggestion);
  return text;
}

void Problems::push(Problem problem) {
  if (problems_.size() < problems_max)
    problems_.push_back(std::move(problem));
  else
    ++untold_;
}

void Problems::add(const std::string& file, std::string message) {
  push({{file, 0, 0}, std::move(message), {}, {}});
}

void Problems::add(const Document& document, model::Location where, std::string message,
                   std::string suggestion) {
  std::string line = document.line(where.line);
  if (line.size() > line_bytes_max) line.clear();
  push({std::move(where), std::move(message), std::move(suggestion), std::move(line)});
}

void Problems::add(const Node& node, std::string message, std::string suggestion) {
  add(node.document(), node.at(), std::move(message), std::move(suggestion));
}

void Problems::add_name(const Node& node, std::string_view attribute, std::string message,
                        std::string suggestion) {
  add(node.document(), node.at_name(attribute), std::move(message), std::move(suggestion));
}

void Problems::add_value(const Node& node, std::string_view attribute, std::string message,
                         std::string suggestion) {
  add(node.document(), node.at_value(attribute), std::move(message), std::move(suggestion));
}

std::vector<Problem> Problems::sorted() const {
  std::vector<Problem> all = problems_;
  std::ranges::stable_sort(all, [](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto same = [](const auto& a, const auto& b) { return key(a) == key(b); };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  if (untold_ > 0 && !all.empty())
    all.push_back({{all.back().location.file, 0, 0},
                   fmt::format("{} further problems are not told", untold_),
                   {},
                   {}});
  return all;
}

}  // namespace smtprig::xml
