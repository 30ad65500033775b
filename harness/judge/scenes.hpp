// Where a message goes to several domains, each stands under a policy and behind hosts of its own:
// what a client may do on a connection depends on whose mail it is for.
#pragma once

#include <string>
#include <vector>

#include "harness/judge/facts.hpp"
#include "harness/judge/session.hpp"
#include "harness/model/cell.hpp"

namespace smtprig::judge {

// The connections for mail to one domain: those on which it was named (RCPT), and those on which
// nobody was, to a host that the domain has. The latter are `shared` if other domains have it too.
struct DomainScene {
  std::string domain;  // "@", "other"
  model::Policy level = model::Policy::none;
  Facts facts;
  std::vector<Session> sessions;
};

std::vector<DomainScene> scenes_of(const model::Cell& cell, const std::vector<Session>& sessions);

}  // namespace smtprig::judge
