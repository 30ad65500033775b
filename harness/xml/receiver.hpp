// From <receiver>, <host> and <mx> to a ReceiverSpec: attributes over a base, rules from <on>, and
// what of it cannot be reached.
#pragma once

#include <string>
#include <vector>

#include "fakes/spec.hpp"
#include "harness/xml/problems.hpp"

namespace smtprig::xml {

// A peer as read. `places[i]` is where spec.rules[i] was written.
struct Peer {
  fakes::ReceiverSpec spec;
  std::vector<Node> places;
};

// Applies the receiver attributes of `node` and its `children` to `base`. `node`'s own rules (<on>)
// come first; of the base's those stay that are not wholly covered by an own one. Own certificates
// (<show>) replace all of the base's. Reports what cannot be reached.
Peer read_peer(const Node& node, const std::vector<Node>& children, const Peer& base,
               Problems& problems);

// The attributes about TLS, over what `tls` holds.
void read_tls(const Node& node, fakes::TlsSpec& tls);

// One action list, without judging its place.
std::vector<fakes::Action> read_actions(const Node& on, Problems& problems);

// Whether everything within `inner` also lies within `outer`.
bool covers(const fakes::Ordinals& outer, const fakes::Ordinals& inner);
// Whether `outer` matches wherever `inner` does, as far as that is plain to see.
bool covers(const fakes::Selector& outer, const fakes::Selector& inner);

}  // namespace smtprig::xml
