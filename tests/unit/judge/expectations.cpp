// Written expectations beside the oracle.
#include "harness/judge/expectations.hpp"

#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::SmtpPosition;
using model::Channel;
using model::Delivery;
using model::Expectation;
using model::Policy;

// P* under may, D or B above.
model::Scenario refused(std::vector<Expectation> expectations) {
  model::Scenario scenario =
      one_mx({.rules = {on(SmtpPosition::starttls, {line("554 5.7.0 no")})}});
  scenario.expectations = std::move(expectations);
  return scenario;
}

std::string permitted(const model::Scenario& scenario, Policy policy) {
  return texts(ruling(cell_of(scenario, policy)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(expectations)

BOOST_AUTO_TEST_CASE(narrowing) {
  const struct {
    const char* name;
    Expectation expectation;
    Policy policy;
    const char* expected;
  } rows[] = {
      {"nothing said", {}, Policy::may, "delivered plaintext, deferred"},
      {"delivery", {.delivery = {Delivery::deferred}}, Policy::may, "deferred"},
      {"of another policy",
       {.policies = {Policy::verify}, .delivery = {Delivery::deferred}},
       Policy::may,
       "delivered plaintext, deferred"},
      {"of this policy",
       {.policies = {Policy::verify, Policy::may}, .delivery = {Delivery::deferred}},
       Policy::may,
       "deferred"},
      {"a channel is said of deliveries",
       {.channel = {Channel::encrypted}},
       Policy::may,
       "deferred"},
      {"channel",
       {.delivery = {Delivery::delivered}, .channel = {Channel::plaintext}},
       Policy::may,
       "delivered plaintext"},
      {"contradiction without a reason",
       {.delivery = {Delivery::lost}},
       Policy::may,
       "delivered plaintext, deferred"},
      {"contradiction with a reason",
       {.delivery = {Delivery::bounced}, .because = "x"},
       Policy::may,
       "bounced"},
      {"a reason where there is no contradiction",
       {.delivery = {Delivery::bounced}, .because = "x"},
       Policy::encrypt,
       "bounced"},
      {"with a reason, several",
       {.delivery = {Delivery::delivered},
        .channel = {Channel::encrypted, Channel::authenticated},
        .because = "x"},
       Policy::may,
       "delivered encrypted, delivered authenticated"},
      {"with a reason, any channel",
       {.delivery = {Delivery::delivered}, .because = "x"},
       Policy::encrypt,
       "delivered authenticated, delivered encrypted, delivered plaintext"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(permitted(refused({row.expectation}), row.policy) == row.expected);
}

BOOST_AUTO_TEST_CASE(explained_in_notes) {
  Expectation expectation{.delivery = {Delivery::deferred}, .location = {"a.xml", 3, 5}};
  const auto notes = [&] { return ruling(cell_of(refused({expectation}), Policy::may)).notes; };
  BOOST_TEST(notes().back() == "narrowed by the expectation at a.xml:3:5");
  expectation.delivery = {Delivery::bounced};
  expectation.because = "the field does so";
  BOOST_TEST(notes().back() ==
             "the expectation at a.xml:3:5 stands against the oracle: the field does so");
}

BOOST_AUTO_TEST_CASE(contradictions_are_told_per_policy) {
  const auto told = [](Expectation expectation) { return contradictions(refused({expectation})); };
  const Expectation bounced{.policies = {Policy::may, Policy::encrypt},
                            .delivery = {Delivery::bounced},
                            .location = {"a.xml", 3, 5}};
  const auto texts = told(bounced);
  BOOST_REQUIRE(texts.size() == 1);
  BOOST_TEST(
      texts[0] ==
      "a.xml:3:5: topic/name under may is expected as bounced, but the oracle permits delivered "
      "plaintext or "
      "deferred (2.16b STARTTLS refused for good; RFC 3207 6; RFC 5321 4.2.1): say because=");
  Expectation reasoned = bounced;
  reasoned.because = "x";
  BOOST_TEST(told(reasoned).empty());
  // What delivers in clear, or waits for ever, does not bounce.
  BOOST_TEST(told({.delivery = {Delivery::bounced}}).size() == 6);
  BOOST_TEST(told({.policies = {Policy::mta_sts}, .delivery = {Delivery::lost}}).size() == 1);
  BOOST_TEST(told({}).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
