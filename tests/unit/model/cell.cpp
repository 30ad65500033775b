// Ids and domains of cells, and names of enumerators.
#include <boost/test/unit_test.hpp>

#include "harness/model/cell.hpp"
#include "harness/model/verdict.hpp"

using namespace smtprig::model;

namespace {

Cell cell(std::string scenario, ServerName server, Policy policy, Attacker attacker) {
  auto described = std::make_shared<Scenario>();
  described->id = std::move(scenario);
  return {described, std::move(server), policy, attacker};
}

}  // namespace

BOOST_AUTO_TEST_CASE(id_and_domain) {
  struct Row {
    Cell cell;
    std::string id, domain;
  };
  const Row rows[] = {
      {cell("cert/expired", {"embedded", ""}, Policy::verify, Attacker::none),
       "cert/expired@embedded/verify", "expired.cert.verify.test"},
      {cell("cert/expired", {"postfix", "3.7.11"}, Policy::dane_mta_sts,
            Attacker::impostor_other_name),
       "cert/expired@postfix-3.7.11/dane+mta-sts~impostor-other-name",
       "expired.cert.dane-mta-sts.impostor-other-name.test"},
      {cell("smtp/4xx/rcpt", {"embedded", ""}, Policy::none, Attacker::none),
       "smtp/4xx/rcpt@embedded/none", "rcpt.4xx.smtp.none.test"},
  };
  for (const auto& row : rows) {
    BOOST_TEST(row.cell.id() == row.id);
    BOOST_TEST(row.cell.domain() == row.domain);
  }
}

BOOST_AUTO_TEST_CASE(every_policy_has_a_name_that_reads_back) {
  for (const auto policy : policies) {
    BOOST_TEST(name(policy) != "invalid");
    BOOST_TEST((policy_named(name(policy)) == policy));
  }
  BOOST_TEST(!policy_named("dnae"));
  BOOST_TEST(!policy_named(""));
}
