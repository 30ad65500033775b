// Days that go by between messages: what they do to certificates and to policies that were kept.
#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using model::Policy;

model::Scenario behind(unsigned days, model::Scenario scenario = one_mx()) {
  model::Message later{.id = "m2", .recipients = {"rcpt2"}, .later = true, .days = days};
  scenario.messages.push_back(std::move(later));
  return scenario;
}

// The policy is there for the first message alone.
model::Scenario with_policy(unsigned days) {
  auto scenario = behind(days, one_mx({.starttls = fakes::StartTls::no}));
  model::StsPublication sts;
  sts.host.answers.front().mx = {"mx"};
  scenario.sts = {sts};
  sts.from = "m2";
  sts.record = sts.published = false;
  scenario.sts.push_back(sts);
  return scenario;
}

std::string permitted(const model::Scenario& scenario, Policy policy) {
  return texts(ruling(cell_of(scenario, policy)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(clock_of_server)

BOOST_AUTO_TEST_CASE(certificates_expire) {
  BOOST_TEST(permitted(behind(29), Policy::verify) ==
             "m1 rcpt delivered encrypted, m2 rcpt2 delivered encrypted");
  BOOST_TEST(permitted(behind(30), Policy::verify) ==
             "m1 rcpt delivered encrypted, m2 rcpt2 deferred");
  BOOST_TEST(permitted(behind(30), Policy::encrypt) ==
             "m1 rcpt delivered encrypted, m2 rcpt2 delivered encrypted");
}

BOOST_AUTO_TEST_CASE(policies_grow_old) {
  BOOST_TEST(permitted(with_policy(6), Policy::mta_sts) == "m1 rcpt deferred, m2 rcpt2 deferred");
  BOOST_TEST(permitted(with_policy(8), Policy::mta_sts) ==
             "m1 rcpt deferred, m2 rcpt2 delivered plaintext");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
