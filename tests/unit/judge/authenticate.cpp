// What shows that a peer was authenticated, and what does not.
#include <boost/test/unit_test.hpp>

#include <functional>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using model::Channel;
using model::Delivery;
using model::Outcome;
using model::Stage;

Outcome original() {
  return {.recipients = {{.message = "m1",
                          .recipient = "rcpt",
                          .delivery = Delivery::delivered,
                          .channel = Channel::encrypted,
                          .weakest = Channel::encrypted,
                          .via = "mx"}}};
}

Outcome refused(Stage stage = Stage::tls) {
  return {.recipients = {{.message = "m1",
                          .recipient = "rcpt",
                          .delivery = Delivery::deferred,
                          .attempts = {{.host = "mx", .stage = stage}}}}};
}

using Change = std::function<void(Outcome&)>;

}  // namespace

BOOST_AUTO_TEST_SUITE(authenticate_suite)

BOOST_AUTO_TEST_CASE(both_twins_refused) {
  for (const Stage stage : {Stage::starttls, Stage::tls}) {
    Outcome outcome = original();
    const Outcome twin = refused(stage);
    authenticate(outcome, &twin, &twin);
    BOOST_TEST((outcome.recipients[0].channel == Channel::authenticated));
    BOOST_TEST((outcome.recipients[0].weakest == Channel::authenticated));
  }
}

BOOST_AUTO_TEST_CASE(a_weaker_attempt_stays_weak) {
  Outcome outcome = original();
  outcome.recipients[0].weakest = Channel::plaintext;
  const Outcome twin = refused();
  authenticate(outcome, &twin, &twin);
  BOOST_TEST((outcome.recipients[0].channel == Channel::authenticated));
  BOOST_TEST((outcome.recipients[0].weakest == Channel::plaintext));
}

BOOST_AUTO_TEST_CASE(a_bounce_is_a_refusal) {
  Outcome outcome = original();
  Outcome twin = refused();
  twin.recipients[0].delivery = Delivery::bounced;
  authenticate(outcome, &twin, &twin);
  BOOST_TEST((outcome.recipients[0].channel == Channel::authenticated));
}

BOOST_AUTO_TEST_CASE(what_proves_nothing) {
  const struct {
    const char* name;
    Change twin;
  } rows[] = {
      {"delivered", [](Outcome& o) { o.recipients[0].delivery = Delivery::delivered; }},
      {"lost", [](Outcome& o) { o.recipients[0].delivery = Delivery::lost; }},
      {"got the envelope", [](Outcome& o) { o.recipients[0].weakest = Channel::encrypted; }},
      {"refused before TLS", [](Outcome& o) { o.recipients[0].attempts[0].stage = Stage::ehlo; }},
      {"refused behind TLS", [](Outcome& o) { o.recipients[0].attempts[0].stage = Stage::rcpt; }},
      {"never met", [](Outcome& o) { o.recipients[0].attempts.clear(); }},
      {"at another host", [](Outcome& o) { o.recipients[0].attempts[0].host = "mx2"; }},
      {"another recipient", [](Outcome& o) { o.recipients[0].recipient = "bob"; }},
      {"another message", [](Outcome& o) { o.recipients[0].message = "m2"; }},
      {"crashed", [](Outcome& o) { o.server = model::ServerHealth::crashed; }},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) {
      Outcome twin = refused();
      row.twin(twin);
      const Outcome good = refused();
      Outcome first = original(), second = original();
      authenticate(first, &twin, &good);
      authenticate(second, &good, &twin);
      BOOST_TEST((first.recipients[0].channel == Channel::encrypted));
      BOOST_TEST((second.recipients[0].channel == Channel::encrypted));
    }
  const Outcome good = refused();
  Outcome outcome = original();
  authenticate(outcome, nullptr, &good);
  authenticate(outcome, &good, nullptr);
  BOOST_TEST((outcome.recipients[0].channel == Channel::encrypted));
}

BOOST_AUTO_TEST_CASE(only_encrypted_deliveries_are_raised) {
  const Outcome good = refused();
  Outcome plain = original();
  plain.recipients[0].channel = Channel::plaintext;
  authenticate(plain, &good, &good);
  BOOST_TEST((plain.recipients[0].channel == Channel::plaintext));
  Outcome twice = original();
  twice.recipients[0].delivery = Delivery::duplicated;
  authenticate(twice, &good, &good);
  BOOST_TEST((twice.recipients[0].channel == Channel::encrypted));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
