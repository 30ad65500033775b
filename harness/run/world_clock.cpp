// The server's clock, which some cells put forward together; see world.hpp.
#include <algorithm>

#include "harness/run/world.hpp"

namespace smtprig::run {

unsigned World::count_clock_cells(const std::vector<model::Cell>& cells) {
  return static_cast<unsigned>(std::ranges::count_if(
      cells, [](const model::Cell& cell) { return cell.scenario->moves_clock(); }));
}

boost::asio::awaitable<void> World::await_day(unsigned days) {
  const auto place = awaited_days_.insert(days);
  turn_clock();
  while (day_ < days && !dead_)
    co_await day_turned_.wait();
  awaited_days_.erase(place);
}

void World::turn_clock() {
  if (awaited_days_.empty() || awaited_days_.size() < clock_cells_) return;
  const unsigned due = *awaited_days_.begin();
  if (due <= day_) return;
  day_ = due;
  instance_->set_clock(std::chrono::days(day_));
  day_turned_.raise();
}

}  // namespace smtprig::run
