// The nearest right name, for "did you mean".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smtprig::xml {

// The candidate with the smallest edit distance (insertion, deletion, substitution, transposition
// of neighbours; case and the choice between "-" and "_" are free), or empty where none is near.
std::string nearest(std::string_view wrong, const std::vector<std::string>& candidates);

}  // namespace smtprig::xml
