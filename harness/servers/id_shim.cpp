// A library that is loaded into a real server where the lab has one id only (an ordinary user
// without subordinate ids, user_namespaces(7)): it lets the server believe that it changed ids and
// owners. It remembers, because servers ask afterwards; each process begins as root again, as it
// does in the user namespace. Nothing of the rig is linked into it.
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

constexpr uid_t unchanged_user = static_cast<uid_t>(-1);
constexpr gid_t unchanged_group = static_cast<gid_t>(-1);

uid_t real_user = 0, effective_user = 0;
gid_t real_group = 0, effective_group = 0;

int set_users(uid_t real, uid_t effective) {
  if (real != unchanged_user) real_user = real;
  if (effective != unchanged_user) effective_user = effective;
  return 0;
}

int set_groups(gid_t real, gid_t effective) {
  if (real != unchanged_group) real_group = real;
  if (effective != unchanged_group) effective_group = effective;
  return 0;
}

}  // namespace

// The prototypes are those of unistd.h, grp.h and sys/stat.h.
extern "C" {

uid_t getuid() noexcept {
  return real_user;
}
uid_t geteuid() noexcept {
  return effective_user;
}
gid_t getgid() noexcept {
  return real_group;
}
gid_t getegid() noexcept {
  return effective_group;
}
int setuid(uid_t user) noexcept {
  return set_users(user, user);
}
int setgid(gid_t group) noexcept {
  return set_groups(group, group);
}
int seteuid(uid_t user) noexcept {
  return set_users(unchanged_user, user);
}
int setegid(gid_t group) noexcept {
  return set_groups(unchanged_group, group);
}
int setreuid(uid_t real, uid_t effective) noexcept {
  return set_users(real, effective);
}
int setregid(gid_t real, gid_t effective) noexcept {
  return set_groups(real, effective);
}
int setresuid(uid_t real, uid_t effective, uid_t) noexcept {
  return set_users(real, effective);
}
int setresgid(gid_t real, gid_t effective, gid_t) noexcept {
  return set_groups(real, effective);
}
int setgroups(size_t, const gid_t*) noexcept {
  return 0;
}
int initgroups(const char*, gid_t) {
  return 0;
}
int chown(const char*, uid_t, gid_t) noexcept {
  return 0;
}
int fchown(int, uid_t, gid_t) noexcept {
  return 0;
}
int lchown(const char*, uid_t, gid_t) noexcept {
  return 0;
}
int fchownat(int, const char*, uid_t, gid_t, int) noexcept {
  return 0;
}

}  // extern "C"
