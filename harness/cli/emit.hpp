// Reports of a finished run, as text and as files.
#pragma once

#include <filesystem>
#include <string>

#include "harness/cli/options.hpp"
#include "reports/run.hpp"
#include "reports/terminal.hpp"

namespace smtprig::cli {

std::string rendered(Report report, const reports::Run& run, const reports::TerminalStyle& style);

// "matrix.txt", "junit.xml", "results.jsonl", "matrix.md"
std::string file_name(Report report);

// Writes the chosen reports into `folder`, each complete or not at all. Throws Failure.
void write_reports(const std::filesystem::path& folder, const std::set<Report>& chosen,
                   const reports::Run& run);

}  // namespace smtprig::cli
