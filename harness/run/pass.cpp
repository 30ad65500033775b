// See pass.hpp.
#include "harness/run/pass.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "harness/judge/judge.hpp"
#include "harness/model/attack.hpp"

namespace smtprig::run {
namespace {

using model::Verdict;

// An attack on a control tests the server and not the rig.
bool is_control(std::string_view scenario, model::Attacker attacker) {
  return scenario.starts_with("control/") && attacker == model::Attacker::none;
}
bool is_control(const model::Cell& cell) {
  return is_control(cell.scenario->id, cell.attacker);
}
bool is_control(const model::CellResult& result) {
  return is_control(result.scenario, result.attacker);
}

// Cells that one lab has to itself: one with those under attack, whose order they have.
bool same_family(const model::Cell& one, const model::Cell& two) {
  return one.scenario->id == two.scenario->id && one.label() == two.label();
}

std::string outcome_text(const model::Outcome& outcome) {
  std::string text;
  for (const auto& recipient : outcome.recipients) {
    if (!text.empty()) text += "; ";
    text += judge::text(recipient);
  }
  return text.empty() ? "nothing" : text;
}

// Whether two runs of one cell came to the same end, as far as a judgement could tell.
bool same_end(const model::Outcome& one, const model::Outcome& two) {
  const auto end = [](const model::RecipientOutcome& r) {
    return std::tie(r.message, r.recipient, r.delivery, r.channel, r.weakest, r.via);
  };
  return one.server == two.server &&
         std::ranges::equal(one.recipients, two.recipients, {}, end, end) &&
         std::ranges::equal(one.conduct, two.conduct, {}, &model::Violation::rule,
                            &model::Violation::rule);
}

std::vector<std::string> as_text(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::string> texts;
  for (const auto& path : paths)
    texts.push_back(std::filesystem::absolute(path).string());
  return texts;
}

}  // namespace

Pass::Pass(const RunSettings& settings, const std::vector<model::Cell>& cells, Observer& observer)
    : settings_(settings),
      cells_(cells),
      observer_(observer),
      fleet_(std::max(1U, settings.jobs), settings.stop) {}

bool Pass::run() {
  const auto on_result = [this](const Task& task, model::CellResult result) {
    this->on_result(task, std::move(result));
  };
  const auto on_end = [this](const Task& task, const TaskEnd& end) { this->on_end(task, end); };
  add_tasks();
  if (!fleet_.run(on_result, on_end)) return false;
  rerun_unexpected();
  if (!fleet_.run(on_result, on_end)) return false;
  apply_controls();
  gather_exposure();
  return true;
}

Task Pass::task_for(const ServerChoice& server, std::vector<const model::Cell*> cells) const {
  Task task;
  task.job.scenario_paths = as_text(settings_.scenario_paths);
  task.job.known_paths = as_text(settings_.known_paths);
  task.job.shipped_known = settings_.shipped_known.string();
  task.job.server_file = std::filesystem::absolute(server.file).string();
  task.job.version = server.version;
  task.server = server.description.name;
  task.job.root = server.root.string();
  task.job.configuration = server.configuration.string();
  task.job.mutant = settings_.mutant;
  task.job.dns = settings_.selection.dns;
  task.job.resolver_root = settings_.resolver_root.string();
  task.job.seed = settings_.seed;
  task.mode = server.description.needs_namespace ? lab::Mode::isolated : lab::Mode::loopback;
  for (const auto& policy : settings_.selection.own)
    task.job.own_policies.push_back(policy->text());
  for (const auto* cell : cells)
    task.job.cells.push_back({cell->scenario->id, cell->policy, cell->label().own, cell->attacker});
  return task;
}

// Cells are dealt out in turns; every lab has the controls of its policies.
void Pass::add_tasks() {
  for (const auto& server : settings_.servers) {
    std::vector<const model::Cell*> controls, under_clock;
    std::vector<std::vector<const model::Cell*>> others;  // by family
    for (const auto& cell : cells_) {
      if (cell.server.name != server.description.name || cell.server.version != server.version)
        continue;
      if (is_control(cell))
        controls.push_back(&cell);
      else if (cell.scenario->moves_clock())
        under_clock.push_back(&cell);
      else if (!others.empty() && same_family(*others.back().front(), cell))
        others.back().push_back(&cell);
      else
        others.push_back({&cell});
    }
    const auto labs =
        std::clamp<std::size_t>(settings_.jobs, 1, std::max<std::size_t>(1, others.size()));
    for (std::size_t lab = 0; lab < labs; ++lab) {
      auto share = controls;
      for (std::size_t i = lab; i < others.size(); i += labs)
        share.insert(share.end(), others[i].begin(), others[i].end());
      if (!share.empty()) fleet_.add(task_for(server, std::move(share)));
    }
    // A server of their own, whose clock none of the others reads.
    if (under_clock.empty()) continue;
    auto task = task_for(server, std::move(under_clock));
    task.job.controls_last = false;
    fleet_.add(std::move(task));
  }
}

std::string Pass::id_of(const Task& task, const CellKey& key) const {
  for (const auto& cell : cells_)
    if (cell.scenario->id == key.scenario && cell.policy == key.policy &&
        cell.label().own == key.own_policy && cell.attacker == key.attacker &&
        cell.server.version == task.job.version && cell.server.name == task.server)
      return cell.id();
  return key.scenario;
}

void Pass::set(model::CellResult result) {
  observer_.finished(result);
  // What the rig could not find out says nothing about the server, and ends nothing.
  const auto verdict = result.judgement.verdict;
  const bool fails = verdict == Verdict::fail || verdict == Verdict::unexpected_pass;
  if (settings_.fail_fast && fails) fleet_.cancel();
  results_[result.cell] = std::move(result);
}

void Pass::on_result(const Task& task, model::CellResult result) {
  if (task.alone) {
    compare_alone(std::move(result));
    return;
  }
  if (task.job.cells.size() == 1) judged_alone_.insert(result.cell);
  // With several labs a control has several results: a bad one stays.
  const auto found = results_.find(result.cell);
  if (found != results_.end() && is_control(result) &&
      found->second.judgement.verdict != Verdict::pass)
    return;
  set(std::move(result));
}

void Pass::on_end(const Task& task, const TaskEnd& end) {
  if (end.how == TaskEnd::How::died) server_died(task, end);
  if (end.how == TaskEnd::How::error) rig_failed(task, end);
  if (task.group && --task.group->open == 0) close_group(*task.group);
}

void Pass::server_died(const Task& task, const TaskEnd& end) {
  const auto death = fmt::format("{} ({})", end.state, end.detail);
  if (task.group) task.group->reproduced = true;
  auto halves = std::array<Task, 2>{task, task};
  auto rest = task;
  for (auto* next : {&halves[0], &halves[1], &rest}) {
    next->job.cells.clear();
    next->group = nullptr;
  }
  auto group = std::make_shared<SuspectGroup>();
  group->death = death;
  for (const auto& key : task.job.cells) {
    const auto id = id_of(task, key);
    if (!end.in_flight.contains(id)) {
      if (!end.finished.contains(id)) rest.job.cells.push_back(key);
      continue;
    }
    halves[group->cells.size() % 2].job.cells.push_back(key);
    group->cells.push_back(id);
  }
  if (group->cells.size() == 1 || (group->cells.empty() && end.finished.empty())) {
    auto failed = end;
    failed.state = "keep the server under test running";
    failed.detail = death + ", and no cell can be blamed";
    rig_failed(task, failed);
    return;
  }
  if (group->cells.size() > 1)
    observer_.notice(fmt::format("the server under test {}; searching among {} cells in flight",
                                 death, group->cells.size()));
  for (auto& half : halves) {
    if (half.job.cells.empty()) continue;
    half.job.controls_last = false;
    half.group = group;
    ++group->open;
    fleet_.add(std::move(half));
  }
  if (!rest.job.cells.empty()) fleet_.add(std::move(rest));
}

// The server died with all of them and with none of their halves.
void Pass::close_group(SuspectGroup& group) {
  const auto guilty = [this](const std::string& id) {
    const auto found = results_.find(id);
    return found != results_.end() && found->second.outcome.server != model::ServerHealth::alive;
  };
  if (group.reproduced || std::ranges::any_of(group.cells, guilty)) return;
  for (const auto& id : group.cells) {
    const auto found = results_.find(id);
    if (found == results_.end()) continue;
    auto result = found->second;
    result.judgement.verdict = Verdict::interference;
    result.judgement.reason = fmt::format(
        "the server under test {} while this cell ran together with {} others, but not with half "
        "of "
        "them",
        group.death, group.cells.size() - 1);
    set(std::move(result));
  }
}

void Pass::rig_failed(const Task& task, const TaskEnd& end) {
  rig_errors_.push_back(fmt::format("{}: {}", end.state, end.detail));
  observer_.notice("the rig failed: " + rig_errors_.back());
  if (task.alone) return;
  for (const auto& key : task.job.cells) {
    model::CellResult result;
    result.cell = id_of(task, key);
    if (results_.contains(result.cell)) continue;
    const auto cell = std::ranges::find(cells_, result.cell, &model::Cell::id);
    if (cell == cells_.end()) continue;
    result.scenario = key.scenario;
    result.direction = cell->direction();
    result.policy = key.policy;
    result.own_policy = key.own_policy;
    result.attacker = key.attacker;
    result.server = cell->server;
    result.judgement.verdict = Verdict::error;
    result.judgement.reason = rig_errors_.back();
    set(std::move(result));
  }
}

void Pass::rerun_unexpected() {
  for (const auto& cell : cells_) {
    const auto found = results_.find(cell.id());
    if (found == results_.end() || judged_alone_.contains(cell.id())) continue;
    const auto verdict = found->second.judgement.verdict;
    if (verdict != Verdict::fail && verdict != Verdict::unexpected_pass) continue;
    for (const auto& server : settings_.servers) {
      if (cell.server.name != server.description.name || cell.server.version != server.version)
        continue;
      auto task = task_for(server, {&cell});
      task.alone = true;
      task.job.controls_last = false;
      fleet_.add(std::move(task));
    }
  }
}

void Pass::compare_alone(model::CellResult alone) {
  const auto found = results_.find(alone.cell);
  if (found == results_.end() || same_end(found->second.outcome, alone.outcome)) return;
  auto result = found->second;
  result.judgement.verdict = Verdict::interference;
  result.judgement.reason = fmt::format("together with others: {}; alone: {}",
                                        outcome_text(result.outcome), outcome_text(alone.outcome));
  set(std::move(result));
}

// Of a cell: the worst over its attackers, whichever lab ran them.
void Pass::gather_exposure() {
  std::map<std::string, std::vector<model::Held>> held;  // by the cell that is attacked
  for (const auto& cell : cells_)
    if (const auto found = results_.find(cell.id()); found != results_.end()) {
      auto& all = held[model::honest(cell).id()];
      std::ranges::copy(found->second.exposure.held, std::back_inserter(all));
    }
  for (const auto& cell : cells_) {
    if (cell.attacker != model::Attacker::none) continue;
    const auto found = results_.find(cell.id());
    if (found != results_.end())
      found->second.exposure = model::exposure_of(held[cell.id()], model::attackers_of(cell));
  }
}

// A column whose control failed says nothing about the server.
void Pass::apply_controls() {
  using Column = std::tuple<std::string, model::Direction, model::PolicyLabel>;
  std::map<Column, std::string> failed;  // to the control
  for (const auto& [id, result] : results_)
    if (is_control(result) && !expected(result.judgement.verdict))
      failed.try_emplace(Column(result.server.text(), result.direction, result.label()), id);
  std::vector<model::CellResult> changed;
  for (const auto& [id, result] : results_) {
    const auto found = failed.find(Column(result.server.text(), result.direction, result.label()));
    if (found == failed.end() || is_control(result) || result.judgement.verdict == Verdict::error)
      continue;
    auto& copy = changed.emplace_back(result);
    copy.judgement.verdict = Verdict::error;
    copy.judgement.reason = fmt::format("the control {} failed", found->second);
  }
  for (auto& result : changed)
    set(std::move(result));
}

}  // namespace smtprig::run
