// Finds the servers under test: their descriptions below the share directory, and their programs in
// a root that the user gives, in the system, or in the cache of fetched packages
// ($XDG_CACHE_HOME/smtprig/servers/<name>-<version>/root).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/lab/lab_error.hpp"
#include "harness/model/server.hpp"

namespace smtprig::servers {

enum class Origin { built_in, given, system, cache };

struct Installed {
  std::string version;         // "3.7.11"; empty for a server without a version command
  std::filesystem::path root;  // empty: the system's own files
  Origin origin = Origin::system;
};

// Names of the folders of `share` (harness/servers, or where it is installed) that hold a
// server.xml.
std::vector<std::string> server_names(const std::filesystem::path& share);

// A server asked for by the user: "postfix", or one version of it, "postfix-3.7.11".
struct Wanted {
  std::string name;
  std::string version;  // empty: any
};
// Throws LabError that lists the names there are.
Wanted wanted_server(const std::filesystem::path& share, const std::string& text);

// Throws LabError with all problems of the file.
model::ServerDescription describe_server(const std::filesystem::path& share,
                                         const std::string& name);

std::filesystem::path cache_directory();

// Every installation, in the order of preference: system, then cache, newest first.
std::vector<Installed> all_installed(const model::ServerDescription& description,
                                     const std::filesystem::path& cache);

// What of the programs is not in a root, each as "PATH is missing" or "PATH cannot be executed".
// Empty: all are there.
std::vector<std::string> missing_programs(const model::ServerDescription& description,
                                          const std::filesystem::path& root);

// Whether what it needs to log in at a relay is there, in the root or in the system below it.
bool can_log_in(const model::ServerDescription& description, const std::filesystem::path& root);
// Where the library that moves its clock is, as the server sees it; empty: nowhere, or it has none.
std::string clock_library(const model::ServerDescription& description,
                          const std::filesystem::path& root);
// Companions that are not there. The same places are looked at.
std::vector<const model::ServerCompanion*> missing_companions(
    const model::ServerDescription& description, const std::filesystem::path& root);

// The folder of a program, as the server sees it: its path, or where else it was found.
std::string program_folder(const model::ServerProgram& program, const std::filesystem::path& root);

// The one to use. `given_root` is the user's own (an unpacked package or a build tree with usr/ in
// it), and then the only one looked at. Throws LabError with the way to get one.
Installed find_installed(const model::ServerDescription& description, const std::string& version,
                         const std::filesystem::path& given_root,
                         const std::filesystem::path& cache);

// Runs the version command of the programs in `root`; throws LabError.
std::string program_version(const model::ServerDescription& description,
                            const std::filesystem::path& root);

// Folders of the root that hold shared libraries, at most three below lib or usr/lib, as
// LD_LIBRARY_PATH takes them.
std::string library_path(const std::filesystem::path& root);

// Dotted numbers compared as such: 3.10 is newer than 3.9.
bool is_newer(const std::string& version, const std::string& than);

}  // namespace smtprig::servers
