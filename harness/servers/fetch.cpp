// Steps: list what is missing, download, extract into a new folder, ask the programs for their
// version, move into place. A system without package lists (a fresh container) gets lists of its
// own in the cache, so that an ordinary user can fetch too.
#include "harness/servers/fetch.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>
#include <unistd.h>

#include "harness/lab/child.hpp"

namespace smtprig::servers {
namespace fs = std::filesystem;
using lab::LabError;
namespace {

constexpr std::chrono::minutes step_deadline{10};

// Removes the folder unless it was moved away.
struct Workplace {
  fs::path path;
  explicit Workplace(const fs::path& cache) {
    std::error_code error;
    fs::create_directories(cache, error);
    std::string name = (cache / "fetching-XXXXXX").string();
    if (error || !::mkdtemp(name.data())) {
      throw LabError("create a folder in " + cache.string(), std::strerror(errno));
    }
    path = name;
  }
  ~Workplace() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
};

lab::Completed run(const std::vector<std::string>& argv, const fs::path& directory,
                   const Progress& progress) {
  lab::ChildSettings settings;
  settings.argv = argv;
  settings.directory = directory;
  for (const char* name : {"http_proxy", "https_proxy", "no_proxy"}) {
    if (const char* value = std::getenv(name)) {
      settings.environment.push_back(fmt::format("{}={}", name, value));
    }
  }
  return lab::run_child_now(settings, step_deadline, progress);
}

void run_or_throw(const std::vector<std::string>& argv, const fs::path& directory,
                  const Progress& progress) {
  const lab::Completed done = run(argv, directory, progress);
  if (done.succeeded()) return;
  throw LabError(
      fmt::format("run {}", fmt::join(argv, " ")),
      fmt::format("{}\n{}", done.timed_out ? "timed out" : lab::describe_status(done.status),
                  done.output));
}

std::vector<std::string> apt_get(const std::vector<std::string>& options,
                                 const std::vector<std::string>& words) {
  std::vector<std::string> argv = {"apt-get", "-q"};
  // As root apt would download as the user _apt, who cannot enter the cache.
  if (::geteuid() == 0) argv.insert(argv.end(), {"-o", "APT::Sandbox::User=root"});
  argv.insert(argv.end(), options.begin(), options.end());
  argv.insert(argv.end(), words.begin(), words.end());
  return argv;
}

std::vector<std::string> packages_of(const model::ServerDescription& description) {
  std::vector<std::string> packages = {description.package};
  packages.insert(packages.end(), description.with_packages.begin(),
                  description.with_packages.end());
  return packages;
}

struct Listed {
  std::vector<std::string> packages;
  std::vector<std::string> options;  // of apt-get, to be used from here on
};

lab::Completed simulate(const std::vector<std::string>& options,
                        const std::vector<std::string>& wanted, const fs::path& workplace) {
  std::vector<std::string> words = {"install", "--simulate", "--no-install-recommends"};
  words.insert(words.end(), wanted.begin(), wanted.end());
  return run(apt_get(options, words), workplace, {});
}

// The first is the server's own package. Without one of the others it has less to show, and says so
// in each run.
Listed list_known_packages(std::vector<std::string> wanted, const std::vector<std::string>& options,
                           const fs::path& workplace, const Progress& progress) {
  const std::string all = fmt::format("{}", fmt::join(wanted, " "));
  lab::Completed done = simulate(options, wanted, workplace);
  const std::vector<std::string> unknown = unknown_packages(done.output);
  if (!done.succeeded() && !unknown.empty() &&
      std::ranges::find(unknown, wanted.front()) == unknown.end()) {
    progress(fmt::format("left out, for there is no such package: {}", fmt::join(unknown, " ")));
    std::erase_if(wanted, [&](const std::string& package) {
      return std::ranges::find(unknown, package) != unknown.end();
    });
    done = simulate(options, wanted, workplace);
  }
  if (!done.succeeded()) throw LabError("list what " + all + " needs", done.output);
  return {packages_to_unpack(done.output, wanted), options};
}

Listed list_packages(const std::vector<std::string>& wanted, const fs::path& workplace,
                     const Progress& progress) {
  const std::string package = fmt::format("{}", fmt::join(wanted, " "));
  const lab::Completed first = simulate({}, wanted, workplace);
  if (first.succeeded()) return {packages_to_unpack(first.output, wanted), {}};
  if (unknown_packages(first.output).empty()) {
    throw LabError("list what " + package + " needs", first.output);
  }
  progress("the system has no package lists with " + package + ": fetching lists of our own");
  fs::create_directories(workplace / "lists/partial");
  fs::create_directories(workplace / "apt/archives/partial");
  const std::vector<std::string> options = {
      "-o", fmt::format("Dir::State::Lists={}/lists", workplace.string()), "-o",
      fmt::format("Dir::Cache={}/apt", workplace.string())};
  run_or_throw(apt_get(options, {"update"}), workplace, progress);
  return list_known_packages(wanted, options, workplace, progress);
}

// On a system with a merged /usr the packages' /lib is usr/lib; the overlay shows usr only.
void prepare_root(const fs::path& root) {
  for (const char* name : {"bin", "lib", "lib64", "sbin"}) {
    fs::create_directories(root / "usr" / name);
    fs::create_directory_symlink(fs::path("usr") / name, root / name);
  }
}

void extract_all(const fs::path& workplace, const fs::path& root, const Progress& progress) {
  std::vector<fs::path> packages;
  for (const auto& entry : fs::directory_iterator(workplace)) {
    if (entry.path().extension() == ".deb") packages.push_back(entry.path());
  }
  std::sort(packages.begin(), packages.end());
  for (const fs::path& package : packages) {
    progress("unpacking " + package.filename().string());
    run_or_throw({"dpkg-deb", "--extract", package, root}, workplace, {});
  }
}

void move_into_place(const fs::path& root, const fs::path& target) {
  std::error_code ignored;
  fs::create_directories(target.parent_path());
  const fs::path old = root.parent_path() / "old";
  if (fs::exists(target, ignored)) fs::rename(target, old);
  fs::rename(root, target);
}

}  // namespace

std::vector<std::string> packages_to_unpack(std::string_view simulation,
                                            const std::vector<std::string>& wanted) {
  static const RE2 line_form("Inst ([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9]+)? .*");
  std::vector<std::string> packages;
  std::istringstream lines{std::string(simulation)};
  for (std::string line, name; std::getline(lines, line);) {
    if (RE2::FullMatch(line, line_form, &name)) packages.push_back(name);
  }
  for (const std::string& package : wanted) {
    if (std::ranges::find(packages, package) == packages.end()) packages.push_back(package);
  }
  return packages;
}

std::vector<std::string> unknown_packages(std::string_view output) {
  static const RE2 line_form(
      "E: (?:Unable to locate package ([a-z0-9][a-z0-9+.-]*)"
      "|Package '([a-z0-9][a-z0-9+.-]*)' has no installation candidate)");
  std::vector<std::string> packages;
  std::istringstream lines{std::string(output)};
  for (std::string line, unknown, empty; std::getline(lines, line);)
    if (RE2::FullMatch(line, line_form, &unknown, &empty))
      packages.push_back(unknown.empty() ? empty : unknown);
  return packages;
}

Installed fetch(const model::ServerDescription& description, const fs::path& cache,
                const Progress& progress) {
  const std::string step = "fetch " + description.name;
  if (description.package.empty()) throw LabError(step, "it comes in no package");
  const Progress tell = progress ? progress : [](const std::string&) {};
  try {
    const Workplace workplace(cache);
    const Listed listed = list_packages(packages_of(description), workplace.path, tell);
    tell(fmt::format("downloading {}", fmt::join(listed.packages, " ")));
    std::vector<std::string> words = {"download"};
    words.insert(words.end(), listed.packages.begin(), listed.packages.end());
    run_or_throw(apt_get(listed.options, words), workplace.path, tell);
    const fs::path root = workplace.path / "root";
    prepare_root(root);
    extract_all(workplace.path, root, tell);
    Installed installed{program_version(description, root), {}, Origin::cache};
    installed.root = cache / fmt::format("{}-{}", description.name, installed.version) / "root";
    move_into_place(root, installed.root);
    tell(fmt::format("{} {} is in {}", description.name, installed.version,
                     installed.root.string()));
    return installed;
  } catch (const fs::filesystem_error& error) {
    throw LabError(step, error.what());
  }
}

}  // namespace smtprig::servers
