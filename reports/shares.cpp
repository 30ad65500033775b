// What each policy does with the mails of a run, in bars and in numbers.
#include "reports/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtprig::reports {
namespace {

constexpr std::size_t bar_max = 60;

std::size_t name_width(const std::vector<PolicyCounts>& counts) {
  std::size_t longest = 0;
  for (const auto& count : counts)
    longest = std::max(longest, model::name(count.policy).size());
  return longest;
}

// `columns` symbols in the proportion of the fates (largest remainder), so that bars of one width
// compare. A fate that occurs has at least one symbol where there is room.
std::string bar(const PolicyCounts& count, std::size_t columns, const TerminalStyle& style) {
  const auto mails = count.mails();
  if (mails == 0) return "";
  std::array<std::size_t, 8> parts{};
  std::size_t used = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i] = count.by_fate[i] * columns / mails;
    if (parts[i] == 0 && count.by_fate[i] > 0) parts[i] = 1;
    used += parts[i];
  }
  const auto remainder = [&](std::size_t i) { return count.by_fate[i] * columns % mails; };
  for (; used < columns; ++used) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const bool owed = parts[i] == count.by_fate[i] * columns / mails;
      const bool best_owed = parts[best] == count.by_fate[best] * columns / mails;
      if (owed > best_owed || (owed == best_owed && remainder(i) > remainder(best))) best = i;
    }
    ++parts[best];
  }
  for (; used > columns; --used)
    --*std::ranges::max_element(parts);
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string run;
    for (std::size_t n = 0; n < parts[i]; ++n)
      run += symbols()[i].text(style.charset);
    text += painted(run, symbols()[i].colour, style);
  }
  return text;
}

struct Figure {
  std::string_view title;
  std::size_t (*value)(const PolicyCounts&);
};

template <Fate fate>
std::size_t number(const PolicyCounts& count) {
  return count[fate];
}

std::string figures(const std::vector<PolicyCounts>& counts, const TerminalStyle& style) {
  constexpr std::array<Figure, 6> shown = {{
      {"delivered", [](const PolicyCounts& count) { return count.delivered(); }},
      {"plaintext", number<Fate::plaintext>},
      {"encrypted", number<Fate::encrypted>},
      {"authenticated", number<Fate::authenticated>},
      {"deferred", number<Fate::deferred>},
      {"bounced", number<Fate::bounced>},
  }};
  std::size_t digits = 1;
  for (const auto& count : counts)
    digits = std::max(digits, fmt::format("{}", count.mails()).size());
  const auto names = name_width(counts);
  std::string header(2 + names, ' ');
  for (const auto& figure : shown)
    header += fmt::format("  {:>{}}", figure.title, std::max(figure.title.size(), digits + 5));
  std::string text = painted(header, Colour::bold, style) + "\n";
  for (const auto& count : counts) {
    text += fmt::format("  {:<{}}", model::name(count.policy), names);
    for (const auto& figure : shown) {
      const auto value = figure.value(count);
      const auto cell = fmt::format("{:>{}} {:>3}%", value, digits, per_cent(value, count.mails()));
      text += fmt::format("  {:>{}}", cell, std::max(figure.title.size(), digits + 5));
    }
    text += "\n";
  }
  return text;
}

// "  Lost: may 1, encrypt 2"; nothing if there is none.
std::string rare(std::string_view title, const std::vector<PolicyCounts>& counts,
                 std::size_t (*value)(const PolicyCounts&), const TerminalStyle& style) {
  std::string list;
  for (const auto& count : counts)
    if (value(count) > 0)
      list += fmt::format("{} {} {}", list.empty() ? ":" : ",", model::name(count.policy),
                          value(count));
  if (list.empty()) return "";
  return "  " + wrapped(std::string(title) + list, style.columns, 2, 4) + "\n";
}

}  // namespace

std::string policy_shares(const std::vector<PolicyCounts>& counts, const TerminalStyle& style) {
  if (counts.empty()) return "";
  const auto [least, most] = std::ranges::minmax(counts, {}, &PolicyCounts::mails);
  const auto range = least.mails() == most.mails()
                         ? counted(most.mails(), "mail")
                         : fmt::format("{} to {} mails", least.mails(), most.mails());
  constexpr std::string_view title = "What each policy does";
  std::string text = painted(title, Colour::bold, style);
  text += wrapped(fmt::format(" ({} of this catalogue, not the world's)", range), style.columns,
                  title.size(), 2);
  text += "\n";
  const auto names = name_width(counts);
  const auto room = std::min(bar_max, style.columns - 4 - names);
  for (const auto& count : counts)
    text +=
        fmt::format("  {:<{}}  {}\n", model::name(count.policy), names, bar(count, room, style));
  text += "\n" + figures(counts, style);
  text += rare("Rejected", counts, number<Fate::rejected>, style);
  text += rare("Lost", counts, number<Fate::lost>, style);
  text += rare("Duplicated", counts, number<Fate::duplicated>, style);
  text += rare(
      "Not delivered in plaintext, yet sent in clear in part or on a failed attempt", counts,
      [](const PolicyCounts& count) { return count.clear_attempts; }, style);
  return text;
}

}  // namespace smtprig::reports
