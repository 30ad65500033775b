// See markdown.hpp.
#include "reports/markdown.hpp"

#include "reports/symbol.hpp"
#include "reports/tally.hpp"
#include "reports/text.hpp"
#include "reports/tradeoff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace smtprig::reports {
namespace {

using Cells = std::vector<const model::CellResult*>;

// Our own ids need no escapes; whatever else would end the code span is escaped instead.
std::string code(std::string_view text) {
  const auto shown = safe(text);
  if (shown.find_first_of("`|\\") != std::string::npos) return markdown_text(text);
  return "`" + shown + "`";
}

std::string legend(const Cells& cells) {
  std::set<Fate> seen;
  std::set<model::Verdict> verdicts;
  for (const auto* cell : cells) {
    verdicts.insert(cell->judgement.verdict);
    for (const auto one : fates(*cell))
      seen.insert(one);
  }
  std::string text = "| | meaning |\n|:-:|---|\n";
  for (const auto& one : symbols())
    if (seen.contains(one.fate)) text += fmt::format("| {} | {} |\n", one.utf8, one.meaning);
  for (const auto& one : marks())
    if (verdicts.contains(one.verdict))
      text += fmt::format("| {} | {} |\n", markdown_text(one.utf8), one.meaning);
  return text + "\n";
}

std::string cell_text(const model::CellResult& cell) {
  std::string text;
  for (const auto one : fates(cell))
    text += symbol(one).utf8;
  if (const auto* sign = mark(cell.judgement.verdict)) text += markdown_text(sign->utf8);
  return text;
}

std::string matrix(const Cells& cells, const RunFacts& facts) {
  std::set<model::PolicyLabel> policies;
  for (const auto* cell : cells)
    policies.insert(cell->label());
  std::string text = "| scenario |";
  std::string rule = "|---|";
  for (const auto& policy : policies) {
    text += fmt::format(" {} |", model::name(policy));
    rule += ":-:|";
  }
  text += " what it is |\n" + rule + "---|\n";
  for (auto at = cells.begin(); at != cells.end();) {
    const auto& first = **at;
    std::map<model::PolicyLabel, const model::CellResult*> row;
    for (; at != cells.end() && (*at)->scenario == first.scenario &&
           (*at)->attacker == first.attacker;
         ++at)
      row[(*at)->label()] = *at;
    auto id = first.scenario;
    if (first.attacker != model::Attacker::none)
      id += "~" + std::string(model::name(first.attacker));
    text += fmt::format("| {} |", code(id));
    for (const auto& policy : policies)
      text += row.contains(policy) ? fmt::format(" {} |", cell_text(*row[policy])) : " |";
    const auto summary = facts.summaries.find(first.scenario);
    text += fmt::format(" {} |\n",
                        summary == facts.summaries.end() ? "" : markdown_text(summary->second));
  }
  return text + "\n";
}

// Scenarios of one parent together: "`tls/`: alpn, sni".
std::string grouped(const std::map<std::string, std::size_t>& scenarios) {
  std::map<std::string, std::string> groups;
  for (const auto& [scenario, mails] : scenarios) {
    const auto slash = scenario.rfind('/') + 1;  // 0: none
    auto& names = groups[scenario.substr(0, slash)];
    names += (names.empty() ? "" : ", ") + markdown_text(scenario.substr(slash));
  }
  std::string text;
  for (const auto& [parent, names] : groups)
    text += fmt::format("{}{}{}", text.empty() ? "" : "; ",
                        parent.empty() ? "" : code(parent) + " ", names);
  return text;
}

// What each policy costs and protects; each share with the scenarios that make it less than all.
std::string answer(const std::vector<Tradeoff>& rows) {
  if (rows.empty()) return "";
  std::string text =
      "| policy | delivered | encrypted | authenticated | safe from listeners | safe from "
      "attackers, "
      "first mail | safe from attackers, later mail |\n|---|--:|--:|--:|--:|--:|--:|\n";
  std::string lists;
  for (const auto& row : rows) {
    text += fmt::format("| {} |", model::name(row.policy));
    for (const auto* share : {&row.delivered, &row.encrypted, &row.authenticated,
                              &row.safe_from_listener, &row.safe_at_first, &row.safe_later})
      text += share->of == 0 ? " |" : fmt::format(" {} % |", per_cent(share->yes, share->of));
    text += "\n";
    const auto list = [&](std::string_view what, const Share& share) {
      if (share.against.empty()) return;
      lists += fmt::format("- {}, {} ({} of {}): {}\n", model::name(row.policy), what,
                           share.of - share.yes, share.of, grouped(share.against));
    };
    list("does not arrive", row.delivered);
    list("a listener reads", row.safe_from_listener);
    list("an attacker reads the first mail", row.safe_at_first);
    if (row.safe_later.against != row.safe_at_first.against)
      list("an attacker reads later mail", row.safe_later);
  }
  if (!lists.empty())
    lists = "\n<details><summary>Which scenarios cost it</summary>\n\n" + lists + "\n</details>\n";
  return text + lists + "\n";
}

std::string shares(const std::vector<PolicyCounts>& counts) {
  std::string text =
      "| policy | mails | delivered | plaintext | encrypted | authenticated | deferred | bounced | "
      "other |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n";
  for (const auto& count : counts) {
    const auto mails = count.mails();
    text += fmt::format("| {} | {} |", model::name(count.policy), mails);
    const auto add = [&](std::size_t value) {
      text += fmt::format(" {} ({} %) |", value, per_cent(value, mails));
    };
    add(count.delivered());
    for (const auto fate :
         {Fate::plaintext, Fate::encrypted, Fate::authenticated, Fate::deferred, Fate::bounced})
      add(count[fate]);
    add(count[Fate::rejected] + count[Fate::lost] + count[Fate::duplicated]);
    text += "\n";
  }
  return text + "\n";
}

// Unexpected cells as a list: what is asked, what is permitted, what happened.
std::string unexpected_list(const Cells& cells) {
  std::string text;
  for (const auto* cell : cells) {
    const auto& judgement = cell->judgement;
    if (!is_unexpected(judgement.verdict)) continue;
    text += fmt::format("- {}: {}.", code(cell->cell), model::name(judgement.verdict));
    const auto add = [&](std::string_view label, std::string_view value) {
      const std::string_view stop = value.ends_with('.') ? "" : ".";
      if (!value.empty()) text += fmt::format(" {}: {}{}", label, markdown_text(value), stop);
    };
    add("Required", judgement.requirement);
    add("Permitted", judgement.permitted);
    add("Actual", judgement.actual);
    add("Reason", judgement.reason);
    for (const auto& violation : cell->outcome.conduct)
      add("Conduct",
          fmt::format("{} ({}): {}", violation.rule, violation.clause, violation.detail));
    text += "\n";
  }
  if (text.empty()) return "";
  return "### Unexpected\n\n" + text + "\n";
}

// Known deviations, those of one scenario with the same end and reason in one line.
std::string known_list(const Cells& cells) {
  std::map<std::pair<std::string, std::string>, std::string> policies;  // by scenario and text
  for (const auto* cell : cells) {
    const auto& judgement = cell->judgement;
    if (judgement.verdict != model::Verdict::known) continue;
    const auto text = fmt::format("{}; permitted is {}. {}", judgement.actual, judgement.permitted,
                                  judgement.reason);
    auto& list = policies[{cell->scenario, text}];
    list += fmt::format("{}{}", list.empty() ? "" : ", ", model::name(cell->label()));
  }
  std::string lines;
  for (const auto& [key, list] : policies)
    lines += fmt::format("- {} under {}: {}\n", code(key.first), list, markdown_text(key.second));
  return lines.empty() ? "" : "### Known deviations\n\n" + lines + "\n";
}

}  // namespace

std::string markdown_text(std::string_view bytes) {
  constexpr std::string_view markup = "\\`*_[]<>|~&#!$";
  std::string text;
  for (const char byte : safe(bytes)) {
    if (markup.find(byte) != std::string_view::npos) text += '\\';
    text += byte;
  }
  return text;
}

std::string markdown(const Run& run) {
  const auto cells = ordered(run.results);
  std::string text = "# Which mail arrives, over which channel, under each TLS policy\n\n";
  text += fmt::format("smtprig {}, seed {}. {}.\n\n", markdown_text(run.facts.version),
                      run.facts.seed, count_verdicts(run.results).text());
  if (!run.facts.mutant.empty())
    text += fmt::format("The embedded server ran with a planted defect: {}.\n\n",
                        code(run.facts.mutant));
  if (const auto dns = signed_dns(run.facts); !dns.empty()) text += markdown_text(dns) + "\n\n";
  for (const auto& [name, definition] : run.facts.own_policies)
    text += fmt::format("The policy {} is {}.\n\n", code(name), code(definition));
  for (const auto& [server, root] : run.facts.roots)
    text += fmt::format("{} is that of {}.\n\n", markdown_text(server), code(root));
  if (run.end.interrupted)
    text += fmt::format("The run was interrupted after {} of {} cells.\n\n", run.results.size(),
                        run.facts.planned);
  text += legend(cells);
  for (auto at = cells.begin(); at != cells.end();) {
    const auto title = column_title(**at);
    const auto end = std::find_if(at, cells.end(), [&](const model::CellResult* cell) {
      return column_title(*cell) != title;
    });
    const Cells column{at, end};
    text += fmt::format("## {}\n\n", markdown_text(title));
    text += answer(tradeoffs(run.results, title));
    text += matrix(without_expected_attacks(column), run.facts);
    text += "Shares of this catalogue, not of the world's mail:\n\n" +
            shares(count_fates(run.results, title));
    text += unexpected_list(column) + known_list(column);
    at = end;
  }
  text.pop_back();
  return text;
}

}  // namespace smtprig::reports
