// See junit.hpp.
#include "reports/junit.hpp"

#include "reports/symbol.hpp"
#include "reports/tally.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtprig::reports {
namespace {

using model::Verdict;
using Cells = std::vector<const model::CellResult*>;

struct Totals {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  std::chrono::microseconds time{0};
};

bool is_skipped(Verdict verdict) {
  return verdict == Verdict::unsupported || verdict == Verdict::not_reached;
}

Totals totals(const Cells& cells) {
  Totals sum;
  for (const auto* cell : cells) {
    const auto verdict = cell->judgement.verdict;
    ++sum.tests;
    sum.time += cell->took;
    if (verdict == Verdict::error) ++sum.errors;
    if (verdict != Verdict::error && is_unexpected(verdict)) ++sum.failures;
    if (is_skipped(verdict)) ++sum.skipped;
  }
  return sum;
}

std::string seconds(std::chrono::microseconds time) {
  return fmt::format("{:.3f}", static_cast<double>(time.count()) / 1e6);
}

std::string property(std::string_view name, std::string_view value) {
  if (value.empty()) return "";
  return fmt::format("        <property name=\"{}\" value=\"{}\"/>\n", name, xml_text(value));
}

std::string body(const model::CellResult& cell, const RunFacts& facts) {
  const auto& judgement = cell.judgement;
  std::string text;
  const auto add = [&](std::string_view label, std::string_view value) {
    if (!value.empty()) text += fmt::format("{}: {}\n", label, xml_text(value));
  };
  add("required", judgement.requirement);
  add("permitted", judgement.permitted);
  add("actual", judgement.actual);
  add("reason", judgement.reason);
  for (const auto& violation : cell.outcome.conduct)
    add("conduct", fmt::format("{} ({}): {}", violation.rule, violation.clause, violation.detail));
  for (const auto index : judgement.evidence)
    if (index < cell.journal.size())
      // Already safe, so only the entities are left to do: a second safe() would double
      // backslashes.
      text += "evidence: " + xml_entities(journal_line(cell.journal[index]).text()) + "\n";
  add("run again", rerun_command(facts, cell));
  return text;
}

std::string testcase(const model::CellResult& cell, const RunFacts& facts) {
  const auto& judgement = cell.judgement;
  const auto verdict = judgement.verdict;
  auto name = cell.scenario;
  if (cell.attacker != model::Attacker::none) name += "~" + std::string(model::name(cell.attacker));
  std::string text = fmt::format(
      "    <testcase classname=\"smtprig.{}.{}\" name=\"{}\" time=\"{}\">\n      <properties>\n",
      xml_text(cell.server.name), model::name(cell.label()), xml_text(name), seconds(cell.took));
  text += property("cell", cell.cell);
  text += property("verdict", model::name(verdict));
  text += property("clause", cell.ruling.clause);
  text += property("permitted", judgement.permitted);
  text += property("actual", judgement.actual);
  if (verdict == Verdict::known) text += property("known-deviation", judgement.reason);
  text += "      </properties>\n";
  const auto short_text = judgement.reason.empty() ? judgement.actual : judgement.reason;
  if (is_skipped(verdict)) {
    const auto message =
        fmt::format("{}{}{}", model::name(verdict), short_text.empty() ? "" : ": ", short_text);
    text += fmt::format("      <skipped message=\"{}\"/>\n", xml_text(message));
  } else if (is_unexpected(verdict)) {
    const std::string_view element = verdict == Verdict::error ? "error" : "failure";
    const auto message =
        verdict == Verdict::fail
            ? fmt::format("{}, permitted is {}", judgement.actual, judgement.permitted)
            : std::string(short_text);
    text += fmt::format("      <{} type=\"{}\" message=\"{}\">{}</{}>\n", element,
                        model::name(verdict), xml_text(message), body(cell, facts), element);
  }
  return text + "    </testcase>\n";
}

std::string testsuite(const Cells& cells, const RunFacts& facts) {
  const auto sum = totals(cells);
  const auto& first = *cells.front();
  std::string text = fmt::format(
      "  <testsuite name=\"{}/{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
      "time=\"{}\" timestamp=\"{}\">\n    <properties>\n",
      xml_text(first.server.name), model::name(first.label()), sum.tests, sum.failures, sum.errors,
      sum.skipped, seconds(sum.time), xml_text(facts.started));
  text += property("smtprig.version", facts.version);
  text += property("server", first.server.text());
  if (const auto root = facts.roots.find(first.server.text()); root != facts.roots.end())
    text += property("server-root", root->second);
  text += property("policy", model::name(first.label()));
  text += property("seed", std::to_string(facts.seed));
  text += property("mutant", facts.mutant);
  text += property("resolver", facts.resolver);
  text += "    </properties>\n";
  for (const auto* cell : cells)
    text += testcase(*cell, facts);
  return text + "  </testsuite>\n";
}

}  // namespace

std::string xml_entities(std::string_view safe_text) {
  std::string text;
  text.reserve(safe_text.size());
  for (const char byte : safe_text) {
    switch (byte) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '"':
        text += "&quot;";
        break;
      case '\'':
        text += "&apos;";
        break;
      default:
        text += byte;
    }
  }
  return text;
}

std::string xml_text(std::string_view bytes) {
  return xml_entities(safe(bytes));
}

std::string junit(const Run& run) {
  auto cells = ordered(run.results);
  std::ranges::stable_sort(cells, {}, [](const model::CellResult* cell) {
    return std::pair(cell->server.text(), cell->label());
  });
  const auto sum = totals(cells);
  std::string text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"smtprig\" tests=\"{}\" "
      "failures=\"{}\" errors=\"{}\" time=\"{}\">\n",
      sum.tests, sum.failures, sum.errors, seconds(run.end.took));
  for (auto at = cells.begin(); at != cells.end();) {
    const auto& first = **at;
    const auto end = std::find_if(at, cells.end(), [&](const model::CellResult* cell) {
      return cell->label() != first.label() || cell->server.text() != first.server.text();
    });
    text += testsuite({at, end}, run.facts);
    at = end;
  }
  return text + "</testsuites>\n";
}

}  // namespace smtprig::reports
