// What a waiting user sees on standard error: on a terminal one line that is rewritten, elsewhere a
// plain line now and then. Pure: time comes in, text goes out.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace smtprig::cli {

class Progress {
 public:
  using Duration = std::chrono::steady_clock::duration;

  // `live`: a terminal that understands "\r" and "erase line", `columns` wide.
  Progress(std::size_t total, bool live, std::size_t columns)
      : total_(total), live_(live), columns_(columns) {}

  // What to print now that `done` cells are done; often nothing.
  std::string update(std::size_t done, std::size_t unexpected, Duration elapsed);
  // Takes the live line away, so that something else can be printed.
  std::string clear();

 private:
  std::string line(std::size_t done, std::size_t unexpected, Duration elapsed) const;

  std::size_t total_;
  bool live_;
  std::size_t columns_;
  bool shown_ = false;
  bool printed_ = false;
  Duration last_{0};
  std::size_t last_tenth_ = 0;
};

// "3 s", "2 min 5 s", "1 h 20 min"
std::string duration_text(std::chrono::seconds duration);

}  // namespace smtprig::cli
