// Rules that hold on every cell, whatever it expects. invariants.cpp: what must never happen to
// mail or to secrets; conduct.cpp: how a client speaks SMTP and TLS.
#pragma once

#include <vector>

#include "fakes/journal.hpp"
#include "harness/judge/facts.hpp"
#include "harness/judge/session.hpp"
#include "harness/model/cell.hpp"
#include "harness/model/outcome.hpp"

namespace smtprig::judge {

// Of mail to one domain.
struct Scene {
  std::string_view domain;  // of the recipients, "@"
  model::Policy level;      // under which mail to it stands
  const Facts& facts;
  const std::vector<fakes::Event>& journal;
  const std::vector<Session>& sessions;
  bool server_alive = true;

  // Whether a message is told to go whatever TLS does, so that the domain's policies say nothing of
  // a connection; and whether all require it (RFC 8689).
  bool tls_optional() const;
  bool tls_required() const;
};

// Adds it, unless its rule is among them: one example says enough.
void accuse_once(std::vector<model::Violation>& violations, model::Violation violation);

// What is asked of the hosts of MTA-STS policies.
void check_sts_conduct(const Scene& scene, const model::Outcome& outcome,
                       std::vector<model::Violation>& violations);

// Those of them that hold in both directions: nothing is lost, nothing comes twice.
void check_mail(const model::Outcome& outcome, std::vector<model::Violation>& violations);
// "invariant/..."
void check_invariants(const Scene& scene, const model::Outcome& outcome,
                      std::vector<model::Violation>& violations);
// "conduct/..." and "advice/..."
void check_conduct(const Scene& scene, const model::Outcome& outcome,
                   std::vector<model::Violation>& violations);

}  // namespace smtprig::judge
