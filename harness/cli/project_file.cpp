// See project_file.hpp.
#include "harness/cli/project_file.hpp"

#include "harness/cli/console.hpp"
#include "harness/cli/failure.hpp"
#include "harness/cli/scenarios.hpp"
#include "harness/servers/installed.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

namespace smtprig::cli {

xml::ProjectRead read_project_of(const ProjectChoice& choice, const Share& share,
                                 xml::KnownFiles known) {
  if (choice.ignored) return {};
  std::filesystem::path file = choice.file;
  if (file.empty()) {
    file = xml::project_file_name;
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) return {};
  }
  return xml::read_project(file, servers::server_names(share.servers), known);
}

xml::Project find_project(const ProjectChoice& choice, const Share& share, xml::KnownFiles known) {
  auto read = read_project_of(choice, share, known);
  const auto* way_out = choice.file.empty() ? "; --no-project ignores it" : "";
  if (!read.problems.empty())
    throw Failure{status_usage, fmt::format("{}the project file cannot be used{}",
                                            problems_text(read.problems), way_out)};
  if (!read.project.file.empty())
    print_error(
        fmt::format("Project file: {}{}\n", reports::safe(read.project.file.string()), way_out));
  return std::move(read.project);
}

}  // namespace smtprig::cli
