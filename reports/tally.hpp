// Counts over the results of a run; pure.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "harness/model/result.hpp"
#include "reports/symbol.hpp"

namespace smtprig::reports {

struct VerdictCounts {
  std::array<std::size_t, 8> by_verdict{};  // index: Verdict

  std::size_t operator[](model::Verdict verdict) const {
    return by_verdict[static_cast<std::size_t>(verdict)];
  }
  std::size_t total() const;
  std::size_t unexpected() const;
  // "210 pass, 4 known, 2 fail": those that occur, pass always.
  std::string text() const;
};

VerdictCounts count_verdicts(const std::vector<model::CellResult>& results);

// What an exit status of `smtprig run` means: "all as expected".
std::string_view exit_meaning(int status);

// What became of the mails of one server under one policy. Cells with an attacker, and cells that
// say nothing about the server (unsupported, error), are left out.
struct PolicyCounts {
  model::PolicyLabel policy;
  std::array<std::size_t, 8> by_fate{};  // index: Fate
  std::size_t clear_attempts = 0;        // not delivered in plaintext, yet partly sent so

  std::size_t operator[](Fate fate) const { return by_fate[static_cast<std::size_t>(fate)]; }
  std::size_t mails() const;      // message x recipient
  std::size_t delivered() const;  // over any channel, one copy
};

// One entry per policy that occurs under that title (column_title()), in the order of PolicyLabel.
std::vector<PolicyCounts> count_fates(const std::vector<model::CellResult>& results,
                                      std::string_view title);

// Rounded, but 0 and 100 only where they are exact: 1 of 1000 is 1, 999 of 1000 is 99.
unsigned per_cent(std::size_t part, std::size_t whole);

}  // namespace smtprig::reports
