// See watcher.hpp.
#include "harness/cli/watcher.hpp"

#include "harness/cli/console.hpp"
#include "harness/cli/failure.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>
#include <unistd.h>

namespace smtprig::cli {

Watcher::Watcher(reports::RunFacts& facts, const std::filesystem::path& file) : facts_(facts) {
  if (file.empty()) return;
  file_.open(file, std::ios::binary | std::ios::trunc);
  if (!file_) throw Failure{status_usage, fmt::format("cannot write {}", file.string())};
}

Watcher::~Watcher() {
  if (progress_) print_error(progress_->clear());
}

void Watcher::planned(std::size_t cells, unsigned passes) {
  facts_.planned = cells;
  passes_ = passes;
  progress_.emplace(cells * passes, is_live(STDERR_FILENO), columns_of(STDERR_FILENO));
  if (file_.is_open()) lines_.begin(facts_);
  show();
}

void Watcher::finished(const model::CellResult& result) {
  if (file_.is_open()) lines_.add(result);
  auto& seen = seen_[result.cell];
  if (seen.times < passes_) {
    ++seen.times;
    ++done_;
  }
  const bool unexpected = reports::is_unexpected(result.judgement.verdict);
  unexpected_ += unexpected ? 1 : 0;
  unexpected_ -= seen.unexpected ? 1 : 0;
  seen.unexpected = unexpected;
  show();
}

void Watcher::notice(const std::string& text) {
  if (progress_) print_error(progress_->clear());
  print_error(reports::safe(text) + "\n");
  show();
}

void Watcher::show() {
  if (!progress_) return;
  const auto elapsed = std::chrono::steady_clock::now() - start_;
  if (const auto text = progress_->update(done_, unexpected_, elapsed); !text.empty())
    print_error(text);
}

}  // namespace smtprig::cli
