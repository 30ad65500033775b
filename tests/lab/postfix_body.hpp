// One message through a real Postfix, inside a lab: what the test looks at afterwards.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "harness/lab/namespaces.hpp"
#include "harness/servers/installed.hpp"

namespace smtprig::tests {

using Findings = std::map<std::string, std::string>;

// Runs in the lab. Starts Postfix, passes it one message for a listener and one for an address
// where nothing listens, removes the second from the queue, stops. With one id Postfix only
// believes that it changes users.
Findings play_postfix(const model::ServerDescription& description,
                      const servers::Installed& installed, lab::Ids ids);

// Starts Postfix with a service for submission, and logs in and fails to by every mechanism; the
// replies, by the name of the login.
Findings log_in_to_postfix(const model::ServerDescription& description,
                           const servers::Installed& installed, lab::Ids ids);

// Starts Postfix with a configuration of a user's own, and passes it one message.
Findings configure_postfix(const model::ServerDescription& description,
                           const servers::Installed& installed, lab::Ids ids);

// Starts Postfix and kills its master; what the instance tells.
Findings kill_postfix(const model::ServerDescription& description,
                      const servers::Installed& installed);

}  // namespace smtprig::tests
