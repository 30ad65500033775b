// Every path through a function that makes choices: run it again and again, and each run takes the
// next combination. What conforming senders may do differently is a choice.
//
//   Choices choices;
//   do { walk(choices); } while (choices.next());
#pragma once

#include <cstddef>
#include <vector>

namespace smtprig::judge {

class Choices {
 public:
  // A number below `options`, which must be at least one.
  unsigned pick(unsigned options) {
    if (depth_ == taken_.size()) taken_.push_back({0, options});
    return taken_[depth_++].choice;
  }
  bool coin() { return pick(2) == 1; }

  // Prepares the next run; false: all combinations were taken.
  bool next() {
    taken_.resize(depth_);
    depth_ = 0;
    while (!taken_.empty() && taken_.back().choice + 1 == taken_.back().options)
      taken_.pop_back();
    if (taken_.empty()) return false;
    ++taken_.back().choice;
    return true;
  }

 private:
  struct Taken {
    unsigned choice;
    unsigned options;
  };
  std::vector<Taken> taken_;
  std::size_t depth_ = 0;
};

}  // namespace smtprig::judge
