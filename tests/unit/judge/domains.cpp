// A message to several domains: each recipient by the route, the hosts and the level of its own.
#include <boost/test/unit_test.hpp>

#include "build.hpp"
#include "harness/judge/deviations.hpp"
#include "harness/judge/facts.hpp"
#include "harness/judge/scenes.hpp"

namespace smtprig::judge::test {
namespace {

using model::Policy;

// alice at "@" behind "mx", bob at "partner" behind a host of its own or the same.
model::Scenario two_domains(fakes::ReceiverSpec own, fakes::ReceiverSpec partner,
                            const char* partner_mx = "mx.partner") {
  model::Scenario scenario = one_mx(std::move(own));
  scenario.hosts.push_back({.name = "mx.partner", .receiver = std::move(partner)});
  scenario.mx.push_back({.target = partner_mx, .domain = "partner"});
  scenario.messages = {{.recipients = {"alice", "bob@partner"}}};
  return scenario;
}

model::Cell under(const char* policy, model::Scenario scenario) {
  return cell_under(std::make_shared<const model::OwnPolicy>(*model::own_policy_of(policy)),
                    std::make_shared<const model::Scenario>(std::move(scenario)), {"embedded", ""});
}

constexpr auto no_tls = fakes::StartTls::no;
constexpr auto self_signed = fakes::CertificateClass::self_signed;
const char* const secure_partner = "may, secure: */partner";

std::string conduct(const model::Cell& cell, const Story& story) {
  return rules(story.classified(cell).outcome);
}

Story both_injected(const model::Cell& cell) {
  Story story(cell);
  story.injected("alice").injected("bob@partner");
  return story;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(domains)

BOOST_AUTO_TEST_CASE(facts_are_those_of_the_domain) {
  const model::Cell cell = cell_of(two_domains({}, {.starttls = no_tls}), Policy::may);
  const Facts own = facts_of(cell), partner = facts_of(cell, "partner");
  BOOST_TEST(own.domain == cell.domain());
  BOOST_TEST(partner.domain == "partner." + cell.domain());
  BOOST_TEST_REQUIRE(own.hosts.size() == 1);
  BOOST_TEST_REQUIRE(partner.hosts.size() == 1);
  BOOST_TEST(own.hosts[0].name == "mx");
  BOOST_TEST(partner.hosts[0].name == "mx.partner");
  BOOST_TEST((own.messages[0].recipients == std::vector<std::string>{"alice"}));
  BOOST_TEST((partner.messages[0].recipients == std::vector<std::string>{"bob@partner"}));
  BOOST_TEST(own.elsewhere == 1);
  // A host's certificate names the domain that the host is of.
  BOOST_TEST((partner.hosts[0].certificate.names_next_hop == Truth::yes));
  const model::Cell shared = cell_of(two_domains({}, {}, "mx"), Policy::may);
  BOOST_TEST((facts_of(shared, "partner").hosts[0].certificate.names_next_hop == Truth::no));
  BOOST_TEST((facts_of(shared).hosts[0].certificate.names_next_hop == Truth::yes));
}

BOOST_AUTO_TEST_CASE(each_recipient_is_judged_by_its_domain) {
  const struct {
    const char* name;
    const char* policy;
    model::Scenario scenario;
    const char* expected;
  } rows[] = {
      {"all is well", secure_partner, two_domains({}, {}),
       "alice delivered encrypted, bob@partner delivered authenticated"},
      {"the partner has no TLS", secure_partner, two_domains({}, {.starttls = no_tls}),
       "alice delivered encrypted, bob@partner deferred"},
      {"the others have none", secure_partner, two_domains({.starttls = no_tls}, {}),
       "alice delivered plaintext, bob@partner delivered authenticated"},
      {"the partner is nobody", secure_partner, two_domains({}, {.certificate = self_signed}),
       "alice delivered encrypted, bob@partner deferred"},
      {"nobody else is", "secure, may: */partner",
       two_domains({.certificate = self_signed}, {.certificate = self_signed}),
       "alice deferred, bob@partner delivered encrypted"},
      {"one host for both", secure_partner, two_domains({}, {}, "mx"),
       "alice delivered encrypted, bob@partner deferred"},
      {"one host for both, by name", "may, verify: */partner", two_domains({}, {}, "mx"),
       "alice delivered encrypted, bob@partner delivered authenticated"},
  };
  for (const auto& row : rows)
    BOOST_TEST(texts(ruling(under(row.policy, row.scenario))) == row.expected, row.name);
}

BOOST_AUTO_TEST_CASE(expectations_are_of_one_level) {
  model::Scenario scenario = two_domains({}, {});
  scenario.expectations = {{.delivery = {model::Delivery::bounced}, .because = "a test"}};
  BOOST_TEST(texts(ruling(cell_of(scenario, Policy::may))) == "bounced");
  BOOST_TEST(texts(ruling(under(secure_partner, scenario))) ==
             "alice delivered encrypted, bob@partner delivered authenticated");
}

BOOST_AUTO_TEST_CASE(a_connection_is_for_whom_it_names) {
  const model::Cell cell = under(secure_partner, two_domains({.starttls = no_tls}, {}, "mx"));
  const auto in_clear = [&](const char* who) {
    return both_injected(cell).delivery("mx", 1, true, who);
  };
  BOOST_TEST(conduct(cell, in_clear("alice")).find("plaintext-under-encrypt") == std::string::npos);
  BOOST_TEST(conduct(cell, in_clear("bob@partner")).find("invariant/plaintext-under-encrypt") !=
             std::string::npos);
  // MAIL in clear, and nobody knows for whom.
  Story nobody = both_injected(cell);
  nobody.connect()
      .ehlo({})
      .say(std::string("MAIL FROM:<") + sender + ">", "451 no")
      .quit()
      .closed();
  BOOST_TEST(conduct(cell, nobody).find("invariant/") == std::string::npos);
  const auto scenes = scenes_of(cell, sessions_of(*cell.scenario, nobody.events));
  BOOST_TEST_REQUIRE(scenes.size() == 2);
  for (const DomainScene& scene : scenes) {
    BOOST_TEST_REQUIRE(scene.sessions.size() == 1);
    BOOST_TEST(scene.sessions[0].shared);
  }
}

BOOST_AUTO_TEST_CASE(a_failed_check_is_the_partners) {
  const model::Cell cell =
      under(secure_partner, two_domains({.certificate = self_signed}, {}, "mx"));
  const auto delivered = [&](const char* who) {
    return both_injected(cell).delivery("mx", 1, false, who);
  };
  BOOST_TEST(conduct(cell, delivered("alice")).find("conduct/C4") == std::string::npos);
  BOOST_TEST(conduct(cell, delivered("bob@partner")).find("conduct/C4") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(deviations_of_a_level_hold_under_an_own_policy) {
  const auto count = [](const model::Cell& cell, const char* cells) {
    return entries_for(cell, {{.server = "embedded", .cells = cells}}).size();
  };
  model::Cell one = under("x = may, secure: topic", one_mx());
  BOOST_TEST(count(one, "topic/name/secure") == 1);
  BOOST_TEST(count(one, "topic/name/x") == 1);
  BOOST_TEST(count(one, "topic/name/may") == 0);
  model::Cell mixed = under("x = may, secure: */partner", two_domains({}, {}));
  BOOST_TEST(count(mixed, "*/may") == 0);
  BOOST_TEST(count(mixed, "*/x") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
