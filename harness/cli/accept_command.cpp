// `accept`: known deviations out of the last results, into a file.
#include "harness/cli/accept.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/emit.hpp"
#include "harness/cli/failure.hpp"
#include "harness/cli/project.hpp"
#include "harness/cli/project_file.hpp"
#include "harness/cli/results.hpp"
#include "harness/cli/share.hpp"
#include "harness/xml/read.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace smtprig::cli {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Never a file that the reader would refuse.
void replace(const fs::path& file, const std::string& text) {
  const auto check = [](const fs::path& written) {
    const auto read = xml::read_known({written});
    if (!read.problems.empty()) throw Failure{status_usage, readable(read.problems.front().text())};
  };
  if (!replace_file(file, text, check))
    throw Failure{status_usage, fmt::format("cannot write {}", file.string())};
}

bool is_named(const model::CellResult& result, const std::string& wanted) {
  return result.cell == wanted || result.scenario == wanted ||
         fmt::format("{}/{}", result.scenario, name(result.label())) == wanted;
}

}  // namespace

int accept_command(const AcceptOptions& typed) {
  const auto share = find_share();
  const auto project = find_project(typed.project, share, xml::KnownFiles::may_be_missing);
  const auto options = with_project(typed, project);
  const fs::path results = fs::path(options.out) / "latest" / "results.jsonl";
  const auto cells = read_results(results);
  if (!cells) throw Failure{status_usage, cells.error()};
  std::map<fs::path, std::vector<model::KnownDeviation>> by_file;
  std::string said, passed_over;
  bool seen = false;
  for (const auto& [id, result] : *cells) {
    if (!is_named(result, options.cell)) continue;
    seen = true;
    const auto entries = accepted(result, options.reason, options.link);
    if (entries.empty()) {
      passed_over += fmt::format("{}: {}, nothing to accept\n", id, name(result.judgement.verdict));
      continue;
    }
    const fs::path file = options.file.empty()
                              ? known_file(project, share.known, result.server.name)
                              : fs::path(options.file);
    auto& list = by_file[file];
    list.insert(list.end(), entries.begin(), entries.end());
    said += fmt::format("{}: {} -> {}\n", id, result.judgement.actual, file.string());
  }
  if (!seen)
    throw Failure{status_nothing,
                  fmt::format("{} is not in {}; `smtprig run` prints the ids of unexpected cells",
                              options.cell, results.string())};
  for (const auto& [file, entries] : by_file) {
    try {
      replace(file, with_entries(text_of(file), entries));
    } catch (const std::runtime_error& error) {
      throw Failure{status_usage, fmt::format("{}: {}", file.string(), error.what())};
    }
  }
  print(readable(said.empty() ? passed_over : said));
  return by_file.empty() ? status_nothing : 0;
}

}  // namespace smtprig::cli
