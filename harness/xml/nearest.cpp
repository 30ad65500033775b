// See nearest.hpp.
#include "harness/xml/nearest.hpp"

#include <algorithm>
#include <cstddef>

namespace smtprig::xml {
namespace {

constexpr std::size_t length_max = 64;  // longer names are not compared; the work is quadratic

std::string folded(std::string_view name) {
  std::string text(name);
  for (char& c : text)
    if ('A' <= c && c <= 'Z')
      c = static_cast<char>(c + 32);
    else if (c == '_')
      c = '-';
  return text;
}

// Optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last(b.size() + 1), now(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    now[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      now[j] = std::min({last[j] + 1, now[j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) now[j] = std::min(now[j], before[j - 2] + 1);
    }
    before = last;
    last = now;
  }
  return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view wrong, const std::vector<std::string>& candidates) {
  if (wrong.empty() || wrong.size() > length_max) return {};
  const std::string given = folded(wrong);
  std::string best;
  std::size_t best_distance = 1 + std::max<std::size_t>(1, given.size() / 3);
  for (const auto& candidate : candidates) {
    if (candidate.size() > length_max || candidate == wrong) continue;
    const auto steps = distance(given, folded(candidate));
    if (steps >= best_distance) continue;
    best = candidate;
    best_distance = steps;
  }
  return best;
}

}  // namespace smtprig::xml
