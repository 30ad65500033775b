// See runner.hpp.
#include "harness/run/runner.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "harness/lab/lab_error.hpp"
#include "harness/model/record.hpp"
#include "harness/run/pass.hpp"
#include "harness/xml/read.hpp"

namespace smtprig::run {
namespace {

std::vector<model::Cell> plan_cells(const RunSettings& settings) {
  const auto suite = xml::read_suites(settings.scenario_paths);
  if (!suite.problems.empty())
    throw lab::LabError("read the scenarios", suite.problems.front().text());
  std::vector<plan::ServerColumn> columns;
  for (const auto& server : settings.servers)
    columns.push_back(plan::column_of(server.description, server.version, settings.selection.own));
  return plan::expand(suite.scenarios, columns, settings.selection);
}

// Another pass came to another end: the cell cannot be relied on.
void merge(std::map<std::string, model::CellResult>& all,
           const std::map<std::string, model::CellResult>& pass, unsigned number,
           Observer& observer) {
  for (const auto& [id, result] : pass) {
    auto& first = all.try_emplace(id, result).first->second;
    if (model::canonical_json(first) == model::canonical_json(result)) continue;
    if (first.judgement.verdict == model::Verdict::interference) continue;
    first.judgement.verdict = model::Verdict::interference;
    first.judgement.reason = "pass " + std::to_string(number) +
                             " came to another end than pass 1: " + result.judgement.actual;
    observer.finished(first);
  }
}

// The rig failed for every cell: another pass would say as little.
bool learnt_nothing(const std::map<std::string, model::CellResult>& pass) {
  return std::ranges::all_of(pass, [](const auto& entry) {
    return entry.second.judgement.verdict == model::Verdict::error;
  });
}

}  // namespace

bool expected(model::Verdict verdict) {
  switch (verdict) {
    case model::Verdict::pass:
    case model::Verdict::known:
    case model::Verdict::unsupported:
    case model::Verdict::not_reached:
      return true;
    default:
      return false;
  }
}

std::size_t RunSummary::count(model::Verdict verdict) const {
  return static_cast<std::size_t>(std::ranges::count(
      results, verdict, [](const model::CellResult& result) { return result.judgement.verdict; }));
}

int RunSummary::exit_status() const {
  if (interrupted) return 130;
  if (planned == 0) return 4;
  if (!rig_errors.empty() || count(model::Verdict::error) > 0) return 3;
  const auto as_expected = [](const model::CellResult& result) {
    return expected(result.judgement.verdict);
  };
  return std::ranges::all_of(results, as_expected) ? 0 : 1;
}

RunSummary run(const RunSettings& settings, Observer& observer) {
  const auto start = std::chrono::steady_clock::now();
  const auto cells = plan_cells(settings);
  RunSummary summary;
  summary.planned = cells.size();
  observer.planned(cells.size(), settings.repeat);

  std::map<std::string, model::CellResult> all;
  for (unsigned number = 1; number <= settings.repeat && !cells.empty(); ++number) {
    Pass pass(settings, cells, observer);
    const bool complete = pass.run();
    merge(all, pass.results(), number, observer);
    std::ranges::copy(pass.rig_errors(), std::back_inserter(summary.rig_errors));
    if (complete && !learnt_nothing(pass.results())) continue;
    summary.interrupted = settings.stop && settings.stop->load();
    break;
  }
  for (const auto& cell : cells)
    if (const auto found = all.find(cell.id()); found != all.end())
      summary.results.push_back(std::move(found->second));
  summary.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - start);
  return summary;
}

}  // namespace smtprig::run
