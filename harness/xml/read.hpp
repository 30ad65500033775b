// The one place that reads XML: scenario suites, server descriptions, known deviations, and project
// files (project.hpp). Strict: what is not in the table is an error with file:line:column, and all
// errors of a file come at once.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "harness/model/known.hpp"
#include "harness/model/scenario.hpp"
#include "harness/model/server.hpp"

namespace smtprig::xml {

struct Problem {
  model::Location location;
  std::string message;     // "unknown attribute \"startls\" of <receiver>"
  std::string suggestion;  // "starttls"; may be empty
  std::string line;        // source line, for the caret

  // "file:line:column: error: message\n  line\n  ^\n  did you mean ...?"
  std::string text() const;
};

struct Suite {
  std::vector<std::shared_ptr<const model::Scenario>> scenarios;
  std::vector<Problem> problems;  // if any, scenarios may be incomplete and must not be run
};

// Reads files and folders (recursively, *.xml in the order of their paths; folders named "known",
// "populations" and "peers" and files named smtprig.xml are not suites). Duplicate ids over all
// files are problems.
Suite read_suites(const std::vector<std::filesystem::path>& paths);

struct ServerRead {
  model::ServerDescription server;
  std::vector<Problem> problems;
};
ServerRead read_server(const std::filesystem::path& file);

struct KnownRead {
  std::vector<model::KnownDeviation> deviations;
  std::vector<Problem> problems;
};
KnownRead read_known(const std::vector<std::filesystem::path>& paths);

// Generated from the table that drives the reader.
std::string schema();     // XSD of urn:smtprig:1
std::string reference();  // Markdown: docs/scenario-format.md

}  // namespace smtprig::xml
