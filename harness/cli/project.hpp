// What was typed and what a project file says, put together: typed wins, thing by thing. Pure; the
// file is found by project_file.hpp.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/cli/options.hpp"
#include "harness/xml/project.hpp"

namespace smtprig::cli {

// Throw Failure for a policy that neither the servers nor the project can know.
// A default Project says nothing: what comes out then are the plain defaults.
RunOptions with_project(RunOptions options, const xml::Project& project);
ListOptions with_project(ListOptions options, const xml::Project& project);
ExplainOptions with_project(ExplainOptions options, const xml::Project& project);
// `accept` chooses its file when it knows the server: see known_file.
AcceptOptions with_project(AcceptOptions options, const xml::Project& project);

// A server as it is wanted: "postfix", "postfix-3.7.11", and where it is if that was said.
struct ServerWish {
  std::string name;
  std::filesystem::path root = {};
  std::filesystem::path configuration = {};  // the user's own

  bool operator==(const ServerWish&) const = default;
};

// The servers of a run. Those that were typed keep what the project says of them; a typed root
// or configuration goes to the only one. Planted defects are the embedded server's, so where one is
// typed and no server is, the project's do not count.
std::vector<ServerWish> wishes(const RunOptions& options, const xml::Project& project);

// Where known deviations of `server` are written if --file does not say: the first <known> of the
// project (in a folder, the server's own file), else the server's file in `shipped`.
std::filesystem::path known_file(const xml::Project& project, const std::filesystem::path& shipped,
                                 const std::string& server);

}  // namespace smtprig::cli
