// The seed of a cell. Written out here rather than taken from std::hash, which may differ between
// standard libraries: a seed in a bug report must mean the same run everywhere.
#include "harness/plan/plan.hpp"

namespace smtprig::plan {
namespace {

// FNV-1a, 64 bit.
std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  return hash;
}

// One step of SplitMix64 (Steele, Lea, Flood 2014), which spreads neighbouring roots.
std::uint64_t split_mix(std::uint64_t state) {
  state += 0x9e3779b97f4a7c15u;
  state = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9u;
  state = (state ^ (state >> 27)) * 0x94d049bb133111ebu;
  return state ^ (state >> 31);
}

}  // namespace

std::uint64_t seed_of(std::uint64_t root, std::string_view cell_id) {
  return split_mix(split_mix(root) + fnv1a(cell_id));
}

}  // namespace smtprig::plan
