// What the runner tells a lab, and what a lab tells the runner: JSON in frames (lab/channel.hpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "harness/model/cell.hpp"
#include "harness/model/dns_mode.hpp"

namespace smtprig::run {

struct CellKey {
  std::string scenario;
  model::Policy policy = model::Policy::none;
  std::string own_policy;  // the name of one of the job's; then `policy` follows from it
  model::Attacker attacker = model::Attacker::none;
};

// One instance of one server and the cells that it shall meet. Impostors are listed where they are
// cells of the plan; the lab also runs them where a delivery asks for them.
struct Job {
  std::vector<std::string> scenario_paths;
  std::vector<std::string> known_paths;
  std::string shipped_known;  // of the server as it comes; may be empty
  std::string server_file;    // path of its server.xml
  std::string version;
  std::string root;           // of an unpacked package; empty: the system
  std::string configuration;  // folder of the user's own; empty: the rig's
  std::string mutant;
  model::DnsMode dns = model::DnsMode::claimed;
  std::string resolver_root;              // of an unpacked unbound; empty: the system
  std::vector<std::string> own_policies;  // OwnPolicy::text()
  std::vector<CellKey> cells;
  std::uint64_t seed = 0;
  bool controls_last = true;  // run the control cells once more at the end
};

boost::json::value to_json(const Job& job);
Job job_from_json(const boost::json::value& value);  // throws std::exception

// Frames from a lab, told apart by their one member:
//   {"result": record}    a cell ended, or was reopened and ended again
//   {"died": {"state", "detail", "in_flight": [cell ids]}}   the server under test is gone
//   {"error": {"step", "detail"}}   LabError
//   {"done": {}}

}  // namespace smtprig::run
