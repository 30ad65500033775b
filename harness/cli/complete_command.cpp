// `smtprig __complete`: the words that only this machine knows, for completion.hpp. It is called at
// every press of a key, so it starts no program, says nothing on standard error, and whatever goes
// wrong means that there is nothing to complete.
#include "harness/cli/catalogue.hpp"
#include "harness/cli/choice.hpp"
#include "harness/cli/commands.hpp"
#include "harness/cli/completion.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/definition.hpp"
#include "harness/cli/failure.hpp"
#include "harness/cli/project_file.hpp"
#include "harness/cli/results.hpp"
#include "harness/cli/scenarios.hpp"
#include "harness/servers/embedded/mutants.hpp"
#include "harness/servers/installed.hpp"
#include "harness/servers/resolver.hpp"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace smtprig::cli {
namespace {

namespace fs = std::filesystem;

// Results hold whole journals; more than this would be waited for.
constexpr std::uintmax_t results_bytes_max = 64u << 20;

// "postfix-3.7.11", for "postfix"
bool is_version(std::string_view folder, const std::string& server) {
  return folder.starts_with(server + "-") && folder.size() > server.size() + 1 &&
         std::isdigit(static_cast<unsigned char>(folder[server.size() + 1])) != 0;
}

class Words {
 public:
  Words() : share_(find_share()) {}

  std::vector<Candidate> operator()(std::string_view kind, std::string_view word,
                                    const Typed& typed) const {
    if (kind == "SERVER") return servers(typed);
    if (kind == "POLICY") return policies(typed);
    if (kind == "MUTANT") return mutants();
    if (kind == "TOPIC") return topics(typed);
    if (kind == "CELL" && typed.command == "accept") return unexpected(word, typed);
    if (kind == "CELL" || kind == "TARGET") return ids(word, typed);
    return {};
  }

 private:
  xml::Project project(const Typed& typed) const {
    ProjectChoice choice;
    choice.ignored = typed.has("--no-project");
    if (const auto files = typed.values("--project"); !files.empty()) choice.file = files.front();
    return read_project_of(choice, share_).project;
  }

  // The servers that a command would take.
  std::vector<std::string> chosen_servers(const Typed& typed) const {
    ListOptions options;
    options.servers = typed.values("--server");
    return with_project(options, project(typed)).servers;
  }

  std::vector<Candidate> servers(const Typed& typed) const {
    std::vector<Candidate> all;
    for (const auto& name : servers::server_names(share_.servers)) {
      const auto server = description_of(share_, name);
      const bool fetching = typed.command == "servers fetch";
      if (fetching && server.package.empty()) continue;
      all.push_back({name, server.summary});
      if (fetching) continue;
      std::error_code error;
      for (const auto& entry : fs::directory_iterator(servers::cache_directory(), error))
        if (const auto folder = entry.path().filename().string(); is_version(folder, name))
          all.push_back({folder, server.summary});
    }
    if (const auto resolver = servers::resolver_description(); typed.command == "servers fetch")
      all.push_back({resolver.name, resolver.summary});
    return all;
  }

  std::vector<Candidate> policies(const Typed& typed) const {
    std::vector<Candidate> all;
    for (const auto& server : chosen_servers(typed))
      for (const auto& policies : {plan::column_of(description_of(share_, server), "").policies,
                                   plan::column_of(description_of(share_, server), "").inbound})
        for (const auto policy : policies)
          if (Candidate one{std::string(name(policy)), ""}; std::ranges::count(all, one) == 0)
            all.push_back(std::move(one));
    for (const auto& own : project(typed).own_policies)
      all.push_back({own->name, own->text()});
    return all;
  }

  std::vector<Candidate> mutants() const {
    std::vector<Candidate> all = {{"list", "shows what can be planted"}};
    std::istringstream lines(embedded::mutant_list());
    for (std::string line; std::getline(lines, line);) {
      const auto end = std::min(line.find(' '), line.size());
      const auto about = std::min(line.find_first_not_of(' ', end), line.size());
      all.push_back({line.substr(0, end), line.substr(about)});
    }
    return all;
  }

  static std::vector<Candidate> topics(const Typed& typed) {
    std::vector<Candidate> all;
    Raw raw;
    const auto program = definition(raw, "");
    const CLI::App* app = program.get();
    for (const auto& word : typed.arguments)
      app = app->get_subcommand(word);
    for (const auto* command : app->get_subcommands([](const CLI::App*) { return true; }))
      all.push_back({command->get_name(), ""});
    if (!typed.arguments.empty()) return all;
    for (const auto topic : {topic_status, topic_project})
      all.push_back({std::string(topic), ""});
    return all;
  }

  // What `accept` can take: cells of the last run that were not as permitted.
  std::vector<Candidate> unexpected(std::string_view word, const Typed& typed) const {
    AcceptOptions options;
    if (const auto folders = typed.values("--out"); !folders.empty()) options.out = folders.front();
    const auto file = fs::path(with_project(options, project(typed)).out) / "latest/results.jsonl";
    if (fs::file_size(file) > results_bytes_max) return {};
    std::vector<Candidate> all;
    if (const auto cells = read_results(file))
      for (const auto& [id, result] : *cells)
        if (result.judgement.verdict == model::Verdict::fail)
          all.push_back({id, result.judgement.actual});
    return next_components(word, all);
  }

  // Scenarios; behind an "@" the cells of one.
  std::vector<Candidate> ids(std::string_view word, const Typed& typed) const {
    ListOptions options;
    options.scenarios.paths = typed.values("--scenarios");
    options.servers = typed.values("--server");
    options = with_project(options, project(typed));
    const auto targets = targets_of(typed.arguments, scenario_paths(options.scenarios, share_));
    std::vector<Candidate> all;
    for (const auto& scenario : read_scenarios(targets.paths, "")) {
      if (!word.starts_with(scenario->id + "@")) {
        all.push_back({scenario->id, scenario->summary});
        continue;
      }
      for (const auto& server : options.servers) {
        const auto column =
            plan::column_of(description_of(share_, server), "", options.own_policies);
        for (const auto& cell : column.cells_of(scenario))
          all.push_back({cell.id(), ""});
      }
    }
    return next_components(word, all);
  }

  Share share_;
};

}  // namespace

int complete_command(const CompleteOptions& options) {
  try {
    const Words words;
    print(completion_text(complete(options.words, words)));
  } catch (const Failure&) {
  } catch (const std::exception&) {
  }
  return 0;
}

}  // namespace smtprig::cli
