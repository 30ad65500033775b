// See lab_clock.hpp.
#include "harness/servers/embedded/lab_clock.hpp"

#include <cstdint>
#include <fstream>

namespace smtprig::embedded {

std::chrono::system_clock::time_point LabClock::now() const {
  const auto machine = std::chrono::system_clock::now();
  if (file_.empty()) return machine;
  constexpr std::int64_t seconds_max = 1LL << 32;
  std::ifstream file(file_);
  std::int64_t ahead = 0;
  if (!(file >> ahead) || ahead < 0 || ahead > seconds_max) return machine;
  return machine + std::chrono::seconds(ahead);
}

}  // namespace smtprig::embedded
