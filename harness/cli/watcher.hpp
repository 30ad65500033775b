// Follows a run: shows progress, and writes each result to results.jsonl the moment it comes.
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>

#include "harness/cli/progress.hpp"
#include "harness/run/runner.hpp"
#include "reports/jsonl.hpp"

namespace smtprig::cli {

class Watcher : public run::Observer {
 public:
  // `facts` must outlive the watcher; its member `planned` is set when the plan is known. An empty
  // `file` writes none. Throws Failure where the file cannot be written.
  Watcher(reports::RunFacts& facts, const std::filesystem::path& file);
  ~Watcher() override;

  void planned(std::size_t cells, unsigned passes) override;
  void finished(const model::CellResult& result) override;
  void notice(const std::string& text) override;

 private:
  void show();

  struct Seen {
    unsigned times = 0;
    bool unexpected = false;
  };

  reports::RunFacts& facts_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::ofstream file_;
  reports::JsonLines lines_{file_};
  std::optional<Progress> progress_;
  std::map<std::string, Seen> seen_;
  unsigned passes_ = 1;
  std::size_t done_ = 0;
  std::size_t unexpected_ = 0;
};

}  // namespace smtprig::cli
