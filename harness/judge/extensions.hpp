// The extensions of SMTP in a session: which of them a command makes use of, and which the receiver
// had announced by then. And what is broken by using one that was not, or by sending what only an
// extension carries.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/journal.hpp"
#include "harness/judge/session.hpp"
#include "harness/model/outcome.hpp"

namespace smtprig::judge {

// The keywords of those that the command cannot do without: "SIZE", "DSN", "CHUNKING".
std::set<std::string> extensions_used(const Command& command);

// The reply to the last EHLO before `command` that counts for it: within TLS those within TLS alone
// (RFC 3207 4.2). Null: none, or HELO came behind it.
const Command* hello_before(const Session& session, const Command& command);

// The receiver's last EHLO that was answered well announced the keyword.
bool announced(const Session& session, const Command& command, std::string_view keyword);

// "conduct/C12" to "conduct/C13" and "advice/C14", of the connections to all hosts. Nothing is said
// of what the receiver had announced before TLS: that is an invariant.
void check_extensions(const std::vector<fakes::Event>& journal,
                      const std::vector<Session>& sessions,
                      std::vector<model::Violation>& violations);

}  // namespace smtprig::judge
