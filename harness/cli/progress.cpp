// See progress.hpp.
#include "harness/cli/progress.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtprig::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::duration_cast;

constexpr auto live_pause = 100ms;
constexpr auto plain_pause = 5s;      // a line at least so often,
constexpr auto plain_pause_min = 1s;  // and never more often
constexpr auto estimate_after = 1s;
constexpr std::size_t bar_width = 16;

double seconds(Progress::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace

std::string duration_text(std::chrono::seconds duration) {
  const auto count = duration.count();
  if (count < 60) return fmt::format("{} s", count);
  if (count < 3600) return fmt::format("{} min {} s", count / 60, count % 60);
  return fmt::format("{} h {} min", count / 3600, count % 3600 / 60);
}

std::string Progress::line(std::size_t done, std::size_t unexpected, Duration elapsed) const {
  auto text = fmt::format("{}/{} cells", done, total_);
  if (total_ > 0) text += fmt::format(", {}%", done * 100 / total_);
  if (unexpected > 0) text += fmt::format(", {} unexpected", unexpected);
  if (done > 0 && done < total_ && elapsed >= estimate_after) {
    const double rate = static_cast<double>(done) / seconds(elapsed);
    const auto left = static_cast<std::int64_t>(static_cast<double>(total_ - done) / rate + 0.999);
    text += fmt::format(", {:.0f} cells/s, about {} left", rate,
                        duration_text(std::chrono::seconds(left)));
  }
  return text;
}

std::string Progress::update(std::size_t done, std::size_t unexpected, Duration elapsed) {
  done = std::min(done, total_);
  const auto since = elapsed - last_;
  if (live_) {
    if (shown_ && since < live_pause && done < total_) return "";
    last_ = elapsed;
    shown_ = true;
    const auto filled = total_ > 0 ? done * bar_width / total_ : 0;
    auto text = fmt::format("[{:#<{}}{:.<{}}] {}", "", filled, "", bar_width - filled,
                            line(done, unexpected, elapsed));
    if (text.size() >= columns_) text = line(done, unexpected, elapsed);
    return "\r\x1b[K" + text.substr(0, columns_ > 1 ? columns_ - 1 : 0);
  }
  const auto tenth = total_ > 0 ? done * 10 / total_ : 0;
  const bool due = since >= plain_pause || (tenth > last_tenth_ && since >= plain_pause_min);
  if (!due && !(done == total_ && printed_)) return "";
  last_ = elapsed;
  last_tenth_ = tenth;
  printed_ = done < total_;
  return line(done, unexpected, elapsed) + "\n";
}

std::string Progress::clear() {
  if (!live_ || !shown_) return "";
  shown_ = false;
  return "\r\x1b[K";
}

}  // namespace smtprig::cli
