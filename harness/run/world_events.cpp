// How what the server, the DNS and the sink say finds its cell, and how a cell becomes a result.
#include "harness/run/world.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <boost/json/monotonic_resource.hpp>

#include "harness/model/attack.hpp"
#include "harness/model/record.hpp"
#include "harness/plan/plan.hpp"

namespace smtprig::run {

using model::Attacker;

// The run whose domain is `name` or lies above it.
CellRun* World::owner_of(std::string_view name) const {
  while (!name.empty()) {
    if (const auto found = by_domain_.find(name); found != by_domain_.end())
      return found->second.get();
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) break;
    name.remove_prefix(dot + 1);
  }
  return nullptr;
}

void World::on_line(const std::string& line, const std::vector<fakes::ServerFact>& facts) {
  last_activity_ = Signal::Clock::now();
  std::vector<CellRun*> concerned;
  for (const auto& fact : facts) {
    CellRun* run = nullptr;
    if (fact.kind == fakes::ServerFact::Kind::tls_report) {
      run = owner_of(fact.recipient);
    } else if (const auto at = fact.recipient.rfind('@'); at != std::string::npos) {
      run = owner_of(std::string_view(fact.recipient).substr(at + 1));
      if (run && !fact.queue_id.empty()) by_queue_id_[fact.queue_id] = run;
    } else if (const auto client = by_client_.find(fact.client); client != by_client_.end()) {
      run = client->second;
      if (!fact.queue_id.empty()) by_queue_id_[fact.queue_id] = run;
    } else if (const auto found = by_queue_id_.find(fact.queue_id); found != by_queue_id_.end()) {
      run = found->second;
    }
    if (run && std::ranges::find(concerned, run) == concerned.end()) concerned.push_back(run);
  }
  for (auto* run : concerned)
    run->server_line(line, facts);
}

// Under attack the sessions are the attacker's.
bool World::reports_tls(const model::Cell& cell) const {
  return cell.scenario->tlsrpt && cell.attacker == model::Attacker::none &&
         !settings_.server.tls_reports.empty();
}

void World::on_query(const fakes::DnsQuery& query) {
  last_activity_ = Signal::Clock::now();
  if (auto* run = owner_of(query.name)) run->dns_query(query);
}

void World::on_report() {
  last_activity_ = Signal::Clock::now();
  for (const auto& event : sink_->news()) {
    const auto* accepted = std::get_if<fakes::MessageAccepted>(&event.body);
    if (!accepted) continue;
    for (const auto& recipient : accepted->recipients) {
      const auto found = by_token_.find(std::string_view(recipient).substr(0, recipient.find('@')));
      if (found == by_token_.end()) continue;
      if (const auto* mail = sink_->with_requiretls(event)) found->second->report_received(*mail);
      found->second->report_received(event);
    }
  }
}

model::CellResult World::judged(CellRun& base, const std::vector<std::shared_ptr<CellRun>>& twins) {
  const auto& cell = base.cell();
  const auto& events = base.journal().events();
  const auto attempts = settings_.server.attempts;

  auto classified = judge::classify(cell, events, attempts);
  // Those that tell of authentication, and so decide over the outcome.
  std::map<model::Attacker, model::Outcome> impostors;
  for (const auto& witness : plan::twins(cell))
    for (const auto& twin : twins)
      if (twin->cell().attacker == witness.attacker)
        impostors[witness.attacker] =
            judge::classify(twin->cell(), twin->journal().events(), attempts).outcome;
  const auto seen_by = [&](model::Attacker attacker) {
    const auto found = impostors.find(attacker);
    return found == impostors.end() ? nullptr : &found->second;
  };
  if (cell.direction() == model::Direction::inbound)
    judge::authenticate_client(classified.outcome, seen_by(Attacker::impostor_self_signed));
  else
    judge::authenticate(classified.outcome, seen_by(Attacker::impostor_self_signed),
                        seen_by(Attacker::impostor_other_name));

  model::CellResult result;
  result.cell = cell.id();
  result.scenario = cell.scenario->id;
  result.server = cell.server;
  result.direction = cell.direction();
  result.policy = cell.policy;
  result.own_policy = cell.label().own;
  result.attacker = cell.attacker;
  result.ruling = judge::ruling(cell);
  const bool attacked = cell.attacker != model::Attacker::none;
  result.judgement =
      judge::judge(cell, classified, result.ruling,
                   attacked ? settings_.known_under_attack : settings_.known, events);
  result.outcome = std::move(classified.outcome);
  result.took = base.took();
  result.journal = events;
  result.journal_dropped = base.journal().dropped();
  for (const auto& [attacker, outcome] : impostors)
    for (const auto& recipient : outcome.recipients) {
      fakes::RigNote note{fmt::format("twin {}: {}", name(attacker), judge::text(recipient))};
      result.journal.push_back({result.took, "rig", 0, std::move(note)});
    }
  std::vector<model::Held> held;
  if (cell.attacker != Attacker::none) held.push_back(base.held());
  if (cell.direction() == model::Direction::outbound)
    for (const auto& twin : twins)
      held.push_back(twin->held());
  result.exposure = model::exposure_of(std::move(held), model::attackers_of(model::honest(cell)));
  return result;
}

void World::emit_result(const model::CellResult& result) {
  boost::json::monotonic_resource memory;
  boost::json::object frame(&memory);
  frame["result"] = model::to_json(result, &memory);
  emit_(std::move(frame));
}

// The cell, and those of its twins that the plan asked for.
void World::emit_family(const Family& family) {
  auto result = judged(*family.base, family.twins);
  if (is_control(family.base->cell()))
    emit_control(std::move(result));
  else
    emit_result(result);
  for (const auto& twin : family.twins)
    if (family.planned.contains(twin->cell().id())) emit_result(judged(*twin, {}));
}

// A control is run first and last; what counts is the worse of the two.
void World::emit_control(model::CellResult result) {
  const auto [place, first] = control_results_.try_emplace(result.cell, result);
  if (!first && place->second.judgement.verdict == model::Verdict::pass)
    place->second = std::move(result);
}

void World::emit_reopened() {
  for (const auto& family : families_) {
    const auto reopened = [](const auto& twin) { return twin->reopened(); };
    if (family.told && (family.base->reopened() || std::ranges::any_of(family.twins, reopened)))
      emit_family(family);
  }
}

}  // namespace smtprig::run
