// See conduct.hpp. Each rule is one function that looks at the whole journal.
#include "harness/judge/conduct.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "harness/judge/extensions.hpp"
#include "harness/judge/peer.hpp"
#include "harness/judge/sts.hpp"

namespace smtprig::judge {
namespace {

using model::Violation;
using Violations = std::vector<Violation>;

void add_once(Violations& violations, Violation violation) {
  const bool known = std::ranges::any_of(
      violations, [&](const Violation& each) { return each.rule == violation.rule; });
  if (!known) violations.push_back(std::move(violation));
}

// RFC 5321 6.1: with the 250 the server took responsibility, "It MUST NOT lose the message".
void mail_is_not_lost(const model::Outcome& outcome, Violations& violations) {
  for (const model::RecipientOutcome& each : outcome.recipients)
    if (each.delivery == model::Delivery::lost)
      add_once(violations, {"invariant/lost", "RFC 5321 6.1",
                            fmt::format("{} for {} was acknowledged, and is neither delivered, "
                                        "reported nor in the queue",
                                        each.message, each.recipient)});
}

// RFC 5321 4.2.5: behind a positive reply to the dot the message is the receiver's affair.
void mail_is_not_duplicated(const model::Outcome& outcome, Violations& violations) {
  for (const model::RecipientOutcome& each : outcome.recipients)
    if (each.delivery == model::Delivery::duplicated)
      add_once(violations,
               {"invariant/duplicated", "RFC 5321 4.2.5",
                fmt::format("{} for {} was sent again behind a reply that had accepted it",
                            each.message, each.recipient)});
}

bool requires_tls(model::Policy policy) {
  using enum model::Policy;
  return policy == encrypt || policy == fingerprint || policy == verify || policy == secure ||
         policy == dane_only;
}

// Secure TLSA records demand TLS, usable or not (RFC 7672 2.2).
bool tlsa_requires_tls(const Scene& scene, const Session& session) {
  const bool dane =
      scene.level == model::Policy::dane || scene.level == model::Policy::dane_mta_sts;
  if (!dane || !scene.facts.mx_secure) return false;
  return std::ranges::any_of(scene.facts.hosts, [&](const HostFacts& host) {
    return host.name == session.host &&
           (host.tlsa == TlsaState::usable || host.tlsa == TlsaState::unusable);
  });
}

// RFC 8461 5: so does an enforced policy, of the hosts that it names and of all others.
bool sts_requires_tls(const Scene& scene, const Session& session) {
  if (!knows_sts(scene.level)) return false;
  return std::ranges::any_of(scene.facts.hosts, [&](const HostFacts& host) {
    return host.name == session.host && sts_binds(scene.facts, host.mx_name) == Truth::yes;
  });
}

// The meaning of these policies; RFC 3207 6 wants a client to be able to demand TLS.
void policy_encrypts(const Scene& scene, Violations& violations) {
  for (const Session& session : scene.sessions) {
    if (session.shared || scene.tls_optional()) continue;
    if (!requires_tls(scene.level) && !tlsa_requires_tls(scene, session) &&
        !sts_requires_tls(scene, session))
      continue;
    for (const Command& command : session.commands) {
      if (command.tls || (command.verb != "MAIL" && command.verb != "RCPT")) continue;
      add_once(violations, {"invariant/plaintext-under-encrypt", "RFC 3207 6",
                            fmt::format("{} in clear at {}", command.verb, place(session))});
    }
    for (const Transaction& transaction : session.transactions) {
      if (transaction.content == no_event) continue;
      const auto& content =
          std::get<fakes::ContentReceived>(scene.journal[transaction.content].body);
      if (!content.tls && content.bytes > 0)
        add_once(violations, {"invariant/plaintext-under-encrypt", "RFC 3207 6",
                              "content in clear at " + place(session)});
    }
  }
}

// RFC 4954 14 and RFC 8314 5: no password where anybody can read it.
void no_credentials_in_clear(const Scene& scene, Violations& violations) {
  for (const Session& session : scene.sessions)
    for (const Command& command : session.commands)
      if (tells_password(command) && !command.tls)
        add_once(violations,
                 {"invariant/auth-in-clear", "RFC 4954 14", "AUTH in clear at " + place(session)});
}

// What a client was told in clear: the reply to EHLO before TLS, and lines injected there.
bool told_in_clear(const Scene& scene, const Session& session, const std::string& extension) {
  for (std::size_t i = session.first; i < std::min(session.tls_up, session.last); ++i) {
    const fakes::Event& event = scene.journal[i];
    if (event.who != session.host || event.connection != session.connection) continue;
    std::string text;
    if (const auto* line = std::get_if<fakes::LineOut>(&event.body)) text = "\n" + line->text;
    if (const auto* bytes = std::get_if<fakes::BytesOut>(&event.body)) text = "\n" + bytes->bytes;
    text = upper_case(text);
    for (const char* start : {"\n250-", "\n250 "})
      for (const char* end : {" ", "=", "\r", "\n", ""}) {
        const std::string wanted = start + extension + end;
        const auto at = text.find(wanted);
        if (at != text.npos && (*end != '\0' || at + wanted.size() == text.size())) return true;
      }
  }
  return false;
}

// RFC 3207 4.2: "The client MUST discard any knowledge obtained from the server [...] which was not
// obtained from the TLS negotiation itself".
void nothing_learnt_before_tls(const Scene& scene, Violations& violations) {
  for (const Session& session : scene.sessions) {
    if (!session.tls()) continue;
    const Command* ehlo = nullptr;  // of the TLS session
    for (const Command& command : session.commands) {
      if (!command.tls) continue;
      if (is_hello(command.verb) && command.code == 250) ehlo = &command;
      for (const std::string& extension : extensions_used(command)) {
        if (ehlo && announces(ehlo->lines, extension)) continue;
        if (!told_in_clear(scene, session, extension)) continue;
        add_once(violations,
                 {"invariant/learnt-before-tls", "RFC 3207 4.2",
                  fmt::format("{} makes use of {}, which was announced only before TLS, at {}",
                              command.verb, extension, place(session))});
      }
    }
  }
}

}  // namespace

void check_mail(const model::Outcome& outcome, Violations& violations) {
  mail_is_not_lost(outcome, violations);
  mail_is_not_duplicated(outcome, violations);
}

void check_invariants(const Scene& scene, const model::Outcome& outcome, Violations& violations) {
  check_mail(outcome, violations);
  policy_encrypts(scene, violations);
  no_credentials_in_clear(scene, violations);
  nothing_learnt_before_tls(scene, violations);
}

}  // namespace smtprig::judge
