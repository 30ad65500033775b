// When a message that could not be delivered is tried again, and when it expires. Pure: it holds
// the waits between attempts and is asked with the number of attempts made. Tests compress it to
// milliseconds; the default is for real life.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

namespace smtprig::embedded {

class Schedule {
 public:
  // 5, 10, 20, 40, 80, 160 minutes, then every 4 hours, up to 5 days in all (RFC 5321 4.5.4.1: at
  // least 30 minutes in general, more often in the first hour, give up after 4 to 5 days).
  Schedule();
  // waits[n] lies between attempt n + 1 and attempt n + 2; after the last the message expires.
  explicit Schedule(std::vector<std::chrono::milliseconds> waits) : waits_(std::move(waits)) {}

  // How long to wait after `attempts` attempts (at least one); empty: the message expires.
  std::optional<std::chrono::milliseconds> wait_after(unsigned attempts) const;

  const std::vector<std::chrono::milliseconds>& waits() const { return waits_; }

 private:
  std::vector<std::chrono::milliseconds> waits_;
};

}  // namespace smtprig::embedded
