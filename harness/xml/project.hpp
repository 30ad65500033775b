// A project file: the defaults of whoever works in a folder, `smtprig.xml` there. Read as strictly
// as all else; what it names must exist.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/own_policy.hpp"
#include "harness/model/policy.hpp"
#include "harness/xml/read.hpp"

namespace smtprig::xml {

inline constexpr std::string_view project_file_name = "smtprig.xml";

struct ProjectServer {
  std::string name;                     // "postfix"
  std::string version;                  // empty: any
  std::filesystem::path root;           // empty: looked for in the system and in the cache
  std::filesystem::path configuration;  // folder of the user's own; empty: the lab's
};

// Paths are those of the file, put behind its folder. What is empty was not said.
struct Project {
  std::filesystem::path file;
  std::vector<std::filesystem::path> scenarios;
  bool shipped = false;  // the shipped scenarios beside those
  std::vector<std::filesystem::path> known;
  std::vector<ProjectServer> servers;
  std::vector<model::Policy> policies;
  model::OwnPolicies own_policies;
  std::filesystem::path out;
  std::optional<unsigned> jobs;
  std::optional<std::uint64_t> seed;
};

struct ProjectRead {
  Project project;
  std::vector<Problem> problems;  // if any, the project may be incomplete
};

// Whoever is about to write a file of known deviations does not ask that it exists.
enum class KnownFiles { must_exist, may_be_missing };

// `servers`: the names there are.
ProjectRead read_project(const std::filesystem::path& file, const std::vector<std::string>& servers,
                         KnownFiles known = KnownFiles::must_exist);

// The name of a file's root element without its prefix; empty if it is no file of urn:smtprig:1.
std::string root_name(const std::filesystem::path& file);

}  // namespace smtprig::xml
