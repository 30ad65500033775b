// Which cells a pattern means. A pattern without * and ? is a prefix that ends where a component of
// the path ends, so "cert" selects "cert/expired" and not "certificate/good". Globs match whole
// ids.
#include <fnmatch.h>

#include "harness/plan/plan.hpp"

namespace smtprig::plan {
namespace {

bool is_glob(std::string_view pattern) {
  return pattern.find_first_of("*?") != pattern.npos;
}

// fnmatch(3) knows more than the two wildcards that we document; its brackets are made literal.
bool glob_matches(std::string_view pattern, const std::string& text) {
  std::string escaped;
  for (const char c : pattern) {
    if (c == '[' || c == ']' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return fnmatch(escaped.c_str(), text.c_str(), 0) == 0;
}

bool prefix_matches(std::string_view pattern, std::string_view id) {
  if (pattern.ends_with('/')) pattern.remove_suffix(1);
  if (!id.starts_with(pattern)) return false;
  if (id.size() == pattern.size()) return true;
  const char next = id[pattern.size()];
  return next == '/' || next == '@' || next == '~';
}

}  // namespace

bool matches(std::string_view pattern, const model::Cell& cell) {
  const std::string id = cell.id();
  if (!is_glob(pattern)) return prefix_matches(pattern, id);
  return glob_matches(pattern, cell.scenario->id) || glob_matches(pattern, id);
}

}  // namespace smtprig::plan
