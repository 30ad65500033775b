// See job.hpp.
#include "harness/run/job.hpp"

#include <boost/json.hpp>

#include <stdexcept>

namespace smtprig::run {
namespace {

namespace json = boost::json;

std::string member_text(const json::object& object, std::string_view key) {
  return json::value_to<std::string>(object.at(key));
}

}  // namespace

json::value to_json(const Job& job) {
  json::array cells;
  for (const auto& cell : job.cells)
    cells.push_back({{"scenario", cell.scenario},
                     {"policy", std::string(name(cell.policy))},
                     {"own_policy", cell.own_policy},
                     {"attacker", std::string(name(cell.attacker))}});
  return {{"scenario_paths", json::value_from(job.scenario_paths)},
          {"known_paths", json::value_from(job.known_paths)},
          {"shipped_known", job.shipped_known},
          {"server_file", job.server_file},
          {"version", job.version},
          {"root", job.root},
          {"configuration", job.configuration},
          {"mutant", job.mutant},
          {"dns", std::string(name(job.dns))},
          {"resolver_root", job.resolver_root},
          {"own_policies", json::value_from(job.own_policies)},
          {"cells", std::move(cells)},
          {"seed", job.seed},
          {"controls_last", job.controls_last}};
}

Job job_from_json(const json::value& value) {
  const auto& from = value.as_object();
  Job job;
  job.scenario_paths = json::value_to<std::vector<std::string>>(from.at("scenario_paths"));
  job.known_paths = json::value_to<std::vector<std::string>>(from.at("known_paths"));
  job.shipped_known = member_text(from, "shipped_known");
  job.server_file = member_text(from, "server_file");
  job.version = member_text(from, "version");
  job.root = member_text(from, "root");
  job.configuration = member_text(from, "configuration");
  job.mutant = member_text(from, "mutant");
  const auto dns = model::dns_mode_named(member_text(from, "dns"));
  if (!dns) throw std::runtime_error("job names a mode of the DNS that does not exist");
  job.dns = *dns;
  job.resolver_root = member_text(from, "resolver_root");
  job.own_policies = json::value_to<std::vector<std::string>>(from.at("own_policies"));
  for (const auto& cell : from.at("cells").as_array()) {
    const auto policy = model::policy_named(member_text(cell.as_object(), "policy"));
    if (!policy) throw std::runtime_error("job names a policy that does not exist");
    const auto attacker = model::attacker_named(member_text(cell.as_object(), "attacker"));
    if (!attacker) throw std::runtime_error("job names an attacker that does not exist");
    job.cells.push_back({member_text(cell.as_object(), "scenario"), *policy,
                         member_text(cell.as_object(), "own_policy"), *attacker});
  }
  job.seed = from.at("seed").to_number<std::uint64_t>();
  job.controls_last = from.at("controls_last").as_bool();
  return job;
}

}  // namespace smtprig::run
