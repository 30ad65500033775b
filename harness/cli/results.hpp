// Where results go, and what the last run left there:
//
//   out/2026-01-31T12-00-00-postfix/   results.jsonl junit.xml matrix.txt
//   out/latest -> the newest of them
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "harness/model/dns_mode.hpp"
#include "harness/model/result.hpp"

namespace smtprig::cli {

// Creates a new folder below `out` for a run that started at `started` (UTC,
// "2026-01-31T12:00:00Z") and points out/latest to it. Throws std::filesystem::filesystem_error.
std::filesystem::path make_results_folder(const std::filesystem::path& out,
                                          const std::string& started,
                                          const std::vector<std::string>& servers);

// Cell id -> result.
using Results = std::map<std::string, model::CellResult>;

// A results.jsonl; the last record of a cell counts, and a cut last line is passed over. The error
// says why the file cannot be used.
boost::system::result<Results, std::string> read_results(const std::filesystem::path& file);

struct LastRun {
  std::vector<std::string> unexpected;  // patterns that select those cells, of any version
  std::vector<std::string> servers;     // their names, each once
  model::OwnPolicies own_policies;      // of the user's own, that their ids may name
  model::DnsMode dns = model::DnsMode::claimed;
};

// What was unexpected in a results.jsonl.
boost::system::result<LastRun, std::string> read_last_run(const std::filesystem::path& file);

}  // namespace smtprig::cli
