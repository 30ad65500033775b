// See journal.hpp.
#include "fakes/journal.hpp"

#include <utility>

namespace smtprig::fakes {
namespace {

constexpr std::size_t events_expected = 32;  // nine of ten journals have as many

}  // namespace

void Journal::add(std::string_view who, std::uint32_t connection, EventBody body) {
  if (events_.size() >= events_max_) {
    ++dropped_;
    return;
  }
  if (events_.empty()) events_.reserve(events_expected);
  const auto at = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - epoch_);
  events_.push_back({at, std::string(who), connection, std::move(body)});
}

}  // namespace smtprig::fakes
