// Finds rules that can never act, and attributes that can have no effect.
#pragma once

#include <cstddef>

#include "harness/xml/receiver.hpp"

namespace smtprig::xml {

// Each rule of one element by itself and against those before it.
void check_own_rules(const Peer& peer, Problems& problems);

// The rules against the whole peer. `own` of them, the first, were written in `node`; problems of
// the others, which came with its base, are told at `node`.
void check_reach(const Node& node, const Peer& peer, std::size_t own, Problems& problems);

}  // namespace smtprig::xml
