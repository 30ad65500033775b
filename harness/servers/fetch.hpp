// Unpacks a server's Debian package, and the libraries that this system lacks for it, into the
// cache: apt-get download and dpkg-deb --extract, as root or as an ordinary user. Nothing is
// installed, no maintainer script runs, and the system's package lists are not changed.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/servers/installed.hpp"

namespace smtprig::servers {

// Told as it happens: "downloading postfix cpio", and the lines of apt-get.
using Progress = std::function<void(const std::string& text)>;

// Throws LabError with the output of the command that failed. What is in the cache already is
// replaced only after its successor is complete.
Installed fetch(const model::ServerDescription& description, const std::filesystem::path& cache,
                const Progress& progress);

// The packages that `apt-get install --simulate WANTED` would install, from its output, and the
// wanted ones themselves in any case, which are also there when nothing is missing.
std::vector<std::string> packages_to_unpack(std::string_view simulation,
                                            const std::vector<std::string>& wanted);

// The packages that apt-get says it knows nothing of, from its output.
std::vector<std::string> unknown_packages(std::string_view output);

}  // namespace smtprig::servers
