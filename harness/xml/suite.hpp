// Finding files: those of a path, and those that a suite includes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/xml/problems.hpp"
#include "harness/xml/scenario.hpp"

namespace smtprig::xml {

inline constexpr std::size_t includes_max = 64;  // of one suite

// Files as they are; of a folder every *.xml at any depth in the order of their paths, without the
// folders and files named in `skipped` (a path that is given itself is never skipped) and without
// links to folders.
std::vector<std::filesystem::path> xml_files(const std::vector<std::filesystem::path>& paths,
                                             const std::vector<std::string>& skipped,
                                             Problems& problems);

// The folder below which the includes of a suite stay: the file's own if it holds a folder "peers",
// else the one above it if that does, else the file's own. Links are resolved.
std::filesystem::path suite_folder(const std::filesystem::path& file);

// The named receivers of a suite: its own and those of its includes.
Peers read_peers(const Node& suite, const std::filesystem::path& file, Problems& problems);

}  // namespace smtprig::xml
