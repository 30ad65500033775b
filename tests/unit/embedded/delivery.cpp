// The delivery machine by transcripts: what a peer says, what must be answered, to the byte, and
// what becomes of the recipients; and the honest session with every step failed.
#include "harness/servers/embedded/delivery.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace smtprig::embedded;
using smtprig::model::Policy;

Message message_to(std::vector<std::string> recipients) {
  Message message;
  message.sender = "a@from.test";
  message.content = "Subject: x\r\n\r\n.dot\r\n";
  for (std::string& address : recipients)
    message.recipients.push_back({.address = address});
  return message;
}

std::string text_of(const Action& action) {
  switch (action.kind) {
    case Action::Kind::read:
      return "(read)";
    case Action::Kind::start_tls:
      return "(tls)";
    case Action::Kind::finish:
      return "(finish)";
    case Action::Kind::send:
      break;
  }
  std::string text = action.bytes;
  for (std::size_t at = 0; (at = text.find("\r\n", at)) != std::string::npos;) {
    text.replace(at, 2, "|");
  }
  return text;
}

// Steps: a reply ("250-a|250 b"), "!tls", "!bad", "!tls-failed", "!lost".
Action step(Delivery& delivery, const std::string& what) {
  if (what == "!tls") return delivery.tls_up({.trust = Trust::verified, .satisfied = true});
  if (what == "!bad") {
    return delivery.tls_up({.trust = Trust::untrusted,
                            .satisfied = false,
                            .cause = "certificate-expired",
                            .reason = "certificate has expired"});
  }
  if (what == "!tls-failed") return delivery.tls_failed("no shared cipher");
  if (what == "!lost") return delivery.lost("connection closed");
  smtprig::fakes::smtp::ReplyParser parser;
  std::istringstream lines(what);
  for (std::string line; std::getline(lines, line, '|');)
    parser.feed(line);
  return delivery.reply(parser.reply());
}

std::string fates(const SessionResult& result) {
  std::string text;
  for (const RecipientResult& each : result.recipients) {
    if (!text.empty()) text += ' ';
    // What is deferred, refused or bounced says so in its failure too.
    BOOST_TEST((each.fate != Fate::deferred || !each.failure.permanent));
    BOOST_TEST((each.fate != Fate::bounced || each.failure.permanent));
    switch (each.fate) {
      case Fate::pending:
        text += "pending";
        break;
      case Fate::delivered:
        text += "delivered";
        break;
      case Fate::deferred:
        text += "deferred:" + each.failure.status;
        break;
      case Fate::refused:
        text += "refused:" + each.failure.status;
        break;
      case Fate::bounced:
        text += "bounced:" + each.failure.status;
        break;
      case Fate::dropped:
        text += "dropped";
        break;
    }
  }
  if (result.fall_back) text += " fall-back";
  if (result.quit) text += " quit";
  return text;
}

struct Exchange {
  std::string peer;
  std::string answer;
};

struct Row {
  std::string name;
  Policy policy = Policy::may;
  bool falling_back = false;
  std::vector<std::string> recipients;
  Mutants mutants;
  std::vector<Exchange> exchanges;
  std::string fates;
};

const std::string ehlo = "EHLO me.test|";
const std::string starttls = "STARTTLS|";
const std::string mail = "MAIL FROM:<a@from.test>|";
const std::string rcpt = "RCPT TO:<r@to.test>|";
const std::string data = "DATA|";
const std::string content = "Subject: x||..dot|.|";
const std::string offers = "250-mx|250 STARTTLS";
const std::string piped = "250-mx|250 PIPELINING";

void run(const Row& row) {
  const Message message =
      message_to(row.recipients.empty() ? std::vector<std::string>{"r@to.test"} : row.recipients);
  SessionPlan plan{.hostname = "me.test",
                   .policy = row.policy,
                   .falling_back = row.falling_back,
                   .message = &message};
  for (std::size_t i = 0; i < message.recipients.size(); ++i)
    plan.recipients.push_back(i);
  Delivery delivery(plan, row.mutants);
  BOOST_TEST(text_of(delivery.start()) == "(read)");
  for (const Exchange& exchange : row.exchanges) {
    BOOST_TEST_CONTEXT("peer says " << exchange.peer) {
      BOOST_TEST(text_of(step(delivery, exchange.peer)) == exchange.answer);
    }
  }
  BOOST_TEST(fates(delivery.result()) == row.fates);
}

void run_all(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      run(row);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery)

BOOST_AUTO_TEST_CASE(transactions) {
  run_all({
      {.name = "plain, one by one",
       .policy = Policy::none,
       .exchanges = {{"220 mx", ehlo},
                     {offers, mail},
                     {"250 ok", rcpt},
                     {"250 ok", data},
                     {"354 go", content},
                     {"250 2.0.0 taken", "(finish)"}},
       .fates = "delivered quit"},
      {.name = "pipelined, one recipient refused for good, one for now",
       .recipients = {"a@to.test", "b@to.test", "c@to.test"},
       .exchanges = {{"220 mx", ehlo},
                     {piped,
                      mail + "RCPT TO:<a@to.test>|RCPT TO:<b@to.test>|RCPT TO:<c@to.test>|" + data},
                     {"250 ok", "(read)"},
                     {"550 5.1.1 no", "(read)"},
                     {"250 ok", "(read)"},
                     {"451 4.2.1 later", "(read)"},
                     {"354 go", content},
                     {"250 ok", "(finish)"}},
       .fates = "bounced:5.1.1 delivered deferred:4.2.1 quit"},
      {.name = "pipelined, no recipient, but 354 (RFC 2920 3.1)",
       .exchanges = {{"220 mx", ehlo},
                     {piped, mail + rcpt + data},
                     {"250 ok", "(read)"},
                     {"550 no", "(read)"},
                     {"354 go", ".|"},
                     {"554 no recipients", "(finish)"}},
       .fates = "bounced:5.0.0 quit"},
      {.name = "one by one, no recipient: no DATA",
       .exchanges =
           {{"220 mx", ehlo}, {"250 mx", mail}, {"250 ok", rcpt}, {"450 4.2.0 later", "(finish)"}},
       .fates = "deferred:4.2.0 quit"},
      {.name = "MAIL 5yz",
       .exchanges = {{"220 mx", ehlo}, {"250 mx", mail}, {"553 5.1.8 no", "(finish)"}},
       .fates = "bounced:5.1.8 quit"},
      {.name = "DATA 4yz",
       .exchanges = {{"220 mx", ehlo},
                     {"250 mx", mail},
                     {"250 ok", rcpt},
                     {"250 ok", data},
                     {"451 no", "(finish)"}},
       .fates = "deferred:4.0.0 quit"},
      {.name = "DATA 250 is no answer",
       .exchanges = {{"220 mx", ehlo},
                     {"250 mx", mail},
                     {"250 ok", rcpt},
                     {"250 ok", data},
                     {"250 what", "(finish)"}},
       .fates = "deferred:4.5.0 quit"},
      {.name = "final dot 5yz",
       .exchanges = {{"220 mx", ehlo},
                     {"250 mx", mail},
                     {"250 ok", rcpt},
                     {"250 ok", data},
                     {"354 go", content},
                     {"554 5.7.1 spam", "(finish)"}},
       .fates = "bounced:5.7.1 quit"},
      {.name = "lost behind the final dot",
       .exchanges = {{"220 mx", ehlo},
                     {"250 mx", mail},
                     {"250 ok", rcpt},
                     {"250 ok", data},
                     {"354 go", content},
                     {"!lost", "(finish)"}},
       .fates = "deferred:4.4.2"},
      {.name = "SIZE too small",
       .exchanges = {{"220 mx", ehlo}, {"250-mx|250 SIZE 10", "(finish)"}},
       .fates = "bounced:5.3.4 quit"},
      {.name = "SIZE declared",
       .exchanges = {{"220 mx", ehlo},
                     {"250-mx|250 SIZE", "MAIL FROM:<a@from.test> SIZE=20|"},
                     {"421 bye", "(finish)"}},
       .fates = "deferred:4.0.0 quit"},
  });
}

BOOST_AUTO_TEST_CASE(greeting_and_hello) {
  run_all({
      {.name = "554 greeting: this host never",
       .exchanges = {{"554 5.3.2 no mail here", "(finish)"}},
       .fates = "refused:5.3.2 quit"},
      {.name = "554 greeting under encrypt is not permanent",
       .policy = Policy::encrypt,
       .exchanges = {{"554 no", "(finish)"}},
       .fates = "deferred:4.0.0 quit"},
      {.name = "421 greeting",
       .exchanges = {{"421 busy", "(finish)"}},
       .fates = "deferred:4.0.0 quit"},
      {.name = "502 to EHLO: HELO, and no extension",
       .exchanges = {{"220 mx", ehlo},
                     {"502 what", "HELO me.test|"},
                     {"250-mx|250 PIPELINING", mail}},
       .fates = "pending"},
      {.name = "502 to EHLO under encrypt",
       .policy = Policy::encrypt,
       .exchanges = {{"220 mx", ehlo}, {"502 what", "HELO me.test|"}, {"250 mx", "(finish)"}},
       .fates = "deferred:4.7.4 quit"},
      {.name = "550 to EHLO is a refusal",
       .exchanges = {{"220 mx", ehlo}, {"550 5.7.1 no", "(finish)"}},
       .fates = "refused:5.7.1 quit"},
      {.name = "lost at once", .exchanges = {{"!lost", "(finish)"}}, .fates = "deferred:4.4.2"},
  });
}

BOOST_AUTO_TEST_CASE(tls) {
  const std::vector<Exchange> up = {
      {"220 mx", ehlo}, {"250-mx|250-PIPELINING|250 STARTTLS", starttls}, {"220 go", "(tls)"}};
  const auto with = [&up](std::vector<Exchange> more) {
    std::vector<Exchange> all = up;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  run_all({
      {.name = "what was learnt before TLS is forgotten (RFC 3207 4.2)",
       .exchanges = with({{"!tls", ehlo}, {"250 mx", mail}}),
       .fates = "pending"},
      {.name = "none never asks",
       .policy = Policy::none,
       .exchanges = {{"220 mx", ehlo}, {offers, mail}},
       .fates = "pending"},
      {.name = "not offered, may",
       .exchanges = {{"220 mx", ehlo}, {"250 mx", mail}},
       .fates = "pending"},
      {.name = "not offered, encrypt",
       .policy = Policy::encrypt,
       .exchanges = {{"220 mx", ehlo}, {"250 mx", "(finish)"}},
       .fates = "deferred:4.7.4 quit"},
      {.name = "454, may: again in clear",
       .exchanges = {{"220 mx", ehlo}, {offers, starttls}, {"454 later", "(finish)"}},
       .fates = "deferred:4.7.0 fall-back quit"},
      {.name = "554, verify: never permanent",
       .policy = Policy::verify,
       .exchanges = {{"220 mx", ehlo}, {offers, starttls}, {"554 no", "(finish)"}},
       .fates = "deferred:4.7.0 quit"},
      {.name = "handshake failed, may",
       .exchanges = with({{"!tls-failed", "(finish)"}}),
       .fates = "deferred:4.7.5 fall-back"},
      {.name = "handshake failed, encrypt",
       .policy = Policy::encrypt,
       .exchanges = with({{"!tls-failed", "(finish)"}}),
       .fates = "deferred:4.7.5"},
      {.name = "closed behind the handshake, may",
       .exchanges = with({{"!tls", ehlo}, {"!lost", "(finish)"}}),
       .fates = "deferred:4.4.2 fall-back"},
      {.name = "421 to EHLO inside TLS, secure",
       .policy = Policy::secure,
       .exchanges = with({{"!tls", ehlo}, {"421 4.3.2 bye", "(finish)"}}),
       .fates = "deferred:4.3.2 quit"},
      {.name = "lost at MAIL inside TLS: TLS worked, no clear text",
       .exchanges = with({{"!tls", ehlo}, {"250 mx", mail}, {"!lost", "(finish)"}}),
       .fates = "deferred:4.4.2"},
      {.name = "certificate refused: QUIT, no MAIL (RFC 3207 4.1)",
       .policy = Policy::verify,
       .exchanges = with({{"!bad", "(finish)"}}),
       .fates = "deferred:4.7.5 quit"},
      {.name = "falling back: no STARTTLS, and 530 is not permanent",
       .falling_back = true,
       .exchanges = {{"220 mx", ehlo}, {offers, mail}, {"530 5.7.0 TLS first", "(finish)"}},
       .fates = "deferred:4.7.0 quit"},
      {.name = "530 under none is permanent",
       .policy = Policy::none,
       .exchanges = {{"220 mx", ehlo}, {offers, mail}, {"530 5.7.0 TLS first", "(finish)"}},
       .fates = "bounced:5.7.0 quit"},
  });
}

// Each planted defect differs from the correct machine in its row, and only as it says.
BOOST_AUTO_TEST_CASE(mutants) {
  const Exchange greeting{"220 mx", ehlo};
  run_all({
      {.name = "plaintext-fallback-under-encrypt",
       .policy = Policy::encrypt,
       .mutants = {.plaintext_fallback_under_encrypt = true},
       .exchanges = {greeting, {"250 mx", mail}},
       .fates = "pending"},
      {.name = "mail-before-verification",
       .policy = Policy::verify,
       .mutants = {.mail_before_verification = true},
       .exchanges = {greeting,
                     {offers, starttls},
                     {"220 go", "(tls)"},
                     {"!bad", ehlo},
                     {piped, mail},
                     {"250 ok", "(finish)"}},
       .fates = "deferred:4.7.5 quit"},
      {.name = "uses-pre-tls-extensions",
       .mutants = {.uses_pre_tls_extensions = true},
       .exchanges = {greeting,
                     {"250-mx|250-PIPELINING|250 STARTTLS", starttls},
                     {"220 go", "(tls)"},
                     {"!tls", ehlo},
                     {"250 mx", mail + rcpt + data}},
       .fates = "pending"},
      {.name = "no-second-ehlo",
       .mutants = {.no_second_ehlo = true},
       .exchanges = {greeting, {offers, starttls}, {"220 go", "(tls)"}, {"!tls", mail}},
       .fates = "pending"},
      {.name = "loses-on-final-dot-4xx",
       .mutants = {.loses_on_final_dot_4xx = true},
       .exchanges = {greeting,
                     {"250 mx", mail},
                     {"250 ok", rcpt},
                     {"250 ok", data},
                     {"354 go", content},
                     {"451 later", "(finish)"}},
       .fates = "dropped quit"},
      {.name = "bounces-on-4xx",
       .mutants = {.bounces_on_4xx = true},
       .exchanges = {greeting, {"250 mx", mail}, {"450 4.1.8 later", "(finish)"}},
       .fates = "bounced:4.1.8 quit"},
      {.name = "never-falls-back",
       .mutants = {.never_falls_back = true},
       .exchanges = {greeting, {offers, starttls}, {"454 later", "(finish)"}},
       .fates = "deferred:4.7.0 quit"},
      {.name = "starttls-though-not-offered",
       .mutants = {.starttls_though_not_offered = true},
       .exchanges = {greeting, {"250 mx", starttls}},
       .fates = "pending"},
  });
}

// Whatever the step, a lost connection decides nothing for good and leaves nobody undecided.
BOOST_AUTO_TEST_CASE(every_step_lost) {
  const std::vector<std::string> honest = {"220 mx", offers,   "220 go", "!tls",  "250 mx",
                                           "250 ok", "250 ok", "354 go", "250 ok"};
  for (const Policy policy : {Policy::none, Policy::may, Policy::encrypt, Policy::secure}) {
    for (std::size_t cut = 0; cut < honest.size(); ++cut) {
      BOOST_TEST_CONTEXT("policy " << name(policy) << ", lost instead of " << honest[cut]) {
        const Message message = message_to({"r@to.test"});
        Delivery delivery(
            {.hostname = "me.test", .policy = policy, .message = &message, .recipients = {0}}, {});
        Action action = delivery.start();
        for (std::size_t i = 0; i < cut && action.kind != Action::Kind::finish; ++i) {
          if (policy == Policy::none && i >= 2 && i <= 4) continue;  // no STARTTLS
          action = step(delivery, honest[i]);
        }
        if (action.kind == Action::Kind::start_tls) action = delivery.tls_failed("peer closed");
        if (action.kind != Action::Kind::finish) action = step(delivery, "!lost");
        BOOST_TEST((action.kind == Action::Kind::finish));
        const RecipientResult& result = delivery.result().recipients.front();
        BOOST_TEST((result.fate == Fate::deferred));
        BOOST_TEST(result.failure.status.front() == '4');
        BOOST_TEST(!(policy >= Policy::encrypt && delivery.result().fall_back));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
