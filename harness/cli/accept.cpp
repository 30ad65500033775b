// See accept.hpp.
#include "harness/cli/accept.hpp"

#include "harness/judge/judge.hpp"
#include "reports/junit.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string_view>

namespace smtprig::cli {
namespace {

constexpr const char* digits = "0123456789.";
constexpr std::string_view end_tag = "</known>";

std::string attribute(std::string_view name, std::string_view value) {
  return value.empty() ? "" : fmt::format(" {}=\"{}\"", name, reports::xml_text(value));
}

std::string entry_text(const model::KnownDeviation& entry) {
  const std::string delivery(entry.delivery ? name(*entry.delivery) : "");
  const std::string channel(entry.channel ? name(*entry.channel) : "");
  return fmt::format("  <deviation{}{}{}{}{}{}{}{}>\n    <reason>{}</reason>\n  </deviation>\n",
                     attribute("server", entry.server), attribute("versions", entry.version_from),
                     attribute("cells", entry.cells), attribute("delivery", delivery),
                     attribute("channel", channel), attribute("status", entry.status),
                     attribute("violation", entry.violation), attribute("link", entry.link),
                     reports::xml_text(entry.reason));
}

}  // namespace

std::vector<model::KnownDeviation> accepted(const model::CellResult& result,
                                            const std::string& reason, const std::string& link) {
  if (result.judgement.verdict != model::Verdict::fail) return {};
  auto entries = judge::deviations_of(result.outcome, result.ruling);
  for (auto& entry : entries) {
    entry.server = result.server.name;
    // Entries know dotted numbers: of "6.8.0p2" what comes before the letter.
    const auto& version = result.server.version;
    entry.version_from = entry.version_to = version.substr(0, version.find_first_not_of(digits));
    entry.cells = fmt::format("{}/{}", result.scenario, name(result.label()));
    entry.reason = reason;
    entry.link = link;
  }
  return entries;
}

std::string with_entries(const std::string& text,
                         const std::vector<model::KnownDeviation>& entries) {
  std::string file = text;
  if (file.empty())
    file = fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<known xmlns=\"urn:smtprig:1\">\n{}\n",
        end_tag);
  const auto end = file.rfind(end_tag);
  if (end == std::string::npos) throw std::runtime_error("it has no end tag </known>");
  std::string added;
  for (const auto& entry : entries)
    added += entry_text(entry);
  return file.insert(end, added);
}

}  // namespace smtprig::cli
