// See project.hpp.
#include "harness/xml/project.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "harness/xml/check.hpp"
#include "harness/xml/nearest.hpp"
#include "harness/xml/table.hpp"
#include "harness/xml/value.hpp"

namespace smtprig::xml {
namespace {

namespace fs = std::filesystem;

// The names beside a path that does not exist: one of them may have been meant.
std::string nearest_beside(const fs::path& missing) {
  std::vector<std::string> names;
  std::error_code error;
  const auto folder = missing.has_parent_path() ? missing.parent_path() : fs::path(".");
  for (auto entry = fs::directory_iterator(folder, error);
       !error && entry != fs::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename().string());
  return nearest(missing.filename().string(), names);
}

class ProjectReader {
 public:
  ProjectReader(Project& project, const std::vector<std::string>& servers, KnownFiles known,
                Problems& problems)
      : project_(project), servers_(servers), known_(known), problems_(problems) {}

  void read(const Node& root) {
    if (const auto value = root.value("jobs"))
      if (const auto jobs = number(*value)) project_.jobs = static_cast<unsigned>(*jobs);
    if (const auto value = root.value("seed")) project_.seed = number(*value);
    for (const auto& node : root.children()) {
      const auto name = node.name();
      if (name == "scenarios") add(project_.scenarios, existing(node, "path"));
      if (name == "shipped") project_.shipped = true;
      if (name == "known")
        add(project_.known,
            known_ == KnownFiles::must_exist ? existing(node, "path") : path(node, "path"));
      if (name == "server") server(node);
      if (name == "policy") policy(node);
      if (name == "out") project_.out = path(node, "path");
    }
  }

 private:
  static void add(std::vector<fs::path>& paths, fs::path path) {
    if (!path.empty()) paths.push_back(std::move(path));
  }

  fs::path path(const Node& node, std::string_view attribute) const {
    const auto value = node.value(attribute).value_or("");
    return value.empty() ? fs::path() : (project_.file.parent_path() / value).lexically_normal();
  }

  fs::path existing(const Node& node, std::string_view attribute) {
    auto named = path(node, attribute);
    std::error_code error;
    if (!named.empty() && !fs::exists(named, error))
      problems_.add_value(node, attribute, fmt::format("{} does not exist", named.string()),
                          nearest_beside(named));
    return named;
  }

  void server(const Node& node) {
    ProjectServer server;
    server.name = node.value("name").value_or("");
    server.version = node.value("version").value_or("");
    server.root = existing(node, "root");
    server.configuration = existing(node, "configuration");
    if (node.has("name") && std::ranges::count(servers_, server.name) == 0)
      problems_.add_value(
          node, "name",
          fmt::format("no server is named \"{}\"; there are: {}", server.name, listed_servers()),
          nearest(server.name, servers_));
    const auto same = [&](const ProjectServer& other) {
      return std::tie(other.name, other.version, other.root, other.configuration) ==
             std::tie(server.name, server.version, server.root, server.configuration);
    };
    if (std::ranges::any_of(project_.servers, same))
      problems_.add(node, "another <server> says the same");
    project_.servers.push_back(std::move(server));
  }

  std::string listed_servers() const {
    std::string text;
    for (const auto& name : servers_)
      text += (text.empty() ? "" : ", ") + name;
    return text;
  }

  void policy(const Node& node) {
    const auto name = node.value("name").value_or("");
    const auto children = node.children("exception");
    if (node.has("default") || !children.empty()) return own_policy(node, name, children);
    const auto policy = model::policy_named(name);
    if (!policy) {
      std::vector<std::string> known;
      for (const auto& choice : policy_choices())
        known.push_back(choice.value);
      if (node.has("name"))
        problems_.add_value(node, "name",
                            fmt::format("no policy is named \"{}\"; one of your own has default= "
                                        "and <exception>",
                                        name),
                            nearest(name, known));
      return;
    }
    if (std::ranges::count(project_.policies, *policy) > 0)
      problems_.add_value(node, "name",
                          fmt::format("policy \"{}\" was named before", model::name(*policy)));
    project_.policies.push_back(*policy);
  }

  void own_policy(const Node& node, const std::string& name, const std::vector<Node>& exceptions) {
    model::OwnPolicy own;
    own.name = name;
    const auto fallback = model::policy_named(node.value("default").value_or(""));
    if (!node.has("default")) problems_.add(node, "an <exception> needs default= of its <policy>");
    own.fallback = fallback.value_or(model::Policy::none);
    for (const auto& child : exceptions) {
      const auto level = model::policy_named(child.value("policy").value_or(""));
      own.exceptions.push_back(
          {level.value_or(model::Policy::none), words(child.value("domains").value_or(""))});
    }
    if (const auto problem = problem_of(own); !problem.empty()) {
      problems_.add(node, problem);
      return;
    }
    const auto same = [&](const auto& other) { return other->name == own.name; };
    if (std::ranges::any_of(project_.own_policies, same))
      problems_.add_value(node, "name", fmt::format("policy \"{}\" was named before", own.name));
    project_.own_policies.push_back(std::make_shared<const model::OwnPolicy>(std::move(own)));
  }

  Project& project_;
  const std::vector<std::string>& servers_;
  KnownFiles known_;
  Problems& problems_;
};

}  // namespace

ProjectRead read_project(const fs::path& file, const std::vector<std::string>& servers,
                         KnownFiles known) {
  ProjectRead read;
  Problems problems;
  read.project.file = file;
  const auto document = Document::load(file, problems);
  if (document != nullptr && check(*document, "project", problems))
    ProjectReader(read.project, servers, known, problems).read(Node(*document, document->root()));
  read.problems = problems.sorted();
  return read;
}

std::string root_name(const fs::path& file) {
  Problems ignored;
  const auto document = Document::load(file, ignored);
  return document == nullptr ? std::string()
                             : std::string(Node(*document, document->root()).name());
}

}  // namespace smtprig::xml
