// Servers by the names that a user types, as they are found on this machine.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/cli/project.hpp"
#include "harness/cli/share.hpp"
#include "harness/run/runner.hpp"

namespace smtprig::cli {

// Throws Failure for a name that does not exist (with the nearest one) and for a server that is not
// there (with the way to get it).
std::vector<run::ServerChoice> choose_servers(const Share& share,
                                              const std::vector<ServerWish>& wanted);

// Reads the user's own configuration of a server that has one. Returns what he has to know: what
// the lab changes in it, and what could not be taken over. Throws Failure.
std::vector<std::string> take_configuration(run::ServerChoice& server);

// The description of one server, installed or not. Throws Failure.
model::ServerDescription description_of(const Share& share, const std::string& name);
std::vector<plan::ServerColumn> columns_of(const std::vector<run::ServerChoice>& servers,
                                           const model::OwnPolicies& own);

}  // namespace smtprig::cli
