// See read.hpp: scenario suites. Includes are in include.cpp.
#include "harness/xml/suite.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "harness/xml/check.hpp"
#include "harness/xml/project.hpp"
#include "harness/xml/read.hpp"

namespace smtprig::xml {
namespace fs = std::filesystem;
namespace {

void add_folder(const fs::path& folder, const std::vector<std::string>& skipped,
                std::vector<fs::path>& files, Problems& problems) {
  std::error_code error;
  std::vector<fs::path> found;
  auto entry = fs::recursive_directory_iterator(folder, error);
  while (!error && entry != fs::recursive_directory_iterator()) {
    const bool skip =
        std::ranges::find(skipped, entry->path().filename().string()) != skipped.end();
    if (entry->is_directory(error) && skip) entry.disable_recursion_pending();
    if (!error && entry->is_regular_file(error) && entry->path().extension() == ".xml" && !skip)
      found.push_back(entry->path());
    if (!error) entry.increment(error);
  }
  if (error) problems.add(folder.string(), "cannot be read: " + error.message());
  std::ranges::sort(found);
  files.insert(files.end(), found.begin(), found.end());
}

using Seen = std::map<std::string, model::Location>;

void read_suite(const fs::path& file, Seen& seen, Suite& suite, Problems& problems) {
  const auto document = Document::load(file, problems);
  if (document == nullptr || !check(*document, "suite", problems)) return;
  const Node root(*document, document->root());
  const auto peers = read_peers(root, file, problems);
  std::size_t budget = expanded_elements_max;
  for (const auto& node : root.children("scenario")) {
    for (auto& scenario : read_scenario(node, peers, budget, problems)) {
      if (scenario->id.empty()) continue;  // reported by the table
      const auto [first, fresh] = seen.emplace(scenario->id, scenario->location);
      if (!fresh)
        problems.add_value(node, "id",
                           fmt::format("the scenario of {}:{} has the id \"{}\"",
                                       first->second.file, first->second.line, scenario->id));
      suite.scenarios.push_back(std::move(scenario));
    }
  }
}

}  // namespace

std::vector<fs::path> xml_files(const std::vector<fs::path>& paths,
                                const std::vector<std::string>& skipped, Problems& problems) {
  std::vector<fs::path> files;
  for (const auto& path : paths) {
    std::error_code error;
    if (fs::is_directory(path, error))
      add_folder(path, skipped, files, problems);
    else
      files.push_back(path);
  }
  // A file that is named twice, or by itself and by its folder, is read once.
  std::vector<fs::path> once, real;
  for (auto& file : files) {
    std::error_code error;
    const auto resolved = fs::weakly_canonical(file, error);
    if (std::ranges::find(real, resolved) != real.end()) continue;
    real.push_back(resolved);
    once.push_back(std::move(file));
  }
  return once;
}

Suite read_suites(const std::vector<fs::path>& paths) {
  Suite suite;
  Problems problems;
  Seen seen;
  for (const auto& file : xml_files(
           paths, {"known", "populations", "peers", std::string(project_file_name)}, problems))
    read_suite(file, seen, suite, problems);
  suite.problems = problems.sorted();
  return suite;
}

}  // namespace smtprig::xml
