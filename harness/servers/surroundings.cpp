// The files are bound over those of the system one by one, after the overlay: a mount that lies
// below an overlaid folder would not be seen.
#include "harness/servers/surroundings.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

#include <fmt/format.h>

#include "harness/servers/layout.hpp"

namespace smtprig::servers {
namespace fs = std::filesystem;
namespace {

std::string_view field(std::string_view line, int number) {
  for (; number > 0; --number) {
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return {};
    line.remove_prefix(colon + 1);
  }
  return line.substr(0, line.find(':'));
}

std::string without(const std::string& text, const std::vector<model::ServerUser>& users) {
  std::istringstream lines(text);
  std::string kept;
  for (std::string line; std::getline(lines, line);) {
    const bool clashes =
        std::any_of(users.begin(), users.end(), [&](const model::ServerUser& user) {
          return field(line, 0) == user.name || field(line, 2) == std::to_string(user.id);
        });
    if (!clashes) kept += line + '\n';
  }
  return kept;
}

}  // namespace

std::string with_users(const std::string& passwd, const std::vector<model::ServerUser>& users) {
  std::string text = without(passwd, users);
  for (const model::ServerUser& user : users) {
    if (user.group_only) continue;
    text += fmt::format("{0}:x:{1}:{1}::/:/usr/sbin/nologin\n", user.name, user.id);
  }
  return text;
}

std::string with_groups(const std::string& group, const std::vector<model::ServerUser>& users) {
  std::string text = without(group, users);
  for (const model::ServerUser& user : users)
    text += fmt::format("{}:x:{}:\n", user.name, user.id);
  return text;
}

Surroundings::Surroundings(const model::ServerDescription& description, const fs::path& root,
                           const fs::path& scratch, const lab::Network& network,
                           const std::vector<Shown>& shown) {
  if (!root.empty()) mounts_.overlay(root / "usr", "/usr");
  show(shown, scratch);
  // trust-ad: glibc hands the DNS server's AD bit on to the server (resolv.conf(5)). No query is
  // lost on a veth, and the second try, with the same ID, also takes a late answer to the first:
  // six seconds are for a slow machine, and what waits longer waits for an answer that a scenario
  // withholds.
  const std::pair<const char*, std::string> files[] = {
      {"resolv.conf", fmt::format("nameserver {}\noptions trust-ad edns0 timeout:3 attempts:2\n",
                                  network.dns().to_string())},
      {"hosts", fmt::format("127.0.0.1 localhost\n::1 localhost\n{} {}\n",
                            network.server().to_string(), model::server_hostname)},
      {"nsswitch.conf",
       "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n"},
      {"passwd", with_users(read_file("/etc/passwd"), description.users)},
      {"group", with_groups(read_file("/etc/group"), description.users)},
  };
  for (const auto& [name, text] : files) {
    write_file(scratch / name, text);
    mounts_.bind(scratch / name, fs::path("/etc") / name);
  }
}

// A place that does not exist is made by an overlay of the folder in which it would be.
void Surroundings::show(const std::vector<Shown>& shown, const fs::path& scratch) {
  std::error_code error;
  for (const auto& [folder, at] : shown) {
    if (fs::exists(at, error)) continue;
    const fs::path stand_in = scratch / "stand-in" / at.parent_path().relative_path();
    fs::create_directories(stand_in / at.filename(), error);
    if (error) throw lab::LabError("create " + stand_in.string(), error.message());
    mounts_.overlay(stand_in, at.parent_path());
  }
  for (const auto& [folder, at] : shown)
    mounts_.bind(folder, at);
}

}  // namespace smtprig::servers
