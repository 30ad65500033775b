// `smtprig explain`: what a cell plays, what may happen to its mail, and which clause says so.
// Pure.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/model/cell.hpp"

namespace smtprig::cli {

// `policies` is not empty. `columns`: of the terminal.
std::string explain_text(const std::shared_ptr<const model::Scenario>& scenario,
                         const model::ServerName& server,
                         const std::vector<model::Policy>& policies, std::size_t columns);

}  // namespace smtprig::cli
