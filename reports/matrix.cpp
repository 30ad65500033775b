// The matrix of the terminal report. The header fits the terminal: full policy names side by side
// while they fit, else a staircase of names above narrow columns. Where room is left, the
// scenario's summary stands at the right.
#include "reports/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace smtprig::reports {
namespace {

constexpr std::size_t indent = 2;
constexpr std::size_t symbols_max = 3;  // per cell
constexpr std::size_t summary_min = 24;

struct Row {
  std::string topic;  // "cert"
  std::string label;  // "expired"
  std::string scenario;
  std::map<model::PolicyLabel, const model::CellResult*> cells;
};

struct Column {
  model::PolicyLabel policy;
  std::size_t width = 0;
};

struct Layout {
  std::size_t label = 0;  // width of the first column, margin included
  std::size_t gap = 2;    // before each column
  bool staircase = false;
  std::vector<Column> columns;
  std::size_t total() const {
    std::size_t sum = label;
    for (const auto& column : columns)
      sum += gap + column.width;
    return sum;
  }
};

std::vector<Row> rows_of(const std::vector<const model::CellResult*>& cells) {
  std::vector<Row> rows;
  std::string last;
  for (const auto* cell : cells) {
    const auto key = cell->scenario + "~" + std::string(model::name(cell->attacker));
    if (rows.empty() || key != last) {
      const auto slash = cell->scenario.find('/');
      auto& row = rows.emplace_back();
      row.scenario = cell->scenario;
      if (slash != std::string::npos) row.topic = cell->scenario.substr(0, slash);
      row.label = slash == std::string::npos ? cell->scenario : cell->scenario.substr(slash + 1);
      if (cell->attacker != model::Attacker::none)
        row.label += "~" + std::string(model::name(cell->attacker));
      last = key;
    }
    rows.back().cells[cell->label()] = cell;
  }
  return rows;
}

// Symbols and mark of a cell, without colour; what the columns are measured by.
struct Content {
  std::string symbols;
  std::string mark;
  Colour colour = Colour::plain;       // of the symbols
  Colour mark_colour = Colour::plain;  // alarm: of the whole cell
};

Content content(const model::CellResult& cell, const TerminalStyle& style) {
  Content text;
  const auto found = fates(cell);
  for (std::size_t i = 0; i < found.size() && i < symbols_max; ++i)
    text.symbols += symbol(found[i]).text(style.charset);
  if (!found.empty()) text.colour = symbol(found.front()).colour;
  if (const auto* sign = mark(cell.judgement.verdict)) {
    text.mark = sign->text(style.charset);
    text.mark_colour = sign->colour;
  }
  return text;
}

Layout layout(const std::vector<Row>& rows, std::size_t title, const TerminalStyle& style) {
  std::set<model::PolicyLabel> policies;
  std::size_t label = title;
  std::size_t cell_width = 2;
  for (const auto& row : rows) {
    label = std::max(label, indent + width(safe(row.label, style.charset)));
    for (const auto& [policy, cell] : row.cells) {
      policies.insert(policy);
      const auto text = content(*cell, style);
      cell_width = std::max(cell_width, width(text.symbols) + width(text.mark));
    }
  }
  Layout plan;
  plan.label = label;
  for (const auto& policy : policies)
    plan.columns.push_back({policy, std::max(model::name(policy).size(), cell_width)});
  for (const std::size_t gap : {2, 1}) {
    plan.gap = gap;
    if (plan.total() <= style.columns) return plan;
  }
  plan.staircase = true;
  for (auto& column : plan.columns)
    column.width = cell_width;
  auto others = plan.total() - plan.label;
  std::size_t before = 0;
  for (const auto& column : plan.columns) {  // the last names of the staircase stick out
    others = std::max(others, before + plan.gap + model::name(column.policy).size());
    before += plan.gap + column.width;
  }
  const auto room = style.columns > others + 12 ? style.columns - others : 12;
  plan.label = std::min(plan.label, room);
  return plan;
}

std::string header(const Layout& plan, std::string_view title, const TerminalStyle& style) {
  const auto bar = style.charset == Charset::utf8 ? "│" : "|";
  std::string text;
  if (!plan.staircase) {
    auto line =
        fmt::format("{:<{}}", clipped(title, plan.label, Cut::end, style.charset), plan.label);
    for (const auto& column : plan.columns)
      line += fmt::format("{:{}}{:^{}}", "", plan.gap, model::name(column.policy), column.width);
    line.erase(line.find_last_not_of(' ') + 1);
    return painted(line, Colour::bold, style) + "\n";
  }
  text += painted(title, Colour::bold, style) + "\n";
  for (std::size_t step = 0; step < plan.columns.size(); ++step) {
    std::string line(plan.label, ' ');
    for (std::size_t i = 0; i < step; ++i)
      line += fmt::format("{:{}}{}{:{}}", "", plan.gap, bar, "", plan.columns[i].width - 1);
    line += fmt::format("{:{}}{}", "", plan.gap, model::name(plan.columns[step].policy));
    text += painted(line, Colour::bold, style) + "\n";
  }
  return text;
}

// A cell, centred under its header by its first symbol; a mark stands right behind the symbols.
std::string drawn(const model::CellResult* cell, const Column& column, bool staircase,
                  const TerminalStyle& style) {
  if (!cell) return std::string(column.width, ' ');
  const auto text = content(*cell, style);
  const auto used = width(text.symbols) + width(text.mark);
  const auto first = std::max<std::size_t>(width(text.symbols), 1);
  const auto wanted = staircase ? 0 : (column.width - std::min(first, column.width)) / 2;
  const auto left = std::min(wanted, column.width - std::min(used, column.width));
  const bool alarm = text.mark_colour == Colour::alarm;
  std::string drawing(left, ' ');
  if (alarm) {
    drawing += painted(text.symbols + text.mark, Colour::alarm, style);
  } else {
    drawing +=
        painted(text.symbols, text.colour, style) + painted(text.mark, text.mark_colour, style);
  }
  return drawing + std::string(column.width - std::min(column.width, left + used), ' ');
}

}  // namespace

std::string matrix(const std::vector<const model::CellResult*>& cells, const RunFacts& facts,
                   const TerminalStyle& style) {
  const auto rows = rows_of(cells);
  const auto title = safe(column_title(*cells.front()), style.charset);
  const auto plan = layout(rows, width(title), style);
  const auto room = style.columns > plan.total() + 2 ? style.columns - plan.total() - 2 : 0;
  std::string text = header(plan, title, style);
  std::string topic;
  for (const auto& row : rows) {
    if (row.topic != topic)
      text += painted(safe(row.topic, style.charset), Colour::bold, style) + "\n";
    topic = row.topic;
    const auto label =
        clipped(safe(row.label, style.charset), plan.label - indent, Cut::middle, style.charset);
    std::string line =
        std::string(indent, ' ') + label + std::string(plan.label - indent - width(label), ' ');
    for (const auto& column : plan.columns) {
      const auto cell = row.cells.find(column.policy);
      line += std::string(plan.gap, ' ') + drawn(cell == row.cells.end() ? nullptr : cell->second,
                                                 column, plan.staircase, style);
    }
    if (const auto summary = facts.summaries.find(row.scenario);
        room >= summary_min && summary != facts.summaries.end())
      line += "  " +
              painted(clipped(safe(summary->second, style.charset), room, Cut::end, style.charset),
                      Colour::dim, style);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace smtprig::reports
