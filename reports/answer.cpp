// The first section of the terminal report: what each policy costs and what it protects, in per
// cent of the mails, and which scenarios cost it.
#include "reports/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smtprig::reports {
namespace {

constexpr std::size_t topics_max = 6;

struct Measure {
  std::array<std::string_view, 2> title;
  std::string_view brief;  // where there is no room
  Share Tradeoff::*share;
};

constexpr std::array<Measure, 6> measures = {{
    {{"", "delivered"}, "arrive", &Tradeoff::delivered},
    {{"", "encrypted"}, "TLS", &Tradeoff::encrypted},
    {{"", "authenticated"}, "auth.", &Tradeoff::authenticated},
    {{"safe from", "listeners"}, "listen", &Tradeoff::safe_from_listener},
    {{"attackers", "at first"}, "first", &Tradeoff::safe_at_first},
    {{"attackers", "later"}, "later", &Tradeoff::safe_later},
}};

std::size_t name_width(const std::vector<Tradeoff>& rows) {
  std::size_t longest = 0;
  for (const auto& row : rows)
    longest = std::max(longest, model::name(row.policy).size());
  return longest;
}

bool is_attacked(const std::vector<Tradeoff>& rows) {
  return std::ranges::any_of(rows, [](const Tradeoff& row) {
    return row.safe_from_listener.of > 0 || row.safe_at_first.of > 0;
  });
}

std::string figure(const Share& share) {
  return share.of == 0 ? "-" : fmt::format("{}%", per_cent(share.yes, share.of));
}

// The titles of the columns, one or two lines, and their widths with the gap before them.
struct Head {
  std::vector<std::string> lines;
  std::vector<std::size_t> widths;
};

Head head(std::size_t label, std::size_t columns, std::size_t gap) {
  Head head{{std::string(label, ' '), std::string(label, ' ')}, {}};
  for (std::size_t i = 0; i < columns; ++i) {
    const auto& title = measures[i].title;
    head.widths.push_back(gap + std::max(title[0].size(), title[1].size()));
    for (std::size_t line = 0; line < title.size(); ++line)
      head.lines[line] += fmt::format("{:>{}}", title[line], head.widths.back());
  }
  if (head.lines.front().find_first_not_of(' ') == std::string::npos)
    head.lines.erase(head.lines.begin());
  return head;
}

Head brief_head(std::size_t label, std::size_t columns) {
  constexpr std::size_t width_each = 7;
  Head head{{std::string(label, ' ')}, std::vector<std::size_t>(columns, width_each)};
  for (std::size_t i = 0; i < columns; ++i)
    head.lines.front() += fmt::format("{:>{}}", measures[i].brief, width_each);
  return head;
}

std::string figures(const std::vector<Tradeoff>& rows, std::size_t columns,
                    const TerminalStyle& style) {
  const auto names = name_width(rows);
  const auto fits = [&](const Head& head) { return head.lines.back().size() <= style.columns; };
  auto titles = head(2 + names, columns, 2);
  if (!fits(titles)) titles = head(2 + names, columns, 1);
  if (!fits(titles)) titles = brief_head(2 + names, columns);
  std::string text;
  for (const auto& line : titles.lines)
    text += painted(line, Colour::bold, style) + "\n";
  for (const auto& row : rows) {
    text += fmt::format("  {:<{}}", model::name(row.policy), names);
    for (std::size_t i = 0; i < columns; ++i)
      text += fmt::format("{:>{}}", figure(row.*measures[i].share), titles.widths[i]);
    text += "\n";
  }
  return text;
}

// "starttls 31, tls 22, 4 others 9"
std::string topics(const Share& share, const TerminalStyle& style) {
  const auto list = by_topic(share.against);
  std::string text;
  std::size_t rest = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i >= topics_max) {
      rest += list[i].second;
      continue;
    }
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", safe(list[i].first, style.charset),
                        list[i].second);
  }
  if (rest > 0) text += fmt::format(", {} {}", counted(list.size() - topics_max, "other"), rest);
  return text;
}

std::string costs(const std::vector<Tradeoff>& rows, const TerminalStyle& style) {
  struct Loss {
    std::string_view what;
    Share Tradeoff::*share;
  };
  constexpr std::array<Loss, 3> losses = {{{"do not arrive", &Tradeoff::delivered},
                                           {"a listener reads", &Tradeoff::safe_from_listener},
                                           {"an attacker reads", &Tradeoff::safe_at_first}}};
  std::string text;
  const auto names = name_width(rows);
  for (const auto& row : rows) {
    std::string_view label = model::name(row.policy);
    for (const auto& [what, share] : losses) {
      if ((row.*share).against.empty()) continue;
      const auto start = fmt::format("  {:<{}}  {:<17}  ", label, names, what);
      text += start +
              wrapped(topics(row.*share, style), style.columns, start.size(), start.size()) + "\n";
      label = "";
    }
  }
  return text;
}

}  // namespace

std::string answer(const std::vector<Tradeoff>& rows, std::string_view title,
                   const TerminalStyle& style) {
  if (rows.empty()) return "";
  const auto [least, most] =
      std::ranges::minmax(rows, {}, [](const Tradeoff& row) { return row.delivered.of; });
  const auto range = least.delivered.of == most.delivered.of
                         ? counted(most.delivered.of, "mail")
                         : fmt::format("{} to {} mails", least.delivered.of, most.delivered.of);
  const auto heading =
      fmt::format("{}: what each policy costs, and what it protects", safe(title, style.charset));
  std::string text =
      painted(wrapped(heading, style.columns, 0, 2), Colour::bold, style) + "\n" +
      wrapped(
          fmt::format("Per cent of {} of this catalogue, which is not the world's mail.", range),
          style.columns, 0, 0) +
      "\n\n";
  const bool attacked = is_attacked(rows);
  text += figures(rows, attacked ? measures.size() : 3, style) + "\n";
  text += painted("What costs it, in mails by topic", Colour::bold, style) + "\n";
  text += costs(rows, style);
  if (!attacked)
    text += "\n" +
            wrapped("Who could read the mail is measured by attacking it: --attack all",
                    style.columns, 0, 0) +
            "\n";
  return text + "\n";
}

}  // namespace smtprig::reports
