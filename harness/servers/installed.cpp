// Outside of a lab the programs of an unpacked package run with LD_LIBRARY_PATH: good enough to ask
// for a version, and only for that (servers scrub it, set-user-ID programs ignore it).
#include "harness/servers/installed.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <glob.h>
#include <re2/re2.h>
#include <unistd.h>

#include "harness/lab/child.hpp"
#include "harness/xml/read.hpp"

namespace smtprig::servers {
namespace fs = std::filesystem;
using lab::LabError;
namespace {

constexpr std::chrono::milliseconds version_deadline{20'000};

fs::path below(const fs::path& root, const std::string& absolute) {
  return root.empty() ? fs::path(absolute) : root / fs::path(absolute).relative_path();
}

bool can_run(const fs::path& root, const std::string& path) {
  return !path.empty() && ::access(below(root, path).c_str(), X_OK) == 0;
}

// Where a root lies that was meant by one that it is not: `usr` in it, or what holds it, as in the
// cache. Empty: nowhere near.
fs::path meant_by(const model::ServerDescription& description, const fs::path& root) {
  const fs::path given = root.has_filename() ? root : root.parent_path();
  for (const fs::path& other : {given.parent_path(), given / "root"})
    if (!other.empty() && missing_programs(description, other).empty()) return other;
  return {};
}

std::string not_a_root(const model::ServerDescription& description, const fs::path& root,
                       const std::vector<std::string>& missing) {
  std::error_code error;
  if (!fs::is_directory(root, error)) return fmt::format("{} is no folder", root.string());
  const fs::path meant = meant_by(description, root);
  return fmt::format("{}: {}{}", root.string(), fmt::join(missing, "; "),
                     meant.empty() ? "" : fmt::format("; did you mean {}?", meant.string()));
}

// "1.9" of "toy-1.9"; empty for "toy" and for "toy-extra-1.9", which is another server's.
std::string version_after(const std::string& name, const std::string& text) {
  if (!text.starts_with(name + "-")) return {};
  const std::string version = text.substr(name.size() + 1);
  return !version.empty() && version[0] >= '0' && version[0] <= '9' ? version : std::string();
}

bool is_built_in(const model::ServerDescription& description) {
  return description.programs.empty();
}

std::vector<Installed> cached(const model::ServerDescription& description, const fs::path& cache) {
  std::vector<Installed> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(cache, error)) {
    const std::string version = version_after(description.name, entry.path().filename());
    const fs::path root = entry.path() / "root";
    if (version.empty()) continue;
    if (!missing_programs(description, root).empty()) continue;
    found.push_back({version, root, Origin::cache});
  }
  std::sort(found.begin(), found.end(),
            [](const Installed& a, const Installed& b) { return is_newer(a.version, b.version); });
  return found;
}

std::string way_out(const model::ServerDescription& description) {
  if (description.package.empty()) return "give its root with --server-root";
  return fmt::format(
      "run `smtprig servers fetch {}` (unpacks the Debian package {} into a cache), "
      "or install it",
      description.name, description.package);
}

// The first file of that pattern in the root or, below it, in the system: as the server sees it,
// which has the one laid over the other. Empty: there is none.
std::string found_below(const fs::path& root, const std::string& pattern) {
  for (const fs::path& place : {root, fs::path()}) {
    glob_t found{};
    std::string path;
    if (::glob(below(place, pattern).c_str(), 0, nullptr, &found) == 0) path = found.gl_pathv[0];
    ::globfree(&found);
    if (path.empty()) continue;
    return place.empty() ? path : "/" + fs::path(path).lexically_relative(place).string();
  }
  return {};
}

}  // namespace

std::string library_path(const fs::path& root) {
  std::set<std::string> folders;
  for (const char* top : {"lib", "usr/lib", "usr/local/lib"}) {
    std::error_code error;
    fs::recursive_directory_iterator entry(root / top, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      if (entry.depth() >= 3) entry.disable_recursion_pending();
      const std::string name = entry->path().filename();
      if (name.find(".so") != std::string::npos) folders.insert(entry->path().parent_path());
    }
  }
  return fmt::format("{}", fmt::join(folders, ":"));
}

bool is_newer(const std::string& version, const std::string& than) {
  const char* a = version.data();
  const char* b = than.data();
  const char* const a_end = a + version.size();
  const char* const b_end = b + than.size();
  while (a != a_end && b != b_end) {
    unsigned long x = 0, y = 0;
    const auto next_a = std::from_chars(a, a_end, x), next_b = std::from_chars(b, b_end, y);
    if (next_a.ec != std::errc{} || next_b.ec != std::errc{}) break;
    if (x != y) return x > y;
    a = next_a.ptr;
    b = next_b.ptr;
    if (a == a_end || b == b_end || *a != *b) break;
    ++a;
    ++b;
  }
  return std::string_view(a, static_cast<std::size_t>(a_end - a)) >
         std::string_view(b, static_cast<std::size_t>(b_end - b));
}

std::vector<std::string> server_names(const fs::path& share) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(share, error)) {
    if (fs::exists(entry.path() / "server.xml", error)) {
      names.push_back(entry.path().filename());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

Wanted wanted_server(const fs::path& share, const std::string& text) {
  const std::vector<std::string> names = server_names(share);
  for (const std::string& name : names) {
    if (text == name) return {name, {}};
    if (const std::string version = version_after(name, text); !version.empty()) {
      return {name, version};
    }
  }
  throw LabError("find the server " + text,
                 fmt::format("there is none of that name in {}; there are: {}", share.string(),
                             fmt::join(names, ", ")));
}

model::ServerDescription describe_server(const fs::path& share, const std::string& name) {
  const fs::path file = share / name / "server.xml";
  xml::ServerRead read = xml::read_server(file);
  if (read.problems.empty()) return std::move(read.server);
  std::string text;
  for (const xml::Problem& problem : read.problems)
    text += "\n" + problem.text();
  throw LabError("read " + file.string(), text);
}

std::vector<std::string> missing_programs(const model::ServerDescription& description,
                                          const fs::path& root) {
  std::vector<std::string> missing;
  for (const model::ServerProgram& program : description.programs) {
    if (can_run(root, program.path) || can_run(root, program.or_else)) continue;
    const fs::path path = below(root, program.path);
    const bool exists = ::access(path.c_str(), F_OK) == 0;
    missing.push_back(
        fmt::format("{}{} {}", root.empty() ? program.path : program.path.substr(1),
                    program.or_else.empty()
                        ? ""
                        : fmt::format(" (or {})", program.or_else.substr(root.empty() ? 0 : 1)),
                    exists ? "cannot be executed" : "is missing"));
  }
  return missing;
}

bool can_log_in(const model::ServerDescription& description, const fs::path& root) {
  return description.login_needs.empty() || !found_below(root, description.login_needs).empty();
}

std::string clock_library(const model::ServerDescription& description, const fs::path& root) {
  return description.clock_library.empty() ? std::string()
                                           : found_below(root, description.clock_library);
}

std::vector<const model::ServerCompanion*> missing_companions(
    const model::ServerDescription& description, const fs::path& root) {
  std::vector<const model::ServerCompanion*> missing;
  for (const model::ServerCompanion& companion : description.companions)
    if (!can_run({}, companion.needs) && (root.empty() || !can_run(root, companion.needs)))
      missing.push_back(&companion);
  return missing;
}

std::string program_folder(const model::ServerProgram& program, const fs::path& root) {
  const bool elsewhere = !can_run(root, program.path) && can_run(root, program.or_else);
  return fs::path(elsewhere ? program.or_else : program.path).parent_path();
}

fs::path cache_directory() {
  const char* const cache = std::getenv("XDG_CACHE_HOME");
  if (cache && *cache == '/') return fs::path(cache) / "smtprig/servers";
  const char* const home = std::getenv("HOME");
  if (home && *home == '/') return fs::path(home) / ".cache/smtprig/servers";
  throw LabError("find the cache of servers", "neither XDG_CACHE_HOME nor HOME is set");
}

std::string program_version(const model::ServerDescription& description, const fs::path& root) {
  if (description.version_command.empty()) return {};
  lab::ChildSettings settings;
  settings.argv = description.version_command;
  settings.argv[0] = below(root, settings.argv[0]);
  if (!root.empty()) settings.environment.push_back("LD_LIBRARY_PATH=" + library_path(root));
  const lab::Completed done = lab::run_child_now(settings, version_deadline, {});
  std::string version;
  if (!RE2::PartialMatch(done.output, description.version_expression, &version)) {
    throw LabError(fmt::format("ask {} for its version", settings.argv[0]),
                   fmt::format("{}: {}", lab::describe_status(done.status), done.output));
  }
  return version;
}

std::vector<Installed> all_installed(const model::ServerDescription& description,
                                     const fs::path& cache) {
  if (is_built_in(description)) return {{"", {}, Origin::built_in}};
  std::vector<Installed> found;
  if (missing_programs(description, {}).empty()) {
    found.push_back({program_version(description, {}), {}, Origin::system});
  }
  for (Installed& entry : cached(description, cache))
    found.push_back(std::move(entry));
  return found;
}

Installed find_installed(const model::ServerDescription& description, const std::string& version,
                         const fs::path& given_root, const fs::path& cache) {
  const std::string step =
      fmt::format("find the server {}{}{}", description.name, version.empty() ? "" : "-", version);
  if (!given_root.empty()) {
    const auto missing = missing_programs(description, given_root);
    if (!missing.empty()) throw LabError(step, not_a_root(description, given_root, missing));
    return {program_version(description, given_root), given_root, Origin::given};
  }
  std::string others;
  for (const Installed& entry : all_installed(description, cache)) {
    if (version.empty() || entry.version == version) return entry;
    others += (others.empty() ? "; there is " : ", ") + entry.version;
  }
  throw LabError(step, fmt::format("it is not installed here{}; {}", others, way_out(description)));
}

}  // namespace smtprig::servers
