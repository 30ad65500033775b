// See journal.hpp.
#include "fakes/journal.hpp"

#include <utility>

namespace smtprig::fakes {

void Journal::add(std::string_view who, std::uint32_t connection, EventBody body) {
  if (events_.size() >= events_max_) {
    ++dropped_;
    return;
  }
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - epoch_);
  events_.push_back({at, std::string(who), connection, std::move(body)});
}

}  // namespace smtprig::fakes
