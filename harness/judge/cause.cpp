// See cause.hpp.
#include "harness/judge/cause.hpp"

#include <algorithm>
#include <array>

#include "harness/judge/peer.hpp"

namespace smtprig::judge {
namespace {

using enum model::Cause;
using fakes::ServerFact;

struct Words {
  std::string_view text;  // upper case
  model::Cause cause;
};

// First match decides: the exact reasons stand before the general ones.
constexpr std::array reasons{
    Words{"NOT YET VALID", certificate_not_trusted},
    Words{"HAS EXPIRED", certificate_expired},
    Words{"CERTIFICATE EXPIRED", certificate_expired},
    Words{"CERTIFICATE-EXPIRED", certificate_expired},
    Words{"EXPIRED CERTIFICATE", certificate_expired},
    Words{"HOST-MISMATCH", certificate_host_mismatch},
    Words{"MISMATCH", certificate_host_mismatch},
    Words{"DOES NOT MATCH", certificate_host_mismatch},
    Words{"DOES NOT NAME", certificate_host_mismatch},
    Words{"SELF-SIGNED", certificate_not_trusted},
    Words{"SELF SIGNED", certificate_not_trusted},
    Words{"UNABLE TO GET", certificate_not_trusted},
    Words{"UNABLE TO VERIFY", certificate_not_trusted},
    Words{"UNTRUSTED", certificate_not_trusted},
    Words{"NOT TRUSTED", certificate_not_trusted},
    Words{"NOT-TRUSTED", certificate_not_trusted},
    Words{"UNKNOWN CA", certificate_not_trusted},
    Words{"FINGERPRINT", validation_failure},
    Words{"NOT VERIFIED", validation_failure},
    Words{"VERIFICATION FAILED", validation_failure},
    Words{"TLS IS REQUIRED, BUT WAS NOT OFFERED", starttls_not_supported},
    Words{"REFUSED TO START TLS", starttls_not_supported},
    Words{"STARTTLS-NOT-SUPPORTED", starttls_not_supported},
    Words{"CANNOT START TLS", validation_failure},
    Words{"HANDSHAKE", validation_failure},
};

// RFC 8446 6.2: what the client's alert says about the certificate.
model::Cause cause_in_alert(int description) {
  switch (description) {
    case 45:  // certificate_expired
      return certificate_expired;
    case 42:  // bad_certificate
    case 48:  // unknown_ca
      return certificate_not_trusted;
    default:
      return unspecified;
  }
}

// The text of a fact without the names of our own domains, which are made of scenario ids and would
// speak of certificates by themselves.
std::string words_of(const View& view, std::size_t index,
                     const std::vector<fakes::Event>& journal) {
  const auto& fact = std::get<ServerFact>(journal[index].body);
  std::string text = fact.detail;
  if (text.empty() && fact.kind == ServerFact::Kind::note && index > 0)
    if (const auto* line = std::get_if<fakes::ServerLine>(&journal[index - 1].body))
      text = line->text;
  text = upper_case(text);
  const std::string domain = upper_case(view.domain);
  for (auto at = text.find(domain); at != text.npos; at = text.find(domain, at))
    text.erase(at, domain.size());
  return text;
}

// What the server said from the connection's beginning to the end of its attempt. TLS facts are
// left out: a server calls a chain untrusted for many reasons.
model::Cause cause_in_log(const View& view, const Session& session,
                          const std::vector<fakes::Event>& journal) {
  model::Cause general = unspecified;
  for (std::size_t i = session.first; i < journal.size(); ++i) {
    const auto* fact = std::get_if<ServerFact>(&journal[i].body);
    if (!fact) continue;
    const bool ends =
        fact->kind == ServerFact::Kind::deferred || fact->kind == ServerFact::Kind::bounced;
    if (ends ? !std::ranges::count(view.facts, i) : fact->kind != ServerFact::Kind::note) continue;
    const model::Cause cause = cause_in_words(words_of(view, i, journal));
    if (cause != unspecified && cause != validation_failure) return cause;
    if (cause == validation_failure) general = cause;
    if (ends) break;
  }
  return general;
}

bool began_mail(const Session& session) {
  return session.command("MAIL") != nullptr;
}

// Unspecified: TLS did not fail at this connection, or nothing shows that it did.
// Inside TLS: then it is no failure of TLS if the client leaves.
bool offers_login(const Session& session) {
  return std::ranges::any_of(session.commands, [](const Command& command) {
    return command.tls && is_hello(command.verb) && announces(command.lines, "AUTH");
  });
}

model::Cause cause_of(const View& view, const Session& session,
                      const std::vector<fakes::Event>& journal) {
  const Command* starttls = session.command("STARTTLS");
  if (starttls && starttls->code >= 400) return starttls_not_supported;
  if (session.tls_failed != no_event || (starttls && !session.tls())) {
    if (session.alert != no_event) {
      const auto& alert = std::get<fakes::TlsAlert>(journal[session.alert].body);
      const model::Cause cause = cause_in_alert(alert.description);
      if (cause != unspecified) return cause;
    }
    const model::Cause told = cause_in_log(view, session, journal);
    return told == unspecified ? validation_failure : told;
  }
  if (began_mail(session)) return unspecified;
  if (session.tls() && !offers_login(session)) {
    // The client left, or the receiver let it down, as soon as TLS was up.
    const model::Cause told = cause_in_log(view, session, journal);
    return told == unspecified ? validation_failure : told;
  }
  const bool greeted = std::ranges::any_of(session.commands, [](const Command& command) {
    return is_hello(command.verb) && command.code == 250;
  });
  return greeted && !starttls ? starttls_not_supported : unspecified;
}

bool smtp_failed(const View& view) {
  for (const Try& one : view.tries)
    if (refusal(one, view)) return true;
  return false;
}

}  // namespace

model::Cause cause_in_words(std::string_view reason) {
  const std::string text = upper_case(reason);
  for (const Words& each : reasons)
    if (text.find(each.text) != std::string::npos) return each.cause;
  return unspecified;
}

model::Cause cause_of(const View& view, const std::vector<fakes::Event>& journal) {
  for (auto one = view.tries.rbegin(); one != view.tries.rend(); ++one) {
    const model::Cause cause = cause_of(view, *one->session, journal);
    if (cause != unspecified) return cause;
  }
  if (!view.copies.empty() || smtp_failed(view)) return none;
  // No receiver can tell; the server may.
  for (auto index = view.facts.rbegin(); index != view.facts.rend(); ++index) {
    const auto& fact = std::get<ServerFact>(journal[*index].body);
    if (fact.kind != ServerFact::Kind::deferred && fact.kind != ServerFact::Kind::bounced) continue;
    const model::Cause cause = cause_in_words(words_of(view, *index, journal));
    return cause == unspecified ? none : cause;
  }
  return view.tries.empty() ? none : unspecified;
}

}  // namespace smtprig::judge
