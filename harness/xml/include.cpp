// See suite.hpp: what a suite includes. A file that is included is told apart by what it resolves
// to, so neither ".." nor a link leads out of the suite's folder.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "harness/xml/check.hpp"
#include "harness/xml/suite.hpp"

namespace smtprig::xml {
namespace {

namespace fs = std::filesystem;

// As short as it can be said from where the user is.
fs::path shown(const fs::path& target) {
  std::error_code error;
  const auto near = fs::proximate(target, error);
  return error || near.empty() || *near.begin() == ".." ? target : near;
}

bool is_below(const fs::path& path, const fs::path& folder) {
  const auto relative = path.lexically_relative(folder);
  return !relative.empty() && *relative.begin() != "..";
}

void add_peers(const Node& suite, Peers& peers, std::map<std::string, std::string>& seen,
               Problems& problems) {
  for (const auto& node : suite.children("receiver")) {
    const auto id = node.value("id").value_or("");
    const auto at = node.at();
    const auto [first, fresh] = seen.emplace(id, fmt::format("{}:{}", at.file, at.line));
    if (!fresh && node.has("id"))
      problems.add_value(node, "id",
                         fmt::format("the <receiver> of {} has the id \"{}\"", first->second, id));
    peers.named.emplace(id, read_peer(node, node.children(), Peer{}, problems));
  }
}

// What an <include> names, or empty with a problem.
fs::path resolve(const Node& node, const fs::path& folder, Problems& problems) {
  const auto href = node.value("href");
  if (!href || !fits(Type::path_inside, *href)) return {};  // reported by the table
  std::error_code error;
  const auto target = fs::canonical(folder / *href, error);
  if (error) {
    problems.add_value(
        node, "href",
        fmt::format("\"{}\" does not exist below the suite's folder {}", *href, folder.string()));
    return {};
  }
  if (!is_below(target, folder)) {
    problems.add_value(
        node, "href",
        fmt::format("\"{}\" leads out of the suite's folder {}", *href, folder.string()));
    return {};
  }
  return target;
}

}  // namespace

fs::path suite_folder(const fs::path& file) {
  std::error_code error;
  const auto own = fs::weakly_canonical(file, error).parent_path();
  if (fs::is_directory(own / "peers", error)) return own;
  if (fs::is_directory(own.parent_path() / "peers", error)) return own.parent_path();
  return own;
}

Peers read_peers(const Node& suite, const fs::path& file, Problems& problems) {
  Peers peers;
  std::map<std::string, std::string> seen;
  std::set<fs::path> included;
  const auto folder = suite_folder(file);
  for (const auto& node : suite.children("include")) {
    const auto target = resolve(node, folder, problems);
    if (target.empty()) continue;
    if (!included.insert(target).second) {
      problems.add_value(node, "href", "the file is included already");
      continue;
    }
    if (included.size() > includes_max) {
      problems.add(node, fmt::format("more than {} includes", includes_max));
      break;
    }
    const auto document = Document::load(shown(target), problems);
    if (document == nullptr || !check(*document, "suite", problems)) continue;
    const Node root(*document, document->root());
    for (const auto& child : root.children())
      if (child.name() == "include" || child.name() == "scenario")
        problems.add(child, fmt::format("<{}> has no place in a file that is included; it brings "
                                        "<receiver> only",
                                        child.name()));
    peers.documents.push_back(document);
    add_peers(root, peers, seen, problems);
  }
  add_peers(suite, peers, seen, problems);
  return peers;
}

}  // namespace smtprig::xml
