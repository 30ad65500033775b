// See terminal.hpp. From top to bottom:
//
//   headline              what is shown
//   answer                what each policy costs and protects, per server
//   legend                the symbols that occur
//   matrix, shares        per server
//   known, advice         what is no failure
//   unexpected cells      why, and how to run them again
//   sum                   one line
#include "reports/terminal.hpp"

#include "reports/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace smtprig::reports {
namespace {

std::string legend(const std::vector<const model::CellResult*>& cells, const TerminalStyle& style) {
  std::set<Fate> seen = {Fate::plaintext, Fate::encrypted, Fate::authenticated, Fate::deferred,
                         Fate::bounced};
  std::set<model::Verdict> verdicts;
  for (const auto* cell : cells) {
    verdicts.insert(cell->judgement.verdict);
    for (const auto one : fates(*cell))
      seen.insert(one);
  }
  std::string text;
  const auto add = [&](std::string_view sign, Colour colour, std::string_view meaning) {
    text += fmt::format("  {}  {}\n", painted(sign, colour, style),
                        wrapped(meaning, style.columns, 5, 5));
  };
  for (const auto& one : symbols())
    if (seen.contains(one.fate)) add(one.text(style.charset), one.colour, one.meaning);
  for (const auto& one : marks())
    if (verdicts.contains(one.verdict)) add(one.text(style.charset), one.colour, one.meaning);
  return text;
}

std::string headline(const Run& run, const TerminalStyle& style) {
  constexpr std::string_view question =
      "Which mail arrives, over which channel, under each TLS policy";
  auto text = painted(wrapped(question, style.columns, 0, 0), Colour::bold, style) + "\n\n";
  if (!run.facts.mutant.empty())
    text += wrapped("The embedded server runs with a planted defect: " +
                        safe(run.facts.mutant, style.charset) + ".",
                    style.columns, 0, 0) +
            "\n\n";
  if (const auto dns = signed_dns(run.facts); !dns.empty())
    text += wrapped(safe(dns, style.charset), style.columns, 0, 0) + "\n\n";
  for (const auto& [name, definition] : run.facts.own_policies)
    text += wrapped(safe("The policy " + definition, style.charset), style.columns, 0, 2) + "\n\n";
  for (const auto& [server, root] : run.facts.roots)
    text += wrapped(safe(fmt::format("{} is that of {}.", server, root), style.charset),
                    style.columns, 0, 0) +
            "\n\n";
  return text;
}

std::string answers(const Run& run, const std::vector<const model::CellResult*>& cells,
                    const TerminalStyle& style) {
  std::set<std::string> told;
  std::string text;
  for (const auto* cell : cells)
    if (const auto title = column_title(*cell); told.insert(title).second)
      text += answer(tradeoffs(run.results, title), title, style);
  return text;
}

// Known deviations that were met, once per scenario and reason.
std::string known(const std::vector<const model::CellResult*>& cells, const TerminalStyle& style) {
  std::map<std::string, std::size_t> counts;
  for (const auto* cell : cells)
    if (cell->judgement.verdict == model::Verdict::known)
      ++counts[fmt::format("{}@{}: {}", cell->scenario, cell->server.text(),
                           cell->judgement.reason)];
  if (counts.empty()) return "";
  auto text = "\n" + painted("Known deviations", Colour::bold, style) + "\n";
  for (const auto& [deviation, count] : counts)
    text += "  " +
            wrapped(fmt::format("{} ({})", safe(deviation, style.charset), counted(count, "cell")),
                    style.columns, 2, 4) +
            "\n";
  return text;
}

// Conduct that is no failure but worth knowing, once per rule.
std::string advice(const std::vector<const model::CellResult*>& cells, const TerminalStyle& style) {
  std::map<std::string, std::size_t> counts;
  for (const auto* cell : cells) {
    std::set<std::string> here;
    for (const auto& violation : cell->outcome.conduct)
      if (violation.rule.starts_with("advice/"))
        here.insert(fmt::format("{} ({})", violation.rule, violation.clause));
    for (const auto& rule : here)
      ++counts[cell->server.text() + ": " + rule];
  }
  if (counts.empty()) return "";
  std::string text = painted("Advice, which is no failure", Colour::bold, style) + "\n";
  for (const auto& [rule, count] : counts)
    text += "  " +
            wrapped(fmt::format("{}, {}", safe(rule, style.charset), counted(count, "cell")),
                    style.columns, 2, 4) +
            "\n";
  return "\n" + text;
}

std::string sum(const Run& run, const VerdictCounts& counts, const TerminalStyle& style) {
  std::set<std::string_view> scenarios;
  std::set<std::string> servers;
  for (const auto& result : run.results) {
    scenarios.insert(result.scenario);
    servers.insert(result.server.text());
  }
  std::string names;
  for (const auto& server : servers)
    names += (names.empty() ? "" : ", ") + server;
  std::string text;
  if (run.end.interrupted)
    text = fmt::format("Interrupted: {} cells were planned. ", run.facts.planned);
  text += fmt::format("{} of {} on {} in {:.1f} s: {}.", counted(counts.total(), "cell"),
                      counted(scenarios.size(), "scenario"),
                      names.empty() ? "no server" : safe(names, style.charset),
                      static_cast<double>(run.end.took.count()) / 1e6, counts.text());
  const auto status =
      fmt::format("Exit status {}: {}.", run.end.exit_status, exit_meaning(run.end.exit_status));
  return wrapped(text, style.columns, 0, 0) + "\n" +
         painted(status, run.end.exit_status == 0 ? Colour::green : Colour::red, style) + "\n";
}

}  // namespace

std::string painted(std::string_view text, Colour colour, const TerminalStyle& style) {
  constexpr std::array<std::string_view, 9> codes = {"",   "33",      "36", "32", "35",
                                                     "31", "1;97;41", "2",  "1"};
  static_assert(static_cast<std::size_t>(Colour::bold) + 1 == codes.size());
  if (!style.colour || colour == Colour::plain || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(colour)], text);
}

std::string terminal(const Run& run, const TerminalStyle& asked) {
  auto style = asked;
  style.columns = std::max<std::size_t>(style.columns, 40);
  const auto cells = ordered(run.results);
  std::string text = headline(run, style) + answers(run, cells, style) + legend(cells, style);
  for (auto at = cells.begin(); at != cells.end();) {
    const auto title = column_title(**at);
    const auto end = std::find_if(at, cells.end(), [&](const model::CellResult* cell) {
      return column_title(*cell) != title;
    });
    text += "\n" + matrix(without_expected_attacks({at, end}), run.facts, style);
    text += "\n" + policy_shares(count_fates(run.results, title), style);
    at = end;
  }
  text += known(cells, style) + advice(cells, style);
  if (const auto list = unexpected_cells(cells, run, style); !list.empty()) text += "\n" + list;
  text += "\n";
  if (!run.facts.folder.empty()) text += "Results: " + safe(run.facts.folder, style.charset) + "\n";
  return text + sum(run, count_verdicts(run.results), style);
}

}  // namespace smtprig::reports
