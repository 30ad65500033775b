// See conduct.hpp. The rules are named C1 to C11 as docs/outcomes.md lists them. A rule accuses
// only where the journal shows that the client was free to do better: not behind a fault of the
// receiver.
#include "harness/judge/conduct.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "harness/judge/sts.hpp"
#include "harness/model/attack.hpp"

namespace smtprig::judge {
namespace {

using fakes::Closed;
using model::Policy;
using model::Violation;
using Violations = std::vector<Violation>;

void accuse(Violations& violations, std::string rule, std::string clause, std::string detail) {
  accuse_once(violations, {std::move(rule), std::move(clause), std::move(detail)});
}

const HostFacts* host_facts(const Scene& scene, const Session& session) {
  const auto found = std::ranges::find(scene.facts.hosts, session.host, &HostFacts::name);
  return found == scene.facts.hosts.end() ? nullptr : &*found;
}

template <typename Body>
const Body* first_event(const Scene& scene, const Session& session) {
  for (std::size_t i = session.first; i <= session.last; ++i) {
    const fakes::Event& event = scene.journal[i];
    if (event.who != session.host || event.connection != session.connection) continue;
    if (const auto* body = std::get_if<Body>(&event.body)) return body;
  }
  return nullptr;
}

bool is_address(std::string_view name) {
  return name.find(':') != name.npos ||
         name.find_first_not_of("0123456789.") == std::string_view::npos;
}

// C1: a name, as in the DNS, without its final dot and never an address (RFC 6066 3).
void sni_is_a_name(const Scene& scene, const Session& session, Violations& violations) {
  const auto* hello = first_event<fakes::ClientHelloSeen>(scene, session);
  if (!hello || hello->sni.empty()) return;
  if (hello->sni.ends_with('.') || is_address(hello->sni))
    accuse(violations, "conduct/C1", "RFC 6066 3",
           fmt::format("server name \"{}\" at {}", hello->sni, place(session)));
}

bool fault_between(const Session& session, std::size_t first, std::size_t last) {
  return std::ranges::any_of(session.faults,
                             [&](std::size_t fault) { return fault > first && fault < last; });
}

// C2: behind 220 the next bytes are a ClientHello, and behind the handshake EHLO comes first.
void tls_begins_afresh(const Scene& scene, const Session& session, Violations& violations) {
  const Command* starttls = session.command("STARTTLS");
  if (!starttls || starttls->code / 100 != 2) return;
  const std::size_t granted = starttls->reply_event;
  for (const Command& command : session.commands)
    if (!command.tls && command.verb != "." && command.event > granted)
      accuse(violations, "conduct/C2", "RFC 3207 4",
             fmt::format("{} in clear behind the 220 at {}", command.verb, place(session)));
  if (session.tls_failed != no_event && !session.client_hello) {
    const auto& failed = std::get<fakes::TlsFailed>(scene.journal[session.tls_failed].body);
    const bool left = failed.reason == "peer closed";
    if (!left && !fault_between(session, starttls->event, session.tls_failed))
      accuse(violations, "conduct/C2", "RFC 3207 4",
             fmt::format("no ClientHello behind the 220 at {}: {}", place(session), failed.reason));
  }
  for (const Command& command : session.commands) {
    if (!command.tls) continue;
    if (command.verb != "EHLO" && command.verb != "LHLO" && command.verb != "QUIT")
      accuse(violations, "conduct/C2", "RFC 3207 4.2",
             fmt::format("first command inside TLS is {} at {}", command.verb, place(session)));
    break;
  }
}

// What the level asks of the certificate of that host; none: nothing is known to be asked. With
// TLSA records it is DANE's affair (RFC 7672 2.2).
std::optional<Policy> asked_of(const Scene& scene, const HostFacts& host) {
  if (scene.tls_optional()) return std::nullopt;
  const bool any_will_do = scene.level == Policy::may || scene.level == Policy::encrypt;
  if (scene.tls_required() && any_will_do)
    return host.tlsa == TlsaState::none ? std::optional(Policy::verify) : std::nullopt;
  const auto by_sts = [&]() -> std::optional<Policy> {
    if (sts_binds(scene.facts, host.mx_name) != Truth::yes) return std::nullopt;
    return Policy::mta_sts;
  };
  if (scene.level == Policy::mta_sts) return by_sts();
  if (!knows_dane(scene.level)) return scene.level;
  if (host.tlsa == TlsaState::usable && scene.facts.mx_secure) return Policy::dane;
  if (scene.level != Policy::dane_mta_sts || host.tlsa != TlsaState::none) return std::nullopt;
  return by_sts();
}

// Whether more than the 220 came in clear as the answer to STARTTLS.
bool replies_were_injected(const Scene& scene, const Session& session, const Command& starttls) {
  for (std::size_t i = starttls.event; i < session.tls_up; ++i) {
    const fakes::Event& event = scene.journal[i];
    if (event.who != session.host || event.connection != session.connection) continue;
    const auto* out = std::get_if<fakes::BytesOut>(&event.body);
    if (!out || out->tls) continue;
    const std::size_t line_end = out->bytes.find('\n');
    if (line_end != std::string::npos && line_end + 1 < out->bytes.size()) return true;
  }
  return false;
}

// Hosts are named relative to the cell's domain, below which that of the scene lies.
std::string full_name(const Scene& scene, const std::string& host) {
  std::string own = scene.facts.domain;
  if (scene.domain != "@") own.erase(0, scene.domain.size() + 1);
  return model::absolute(host, own);
}

// Whether the attacker, who let a first message pass, may not have been there yet.
bool spared(const Scene& scene, const Session& session) {
  const auto& messages = scene.facts.messages;
  if (messages.empty() || messages.front().id != model::before_the_attack) return false;
  std::set<std::string_view> tokens;
  for (std::size_t i = 0; i < session.first; ++i)
    if (const auto* injected = std::get_if<fakes::Injected>(&scene.journal[i].body))
      tokens.insert(injected->token);
  return tokens.size() < 2;
}

// Whether that is what each certificate is worth to the policy which the client may have been
// shown.
bool always(Truth worth, Policy policy, const Scene& scene, const Session& session,
            const HostFacts& host) {
  using fakes::ServerName;
  if (spared(scene, session)) return false;
  const auto* hello = first_event<fakes::ClientHelloSeen>(scene, session);
  const std::string sni = hello ? hello->sni : "";
  const bool own = fakes::names_server(ServerName::own, sni, full_name(scene, host.name));
  const auto named = sni.empty() ? ServerName::none : own ? ServerName::own : ServerName::other;
  return std::ranges::all_of(
      shown_to(host, session.connection, named),
      [&](const ShownFacts& each) { return satisfies(each.certificate, policy) == worth; });
}

// C2b: what came in clear behind the 220 is dropped (RFC 3207 4.2). A client that heeds it leaves
// behind an EHLO inside TLS that was answered well, though nothing spoke against sending MAIL.
void injected_replies_are_dropped(const Scene& scene, const Session& session,
                                  Violations& violations) {
  const HostFacts* host = host_facts(scene, session);
  const Command* starttls = session.command("STARTTLS");
  if (!host || !starttls || !session.tls() || !session.transactions.empty()) return;
  const auto asked = asked_of(scene, *host);
  if (session.shared || !asked || !always(Truth::yes, *asked, scene, session, *host)) return;
  if (!replies_were_injected(scene, session, *starttls)) return;
  const Command* ehlo = session.command("EHLO");
  const Command& last = session.commands.back();
  const bool answered_well = ehlo && ehlo->tls && ehlo->answered && ehlo->code / 100 == 2;
  if (answered_well && last.tls && last.verb == "QUIT")
    accuse(violations, "conduct/C2b", "RFC 3207 4.2",
           "took a reply from before TLS for one inside it at " + place(session));
}

// C3: "A client MUST NOT attempt to start a TLS session if a TLS session is already active."
void no_tls_within_tls(const Session& session, Violations& violations) {
  for (const Command& command : session.commands)
    if (command.verb == "STARTTLS" && command.tls)
      accuse(violations, "conduct/C3", "RFC 3207 4.2", "STARTTLS inside TLS at " + place(session));
}

// C4: a certificate that fails the policy is followed by QUIT, and by nothing else (RFC 3207 4.1).
// A client that breaks the handshake off by an alert has left as well.
void failed_check_quits(const Scene& scene, const Session& session, Violations& violations) {
  const HostFacts* host = host_facts(scene, session);
  if (!host || !session.tls() || session.alert != no_event) return;
  const auto asked = asked_of(scene, *host);
  if (session.shared || !asked || !always(Truth::no, *asked, scene, session, *host)) return;
  for (const Command& command : session.commands) {
    if (!command.tls || command.verb == "." || command.verb == "CONNECT") continue;
    if (command.verb != "QUIT")
      accuse(
          violations, "conduct/C4", "RFC 3207 4.1",
          fmt::format("{} to a peer that failed the policy at {}", command.verb, place(session)));
    return;
  }
}

// C19: over TLS a password goes to a host that is who it should be (RFC 4954 14), whatever the
// policy asks of its mail. `fingerprint` knows the host by its certificate.
void password_goes_to_verified_host(const Scene& scene, const Session& session,
                                    Violations& violations) {
  const HostFacts* host = host_facts(scene, session);
  if (!host || !session.tls() || session.shared) return;
  const auto asked = asked_of(scene, *host).value_or(Policy::verify);
  const bool own_way = asked == Policy::fingerprint || asked == Policy::dane;
  const Policy needed = own_way ? asked : Policy::verify;
  if (!always(Truth::no, needed, scene, session, *host)) return;
  for (const Command& command : session.commands)
    if (command.tls && tells_password(command))
      accuse(violations, "conduct/C19", "RFC 4954 14",
             "password to a host that is not verified at " + place(session));
}

// C20: where a relay is configured mail goes there and nowhere else.
void relay_is_not_bypassed(const Scene& scene, Violations& violations) {
  if (!scene.facts.relayed) return;
  for (const Session& session : scene.sessions)
    if (!session.shared && !host_facts(scene, session))
      accuse(violations, "conduct/C20", "RFC 5321 2.1",
             fmt::format("{} was tried in place of the relay", session.host));
}

// What was stapled. A client that did not ask ends the handshake (RFC 8446 4.2, RFC 5246
// 7.4.1.4), and so does one that asked and was told that the certificate is revoked or nothing new
// (RFC 6066 8); of one that authenticates nobody that would make no better a channel (RFC 7435 4).
void staple_is_heeded(const Scene& scene, const Session& session, Violations& violations) {
  const HostFacts* host = host_facts(scene, session);
  const auto* hello = first_event<fakes::ClientHelloSeen>(scene, session);
  const auto* shown = first_event<fakes::CertificatePresented>(scene, session);
  if (!host || !hello || !shown || !shown->stapled || !session.tls()) return;
  if (session.shared || session.alert != no_event) return;
  const bool bad = host->receiver.staple == fakes::Staple::revoked ||
                   host->receiver.staple == fakes::Staple::expired;
  const bool authenticates = scene.level == Policy::verify || scene.level == Policy::secure;
  if (!hello->status_request)
    accuse(violations, "conduct/staple", "RFC 8446 4.2",
           "took a stapled response that it had not asked for at " + place(session));
  else if (bad && authenticates && !session.transactions.empty())
    accuse(violations, "conduct/staple", "RFC 6066 8",
           "asked for a stapled response and did not heed it at " + place(session));
}

// C1: with TLSA records the server name is that by which they were found (RFC 7672 8.1).
void sni_is_sent_for_tlsa(const Scene& scene, const Session& session, Violations& violations) {
  const HostFacts* host = host_facts(scene, session);
  const auto* hello = first_event<fakes::ClientHelloSeen>(scene, session);
  if (!host || !hello || session.shared || host->alias) return;
  if (asked_of(scene, *host) != Policy::dane || (host->tlsa_usable != Truth::yes)) return;
  if (!fakes::names_server(fakes::ServerName::own, hello->sni, full_name(scene, host->name)))
    accuse(violations, "conduct/C1-dane", "RFC 7672 8.1",
           fmt::format("server name \"{}\" in place of the TLSA base domain at {}", hello->sni,
                       place(session)));
}

// C1 for MTA-STS: the server name is the host of the MX record (RFC 8461 7.1).
void sni_is_sent_for_sts(const Scene& scene, const Session& session, Violations& violations) {
  const HostFacts* host = host_facts(scene, session);
  const auto* hello = first_event<fakes::ClientHelloSeen>(scene, session);
  if (!host || !hello || session.shared || host->alias) return;
  if (asked_of(scene, *host) != Policy::mta_sts) return;
  if (!fakes::names_server(fakes::ServerName::own, hello->sni, full_name(scene, host->name)))
    accuse(violations, "conduct/C1-sts", "RFC 8461 7.1",
           fmt::format("server name \"{}\" in place of the MX host at {}", hello->sni,
                       place(session)));
}

// C6: a host whose TLSA lookup failed is not used (RFC 7672 2.1.2).
void failed_tlsa_is_heeded(const Scene& scene, const Session& session, Violations& violations) {
  const HostFacts* host = host_facts(scene, session);
  if (!knows_dane(scene.level) || !host || session.shared || !scene.facts.mx_secure) return;
  if (scene.tls_optional()) return;
  if (host->tlsa == TlsaState::failed && scene.facts.failing_lookups == 0)
    accuse(violations, "conduct/C6", "RFC 7672 2.1.2",
           "connected though the lookup of TLSA records failed: " + place(session));
}

// C7: the order of preference is kept. Only hosts that would have answered can show it.
void mx_order_is_kept(const Scene& scene, Violations& violations) {
  for (const Session& session : scene.sessions) {
    const HostFacts* host = host_facts(scene, session);
    if (!host || host->alias || session.shared) continue;
    for (const HostFacts& better : scene.facts.hosts) {
      if (better.preference >= host->preference || better.alias) continue;
      if (better.address != Address::present || !better.reachable) continue;
      if (knows_dane(scene.level) || scene.level == Policy::mta_sts) continue;
      if (scene.facts.failing_lookups > 0) continue;
      const bool tried = std::ranges::any_of(scene.sessions, [&](const Session& each) {
        return each.host == better.name && each.first < session.first;
      });
      if (!tried)
        accuse(violations, "conduct/C7", "RFC 5321 5.1",
               fmt::format("{} was tried before {}", host->name, better.name));
    }
  }
}

// The receiver was in order to the end: everything was answered, by no fault and not by 421, and it
// was the client that closed.
bool client_left(const Scene& scene, const Session& session) {
  if (session.closed == no_event || !session.faults.empty() || session.tls_into_clear) return false;
  const auto how = std::get<Closed>(scene.journal[session.closed].body).how;
  if (how != Closed::How::peer_fin) return false;
  if (session.tls_failed != no_event || session.alert != no_event) return false;
  const Command* starttls = session.command("STARTTLS");
  if (starttls && starttls->code / 100 == 2 && !session.tls()) return false;
  return std::ranges::all_of(session.commands, [](const Command& command) {
    return command.answered && command.code != 421;
  });
}

// C11: "The sender MUST NOT intentionally close the transmission channel until it sends a QUIT
// command", which is the last one.
void quit_ends_the_session(const Scene& scene, const Session& session, Violations& violations) {
  const Command* quit = session.command("QUIT");
  if (quit && quit != &session.commands.back())
    accuse(violations, "conduct/C11", "RFC 5321 4.1.1.10",
           fmt::format("{} behind QUIT at {}", session.commands.back().verb, place(session)));
  if (!quit && scene.server_alive && client_left(scene, session))
    accuse(violations, "conduct/C11", "RFC 5321 4.1.1.10",
           "the client closed without QUIT at " + place(session));
}

// Over which mail went that had to be encrypted; null: there was none. Opportunistic use is set
// apart, because clear text is worse (RFC 9325 5.2); above that a delivery counts, and is told.
const fakes::TlsEstablished* required_tls(const Scene& scene, const Session& session) {
  const HostFacts* host = host_facts(scene, session);
  const auto asked = host ? asked_of(scene, *host) : std::nullopt;
  if (!asked || *asked < Policy::encrypt || session.shared) return nullptr;
  if (!session.tls() || session.transactions.empty()) return nullptr;
  return &std::get<fakes::TlsEstablished>(scene.journal[session.tls_up].body);
}

// TLS 1.0 and 1.1 MUST NOT be used (RFC 8996 4, 5).
void old_tls_is_told(const Scene& scene, const Session& session, Violations& violations) {
  const auto* tls = required_tls(scene, session);
  if (tls && (tls->version == "TLSv1" || tls->version == "TLSv1.0" || tls->version == "TLSv1.1"))
    accuse(violations, "advice/old-tls", "RFC 8996 4, 5",
           fmt::format("mail over {} at {}", tls->version, place(session)));
}

// RFC 9325 4.5: at least 2048 bits.
void short_dh_is_told(const Scene& scene, const Session& session, Violations& violations) {
  const auto* tls = required_tls(scene, session);
  const HostFacts* host = host_facts(scene, session);
  if (!tls || !host || host->receiver.tls.dh != fakes::DhGroup::modp1024) return;
  if (tls->cipher.starts_with("DHE-"))
    accuse(violations, "advice/short-dh", "RFC 9325 4.5",
           fmt::format("mail over {} with 1024 bits at {}", tls->cipher, place(session)));
}

// RFC 7505 4.1: a message to a domain with a null MX is returned with 5.1.10.
void null_mx_has_its_code(const Scene& scene, const model::Outcome& outcome,
                          Violations& violations) {
  if (scene.facts.mx != MxAnswer::null_mx) return;
  for (const model::RecipientOutcome& each : outcome.recipients)
    if (model::domain_of(each.recipient) == scene.domain &&
        each.delivery == model::Delivery::bounced && !each.status.empty() &&
        each.status != "5.1.10")
      accuse(violations, "conduct/null-mx-code", "RFC 7505 4.1",
             fmt::format("bounced with {} in place of 5.1.10", each.status));
}

}  // namespace

void accuse_once(Violations& violations, Violation violation) {
  const bool known = std::ranges::any_of(
      violations, [&](const Violation& each) { return each.rule == violation.rule; });
  if (!known) violations.push_back(std::move(violation));
}

void check_conduct(const Scene& scene, const model::Outcome& outcome, Violations& violations) {
  for (const Session& session : scene.sessions) {
    sni_is_a_name(scene, session, violations);
    tls_begins_afresh(scene, session, violations);
    injected_replies_are_dropped(scene, session, violations);
    no_tls_within_tls(session, violations);
    failed_check_quits(scene, session, violations);
    staple_is_heeded(scene, session, violations);
    password_goes_to_verified_host(scene, session, violations);
    sni_is_sent_for_tlsa(scene, session, violations);
    sni_is_sent_for_sts(scene, session, violations);
    failed_tlsa_is_heeded(scene, session, violations);
    quit_ends_the_session(scene, session, violations);
    old_tls_is_told(scene, session, violations);
    short_dh_is_told(scene, session, violations);
  }
  mx_order_is_kept(scene, violations);
  relay_is_not_bypassed(scene, violations);
  null_mx_has_its_code(scene, outcome, violations);
  check_sts_conduct(scene, outcome, violations);
}

}  // namespace smtprig::judge
