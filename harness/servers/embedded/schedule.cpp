// See schedule.hpp.
#include "harness/servers/embedded/schedule.hpp"

#include <algorithm>

namespace smtprig::embedded {

Schedule::Schedule() {
  using namespace std::chrono_literals;
  constexpr std::chrono::milliseconds lifetime = 5 * 24h;
  constexpr std::chrono::milliseconds longest = 4h;
  std::chrono::milliseconds total{0};
  for (std::chrono::milliseconds wait = 5min; total + wait <= lifetime;
       wait = std::min(2 * wait, longest)) {
    waits_.push_back(wait);
    total += wait;
  }
}

std::optional<std::chrono::milliseconds> Schedule::wait_after(unsigned attempts) const {
  if (attempts == 0 || attempts > waits_.size()) return std::nullopt;
  return waits_[attempts - 1];
}

}  // namespace smtprig::embedded
