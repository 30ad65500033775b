// The inbound direction: senders bring mail, the server under test takes it or does not, and hands
// on what it took. See judge.hpp for the outbound one.
#pragma once

#include <vector>

#include "harness/judge/facts.hpp"
#include "harness/judge/inbound_session.hpp"
#include "harness/judge/judge.hpp"

namespace smtprig::judge {

// What a conforming server may do with the senders of the cell: facts/inbound rows I1 to I28.
model::Ruling inbound_ruling(const model::Cell& cell);

// The rules of conduct of a server towards its clients: "conduct/I..." and "advice/I...", and what
// must never happen to mail.
void check_inbound_conduct(const model::Cell& cell, const std::vector<fakes::Event>& journal,
                           const std::vector<InboundSession>& sessions,
                           std::vector<model::Violation>& violations);

// Of these, what is about the extensions of SMTP that the server announces.
void check_announced(const InboundSession& session, std::vector<model::Violation>& violations);

// Puts into the outcome what the senders saw: channels and attempts are theirs, not those of the
// way on.
void add_senders(const model::Cell& cell, const std::vector<InboundSession>& sessions,
                 model::Outcome& outcome);

// Whether the certificate makes a server that asks for one trust its client: chain, dates, purpose;
// names do not matter.
Truth trusted_client(fakes::CertificateClass what, model::Attacker attacker);

}  // namespace smtprig::judge
