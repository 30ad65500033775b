// A cell with its twins: those under attack that the plan asks for, and the impostors that show
// whether the server authenticates its peer.
#include <algorithm>

#include "harness/model/attack.hpp"
#include "harness/plan/plan.hpp"
#include "harness/run/spawn.hpp"
#include "harness/run/world.hpp"

namespace smtprig::run {

using boost::asio::awaitable;

namespace {

// Whether an impostor in place of the honest peer can tell anything about the channel.
bool asks_for_twins(const model::Cell& cell, const std::vector<fakes::Event>& events,
                    unsigned attempts) {
  if (plan::twins(cell).empty()) return false;
  const auto is_open = [](const model::RecipientOutcome& recipient) {
    return recipient.delivery == model::Delivery::delivered &&
           recipient.channel == model::Channel::encrypted;
  };
  return std::ranges::any_of(judge::classify(cell, events, attempts).outcome.recipients, is_open);
}

}  // namespace

// Cells under attack run behind the honest one, where that is among the job's, with its twins.
void World::set_families_aside() {
  std::set<std::string> honest;
  for (const auto& cell : settings_.cells)
    if (cell.attacker == model::Attacker::none) honest.insert(cell.id());
  std::erase_if(settings_.cells, [&](const model::Cell& cell) {
    const auto id = model::honest(cell).id();
    if (cell.attacker == model::Attacker::none || !honest.contains(id)) return false;
    attacked_[id].push_back(cell);
    return true;
  });
}

void World::for_each_run(
    const std::function<void(CellRun& run, const Family* as_base)>& act) const {
  for (const auto& family : families_) {
    act(*family.base, &family);
    for (const auto& twin : family.twins)
      act(*twin, nullptr);
  }
}

std::vector<model::Cell> World::twins_for(const CellRun& base, unsigned round) const {
  std::vector<model::Cell> twins;
  const auto& cell = base.cell();
  if (round == 0)
    if (const auto found = attacked_.find(cell.id()); found != attacked_.end())
      twins = found->second;
  if (!asks_for_twins(cell, base.journal().events(), settings_.server.attempts)) return twins;
  for (auto& twin : plan::twins(cell))
    if (std::ranges::count(twins, twin.attacker, &model::Cell::attacker) == 0)
      twins.push_back(std::move(twin));
  return twins;
}

awaitable<void> World::follow_twin(std::shared_ptr<CellRun> run, std::shared_ptr<Signal> ended) {
  co_await cells_at_once_.acquire();
  if (!dead_) co_await follow(std::move(run));
  cells_at_once_.release();
  --under_way_;
  progress_.raise();
  ended->raise();
}

std::vector<std::shared_ptr<CellRun>> World::add_twins(const std::vector<model::Cell>& cells,
                                                       unsigned round) {
  std::vector<std::shared_ptr<CellRun>> twins;
  for (const auto& cell : cells)
    twins.push_back(add_run(cell, round));
  return twins;
}

awaitable<void> World::run_twins(std::vector<std::shared_ptr<CellRun>> twins) {
  // A signal of their own: one that all cells share would wake them all each time.
  const auto one_ended = std::make_shared<Signal>(io_);
  for (const auto& twin : twins) {
    ++under_way_;
    spawn(io_, follow_twin(twin, one_ended));
  }
  const auto ended = [](const auto& twin) { return twin->ended(); };
  while (!dead_ && !std::ranges::all_of(twins, ended))
    co_await one_ended->wait();
}

}  // namespace smtprig::run
