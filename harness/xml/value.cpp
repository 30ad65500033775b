// See value.hpp.
#include "harness/xml/value.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

#include <re2/re2.h>

namespace smtprig::xml {
namespace {

#define LABEL "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
#define DNS_LABEL "[A-Za-z0-9_*]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
#define RELATIVE DNS_LABEL "(\\." DNS_LABEL ")*"
#define LOCAL "[\\p{L}0-9+_=-]+(\\.[\\p{L}0-9+_=-]+)*"
#define TYPES "A|AAAA|CNAME|MX|NS|PTR|SOA|TLSA|TXT|\\*"

const std::vector<TypeInfo> infos = {
    {Type::text, "text", "", "text that is not empty"},
    {Type::yes_no, "yes-no", "yes|no", "\"yes\" or \"no\""},
    {Type::choice, "", "", "one of the words below"},
    {Type::choices, "", "", "one or more of the words below, separated by spaces"},
    {Type::alert, "", "", "one of the words below, or a number up to 255"},
    {Type::number, "", "", "a number"},
    {Type::duration, "duration", "[0-9]{1,6}(ms|s|min)",
     "a time with its unit: \"20ms\", \"2s\", \"1min\""},
    {Type::ordinals, "ordinals", "[1-9][0-9]{0,8}(-([1-9][0-9]{0,8})?)?",
     "a count from one or a range of it: \"3\", \"2-\", \"2-4\""},
    {Type::tls_range, "tls-range", "1\\.[0-3](-1\\.[0-3])?",
     "a TLS version or a range of them: \"1.2\", \"1.2-1.3\""},
    {Type::tlsa, "tlsa", "[0-9]{1,3} [0-9]{1,3} [0-9]{1,3}",
     "usage, selector and matching type of a TLSA record: \"3 1 1\""},
    {Type::hex, "hex", "[0-9A-Fa-f]{2}( ?[0-9A-Fa-f]{2})*", "bytes in hexadecimal: \"03 01\""},
    {Type::label, "label", LABEL,
     "a name of lower-case letters, digits and inner hyphens, at most 63"},
    {Type::scenario_id, "scenario-id", LABEL "(/" LABEL ")+",
     "a path of two or more such names: \"topic/name\", each of lower-case letters, digits and "
     "inner hyphens"},
    {Type::host_name, "host-name", "@|" LABEL "(\\." LABEL ")*",
     "a name below the cell's domain without final dot, in lower case, or \"@\" for that domain"},
    {Type::mx_target, "mx-target", "@|\\.|" RELATIVE "\\.?",
     "the name of a host, a name with a final dot, or \".\" for the null MX"},
    {Type::record_name, "record-name", "@|" RELATIVE "\\.?",
     "a name relative to the cell's domain, \"@\" for that domain, or a name with a final dot"},
    {Type::question, "question", "(" TYPES ") (@|" RELATIVE "\\.?)",
     "a record type (or \"*\") and a name: \"MX @\", \"A mx1\""},
    {Type::local_parts, "local-parts", LOCAL "(@" LABEL ")?( " LOCAL "(@" LABEL ")?)*",
     "one or more local parts, with \"@\" and a name or without, separated by single spaces"},
    {Type::labels, "labels", LABEL "( " LABEL ")*",
     "one or more names, separated by single spaces"},
    {Type::regex, "regex", "", "a regular expression (RE2)"},
    {Type::escaped, "escaped", "([^\\\\]|\\\\[\\\\nrt0\"]|\\\\x[0-9A-Fa-f]{2})+",
     "bytes with C escapes: \\r \\n \\t \\0 \\\\ \\\" \\xHH"},
    {Type::reply_line, "reply-line", "[2-5][0-9]{2}([ -].*)?",
     "a reply line: three digits, a space or hyphen, text (raw= sends anything else)"},
    {Type::path_inside, "path-inside",
     "[A-Za-z0-9_+-][A-Za-z0-9_.+-]*(/[A-Za-z0-9_+-][A-Za-z0-9_.+-]*)*",
     "a relative path without \"..\" or other names that start with a dot"},
    {Type::path_absolute, "path-absolute", "(/[A-Za-z0-9_.+-]+)+", "an absolute path"},
    {Type::user_name, "user-name", "[A-Za-z_][A-Za-z0-9_-]*", "a user name"},
    {Type::mode, "mode", "0?[0-7]{3,4}", "a file mode in octal: \"0755\""},
    {Type::glob, "glob", "[a-z0-9*?+/-]+",
     "a scenario id, \"/\" and a policy, as a pattern with * ?"},
    {Type::versions, "versions", "[0-9]+(\\.[0-9]+)*(-([0-9]+(\\.[0-9]+)*)?)?|-[0-9]+(\\.[0-9]+)*",
     "a version or an inclusive range: \"3.7.11\", \"3.7.0-3.7.12\", \"3.7-\", \"-3.7.12\""},
    {Type::status, "status", "[245]\\.[0-9]{1,3}\\.[0-9]{1,3}", "an enhanced status code"},
    {Type::url, "url", "https?://\\S+", "an address that starts with https://"},
};

#undef LABEL
#undef DNS_LABEL
#undef RELATIVE
#undef TYPES

using Patterns = std::map<Type, std::unique_ptr<RE2>>;

const RE2* pattern(Type type) {
  static const Patterns compiled = [] {
    Patterns all;
    for (const auto& each : infos)
      if (!each.pattern.empty())
        all.emplace(each.type, std::make_unique<RE2>(std::string(each.pattern), RE2::Quiet));
    return all;
  }();
  const auto found = compiled.find(type);
  return found == compiled.end() ? nullptr : found->second.get();
}

}  // namespace

const std::vector<TypeInfo>& type_infos() {
  return infos;
}

const TypeInfo& info(Type type) {
  return *std::ranges::find(infos, type, &TypeInfo::type);
}

bool fits(Type type, std::string_view value) {
  const RE2* expected = pattern(type);
  if (expected == nullptr) return true;
  return RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *expected);
}

std::optional<std::uint64_t> number(std::string_view value) {
  std::uint64_t result = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
  if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  return result;
}

std::optional<std::chrono::milliseconds> duration(std::string_view value) {
  if (!fits(Type::duration, value)) return std::nullopt;
  const auto unit = value.find_first_not_of("0123456789");
  const auto count = static_cast<std::int64_t>(number(value.substr(0, unit)).value_or(0));
  if (value.ends_with("ms")) return std::chrono::milliseconds(count);
  if (value.ends_with("min")) return std::chrono::minutes(count);
  return std::chrono::seconds(count);
}

std::optional<fakes::Ordinals> ordinals(std::string_view value) {
  if (!fits(Type::ordinals, value)) return std::nullopt;
  const auto dash = value.find('-');
  fakes::Ordinals range;
  range.first = static_cast<std::uint32_t>(number(value.substr(0, dash)).value_or(1));
  if (dash == std::string_view::npos)
    range.last = range.first;
  else if (dash + 1 < value.size())
    range.last = static_cast<std::uint32_t>(number(value.substr(dash + 1)).value_or(1));
  if (range.last < range.first) return std::nullopt;
  return range;
}

std::optional<fakes::TlsSpec> tls_range(std::string_view value) {
  if (!fits(Type::tls_range, value)) return std::nullopt;
  const auto version = [](char minor) { return static_cast<fakes::TlsVersion>(minor - '0'); };
  const fakes::TlsSpec range{version(value[2]), version(value.back())};
  if (range.max < range.min) return std::nullopt;
  return range;
}

std::optional<std::string> unescaped(std::string_view value) {
  if (!fits(Type::escaped, value)) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\') {
      bytes += value[i];
      continue;
    }
    switch (value[++i]) {
      case 'n':
        bytes += '\n';
        break;
      case 'r':
        bytes += '\r';
        break;
      case 't':
        bytes += '\t';
        break;
      case '0':
        bytes += '\0';
        break;
      case 'x': {
        unsigned byte = 0;
        std::from_chars(value.data() + i + 1, value.data() + i + 3, byte, 16);
        bytes += static_cast<char>(byte);
        i += 2;
        break;
      }
      default:
        bytes += value[i];
    }
  }
  return bytes;
}

std::optional<unsigned> mode(std::string_view value) {
  if (!fits(Type::mode, value)) return std::nullopt;
  unsigned bits = 0;
  std::from_chars(value.data(), value.data() + value.size(), bits, 8);
  return bits;
}

std::vector<std::string> words(std::string_view value) {
  std::vector<std::string> all;
  std::size_t at = 0;
  while ((at = value.find_first_not_of(" \t\r\n", at)) != std::string_view::npos) {
    const auto end = std::min(value.find_first_of(" \t\r\n", at), value.size());
    all.emplace_back(value.substr(at, end - at));
    at = end;
  }
  return all;
}

std::string flowing(std::string_view text) {
  std::string line;
  for (const auto& word : words(text))
    line += (line.empty() ? "" : " ") + word;
  return line;
}

std::optional<VersionRange> versions(std::string_view value) {
  if (!fits(Type::versions, value)) return std::nullopt;
  const auto dash = value.find('-');
  VersionRange range;
  range.from = value.substr(0, dash);
  range.to = dash == std::string_view::npos ? range.from : std::string(value.substr(dash + 1));
  return range;
}

std::string regex_error(const std::string& expression) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(1 << 20);
  const RE2 compiled(expression, options);
  return compiled.ok() ? std::string() : compiled.error();
}

std::vector<std::string> captures(const std::string& expression) {
  const RE2 compiled(expression, RE2::Quiet);
  if (!compiled.ok()) return {};
  std::vector<std::string> names(static_cast<std::size_t>(compiled.NumberOfCapturingGroups()));
  for (const auto& [index, name] : compiled.CapturingGroupNames())
    names[static_cast<std::size_t>(index) - 1] = name;
  return names;
}

}  // namespace smtprig::xml
