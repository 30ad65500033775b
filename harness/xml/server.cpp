// See read.hpp: server descriptions.
#include <algorithm>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "harness/xml/check.hpp"
#include "harness/xml/nearest.hpp"
#include "harness/xml/read.hpp"
#include "harness/xml/value.hpp"
#include "harness/xml/words.hpp"

namespace smtprig::xml {
namespace {

namespace fs = std::filesystem;

model::Argv arguments(const Node& command) {
  model::Argv all;
  for (const auto& node : command.children("argument"))
    all.push_back(node.text());
  return all;
}

// Without white space at their ends; a backslash at the end joins a line with the next.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream rest(text);
  bool joins = false;
  for (std::string raw; std::getline(rest, raw);) {
    std::string line = flowing(raw);
    const bool continues = line.ends_with('\\');
    if (continues) line = flowing(line.substr(0, line.size() - 1));
    if (joins)
      lines.back() += ' ' + line;
    else if (!line.empty())
      lines.push_back(line);
    joins = continues && !lines.empty();
  }
  return lines;
}

class ServerReader {
 public:
  ServerReader(model::ServerDescription& server, Problems& problems)
      : server_(server), problems_(problems) {}

  void read(const Node& root) {
    attributes(root);
    for (const auto& node : root.children()) {
      const auto name = node.name();
      if (name == "summary") server_.summary = flowing(node.text());
      if (name == "program") program(node);
      if (name == "user") user(node);
      if (name == "version") version(node);
      if (name == "policy") policy(node);
      if (name == "companion") companion(node);
      if (name == "inbound") inbound(node);
      if (name == "relay") relay(node);
      if (name == "tls-reports") server_.tls_reports = node.value("line").value_or("");
      if (name == "directory") directory(node);
      if (name == "file") file(node, server_.files);
      if (name == "configuration") configuration(node);
      if (name == "start") server_.start = arguments(node);
      if (name == "flush") server_.flush = arguments(node);
      if (name == "remove") server_.remove = arguments(node);
      if (name == "stop") server_.stop_signal = node.value("signal").value_or("TERM");
      if (name == "log") log(node);
    }
    for (const auto& node : root.children("policy"))
      check_companion(node);
    for (const auto& node : root.children("directory"))
      for (const auto* attribute : {"owner", "group"})
        check_owner(node, attribute);
  }

 private:
  void attributes(const Node& root) {
    server_.name = root.value("name").value_or("");
    server_.needs_namespace = root.value("namespace") == "yes";
    server_.requiretls = root.value("requiretls") == "yes";
    server_.moves_clock = root.value("moves-clock") == "yes";
    server_.clock_library = root.value("clock-library").value_or("");
    server_.package = root.value("package").value_or("");
    server_.login_needs = root.value("login-needs").value_or("");
    server_.with_packages = words(root.value("with").value_or(""));
    if (const auto value = root.value("attempts"))
      server_.attempts = static_cast<unsigned>(number(*value).value_or(server_.attempts));
    if (const auto value = root.value("cells-at-once"))
      server_.cells_at_once = static_cast<unsigned>(number(*value).value_or(server_.cells_at_once));
    if (const auto value = root.value("start-deadline"))
      server_.start_deadline = duration(*value).value_or(server_.start_deadline);
    if (const auto value = root.value("stop-deadline"))
      server_.stop_deadline = duration(*value).value_or(server_.stop_deadline);
  }

  void program(const Node& node) {
    model::ServerProgram program;
    program.path = node.value("path").value_or("");
    program.or_else = node.value("or-else").value_or("");
    program.folder = node.value("folder").value_or("");
    for (const auto& other : server_.programs)
      if (!program.folder.empty() && other.folder == program.folder)
        problems_.add_value(
            node, "folder",
            fmt::format("the folder of {} is named \"{}\" already", other.path, other.folder));
    server_.programs.push_back(std::move(program));
  }

  void user(const Node& node) {
    model::ServerUser user;
    user.name = node.value("name").value_or("");
    user.id = static_cast<unsigned>(number(node.value("id").value_or("0")).value_or(0));
    user.group_only = node.value("group-only") == "yes";
    for (const auto& other : server_.users) {
      if (other.name == user.name)
        problems_.add_value(node, "name", fmt::format("another <user> is named \"{}\"", user.name));
      if (other.id == user.id)
        problems_.add_value(node, "id",
                            fmt::format("<user> \"{}\" has the id {}", other.name, other.id));
    }
    server_.users.push_back(std::move(user));
  }

  void version(const Node& node) {
    server_.version_command = arguments(node);
    server_.version_expression = node.value("expression").value_or("");
    if (!regex_error(server_.version_expression).empty()) return;
    if (const auto count = captures(server_.version_expression).size(); count != 1)
      problems_.add_value(node, "expression",
                          fmt::format("expression= needs exactly one capture, it has {}", count));
  }

  void policy(const Node& node) {
    const auto policy = model::policy_named(node.value("name").value_or(""));
    if (!policy) return;
    if (std::ranges::find(server_.policies, *policy, &model::ServerPolicy::policy) !=
        server_.policies.end())
      problems_.add_value(node, "name",
                          fmt::format("policy \"{}\" was described before", model::name(*policy)));
    const auto text = [&](const char* attribute) { return node.value(attribute).value_or(""); };
    server_.policies.push_back(
        {*policy, text("line"), text("relay-line"), text("route"), text("companion")});
  }

  void check_companion(const Node& node) {
    const auto value = node.value("companion");
    if (!value) return;
    std::vector<std::string> known;
    for (const auto& companion : server_.companions)
      known.push_back(companion.name);
    if (std::ranges::find(known, *value) == known.end())
      problems_.add_value(node, "companion", fmt::format("no <companion> is named \"{}\"", *value),
                          nearest(*value, known));
  }

  void companion(const Node& node) {
    model::ServerCompanion companion;
    companion.name = node.value("name").value_or("");
    companion.needs = node.value("needs").value_or("");
    companion.port = static_cast<unsigned>(number(node.value("port").value_or("0")).value_or(0));
    companion.start = arguments(node);
    companion.text = node.value("text").value_or("");
    for (const auto& variable : node.children("environment"))
      companion.environment.emplace_back(variable.value("name").value_or(""),
                                         variable.value("value").value_or(""));
    for (const auto& other : server_.companions)
      if (other.name == companion.name)
        problems_.add_value(node, "name",
                            fmt::format("another <companion> is named \"{}\"", companion.name));
    server_.companions.push_back(std::move(companion));
  }

  void relay(const Node& node) {
    model::ServerRelay entry;
    if (const auto value = node.value("service"))
      entry.service = find_word(relay_service_words, *value).value_or(entry.service);
    entry.line = node.value("line").value_or("");
    entry.destination = node.value("destination").value_or("");
    entry.login = node.value("login").value_or("");
    for (const auto& other : server_.relays)
      if (other.service == entry.service)
        problems_.add(node, "a relay by this service was described before");
    server_.relays.push_back(std::move(entry));
  }

  void inbound(const Node& node) {
    model::ServerInbound entry;
    const auto policy = model::policy_named(node.value("policy").value_or(""));
    if (!policy) return;
    entry.policy = *policy;
    if (const auto value = node.value("service"))
      entry.service = find_word(service_words, *value).value_or(entry.service);
    entry.lines = node.text();
    for (const auto& other : server_.inbound)
      if (other.policy == entry.policy && other.service == entry.service)
        problems_.add(node, "this listener was described before");
    server_.inbound.push_back(std::move(entry));
  }

  void directory(const Node& node) {
    model::ServerDirectory directory;
    directory.path = node.value("path").value_or("");
    directory.owner = node.value("owner").value_or("");
    directory.group = node.value("group").value_or("");
    if (const auto value = node.value("mode")) directory.mode = mode(*value).value_or(0755);
    server_.directories.push_back(std::move(directory));
  }

  void check_owner(const Node& node, std::string_view attribute) {
    const auto value = node.value(attribute);
    if (!value || *value == "root") return;
    std::vector<std::string> known{"root"};
    for (const auto& user : server_.users)
      if (attribute == "group" || !user.group_only) known.push_back(user.name);
    if (std::ranges::find(known, *value) == known.end())
      problems_.add_value(node, attribute, fmt::format("no <user> is named \"{}\"", *value),
                          nearest(*value, known));
  }

  void file(const Node& node, std::vector<model::ServerFile>& files) {
    const auto source = node.value("source").value_or("");
    std::error_code error;
    if (node.has("source") && fits(Type::path_inside, source) &&
        !fs::is_regular_file(server_.folder / source, error)) {
      std::vector<std::string> known;
      for (const auto& entry : fs::directory_iterator(server_.folder, error))
        known.push_back(entry.path().filename().string());
      problems_.add_value(node, "source",
                          fmt::format("there is no file \"{}\" beside server.xml", source),
                          nearest(source, known));
    }
    for (const auto& other : files)
      if (other.path == node.value("path").value_or(""))
        problems_.add_value(node, "path", fmt::format("another <file> makes \"{}\"", other.path));
    files.push_back({node.value("path").value_or(""), source});
  }

  void configuration(const Node& node) {
    auto& own = server_.configuration.emplace();
    own.folder = node.value("folder").value_or("");
    own.home = node.value("home").value_or("");
    own.port = static_cast<unsigned>(number(node.value("port").value_or("0")).value_or(0));
    for (const auto& child : node.children()) {
      if (child.name() == "file") file(child, own.files);
      if (child.name() == "override") own.overrides.push_back(override_of(child));
      if (child.name() == "rewrite") own.rewrites.push_back(rewrite_of(child));
      if (child.name() == "reference")
        own.references.push_back({child.value("expression").value_or(""), arguments(child)});
    }
  }

  static model::ServerOverride override_of(const Node& node) {
    const auto text = [&](const char* attribute) { return node.value(attribute).value_or(""); };
    return {text("file"),          text("when"),   text("unless"), node.value("if-set") == "yes",
            lines_of(node.text()), text("because")};
  }

  static model::ServerRewrite rewrite_of(const Node& node) {
    const auto text = [&](const char* attribute) { return node.value(attribute).value_or(""); };
    return {text("file"), text("matching"), text("to"), text("because")};
  }

  void log(const Node& node) {
    model::LogPattern pattern;
    pattern.expression = node.text();
    if (const auto value = node.value("kind"))
      pattern.kind = find_word(fact_words, *value).value_or(pattern.kind);
    const std::vector<std::string> known{"queue_id", "recipient", "relay", "status",
                                         "detail",   "client",    "key"};
    for (const auto& name : captures(pattern.expression))
      if (!name.empty() && std::ranges::find(known, name) == known.end())
        problems_.add(node, fmt::format("no fact has a member for the capture \"{}\"", name),
                      nearest(name, known));
    server_.log.push_back(std::move(pattern));
  }

  model::ServerDescription& server_;
  Problems& problems_;
};

}  // namespace

ServerRead read_server(const fs::path& file) {
  ServerRead result;
  Problems problems;
  result.server.folder = file.parent_path();
  if (result.server.folder.empty()) result.server.folder = ".";
  const auto document = Document::load(file, problems);
  if (document != nullptr && check(*document, "server", problems))
    ServerReader(result.server, problems).read(Node(*document, document->root()));
  result.problems = problems.sorted();
  return result;
}

}  // namespace smtprig::xml
