// See listing.hpp.
#include "harness/cli/listing.hpp"

#include "reports/text.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace smtprig::cli {
namespace {

namespace json = boost::json;

std::string source_text(const model::Scenario& scenario) {
  auto text = scenario.clause;
  if (!scenario.level.empty()) text += fmt::format(" ({})", scenario.level);
  if (!scenario.ref.empty()) text += ", " + scenario.ref;
  return text;
}

// The code point at the start of `bytes` and its length; U+FFFD and 1 where there is none.
std::pair<char32_t, std::size_t> code_point(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const auto first = at(0);
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  constexpr std::pair<char32_t, std::size_t> broken{0xFFFD, 1};
  if (length == 0 || bytes.size() < length) return broken;
  char32_t code = length == 1 ? first : first & (0xFF >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((at(i) & 0xC0) != 0x80) return broken;
    code = code << 6 | (at(i) & 0x3F);
  }
  constexpr std::array<char32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < least[length] || surrogate || code > 0x10FFFF) return broken;
  return {code, length};
}

std::string ascii(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto [code, length] = code_point(text);
    if (code < 0x7F)
      out += static_cast<char>(code);
    else if (code < 0x10000)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
    else
      out += fmt::format("\\u{:04x}\\u{:04x}", static_cast<unsigned>(0xD7C0 + (code >> 10)),
                         static_cast<unsigned>(0xDC00 + (code & 0x3FF)));
    text.remove_prefix(length);
  }
  return out;
}

// What JSON leaves as it is beyond ASCII stands within strings, where an escape means the same.
std::string document(const std::vector<json::object>& list) {
  std::string text = "[";
  for (const auto& one : list)
    text += (text.size() == 1 ? "\n" : ",\n") + ascii(json::serialize(one));
  return text + "\n]\n";
}

}  // namespace

std::string short_text(const std::vector<Listed>& list) {
  std::size_t width = 0;
  for (const auto& one : list)
    width = std::max(width, one.scenario->id.size());
  std::string text;
  for (const auto& one : list)
    text +=
        fmt::format("{:<{}}  {}\n", one.scenario->id, width, reports::safe(one.scenario->summary));
  return text;
}

std::string long_text(const std::vector<Listed>& list) {
  std::string text;
  for (const auto& one : list) {
    const auto& scenario = *one.scenario;
    text += fmt::format("{}\n    {}\n    {}\n    {}:{}\n", scenario.id,
                        reports::safe(scenario.summary), reports::safe(source_text(scenario)),
                        reports::safe(scenario.location.file), scenario.location.line);
    for (const auto& cell : one.cells)
      text += fmt::format("    {}\n", cell);
  }
  return text;
}

std::string scenarios_json(const std::vector<Listed>& list) {
  std::vector<json::object> all;
  for (const auto& one : list) {
    const auto& scenario = *one.scenario;
    all.push_back({{"id", scenario.id},
                   {"direction", std::string(name(scenario.direction()))},
                   {"summary", scenario.summary},
                   {"clause", scenario.clause},
                   {"level", scenario.level},
                   {"ref", scenario.ref},
                   {"file", scenario.location.file},
                   {"line", scenario.location.line},
                   {"cells", json::value_from(one.cells)}});
  }
  return document(all);
}

std::string servers_text(const std::vector<ListedServer>& list) {
  using Row = std::array<std::string, 4>;
  std::vector<Row> rows = {{"server", "version", "where", "policies"}};
  for (const auto& server : list) {
    const auto missing = server.package.empty()
                             ? std::string("not found")
                             : fmt::format("not found: smtprig servers fetch {}", server.name);
    const auto where = server.origin.empty()         ? missing
                       : server.origin == "built-in" ? "built in"
                       : server.root.empty()         ? "the system"
                                                     : server.root;
    rows.push_back({server.name, server.version.empty() ? "-" : server.version,
                    reports::safe(where), fmt::format("{}", fmt::join(server.policies, " "))});
  }
  std::array<std::size_t, 4> widths{};
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const auto& row : rows)
    text += fmt::format("{:<{}}  {:<{}}  {:<{}}  {}\n", row[0], widths[0], row[1], widths[1],
                        row[2], widths[2], row[3]);
  return text;
}

std::string servers_json(const std::vector<ListedServer>& list) {
  std::vector<json::object> all;
  for (const auto& server : list)
    all.push_back({{"name", server.name},
                   {"version", server.version},
                   {"origin", server.origin},
                   {"root", server.root},
                   {"package", server.package},
                   {"summary", server.summary},
                   {"policies", json::value_from(server.policies)}});
  return document(all);
}

}  // namespace smtprig::cli
