// See reached.hpp. A place counts as reached only where no other rule and no refusal could have
// taken it: the first rule of a host, in a session where everything before was answered in order.
#include "harness/judge/reached.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "harness/judge/peer.hpp"
#include "harness/judge/session.hpp"

namespace smtprig::judge {
namespace {

using fakes::Rule;
using fakes::SmtpPosition;
using fakes::TlsStage;
using Position = std::variant<SmtpPosition, TlsStage>;

std::optional<SmtpPosition> position_of(const std::string& verb) {
  static const std::map<std::string, SmtpPosition> positions = {
      {"CONNECT", SmtpPosition::connect}, {"EHLO", SmtpPosition::ehlo},
      {"HELO", SmtpPosition::helo},       {"STARTTLS", SmtpPosition::starttls},
      {"AUTH", SmtpPosition::auth},       {"MAIL", SmtpPosition::mail},
      {"RCPT", SmtpPosition::rcpt},       {"DATA", SmtpPosition::data},
      {".", SmtpPosition::end_of_data},   {"RSET", SmtpPosition::rset},
      {"LHLO", SmtpPosition::ehlo},       {"NOOP", SmtpPosition::noop},
      {"VRFY", SmtpPosition::vrfy},       {"QUIT", SmtpPosition::quit},
      {"BDAT", SmtpPosition::bdat}};
  const auto found = positions.find(verb);
  return found == positions.end() ? std::nullopt : std::optional(found->second);
}

struct Place {
  Position position;
  std::string argument;
  bool tls = false;
};

// Where the server has been for sure, in order.
std::vector<Place> places_of(const Session& session) {
  std::vector<Place> places;
  const auto shake_hands = [&] {
    if (session.client_hello) places.push_back({TlsStage::start, {}, false});
    if (session.client_hello) places.push_back({TlsStage::client_hello, {}, false});
    if (session.tls()) places.push_back({TlsStage::server_hello, {}, false});
    if (session.tls()) places.push_back({TlsStage::finished, {}, true});
  };
  if (!session.command("STARTTLS")) shake_hands();  // TLS from the first byte
  for (const Command& command : session.commands) {
    const auto position = position_of(command.verb);
    // Behind a 503, or where nothing was answered, the receiver may not have looked.
    if (!position || command.code == 0 || command.code == 503) continue;
    places.push_back({*position, command.argument, command.tls});
    if (*position == SmtpPosition::starttls && command.code / 100 == 2) shake_hands();
  }
  return places;
}

bool selects(const fakes::Selector& when, const Place& place, std::uint32_t nth,
             std::uint32_t connection) {
  if (when.position != place.position || !when.nth.contains(nth)) return false;
  if (!when.connection.contains(connection)) return false;
  if (when.phase == fakes::Phase::pre_tls && place.tls) return false;
  if (when.phase == fakes::Phase::post_tls && !place.tls) return false;
  return argument_matches(when.argument, place.argument);
}

bool fired(const std::vector<fakes::Event>& journal, const Session& session) {
  return std::ranges::any_of(journal, [&](const fakes::Event& event) {
    return event.who == session.host && event.connection == session.connection &&
           std::holds_alternative<fakes::FaultFired>(event.body);
  });
}

// The first rule that this session must have met, if none of the host's rules acted in it.
const Rule* missed_in(const Session& session, const std::vector<Rule>& rules) {
  std::map<Position, std::uint32_t> reached;
  for (const Place& place : places_of(session)) {
    const std::uint32_t nth = ++reached[place.position];
    for (const Rule& rule : rules)
      if (selects(rule.when, place, nth, session.connection)) return &rule;
  }
  return nullptr;
}

}  // namespace

Faults faults_of(const model::Scenario& scenario, const std::vector<fakes::Event>& journal) {
  Faults faults;
  for (const model::Host& host : scenario.hosts)
    faults.planned = faults.planned || !host.receiver.rules.empty();
  if (!faults.planned) return faults;
  for (const Session& session : sessions_of(scenario, journal)) {
    if (fired(journal, session)) {
      faults.fired = true;
      continue;
    }
    const model::Host* host = scenario.host(session.host);
    const Rule* missed = missed_in(session, host->receiver.rules);
    if (missed && faults.missed.empty()) faults.missed = missed->id + " at " + place(session);
  }
  return faults;
}

}  // namespace smtprig::judge
