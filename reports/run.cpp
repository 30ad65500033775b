// See run.hpp.
#include "reports/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

namespace smtprig::reports {
namespace {

// A word for a POSIX shell; single quotes only where something needs them.
std::string quoted(std::string_view word) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@/._+-:=,%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos)
    return std::string(word);
  std::string text = "'";
  for (const char byte : word) {
    if (byte == '\'') {
      text += "'\\''";
    } else {
      text += byte;
    }
  }
  return text + "'";
}

}  // namespace

bool is_unexpected(model::Verdict verdict) {
  using model::Verdict;
  return verdict == Verdict::fail || verdict == Verdict::unexpected_pass ||
         verdict == Verdict::interference || verdict == Verdict::error;
}

std::string rerun_command(const RunFacts& facts, const model::CellResult& result) {
  const bool plain = result.attacker == model::Attacker::none;
  std::string text = quoted(facts.command) + " run " +
                     quoted(plain ? result.scenario : result.cell) + " --server " +
                     quoted(result.server.name);
  const auto own = facts.own_policies.find(result.own_policy);
  if (own != facts.own_policies.end())
    text += " --policy " + quoted(own->second);
  else if (plain)
    text += fmt::format(" --policy {}", model::name(result.policy));
  text += fmt::format(" --seed {}", facts.seed);
  if (!facts.resolver.empty()) text += " --dns signed";
  if (!facts.mutant.empty()) text += " --mutant " + quoted(facts.mutant);
  for (const auto& word : facts.sources)
    text += " " + quoted(word);
  return text;
}

std::string signed_dns(const RunFacts& facts) {
  if (facts.resolver.empty()) return {};
  std::string text = fmt::format("All zones are signed, and {} validates them.", facts.resolver);
  if (const auto count = facts.left_out.size(); count != 0)
    text += fmt::format(" For that {} scenario{} left out: smtprig list --dns signed says why.",
                        count, count == 1 ? " is" : "s are");
  return text;
}

std::vector<const model::CellResult*> ordered(const std::vector<model::CellResult>& results) {
  std::vector<const model::CellResult*> pointers;
  for (const auto& result : results)
    pointers.push_back(&result);
  std::ranges::stable_sort(pointers, {}, [](const model::CellResult* result) {
    return std::tuple(result->server.text(), result->direction, std::string_view(result->scenario),
                      result->attacker, result->label());
  });
  return pointers;
}

std::vector<const model::CellResult*> without_expected_attacks(
    const std::vector<const model::CellResult*>& cells) {
  std::set<std::string_view> honest;
  for (const auto* cell : cells)
    if (cell->attacker == model::Attacker::none) honest.insert(cell->cell);
  std::vector<const model::CellResult*> shown;
  for (const auto* cell : cells) {
    const auto base = std::string_view(cell->cell).substr(0, cell->cell.rfind('~'));
    const bool told = cell->attacker != model::Attacker::none && honest.contains(base);
    if (!told || is_unexpected(cell->judgement.verdict)) shown.push_back(cell);
  }
  return shown;
}

std::string column_title(const model::CellResult& cell) {
  const bool inbound = cell.direction == model::Direction::inbound;
  return cell.server.text() + (inbound ? ", inbound" : "");
}

}  // namespace smtprig::reports
