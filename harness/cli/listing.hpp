// Lists of scenarios and servers, as text and as JSON. The JSON is one document, an array with one
// object a line; members may be added, none changes its meaning. It is ASCII: control characters,
// those that turn the direction of text, and all beyond ASCII are \\u escapes, bytes that are no
// UTF-8 are U+FFFD. docs/command-line.md describes it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/model/scenario.hpp"

namespace smtprig::cli {

struct Listed {
  std::shared_ptr<const model::Scenario> scenario;
  std::vector<std::string> cells;  // ids of those that were selected
};

std::string short_text(const std::vector<Listed>& list);
std::string long_text(const std::vector<Listed>& list);
std::string scenarios_json(const std::vector<Listed>& list);

// A server that can be tested, or (without origin) could be if it were fetched.
struct ListedServer {
  std::string name;
  std::string version;  // empty: it has none, or is not there
  std::string origin;   // "built-in", "system", "cache"
  std::string root;     // where it lies; empty: the system
  std::string package;  // Debian's, that `servers fetch` unpacks
  std::string summary;
  std::vector<std::string> policies;
};

std::string servers_text(const std::vector<ListedServer>& list);
std::string servers_json(const std::vector<ListedServer>& list);

}  // namespace smtprig::cli
