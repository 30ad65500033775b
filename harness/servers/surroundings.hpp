// What a real server finds on the system of an isolated lab: its package in front of /usr, a
// resolver configuration that points to the lab's DNS, and its users. Seen by the lab only; gone
// with the object.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/lab/mount.hpp"
#include "harness/lab/network.hpp"
#include "harness/model/server.hpp"

namespace smtprig::servers {

// A folder that is seen at another place, which need not exist.
struct Shown {
  std::filesystem::path folder;
  std::filesystem::path at;
};

class Surroundings {
 public:
  // `scratch` takes the files that are shown in /etc. An empty `root` leaves /usr alone.
  Surroundings(const model::ServerDescription& description, const std::filesystem::path& root,
               const std::filesystem::path& scratch, const lab::Network& network,
               const std::vector<Shown>& shown);

 private:
  void show(const std::vector<Shown>& shown, const std::filesystem::path& scratch);

  lab::Mounts mounts_;
};

// The text of /etc/passwd or /etc/group with the users of a server: entries of the same name or id
// give way, the new ones come last.
std::string with_users(const std::string& passwd, const std::vector<model::ServerUser>& users);
std::string with_groups(const std::string& group, const std::vector<model::ServerUser>& users);

}  // namespace smtprig::servers
