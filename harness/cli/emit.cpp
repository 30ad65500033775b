// See emit.hpp.
#include "harness/cli/emit.hpp"

#include "harness/cli/failure.hpp"
#include "reports/jsonl.hpp"
#include "reports/junit.hpp"
#include "reports/markdown.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace smtprig::cli {
namespace {

namespace fs = std::filesystem;

// One record per cell, in the order of the plan, in place of those that came as cells ended.
std::string json_lines(const reports::Run& run) {
  std::ostringstream out;
  reports::JsonLines lines(out);
  lines.begin(run.facts);
  for (const auto& result : run.results)
    lines.add(result);
  lines.end(run.facts, run.end);
  return out.str();
}

}  // namespace

bool replace_file(const fs::path& file, std::string_view text,
                  const std::function<void(const fs::path&)>& check) try {
  const fs::path part = file.string() + ".part";
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  std::error_code error;
  if (out && check) check(part);
  if (out) fs::rename(part, file, error);
  return out && !error;
} catch (const Failure&) {
  fs::remove(file.string() + ".part");
  throw;
}

std::string rendered(Report report, const reports::Run& run, const reports::TerminalStyle& style) {
  switch (report) {
    case Report::junit:
      return reports::junit(run);
    case Report::jsonl:
      return json_lines(run);
    case Report::markdown:
      return reports::markdown(run);
    case Report::terminal:
      break;
  }
  return reports::terminal(run, style);
}

std::string file_name(Report report) {
  switch (report) {
    case Report::junit:
      return "junit.xml";
    case Report::jsonl:
      return "results.jsonl";
    case Report::markdown:
      return "matrix.md";
    case Report::terminal:
      break;
  }
  return "matrix.txt";
}

void write_reports(const fs::path& folder, const std::set<Report>& chosen,
                   const reports::Run& run) {
  const reports::TerminalStyle plain;
  for (const auto report : chosen)
    if (const auto file = folder / file_name(report);
        !replace_file(file, rendered(report, run, plain)))
      throw Failure{status_rig, fmt::format("cannot write {}", file.string())};
}

}  // namespace smtprig::cli
