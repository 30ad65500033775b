// <vary>: one element with cases becomes many without. Several of them give all combinations; the
// ids of the chosen cases come in the order of the file.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "harness/xml/problems.hpp"

namespace smtprig::xml {

inline constexpr std::size_t cases_max = 1'000;                  // of one scenario
inline constexpr std::size_t expanded_elements_max = 1'000'000;  // of one file

// An element with the children that hold in a variant. Only <host>, <mx> and <sender> list them
// here, elements that know no <vary> keep theirs in the node.
struct Flat {
  Node node;
  std::vector<Flat> children;
};

struct Variant {
  std::vector<std::string> ids;
  std::vector<Flat> children;
};

// All variants of a scenario; empty, with a problem, where a limit is exceeded. `budget` is what is
// left of expanded_elements_max in its file.
std::vector<Variant> expand(const Node& scenario, std::size_t& budget, Problems& problems);

}  // namespace smtprig::xml
