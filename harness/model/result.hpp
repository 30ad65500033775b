// The record of one cell as it goes from a lab to the reports. `canonical` parts are the same in
// every run with the same seed; measured parts (times, addresses, queue ids, the journal) are not.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "fakes/journal.hpp"
#include "harness/model/cell.hpp"
#include "harness/model/exposure.hpp"
#include "harness/model/verdict.hpp"

namespace smtprig::model {

struct CellResult {
  // canonical
  std::string cell;      // Cell::id()
  std::string scenario;  // Scenario::id
  ServerName server;
  Direction direction = Direction::outbound;
  Policy policy = Policy::none;  // that of Cell
  std::string own_policy;        // the name of the user's own, if it was played under one
  Attacker attacker = Attacker::none;
  Outcome outcome;
  Ruling ruling;
  Judgement judgement;
  Exposure exposure;  // of a cell under attack: to its attacker alone

  // measured
  std::chrono::microseconds took{0};
  std::vector<fakes::Event> journal;
  std::size_t journal_dropped = 0;

  PolicyLabel label() const { return {policy, own_policy}; }
};

}  // namespace smtprig::model
