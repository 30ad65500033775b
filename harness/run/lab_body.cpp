// The body of a lab process; see world.hpp.
#include <csignal>

#include <algorithm>

#include <fmt/format.h>
#include <boost/json.hpp>

#include "fakes/tls/lean_provider.hpp"
#include "harness/lab/channel.hpp"
#include "harness/model/attack.hpp"
#include "harness/model/record.hpp"
#include "harness/run/spawn.hpp"
#include "harness/run/world.hpp"
#include "harness/xml/read.hpp"

namespace smtprig::run {
namespace {

namespace json = boost::json;

std::vector<std::filesystem::path> to_paths(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

// What the runner read before it sent the job must read the same here.
void require_clean(const std::vector<xml::Problem>& problems) {
  if (!problems.empty()) throw lab::LabError("read the job's files again", problems.front().text());
}

model::OwnPolicies own_policies(const Job& job) {
  model::OwnPolicies all;
  for (const auto& text : job.own_policies) {
    auto policy = model::own_policy_of(text);
    if (!policy) throw lab::LabError("read the job's policies", policy.error().text);
    all.push_back(std::make_shared<const model::OwnPolicy>(std::move(*policy)));
  }
  return all;
}

model::Cell honest_cell_of(const CellKey& key, std::shared_ptr<const model::Scenario> scenario,
                           const model::ServerName& server, const model::OwnPolicies& own) {
  if (key.own_policy.empty()) return {std::move(scenario), server, key.policy};
  const auto is_named = [&](const auto& policy) { return policy->name == key.own_policy; };
  const auto found = std::ranges::find_if(own, is_named);
  if (found == own.end())
    throw lab::LabError("find the job's policies", key.own_policy + " is not among them");
  return cell_under(*found, std::move(scenario), server);
}

model::Cell cell_of(const CellKey& key, std::shared_ptr<const model::Scenario> scenario,
                    const model::ServerName& server, const model::OwnPolicies& own) {
  const auto cell = honest_cell_of(key, std::move(scenario), server, own);
  return key.attacker == model::Attacker::none ? cell : model::attacked(cell, key.attacker);
}

std::vector<model::KnownDeviation> known_to(const Job& job) {
  auto known = xml::read_known(to_paths(job.known_paths));
  require_clean(known.problems);
  if (job.shipped_known.empty()) return std::move(known.deviations);
  auto shipped = xml::read_known({job.shipped_known});
  require_clean(shipped.problems);
  for (auto& entry : shipped.deviations) {
    entry.must_hold = job.configuration.empty();
    known.deviations.push_back(std::move(entry));
  }
  return std::move(known.deviations);
}

WorldSettings prepare(Job job) {
  auto suite = xml::read_suites(to_paths(job.scenario_paths));
  require_clean(suite.problems);
  auto server = xml::read_server(job.server_file);
  require_clean(server.problems);

  WorldSettings settings;
  const auto own = own_policies(job);
  for (const auto& key : job.cells) {
    const auto found = std::ranges::find_if(
        suite.scenarios, [&](const auto& scenario) { return scenario->id == key.scenario; });
    if (found == suite.scenarios.end())
      throw lab::LabError("find the job's scenarios", key.scenario + " is not in its files");
    settings.cells.push_back(cell_of(key, *found, {server.server.name, job.version}, own));
  }
  settings.server = std::move(server.server);
  settings.known = known_to(job);
  settings.known_under_attack = settings.known;
  for (auto& entry : settings.known_under_attack) {
    entry.must_hold = false;
    // No impostor tells of an attacked cell whether its peer was authenticated.
    if (entry.channel == model::Channel::authenticated) entry.channel = model::Channel::encrypted;
  }
  settings.job = std::move(job);
  return settings;
}

void run_job(const std::string& frame, lab::Mode mode, const World::Emit& emit) {
  auto settings = prepare(job_from_json(json::parse(frame)));
  settings.directory = lab::scratch_directory() / "server";
  lab::Network network(mode);
  boost::asio::io_context io(1);
  World world(io, network, std::move(settings), emit);
  spawn(io, world.run());
  io.run();
}

}  // namespace

int lab_body(int channel, lab::Mode mode) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGINT, SIG_IGN);  // the terminal's; the rig decides and closes the channel
  const World::Emit emit = [channel](json::object frame) {
    if (!lab::send_frame(channel, json::serialize(frame))) std::_Exit(1);
  };
  fakes::tls::use_lean_provider();
  const auto frame = lab::receive_frame(channel);
  if (!frame) return 1;
  try {
    run_job(*frame, mode, emit);
    emit({{"done", json::object()}});
    return 0;
  } catch (const lab::LabError& error) {
    emit({{"error", {{"step", error.step}, {"detail", model::escape(error.detail)}}}});
  } catch (const std::exception& error) {
    emit({{"error", {{"step", "run the lab"}, {"detail", model::escape(error.what())}}}});
  }
  return 3;
}

}  // namespace smtprig::run
