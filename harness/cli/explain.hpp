// `smtprig explain`: what a cell plays, what may happen to its mail, and which clause says so.
// Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/model/cell.hpp"

namespace smtprig::cli {

// `cells` is not empty; all are of one scenario. `columns`: of the terminal.
std::string explain_text(const std::vector<model::Cell>& cells, std::size_t columns);

}  // namespace smtprig::cli
