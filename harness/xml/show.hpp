// From <show> to the certificates that a receiver shows to some clients.
#pragma once

#include <vector>

#include "fakes/spec.hpp"
#include "harness/xml/problems.hpp"

namespace smtprig::xml {

// The <show> elements of `children`, if there are any, replace what `spec` holds of them. Reports
// those that no client can get, and a second certificate that no client could prefer.
void read_shows(const Node& node, const std::vector<Node>& children, fakes::ReceiverSpec& spec,
                Problems& problems);

}  // namespace smtprig::xml
