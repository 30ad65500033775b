// The unexpected cells of the terminal report: requirement, what is permitted, what happened, the
// journal lines that decided, and the command that runs the cell again. Failures of the rig come
// apart from those of the server, and once per reason.
#include "reports/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtprig::reports {
namespace {

constexpr std::size_t lines_max = 14;  // of the journal, per cell
constexpr std::size_t cells_max = 5;   // named per reason of an error
constexpr std::size_t label_width = 11;
constexpr std::size_t margin = 2 + label_width;

std::string entry(std::string_view label, std::string_view text, const TerminalStyle& style) {
  if (text.empty()) return "";
  return fmt::format("  {}{}\n",
                     painted(fmt::format("{:<{}}", label, label_width), Colour::dim, style),
                     wrapped(safe(text, style.charset), style.columns, margin, margin));
}

std::string requirement(const model::CellResult& cell) {
  if (!cell.judgement.requirement.empty()) return cell.judgement.requirement;
  return fmt::format("{} ({}, {})", cell.ruling.row, cell.ruling.clause,
                     model::name(cell.ruling.force));
}

// The deciding events, in columns; a long line goes on under its own text.
std::string evidence(const model::CellResult& cell, const TerminalStyle& style) {
  std::vector<JournalLine> lines;
  std::size_t who = 0;
  for (const auto index : cell.judgement.evidence) {
    if (index >= cell.journal.size()) continue;
    lines.push_back(journal_line(cell.journal[index], style.charset));
    if (lines.size() <= lines_max) who = std::max(who, width(lines.back().who));
  }
  if (lines.empty()) return "";
  std::string text = "  " + painted("evidence   second, who, inside TLS, what", Colour::dim, style);
  for (std::size_t i = 0; i < lines.size() && i < lines_max; ++i) {
    const auto start =
        fmt::format("  {}  {:<{}}  {:<3}  ", lines[i].time, lines[i].who, who, lines[i].channel);
    text += "\n" + start + wrapped(lines[i].what, style.columns, width(start), width(start));
  }
  text += "\n";
  if (lines.size() > lines_max)
    text += fmt::format("    and {} more; all are in results.jsonl\n", lines.size() - lines_max);
  return text;
}

// Not wrapped: it is there to be copied.
std::string run_again(const model::CellResult& cell, const RunFacts& facts,
                      const TerminalStyle& style) {
  return fmt::format("  {}{}\n",
                     painted(fmt::format("{:<{}}", "run again", label_width), Colour::dim, style),
                     safe(rerun_command(facts, cell), style.charset));
}

std::string block(const model::CellResult& cell, const RunFacts& facts,
                  const TerminalStyle& style) {
  const auto& judgement = cell.judgement;
  std::string text = fmt::format(
      "{} {}\n", painted(mark(judgement.verdict)->text(style.charset), Colour::alarm, style),
      painted(safe(cell.cell, style.charset), Colour::bold, style));
  if (const auto summary = facts.summaries.find(cell.scenario); summary != facts.summaries.end())
    text += entry("scenario", summary->second, style);
  text += entry("verdict", model::name(judgement.verdict), style);
  text += entry("required", requirement(cell), style);
  text += entry("permitted", judgement.permitted, style);
  text += entry("actual", judgement.actual, style);
  text += entry("reason", judgement.reason, style);
  for (const auto& violation : cell.outcome.conduct)
    text += entry("conduct",
                  fmt::format("{} ({}): {}", violation.rule, violation.clause, violation.detail),
                  style);
  if (cell.outcome.server != model::ServerHealth::alive)
    text += entry("server", model::name(cell.outcome.server), style);
  text += evidence(cell, style);
  return text + run_again(cell, facts, style);
}

std::string errors(std::vector<const model::CellResult*> cells, const RunFacts& facts,
                   const TerminalStyle& style) {
  std::string text;
  std::ranges::stable_sort(
      cells, {}, [](const auto* cell) -> const std::string& { return cell->judgement.reason; });
  for (auto at = cells.begin(); at != cells.end();) {
    const auto& reason = (*at)->judgement.reason;
    const auto end = std::find_if(
        at, cells.end(), [&](const auto* cell) { return cell->judgement.reason != reason; });
    text +=
        fmt::format("{} {}\n", painted("E", Colour::alarm, style),
                    wrapped(safe(reason.empty() ? "no reason was given" : reason, style.charset),
                            style.columns, 2, 2));
    const auto count = static_cast<std::size_t>(end - at);
    for (std::size_t i = 0; i < count && i < cells_max; ++i)
      text += "    " + safe(at[static_cast<std::ptrdiff_t>(i)]->cell, style.charset) + "\n";
    if (count > cells_max) text += fmt::format("    and {} more\n", count - cells_max);
    text += evidence(**at, style);
    text += run_again(**at, facts, style) + "\n";
    at = end;
  }
  return text;
}

}  // namespace

std::string unexpected_cells(const std::vector<const model::CellResult*>& cells, const Run& run,
                             const TerminalStyle& style) {
  std::vector<const model::CellResult*> wrong;
  std::vector<const model::CellResult*> failed;
  for (const auto* cell : cells) {
    if (!is_unexpected(cell->judgement.verdict)) continue;
    (cell->judgement.verdict == model::Verdict::error ? failed : wrong).push_back(cell);
  }
  std::string text;
  if (!wrong.empty())
    text += painted(fmt::format("Unexpected: {}", wrong.size()), Colour::bold, style) + "\n\n";
  for (const auto* cell : wrong)
    text += block(*cell, run.facts, style) + "\n";
  if (!failed.empty() || !run.end.rig_errors.empty()) {
    text += painted(fmt::format("The rig failed: {} cell{}, of which nothing is known",
                                failed.size(), failed.size() == 1 ? "" : "s"),
                    Colour::bold, style) +
            "\n\n";
    for (const auto& error : run.end.rig_errors)
      text += painted("E", Colour::alarm, style) + " " +
              wrapped(safe(error, style.charset), style.columns, 2, 2) + "\n\n";
    text += errors(failed, run.facts, style);
  }
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace smtprig::reports
