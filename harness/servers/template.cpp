// One pass, left to right. The error names the line, for templates are files that people write.
#include "harness/servers/template.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace smtprig::servers {
namespace {

[[noreturn]] void fail(std::string_view text, std::size_t at, std::string_view where,
                       const std::string& detail) {
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(at), '\n');
  throw lab::LabError(fmt::format("render {}", where), fmt::format("line {}: {}", line, detail));
}

bool is_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

std::string render(std::string_view text, const Values& values, std::string_view where) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t brace = std::min(text.find('{', at), text.size());
    result.append(text.substr(at, brace - at));
    if (brace == text.size()) break;
    if (text.substr(brace, 2) == "{{") {
      result += '{';
      at = brace + 2;
      continue;
    }
    const std::size_t end = text.find('}', brace);
    const std::string_view name =
        end == text.npos ? std::string_view{} : text.substr(brace + 1, end - brace - 1);
    if (!is_name(name)) fail(text, brace, where, "\"{\" begins no placeholder; write \"{{\"");
    const auto value = values.find(name);
    if (value == values.end()) {
      fail(text, brace, where, fmt::format("unknown placeholder {{{}}}", name));
    }
    result += value->second;
    at = end + 1;
  }
  return result;
}

}  // namespace smtprig::servers
