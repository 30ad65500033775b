// What the lab tests run inside a lab: a body that answers one request per frame, and the small
// programs that it starts as stand-ins for a server. All of them are this executable under other
// arguments.
#pragma once

#include <optional>
#include <string>

#include "harness/lab/launch.hpp"

namespace smtprig::tests {

// Handles `lab-init MODE`, `rig MODE` and the stand-ins; empty: the arguments ask for tests.
std::optional<int> run_as_asked(int argc, char** argv);

// Sends one request to a lab and gives its answer; "gone" if the lab ended instead.
std::string ask(const lab::LabProcess& process, const std::string& request);

// The step and reason for which no isolated lab can be made here; empty: it can.
std::string isolated_obstacle();

}  // namespace smtprig::tests
