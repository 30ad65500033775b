// Known deviations out of results: what `accept` writes. Pure.
#pragma once

#include <string>
#include <vector>

#include "harness/model/known.hpp"
#include "harness/model/result.hpp"

namespace smtprig::cli {

// The entries that make this cell of this very version known. Empty where accepting makes no sense:
// it is as expected, the rig failed, it cannot be relied on, or the server fell.
std::vector<model::KnownDeviation> accepted(const model::CellResult& result,
                                            const std::string& reason, const std::string& link);

// The text of a file of known deviations with these entries behind those that it has; an empty text
// becomes a new file. Throws std::runtime_error where the text has no end tag of <known>.
std::string with_entries(const std::string& text,
                         const std::vector<model::KnownDeviation>& entries);

}  // namespace smtprig::cli
