// Every verdict, and what comes first where two would fit.
#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::CertificateClass;
using fakes::ServerFact;
using fakes::SmtpPosition;
using model::Channel;
using model::Delivery;
using model::KnownDeviation;
using model::Policy;
using model::Verdict;

model::Cell honest(Policy policy) {
  return cell_of(one_mx(), policy);
}
model::Cell expired(Policy policy) {
  return cell_of(one_mx({.certificate = CertificateClass::expired}), policy);
}
model::Cell no_user(Policy policy) {
  return cell_of(one_mx({.starttls = fakes::StartTls::no,
                         .rules = {on(SmtpPosition::rcpt, {line("550 5.1.1 no")})}}),
                 policy);
}

model::Judgement judged(const model::Cell& cell, const Story& story,
                        std::vector<KnownDeviation> known = {}, bool authenticated = false) {
  Classified classified = story.classified(cell);
  if (authenticated)
    for (auto& each : classified.outcome.recipients)
      each.channel = Channel::authenticated;
  return judge(cell, classified, ruling(cell), known, story.events);
}

std::string verdict(const model::Cell& cell, const Story& story,
                    std::vector<KnownDeviation> known = {}, bool authenticated = false) {
  return std::string(name(judged(cell, story, std::move(known), authenticated).verdict));
}

KnownDeviation entry(std::optional<Delivery> delivery, const char* violation = "") {
  return {.server = "embedded",
          .cells = "*",
          .delivery = delivery,
          .violation = violation,
          .reason = "why",
          .link = "https://x.test/1"};
}

// Known of the default configuration, and this is another.
KnownDeviation loose(KnownDeviation entry) {
  entry.must_hold = false;
  return entry;
}

Story begin(const model::Cell& cell) {
  return Story(cell).injected();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verdicts)

BOOST_AUTO_TEST_CASE(pass_and_fail) {
  const auto may = honest(Policy::may), verify = honest(Policy::verify),
             none = honest(Policy::none);
  const auto refused = expired(Policy::verify);
  BOOST_TEST(verdict(may, begin(may).delivery()) == "pass");
  BOOST_TEST(verdict(may, begin(may).delivery(), {}, true) == "pass");  // more than was asked for
  BOOST_TEST(verdict(may, begin(may).delivery("mx", 1, true)) == "fail");
  BOOST_TEST(verdict(may, begin(may).deferred_thrice()) == "fail");
  BOOST_TEST(verdict(none, begin(none).delivery("mx", 1, true)) == "pass");
  BOOST_TEST(verdict(none, begin(none).delivery()) == "fail");
  BOOST_TEST(verdict(verify, begin(verify).delivery(), {}, true) == "pass");
  BOOST_TEST(verdict(verify, begin(verify).delivery()) == "fail");  // nothing shows who it was
  BOOST_TEST(verdict(refused, begin(refused).turned_away().deferred_thrice("4.7.5")) == "pass");
  BOOST_TEST(verdict(refused, begin(refused).turned_away().fact(ServerFact::Kind::bounced,
                                                                "5.7.5")) == "fail");
  BOOST_TEST(verdict(refused, begin(refused).delivery()) == "fail");
}

BOOST_AUTO_TEST_CASE(by_which_host) {
  const auto cell =
      cell_of(several_mx({{.certificate = CertificateClass::expired}, {}}), Policy::verify);
  BOOST_TEST(verdict(cell, begin(cell).turned_away("mx1").delivery("mx2"), {}, true) == "pass");
  BOOST_TEST(verdict(cell, begin(cell).delivery("mx1"), {}, true) == "fail");
}

BOOST_AUTO_TEST_CASE(a_refusal_at_injection_stands_for_a_bounce_only) {
  const auto bounced = no_user(Policy::none), deferred = expired(Policy::verify);
  Story refused(bounced);
  refused.injected("rcpt", 550, "5.1.1 no");
  BOOST_TEST(verdict(bounced, refused) == "not-reached");
  Story early(deferred);
  early.injected("rcpt", 550, "5.7.1 no");
  BOOST_TEST(verdict(deferred, early) == "fail");
}

BOOST_AUTO_TEST_CASE(broken_rules_fail_a_permitted_outcome) {
  const auto may = honest(Policy::may);
  BOOST_TEST(verdict(may, begin(may).connect().ehlo().starttls().mail().dot().quit()) == "fail");
  const auto encrypt = cell_of(
      one_mx({.tls = {fakes::TlsVersion::tls1_0, fakes::TlsVersion::tls1_1}}), Policy::encrypt);
  const Story old =
      begin(encrypt)
          .connect()
          .ehlo()
          .say("STARTTLS", "220 go")
          .here(fakes::ClientHelloSeen{})
          .here(fakes::TlsEstablished{"TLSv1.1", ""})
          .here(fakes::LineIn{"EHLO x", true})
          .here(fakes::LineOut{"250 mx", true})
          .here(fakes::LineIn{std::string("MAIL FROM:<") + sender + ">", true})
          .here(fakes::LineOut{"250 ok", true})
          .here(fakes::LineIn{"RCPT TO:<" + Story(encrypt).address() + ">", true})
          .here(fakes::LineOut{"250 ok", true})
          .here(fakes::MessageAccepted{sender, {Story(encrypt).address()}, token, "", true, ""});
  const auto judgement = judged(encrypt, old);
  BOOST_TEST((judgement.verdict == Verdict::pass));  // advice only
  BOOST_TEST(judgement.reason ==
             "advice/old-tls (RFC 8996 4, 5): mail over TLSv1.1 at connection 1 to mx");
}

BOOST_AUTO_TEST_CASE(a_server_that_fell_fails) {
  const auto may = honest(Policy::may);
  Story story = begin(may).delivery();
  story.add("rig", 0, fakes::ServerState{"crashed", "signal 11"});
  const auto judgement = judged(may, story, {entry(Delivery::delivered)});
  BOOST_TEST((judgement.verdict == Verdict::fail));
  BOOST_TEST(judgement.reason == "the server crashed");
}

BOOST_AUTO_TEST_CASE(a_cell_that_did_not_end_is_an_error) {
  const auto cell = expired(Policy::verify);
  const auto judgement = judged(cell, begin(cell).turned_away().deferred("4.7.5"));
  BOOST_TEST((judgement.verdict == Verdict::error));
  BOOST_TEST(judgement.reason == "the cell is not complete: rcpt: 1 of 3 planned attempts");
}

BOOST_AUTO_TEST_CASE(planned_faults) {
  const auto none = no_user(Policy::none), encrypt = no_user(Policy::encrypt);
  const auto refused = [](const model::Cell& cell) {
    return begin(cell).connect().ehlo({}).say(std::string("MAIL FROM:<") + sender + ">");
  };
  const Story fired = refused(none)
                          .fault("rule")
                          .say("RCPT TO:<" + Story(none).address() + ">", "550 5.1.1 no")
                          .quit()
                          .bounced("5.1.1");
  BOOST_TEST(verdict(none, fired) == "pass");
  // Under encrypt a plain receiver is left before RCPT.
  const Story stopped = begin(encrypt).connect().ehlo({}).quit().deferred_thrice("4.7.4");
  BOOST_TEST(verdict(encrypt, stopped) == "not-reached");
  // The same where the policy should have stopped.
  BOOST_TEST(verdict(encrypt, begin(encrypt).connect().ehlo({}).quit().fact(
                                  ServerFact::Kind::bounced)) == "fail");
  // RCPT was reached and answered by an honest peer: the rig's own failure.
  const Story missed = refused(none)
                           .say("RCPT TO:<" + Story(none).address() + ">")
                           .say("DATA", "354 go")
                           .here(fakes::ContentReceived{1, true, false, "", token})
                           .dot()
                           .quit();
  const auto judgement = judged(none, missed);
  BOOST_TEST((judgement.verdict == Verdict::error));
  BOOST_TEST(judgement.reason == "a planned fault did not act: rule at connection 1 to mx");
}

BOOST_AUTO_TEST_CASE(known_deviations) {
  const auto may = honest(Policy::may);
  const Story bounced = begin(may).bounced("5.7.0");
  const Story rude = begin(may).connect().ehlo().starttls().mail().dot().quit();  // breaks C2
  const Story both = begin(may).connect().ehlo().starttls().say("NOOP").quit().bounced("5.7.0");
  const auto bounce = entry(Delivery::bounced), c2 = entry({}, "conduct/C2"),
             lost = entry(Delivery::lost);
  auto elsewhere = bounce;
  elsewhere.cells = "other/*";
  auto with_status = bounce;
  with_status.status = "5.7.1";
  const struct {
    const char* name;
    Story story;
    std::vector<KnownDeviation> known;
    const char* expected;
  } rows[] = {
      {"as described", bounced, {bounce}, "known"},
      {"otherwise than described", bounced, {lost}, "fail"},
      {"another status", bounced, {with_status}, "fail"},
      {"of another cell", bounced, {elsewhere}, "fail"},
      {"a violation", rude, {c2}, "known"},
      {"a violation, not described", rude, {bounce}, "fail"},
      {"half of it", both, {bounce}, "fail"},
      {"the other half", both, {c2}, "fail"},
      {"both halves", both, {bounce, c2}, "known"},
      {"one entry too many", bounced, {bounce, c2}, "fail"},
      {"no longer so", begin(may).delivery(), {bounce}, "unexpected-pass"},
      {"not of this cell", begin(may).delivery(), {elsewhere}, "pass"},
      {"as described, and need not be", bounced, {loose(bounce)}, "known"},
      {"otherwise, and need not be", bounced, {loose(lost)}, "fail"},
      {"no longer so, and need not be", begin(may).delivery(), {loose(bounce)}, "pass"},
      {"one that need not be too many", bounced, {bounce, loose(c2)}, "known"},
      {"one that must be too many", bounced, {loose(bounce), c2}, "fail"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(verdict(may, row.story, row.known) == row.expected);
  BOOST_TEST(judged(may, bounced, {bounce}).reason == "why (https://x.test/1)");
  BOOST_TEST(judged(may, begin(may).delivery(), {bounce}).reason ==
             "a known deviation no longer holds: why (https://x.test/1)");
}

BOOST_AUTO_TEST_CASE(a_permitted_outcome_with_a_known_violation_of_its_status) {
  model::Scenario scenario;
  scenario.id = "routing/null-mx";
  scenario.mx = {{.target = ".", .preference = 0}};
  const auto cell = cell_of(scenario, Policy::may);
  const Story story = begin(cell).bounced("5.1.0");
  auto known = entry(Delivery::bounced, "conduct/null-mx-code");
  known.status = "5.1.0";
  BOOST_TEST(verdict(cell, story) == "fail");
  BOOST_TEST(verdict(cell, story, {known}) == "known");
  known.status = "5.1.1";
  BOOST_TEST(verdict(cell, story, {known}) == "fail");
}

BOOST_AUTO_TEST_CASE(the_worst_recipient_decides_and_all_are_told) {
  fakes::Rule refuse = on(SmtpPosition::rcpt, {line("550 5.1.1 no")});
  refuse.when.argument = "^bob@";
  model::Scenario scenario = one_mx({.rules = {refuse}});
  scenario.messages = {{.recipients = {"alice", "bob"}}};
  const auto cell = cell_of(scenario, Policy::none);
  const auto told = [&](ServerFact::Kind bob) {
    Story story(cell);
    story.injected("alice")
        .injected("bob")
        .connect()
        .ehlo({})
        .fault("rule")
        .mail("alice")
        .dot("250 ok", "alice")
        .quit();
    if (bob == ServerFact::Kind::bounced) story.bounced("5.1.1", "bob");
    for (int i = 0; bob != ServerFact::Kind::bounced && i < 3; ++i)
      story.fact(bob, "5.1.1", "", "bob");
    return judged(cell, story);
  };
  const auto good = told(ServerFact::Kind::bounced);
  BOOST_TEST((good.verdict == Verdict::pass));
  BOOST_TEST(good.permitted == "alice delivered plaintext; bob bounced");
  BOOST_TEST(good.actual == "alice delivered plaintext via mx; bob bounced 5.1.1");
  const auto bad = told(ServerFact::Kind::deferred);
  BOOST_TEST((bad.verdict == Verdict::fail));
  BOOST_TEST(bad.reason.substr(0, 15) == "bob is deferred");
}

BOOST_AUTO_TEST_CASE(what_one_recipient_may_the_other_may_not) {
  fakes::Rule refuse = on(SmtpPosition::rcpt, {line("550 5.1.1 no")});
  refuse.when.argument = "^bob@";
  model::Scenario scenario = one_mx({.rules = {refuse}});
  scenario.messages = {{.recipients = {"alice", "bob"}}};
  const auto cell = cell_of(scenario, Policy::none);
  Story story(cell);
  story.injected("alice").injected("bob").connect().ehlo({}).fault("rule").mail("bob").dot("250 ok",
                                                                                           "bob");
  story.quit().fact(ServerFact::Kind::bounced, "5.1.1", "", "alice");
  const auto judgement = judged(cell, story);
  BOOST_TEST((judgement.verdict == Verdict::fail));
  BOOST_TEST(judgement.reason.starts_with("alice is bounced; bob is delivered plaintext via mx"));
}

BOOST_AUTO_TEST_CASE(texts_of_a_failure) {
  const auto cell = expired(Policy::verify);
  const auto judgement = judged(cell, begin(cell).delivery());
  BOOST_TEST(judgement.requirement ==
             "2.4 expired certificate under verify: RFC 5280 6.1.3 (a)(2); RFC 7435 4 (meaning of "
             "the policy)");
  BOOST_TEST(judgement.permitted == "deferred");
  BOOST_TEST(judgement.actual == "delivered encrypted via mx");
  BOOST_TEST(
      judgement.reason.starts_with("rcpt is delivered encrypted via mx; conduct/C4 (RFC 3207 4.1): "
                                   "EHLO to a peer that failed the policy"));
  BOOST_TEST(!judgement.evidence.empty());
  const auto verify = honest(Policy::verify);
  BOOST_TEST(judged(verify, begin(verify).delivery()).reason ==
             "rcpt is delivered encrypted via mx, and nothing shows that the server authenticated "
             "its peer");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
