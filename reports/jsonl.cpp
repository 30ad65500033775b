// See jsonl.hpp.
#include "reports/jsonl.hpp"

#include "harness/model/record.hpp"
#include "reports/text.hpp"

#include <boost/json.hpp>

namespace smtprig::reports {

namespace json = boost::json;

json::object run_record(const RunFacts& facts) {
  json::object record;
  record["type"] = "run";
  record["version"] = safe(facts.version);
  record["seed"] = facts.seed;
  json::array servers;
  for (const auto& server : facts.servers)
    servers.push_back(json::object{{"name", safe(server.name)}, {"version", safe(server.version)}});
  record["servers"] = std::move(servers);
  json::array roots;
  for (const auto& [server, root] : facts.roots)
    roots.push_back(json::object{{"server", safe(server)}, {"root", safe(root)}});
  record["server_roots"] = std::move(roots);
  json::array own;
  for (const auto& [name, definition] : facts.own_policies)
    own.push_back(json::object{{"name", safe(name)}, {"definition", safe(definition)}});
  record["own_policies"] = std::move(own);
  record["mutant"] = safe(facts.mutant);
  record["resolver"] = safe(facts.resolver);
  json::array left_out;
  for (const auto& [scenario, reason] : facts.left_out)
    left_out.push_back(json::object{{"scenario", safe(scenario)}, {"reason", safe(reason)}});
  record["left_out"] = std::move(left_out);
  record["planned"] = facts.planned;
  record["jobs"] = facts.jobs;
  record["started"] = safe(facts.started);
  record["machine"] = json::object{{"cpus", facts.machine.cpus},
                                   {"system", safe(facts.machine.system)},
                                   {"load", facts.machine.load},
                                   {"ids", safe(facts.machine.ids)}};
  return record;
}

json::object cell_record(const model::CellResult& result, json::storage_ptr memory) {
  json::object record(memory);
  record["type"] = "cell";
  for (auto& [name, value] : model::to_json(result, memory))
    record[name] = std::move(value);
  return record;
}

json::object summary_record(const RunFacts& facts, const VerdictCounts& counts, const RunEnd& end) {
  json::object record;
  record["type"] = "summary";
  record["planned"] = facts.planned;
  record["cells"] = counts.total();
  json::object verdicts;
  for (std::size_t i = 0; i < counts.by_verdict.size(); ++i)
    verdicts[model::name(static_cast<model::Verdict>(i))] = counts.by_verdict[i];
  record["verdicts"] = std::move(verdicts);
  record["interrupted"] = end.interrupted;
  record["exit_status"] = end.exit_status;
  record["took_us"] = end.took.count();
  return record;
}

void JsonLines::begin(const RunFacts& facts) {
  verdicts_.clear();
  line(run_record(facts));
}

void JsonLines::add(const model::CellResult& result) {
  verdicts_[result.cell] = result.judgement.verdict;
  json::monotonic_resource memory;
  line(cell_record(result, &memory));
}

void JsonLines::end(const RunFacts& facts, const RunEnd& end) {
  VerdictCounts counts;
  for (const auto& [cell, verdict] : verdicts_)
    ++counts.by_verdict[static_cast<std::size_t>(verdict)];
  line(summary_record(facts, counts, end));
}

void JsonLines::line(const json::object& record) {
  out_ << json::serialize(record) << '\n' << std::flush;
}

}  // namespace smtprig::reports
