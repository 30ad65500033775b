// How a server speaks with its clients; see inbound.hpp. The rules bear the numbers of the inbound
// rows (docs/outcomes.md) and hold on every inbound cell, whatever its scenario is about.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "harness/judge/conduct.hpp"
#include "harness/judge/inbound.hpp"
#include "harness/judge/peer.hpp"
#include "harness/judge/session.hpp"

namespace smtprig::judge {
namespace {

using model::Policy;
using model::Violation;
using Violations = std::vector<Violation>;

class Watcher {
 public:
  Watcher(const model::Cell& cell, const std::vector<fakes::Event>& journal,
          const InboundSession& session, Violations& violations)
      : cell_(cell), journal_(journal), session_(session), violations_(violations) {}

  void look() {
    nothing_in_clear_where_tls_is_demanded();
    starttls_is_answered_rightly();
    tls_begins_with_nothing();
    tls_is_not_offered_within_tls();
    old_versions_are_refused();
    garbage_is_no_command();
    passwords_stay_inside_tls();
    passwords_are_checked();
    other_protocols_get_nothing();
  }

 private:
  void accuse(std::string rule, std::string clause, std::string detail) {
    accuse_once(violations_, {std::move(rule), std::move(clause),
                              fmt::format("{} ({})", detail, session_.sender->name)});
  }

  bool demands_tls() const {
    return cell_.policy == Policy::encrypt || cell_.policy == Policy::require_client_cert;
  }

  static std::string reply_of(const Exchange& exchange) {
    return exchange.lines.empty() ? "nothing" : "\"" + exchange.lines.back() + "\"";
  }

  // I1: 530 to all but NOOP, EHLO, STARTTLS and QUIT.
  void nothing_in_clear_where_tls_is_demanded() {
    if (!demands_tls()) return;
    static const std::set<std::string, std::less<>> refused = {"MAIL", "RCPT", "DATA",
                                                               "VRFY", "RSET", "AUTH"};
    for (const Exchange& each : session_.exchanges) {
      if (each.tls || each.code == 0 || !refused.contains(each.verb)) continue;
      if (each.code / 100 == 2 || each.code / 100 == 3) {
        if (each.verb == "MAIL" || each.verb == "AUTH")
          accuse("conduct/I1", "RFC 3207 4",
                 fmt::format("{} in clear was answered {}", each.verb, reply_of(each)));
      } else if (each.code != 530 && each.verb == "MAIL") {
        accuse("advice/I1", "RFC 3207 4",
               fmt::format("{} in clear was refused by {}, not by 530", each.verb, reply_of(each)));
      }
    }
  }

  // I9, I10, I11: what may stand against STARTTLS.
  void starttls_is_answered_rightly() {
    const Exchange* hello = nullptr;
    for (const Exchange& each : session_.exchanges) {
      if (each.verb == "EHLO" && each.code == 250) hello = &each;
      if (each.verb != "STARTTLS" || each.code == 0) continue;
      const bool granted = each.code / 100 == 2;
      if (each.tls) {
        if (granted)
          accuse("conduct/I11", "RFC 3207 4.2",
                 "STARTTLS inside TLS was answered " + reply_of(each));
        else if (each.code != 503 && each.code != 554 && each.code != 454 && each.code != 502)
          accuse("advice/I11", "RFC 3207 4.2",
                 "STARTTLS inside TLS was answered " + reply_of(each));
      } else if (!each.argument.empty()) {
        if (granted)
          accuse("conduct/I10", "RFC 3207 4",
                 "STARTTLS with a parameter was answered " + reply_of(each));
        else if (each.code != 501 && cell_.policy != Policy::none)
          accuse("advice/I10", "RFC 3207 4",
                 "STARTTLS with a parameter was answered " + reply_of(each));
      } else if (hello && !announces(hello->lines, "STARTTLS")) {
        if (granted)
          accuse("conduct/I9", "RFC 3207 4",
                 "STARTTLS was not offered and was answered " + reply_of(each));
        else if (each.code != 500 && each.code != 502 && each.code != 503 && each.code != 454)
          accuse("advice/I9", "RFC 5321 4.2.4",
                 "STARTTLS was not offered and was answered " + reply_of(each));
      }
    }
  }

  // Whether commands stood behind STARTTLS in one write.
  bool has_injected() const {
    return std::ranges::any_of(session_.exchanges, [&](const Exchange& each) {
      const auto* bytes = std::get_if<fakes::BytesOut>(&journal_[each.event].body);
      return each.verb == "STARTTLS" && bytes && std::ranges::count(bytes->bytes, '\n') > 1;
    });
  }

  // I12, I13: what came before the handshake is forgotten, commands and transaction alike.
  void tls_begins_with_nothing() {
    if (!session_.tls) return;
    if (session_.unasked_in_tls && has_injected())
      accuse("conduct/I12", "RFC 3207 4.2",
             fmt::format("more replies than commands inside TLS: \"{}\"", session_.unasked.back()));
    bool mail = false;
    for (const Exchange& each : session_.exchanges) {
      if (!each.tls) continue;
      mail = mail || each.verb == "MAIL" || each.verb.empty();
      if (each.verb == "RCPT" && !mail && each.code / 100 == 2)
        accuse("conduct/I13", "RFC 3207 4.2",
               "a transaction of before the handshake is open behind it: RCPT was answered " +
                   reply_of(each));
    }
  }

  // I8, I11: "A server MUST NOT return the STARTTLS extension in response to an EHLO command
  // received after a TLS handshake has completed."
  void tls_is_not_offered_within_tls() {
    for (const Exchange& each : session_.exchanges)
      if (each.tls && each.verb == "EHLO" && announces(each.lines, "STARTTLS"))
        accuse("conduct/I8", "RFC 3207 4.2", "EHLO inside TLS offers STARTTLS");
  }

  // I15: "TLS 1.0 MUST NOT be used. Negotiation of TLS 1.0 from any version of TLS MUST NOT be
  // permitted", and TLS 1.1 likewise.
  void old_versions_are_refused() {
    if (session_.tls && (session_.version == "TLSv1" || session_.version == "TLSv1.1"))
      accuse("conduct/I15", "RFC 8996 4, 5", session_.version + " was negotiated");
  }

  // I18
  void garbage_is_no_command() {
    if (session_.answered_in_handshake)
      accuse("conduct/I18", "RFC 3207 4",
             "bytes behind the 220 that are no ClientHello were answered as a command");
  }

  // I21
  void passwords_stay_inside_tls() {
    for (const Exchange& each : session_.exchanges) {
      if (each.tls) continue;
      if (each.verb == "EHLO" && announces(each.lines, "AUTH"))
        accuse("advice/I21", "RFC 8314 3.3, 4.1", "AUTH is offered in clear");
      if (each.verb != "AUTH" || each.code == 0) continue;
      if (each.code == 235 || each.code / 100 == 3)
        accuse("conduct/I21", "RFC 4954 4; RFC 8314 4.1",
               "AUTH in clear was answered " + reply_of(each));
    }
  }

  // I22
  void passwords_are_checked() {
    const auto& auth = session_.sender->spec.auth;
    if (!auth || auth->good_password) return;
    for (const Exchange& each : session_.exchanges)
      if (each.code == 235)
        accuse("conduct/I22", "RFC 4954 4", "a wrong password was answered " + reply_of(each));
  }

  // I25: a request of HTTP, or a ClientHello, where SMTP is spoken.
  void other_protocols_get_nothing() {
    static const std::set<std::string, std::less<>> verbs = {"GET", "POST", "CONNECT-HTTP", "PUT"};
    for (std::size_t i = 1; i < session_.exchanges.size(); ++i) {
      const Exchange& each = session_.exchanges[i];
      const auto& body = journal_[each.event].body;
      const auto* bytes = std::get_if<fakes::BytesOut>(&body);
      if (!bytes || !each.verb.empty()) continue;
      const std::string first = bytes->bytes.substr(0, bytes->bytes.find(' '));
      const bool foreign = verbs.contains(first) || first.starts_with("\x16\x03");
      // 221 is a farewell (RFC 5321 4.2.3).
      if (foreign && each.code / 100 < 4 && each.code != 0 && each.code != 221)
        accuse("conduct/I25", "RFC 5321 4.2.4", "another protocol was answered " + reply_of(each));
    }
  }

  const model::Cell& cell_;
  const std::vector<fakes::Event>& journal_;
  const InboundSession& session_;
  Violations& violations_;
};

// The name that a server says its client used, in the field that it has put on top.
std::string name_in_trace(const std::string& content) {
  constexpr std::string_view start = "Received: from ";
  if (!content.starts_with(start)) return {};
  return content.substr(start.size(), content.find_first_of(" \r\n(", start.size()) - start.size());
}

void add_violation(Violations& violations, Violation violation) {
  const bool known = std::ranges::any_of(
      violations, [&](const Violation& each) { return each.rule == violation.rule; });
  if (!known) violations.push_back(std::move(violation));
}

// I14: the name of the EHLO inside TLS is that of the client.
void last_name_counts(const model::Cell& cell, const fakes::MessageAccepted& accepted,
                      Violations& violations) {
  const std::string name = name_in_trace(accepted.content);
  for (const model::Sender& sender : cell.scenario->senders) {
    if (sender.spec.helo_in_tls.empty() || cell.policy == Policy::none) continue;
    if (name == (sender.spec.helo.empty() ? "client.test" : sender.spec.helo))
      add_violation(violations, {"conduct/I14", "RFC 3207 4.2",
                                 "the Received field names the client as it did before TLS"});
  }
}

const model::Content* content_of(const model::Cell& cell, const std::string& token,
                                 const std::vector<fakes::Event>& journal,
                                 fakes::Injected& wanted) {
  std::vector<std::string> tokens;
  std::string recipient;
  for (const fakes::Event& event : journal) {
    const auto* injected = std::get_if<fakes::Injected>(&event.body);
    if (!injected || injected->token != token) continue;
    wanted = *injected;
    const model::Sender* sender = cell.scenario->sender(event.who);
    for (const model::Message& message : cell.scenario->messages)
      for (const std::string& each : message.recipients)
        if (sender && std::ranges::count(sender->messages, message.id) != 0 &&
            same_address(cell.address(each), injected->recipient))
          return &message.content;
  }
  return nullptr;
}

// RFC 6152 3, RFC 3030 3: for a receiver that does not take it as it is.
bool may_be_converted(const model::Content& content, const model::Host& host) {
  const fakes::Extensions& offers = host.receiver.extensions;
  return (content.binary && !offers.binary_mime) ||
         (content.eight_bit && !offers.eight_bit_mime && !offers.binary_mime);
}

// I23, I24, I26: what arrives is what was sent, and nothing else.
void mail_is_what_was_sent(const model::Cell& cell, const std::vector<fakes::Event>& journal,
                           Violations& violations) {
  const std::string smuggled = cell.address(model::smuggled_recipient);
  const std::string barrier = cell.address(model::barrier_recipient);
  std::set<std::string> sent;
  for (const fakes::Event& event : journal) {
    if (const auto* content = std::get_if<fakes::ContentSent>(&event.body))
      sent.insert(content->token);
    const auto* accepted = std::get_if<fakes::MessageAccepted>(&event.body);
    if (!accepted || !cell.scenario->host(event.who)) continue;
    const auto goes_to = [&](const std::string& address) {
      return std::ranges::any_of(accepted->recipients, [&](const std::string& each) {
        return same_address(each, address);
      });
    };
    if (goes_to(barrier)) continue;
    if (goes_to(smuggled)) {
      add_violation(violations, {"conduct/I23", "RFC 5321 4.1.1.4, 2.3.8",
                                 "bytes that do not end the data were taken for its end, and what "
                                 "stood behind them for a transaction"});
      continue;
    }
    last_name_counts(cell, *accepted, violations);
    fakes::Injected wanted;
    const model::Content* content = content_of(cell, accepted->token, journal, wanted);
    if (!content) continue;
    if (!sent.contains(accepted->token))
      add_violation(violations, {"invariant/unfinished", "RFC 5321 4.1.1.4",
                                 "a message without its end was handed on"});
    else if (accepted->sha256_body == wanted.sha256_body ||
             may_be_converted(*content, *cell.scenario->host(event.who)))
      continue;
    // Lines may be broken anew, and bare ends of lines mended; nothing else may go or come.
    else if (content->is_odd() && accepted->sha256_letters == wanted.sha256_letters)
      add_violation(violations,
                    {"advice/I24", "RFC 5321 2.3.8, 6.4", "an odd content was changed on the way"});
    else if (content->false_end.empty())
      add_violation(violations,
                    {"invariant/changed", "RFC 5321 6.4", "the body was changed on the way"});
  }
}

}  // namespace

void check_inbound_conduct(const model::Cell& cell, const std::vector<fakes::Event>& journal,
                           const std::vector<InboundSession>& sessions, Violations& violations) {
  for (const InboundSession& session : sessions) {
    Watcher(cell, journal, session, violations).look();
    check_announced(session, violations);
  }
  mail_is_what_was_sent(cell, journal, violations);
}

}  // namespace smtprig::judge
