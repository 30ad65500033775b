// See build.hpp.
#include "build.hpp"

#include <algorithm>
#include <sstream>

namespace smtprig::judge::test {

using fakes::ServerFact;

fakes::Rule on(std::variant<fakes::SmtpPosition, fakes::TlsStage> position,
               std::vector<fakes::Action> actions) {
  fakes::Rule rule{.id = "rule", .actions = std::move(actions)};
  rule.when.position = position;
  return rule;
}

fakes::Reply line(const std::string& text) {
  return {.lines = {text}};
}
fakes::Reply raw(const std::string& bytes) {
  return {.raw = bytes};
}

model::Scenario one_mx(fakes::ReceiverSpec receiver) {
  model::Scenario scenario;
  scenario.id = "topic/name";
  scenario.hosts = {{.name = "mx", .receiver = std::move(receiver)}};
  scenario.mx = {{.target = "mx"}};
  return scenario;
}

model::Scenario several_mx(std::vector<fakes::ReceiverSpec> receivers) {
  model::Scenario scenario;
  scenario.id = "topic/name";
  std::uint16_t preference = 10;
  for (fakes::ReceiverSpec& receiver : receivers) {
    const std::string name = "mx" + std::to_string(preference / 10);
    scenario.hosts.push_back({.name = name, .receiver = std::move(receiver)});
    scenario.mx.push_back({.target = name, .preference = preference});
    preference += 10;
  }
  return scenario;
}

model::Cell cell_of(model::Scenario scenario, model::Policy policy, model::Attacker attacker) {
  return {.scenario = std::make_shared<const model::Scenario>(std::move(scenario)),
          .server = {.name = "embedded"},
          .policy = policy,
          .attacker = attacker};
}

namespace {

constexpr const char* all_codes = "PEADB";

std::string in_order(const std::string& letters) {
  std::string result;
  for (const char* code = all_codes; *code; ++code)
    if (letters.find(*code) != letters.npos)
      result += (result.empty() ? "" : "/") + std::string(1, *code);
  return result;
}

}  // namespace

std::string codes(const model::Ruling& ruling) {
  std::string letters;
  for (const model::Permitted& each : ruling.permitted) {
    using enum model::Channel;
    if (each.delivery == model::Delivery::deferred) letters += 'D';
    if (each.delivery == model::Delivery::bounced) letters += 'B';
    if (each.delivery != model::Delivery::delivered) continue;
    letters += each.channel == plaintext ? 'P' : each.channel == encrypted ? 'E' : 'A';
  }
  return in_order(letters);
}

std::string expanded(const std::string& codes) {
  std::string letters = codes;
  if (letters.find("P*") != letters.npos) letters += 'D';
  return in_order(letters);
}

std::string texts(const model::Ruling& ruling) {
  std::string result;
  for (const model::Permitted& each : ruling.permitted)
    result += (result.empty() ? "" : ", ") + text(each);
  return result;
}

Story& Story::add(const std::string& who, std::uint32_t connection, fakes::EventBody body) {
  const auto at = std::chrono::milliseconds(events.size());
  events.push_back({at, who, connection, std::move(body)});
  return *this;
}

Story& Story::injected(const std::string& local, int reply, const std::string& text) {
  return add("injector", 0, fakes::Injected{sender, address(local), token, "", reply, text});
}

Story& Story::connect(const std::string& who, std::uint32_t connection,
                      const std::string& greeting) {
  who_ = who;
  connection_ = connection;
  tls_ = false;
  here(fakes::Connected{"127.0.0.2:25", "127.0.0.1:4711"});
  if (!greeting.empty()) reply(greeting);
  return *this;
}

Story& Story::here(fakes::EventBody body) {
  return add(who_, connection_, std::move(body));
}

Story& Story::reply(const std::string& text) {
  return here(fakes::LineOut{text, tls_});
}

Story& Story::say(const std::string& command, const std::string& answer) {
  here(fakes::LineIn{command, tls_});
  return answer.empty() ? *this : reply(answer);
}

Story& Story::ehlo(const std::vector<std::string>& keywords) {
  here(fakes::LineIn{"EHLO server.test", tls_});
  if (keywords.empty()) return reply("250 mx");
  reply("250-mx");
  for (std::size_t i = 0; i < keywords.size(); ++i)
    reply((i + 1 == keywords.size() ? "250 " : "250-") + keywords[i]);
  return *this;
}

Story& Story::starttls() {
  say("STARTTLS", "220 2.0.0 go ahead");
  here(fakes::ClientHelloSeen{});
  here(fakes::TlsEstablished{"TLSv1.3", "TLS_AES_256_GCM_SHA384"});
  tls_ = true;
  return *this;
}

Story& Story::mail(const std::string& local) {
  say(std::string("MAIL FROM:<") + sender + ">");
  say("RCPT TO:<" + address(local) + ">");
  say("DATA", "354 go on");
  return here(fakes::ContentReceived{100, true, tls_, "hash", token});
}

Story& Story::dot(const std::string& answer, const std::string& local) {
  reply(answer);
  if (!answer.starts_with('2')) return *this;
  return here(fakes::MessageAccepted{sender, {address(local)}, token, "hash", tls_, ""});
}

Story& Story::quit() {
  return say("QUIT", "221 2.0.0 bye");
}

Story& Story::closed(fakes::Closed::How how) {
  return here(fakes::Closed{how});
}

Story& Story::fault(const std::string& rule) {
  return here(fakes::FaultFired{rule});
}

Story& Story::delivery(const std::string& who, std::uint32_t connection, bool clear,
                       const std::string& local) {
  connect(who, connection)
      .ehlo(clear ? std::vector<std::string>{} : std::vector{std::string("STARTTLS")});
  if (!clear) starttls().ehlo({});
  return mail(local).dot("250 2.0.0 queued", local).quit().closed();
}

Story& Story::turned_away(const std::string& who, std::uint32_t connection) {
  return connect(who, connection).ehlo().starttls().quit().closed();
}

Story& Story::fact(ServerFact::Kind kind, const std::string& status, const std::string& detail,
                   const std::string& local, const std::string& relay) {
  const bool whole_message = kind == ServerFact::Kind::removed;
  return add("server", 0,
             ServerFact{kind, "Q1", whole_message ? "" : address(local), relay, status, detail});
}

Story& Story::deferred(const std::string& status, const std::string& detail) {
  return fact(ServerFact::Kind::deferred, status, detail);
}

Story& Story::deferred_thrice(const std::string& status, const std::string& detail) {
  return deferred(status, detail).deferred(status, detail).deferred(status, detail);
}

Story& Story::removed_by_rig() {
  add("rig", 0, fakes::RigNote{"planned attempts made: removed from the queue by the rig"});
  return fact(ServerFact::Kind::removed);
}

Story& Story::report(const std::string& fields) {
  const std::string content = "Content-Type: message/delivery-status\r\n\r\n" + fields +
                              "\r\n\r\nX-Token: " + token + "\r\n";
  return add("sink", 1, fakes::MessageAccepted{"", {sender}, "", "hash", false, content});
}

Story& Story::bounced(const std::string& status, const std::string& local) {
  fact(ServerFact::Kind::bounced, status, "", local);
  return report("Final-Recipient: rfc822; " + address(local) +
                "\r\nAction: failed\r\nStatus: " + (status.empty() ? "5.0.0" : status) + "\r\n");
}

std::string rules(const model::Outcome& outcome) {
  std::string result;
  for (const model::Violation& each : outcome.conduct)
    result += (result.empty() ? "" : " ") + each.rule;
  return result;
}

std::vector<std::string> split(const std::string& row) {
  std::vector<std::string> cells;
  std::istringstream in(row);
  for (std::string cell; std::getline(in, cell, '|');) {
    const auto first = cell.find_first_not_of(' ');
    cells.push_back(cell.substr(first, cell.find_last_not_of(' ') - first + 1));
  }
  return cells;
}

}  // namespace smtprig::judge::test
