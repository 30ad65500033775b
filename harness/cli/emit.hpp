// Reports of a finished run, as text and as files.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "harness/cli/options.hpp"
#include "reports/run.hpp"
#include "reports/terminal.hpp"

namespace smtprig::cli {

std::string rendered(Report report, const reports::Run& run, const reports::TerminalStyle& style);

// "matrix.txt", "junit.xml", "results.jsonl", "matrix.md"
std::string file_name(Report report);

// Never half a file: written beside it and renamed. `check` may look at what was written, and throw
// a Failure: then the file stays as it was. False: it cannot be written.
bool replace_file(const std::filesystem::path& file, std::string_view text,
                  const std::function<void(const std::filesystem::path&)>& check = {});

// Writes the chosen reports into `folder`, each complete or not at all. Throws Failure.
void write_reports(const std::filesystem::path& folder, const std::set<Report>& chosen,
                   const reports::Run& run);

}  // namespace smtprig::cli
