// See pattern.hpp.
#include "harness/model/pattern.hpp"

#include <fnmatch.h>

namespace smtprig::model {

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

bool path_matches(std::string_view pattern, const std::string& path) {
  return is_glob(pattern) ? glob_matches(pattern, path) : prefix_matches(pattern, path);
}

}  // namespace smtprig::model
