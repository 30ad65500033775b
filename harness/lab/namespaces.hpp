// The namespaces of an isolated lab: mount, PID, network, UTS and IPC, and for an ordinary user a
// user namespace as well, in which root, the servers' users and nobody are mapped to subordinate
// ids, or root alone where there are none. Only the calling process and its children are concerned;
// nothing on the host changes.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "harness/lab/lab_error.hpp"

namespace smtprig::lab {

// The ids that a lab knows besides root: users of servers are numbered within [first, first +
// count), and nobody. A user namespace needs `ids_needed` subordinate ids.
inline constexpr unsigned server_ids_first = 2101;
inline constexpr unsigned server_ids_count = 99;
inline constexpr unsigned nobody_id = 65534;
inline constexpr unsigned ids_needed = server_ids_count + 1;

// What ids a lab has.
enum class Ids {
  all,          // its user is root
  subordinate,  // an ordinary user's own and subordinate ones
  one,          // an ordinary user's own: root in the lab, and nobody else
};

// What an isolated lab of this user will have, and of which kind one is in which the caller lives.
Ids ids_to_come();
Ids ids_here();

// Moves the caller into new namespaces, all but mount; its next child is pid 1 of the new PID
// namespace. Throws LabError with the way out.
void enter_namespaces();

// As pid 1: a mount namespace in which nothing reaches the host, /proc shows this PID namespace,
// /dev is a small one of the lab's own (so nothing reaches the host's /dev/log), `scratch` becomes
// a tmpfs.
void prepare_mounts(const std::filesystem::path& scratch);

// Start of the first range in the text of /etc/subuid or /etc/subgid that belongs to the user, by
// name or number, and has at least `ids_needed` ids.
std::optional<unsigned> subordinate_ids(std::string_view text, std::string_view user, unsigned uid);

}  // namespace smtprig::lab
