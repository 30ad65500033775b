// Planned faults: fired, never reached, or missed.
#include "harness/judge/reached.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::SmtpPosition;
using fakes::TlsStage;
using model::Policy;

std::string missed(fakes::Rule rule, const std::function<void(Story&)>& tell) {
  const model::Scenario scenario = one_mx({.rules = {std::move(rule)}});
  Story story(cell_of(scenario, Policy::may));
  tell(story);
  return faults_of(scenario, story.events).missed;
}

const auto whole = [](Story& story) { story.delivery(); };
const std::string missed_text = "rule at connection 1 to mx";

}  // namespace

BOOST_AUTO_TEST_SUITE(reached)

BOOST_AUTO_TEST_CASE(without_rules) {
  const Faults faults =
      faults_of(one_mx(), Story(cell_of(one_mx(), Policy::may)).delivery().events);
  BOOST_TEST(!faults.planned);
  BOOST_TEST(!faults.fired);
  BOOST_TEST(faults.missed == "");
}

BOOST_AUTO_TEST_CASE(fired) {
  const model::Scenario scenario = one_mx({.rules = {on(SmtpPosition::mail, {})}});
  const model::Cell cell = cell_of(scenario, Policy::may);
  const Faults faults = faults_of(
      scenario, Story(cell).connect().ehlo({}).fault("rule").say("MAIL FROM:<a@b>").events);
  BOOST_TEST(faults.planned);
  BOOST_TEST(faults.fired);
  BOOST_TEST(faults.missed == "");
  const Faults nothing = faults_of(scenario, {});
  BOOST_TEST(nothing.planned);
  BOOST_TEST(!nothing.fired);
}

BOOST_AUTO_TEST_CASE(every_position_of_a_whole_delivery_is_known) {
  for (const auto position :
       {SmtpPosition::connect, SmtpPosition::ehlo, SmtpPosition::starttls, SmtpPosition::mail,
        SmtpPosition::rcpt, SmtpPosition::data, SmtpPosition::end_of_data, SmtpPosition::quit})
    BOOST_TEST(missed(on(position, {}), whole) == missed_text);
  for (const auto stage :
       {TlsStage::start, TlsStage::client_hello, TlsStage::server_hello, TlsStage::finished})
    BOOST_TEST(missed(on(stage, {}), whole) == missed_text);
  for (const auto position : {SmtpPosition::helo, SmtpPosition::auth, SmtpPosition::rset,
                              SmtpPosition::noop, SmtpPosition::vrfy})
    BOOST_TEST(missed(on(position, {}), whole) == "");
}

BOOST_AUTO_TEST_CASE(selectors) {
  fakes::Rule rule = on(SmtpPosition::ehlo, {});
  rule.when.nth = {2, 2};
  BOOST_TEST(missed(rule, whole) == missed_text);
  rule.when.nth = {3, 3};
  BOOST_TEST(missed(rule, whole) == "");
  rule = on(SmtpPosition::mail, {});
  rule.when.connection = {2, 2};
  BOOST_TEST(missed(rule, whole) == "");
  rule = on(SmtpPosition::mail, {});
  rule.when.phase = fakes::Phase::pre_tls;
  BOOST_TEST(missed(rule, whole) == "");
  rule.when.phase = fakes::Phase::post_tls;
  BOOST_TEST(missed(rule, whole) == missed_text);
  rule = on(SmtpPosition::rcpt, {});
  rule.when.argument = "^bob@";
  BOOST_TEST(missed(rule, whole) == "");
  rule.when.argument = "^rcpt@";
  BOOST_TEST(missed(rule, whole) == missed_text);
}

BOOST_AUTO_TEST_CASE(what_may_not_have_been_looked_at) {
  const auto mail = on(SmtpPosition::mail, {});
  BOOST_TEST(missed(mail, [](Story& s) { s.connect().ehlo({}).say("MAIL FROM:<a@b>", ""); }) == "");
  BOOST_TEST(
      missed(mail, [](Story& s) { s.connect().ehlo({}).say("MAIL FROM:<a@b>", "503 no"); }) == "");
  BOOST_TEST(missed(mail, [](Story& s) { s.connect().ehlo({}).quit(); }) == "");
  const auto start = on(TlsStage::start, {});
  BOOST_TEST(missed(start, [](Story& s) { s.connect().ehlo().say("STARTTLS", "454 no"); }) == "");
  BOOST_TEST(
      missed(start, [](Story& s) { s.connect().ehlo().say("STARTTLS", "220 go").closed(); }) == "");
  const auto finished = on(TlsStage::finished, {});
  BOOST_TEST(missed(finished, [](Story& s) {
               s.connect().ehlo().say("STARTTLS", "220 go").here(fakes::ClientHelloSeen{});
             }) == "");
}

BOOST_AUTO_TEST_CASE(another_rule_may_have_taken_the_place) {
  fakes::Rule first = on(SmtpPosition::ehlo, {});
  const model::Scenario scenario = one_mx({.rules = {first, on(SmtpPosition::mail, {})}});
  Story story(cell_of(scenario, Policy::may));
  story.connect().fault("rule").ehlo({}).mail().dot().quit();
  const Faults faults = faults_of(scenario, story.events);
  BOOST_TEST(faults.fired);
  BOOST_TEST(faults.missed == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
