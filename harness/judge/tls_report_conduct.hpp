// Whether a server's reports of TLS sessions (RFC 8460) go where they are wanted, and say what the
// receivers saw. Rules "conduct/report-...". No server has to report: that one is missing is said
// only of a server whose log says that its work on the report is over.
#pragma once

#include <vector>

#include "fakes/journal.hpp"
#include "harness/judge/scenes.hpp"
#include "harness/model/cell.hpp"
#include "harness/model/outcome.hpp"

namespace smtprig::judge {

// Of a cell whose scenario has <tlsrpt>, and that no attacker disturbs; of others nothing is said.
void check_tls_report(const model::Cell& cell, const std::vector<fakes::Event>& journal,
                      const std::vector<DomainScene>& scenes, bool server_alive,
                      std::vector<model::Violation>& violations);

}  // namespace smtprig::judge
