// What an attack makes of a scenario, to whom it means something, and who could read the mail.
#include "harness/model/attack.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "harness/model/exposure.hpp"
#include "harness/model/sts.hpp"

namespace smtprig::model::test {
namespace {

using enum Attacker;

Cell cell_of(Scenario scenario, Policy policy) {
  scenario.id = "a/b";
  return {std::make_shared<const Scenario>(std::move(scenario)), {"embedded", ""}, policy};
}

Scenario one_host() {
  Scenario scenario;
  scenario.hosts.push_back({.name = "mx"});
  scenario.mx.push_back({.target = "mx"});
  return scenario;
}

using All = std::vector<Attacker>;

}  // namespace

BOOST_AUTO_TEST_SUITE(attack)

BOOST_AUTO_TEST_CASE(names_read_back) {
  for (const Attacker each : attackers)
    BOOST_TEST((attacker_named(name(each)) == each), name(each));
  BOOST_TEST(!attacker_named("nobody"));
}

BOOST_AUTO_TEST_CASE(who_tells_something) {
  const auto of = [](const Scenario& scenario, Policy policy) {
    return attackers_of(cell_of(scenario, policy));
  };
  Scenario scenario = one_host();
  const All on_path{passive, strip, impostor_self_signed, impostor_other_name, dns_spoof};
  BOOST_TEST((of(scenario, Policy::may) == on_path));
  BOOST_TEST((of(scenario, Policy::none) == All{passive, dns_spoof}));
  BOOST_TEST((of(scenario, Policy::dane) == on_path), "an unsigned zone has nothing to block");
  BOOST_TEST((of(scenario, Policy::mta_sts) == on_path), "no policy is published");
  scenario.secure = true;
  scenario.sts.push_back({});
  BOOST_TEST(std::ranges::count(of(scenario, Policy::dane), dns_block) == 1);
  BOOST_TEST(std::ranges::count(of(scenario, Policy::dane), sts_block) == 0);
  BOOST_TEST((of(scenario, Policy::dane_mta_sts) == All{attackers.begin(), attackers.end()}));
  scenario.hosts.front().receiver.implicit_tls = true;
  BOOST_TEST(std::ranges::count(of(scenario, Policy::may), strip) == 0);
  scenario.hosts.front().receiver.implicit_tls = false;
  scenario.hosts.front().receiver.starttls = fakes::StartTls::no;
  BOOST_TEST((of(scenario, Policy::may) == All{passive, dns_spoof}));
}

BOOST_AUTO_TEST_CASE(there_and_back) {
  Scenario scenario = one_host();
  scenario.sts.push_back({});
  const Cell cell = cell_of(scenario, Policy::dane_mta_sts);
  for (const Attacker each : attackers) {
    const Cell twin = attacked(cell, each);
    BOOST_TEST((twin.attacker == each));
    BOOST_TEST(twin.id() == cell.id() + "~" + std::string(name(each)));
    BOOST_TEST(honest(twin).scenario == cell.scenario);
    BOOST_TEST(honest(twin).id() == cell.id());
  }
}

BOOST_AUTO_TEST_CASE(stripped) {
  const Cell twin = attacked(cell_of(one_host(), Policy::may), strip);
  BOOST_TEST((twin.scenario->hosts.front().receiver.starttls == fakes::StartTls::no));
  BOOST_TEST((twin.behind->hosts.front().receiver.starttls == fakes::StartTls::yes));
}

BOOST_AUTO_TEST_CASE(forged_mx) {
  Scenario scenario = one_host();
  const Cell twin = attacked(cell_of(scenario, Policy::may), dns_spoof);
  BOOST_REQUIRE(twin.scenario->hosts.size() == 1u);
  BOOST_TEST(twin.scenario->hosts.front().name == "mx." + attacker_domain(twin) + ".");
  BOOST_TEST(twin.scenario->mx.front().target == twin.scenario->hosts.front().name);
  // A signed zone cannot be forged: its lookup fails.
  scenario.secure = true;
  const Cell bogus = attacked(cell_of(scenario, Policy::may), dns_spoof);
  BOOST_TEST(bogus.scenario->hosts.front().name == "mx");
  BOOST_TEST((bogus.scenario->dns_faults.front().reply == fakes::DnsReply::servfail));
}

BOOST_AUTO_TEST_CASE(withheld_policy) {
  Scenario scenario = one_host();
  scenario.sts.push_back({});
  const Cell cell = cell_of(scenario, Policy::mta_sts);
  BOOST_TEST((attacked(cell, sts_block).scenario->sts.front().reach == Reach::refuses));
  BOOST_TEST(!attacked(cell, sts_block).scenario->sts.front().record);
  scenario.secure = true;
  BOOST_TEST(attacked(cell_of(scenario, Policy::mta_sts), sts_block).scenario->sts.front().record);
  scenario.secure = false;

  const auto later = attacked(cell, sts_block_later).scenario;
  BOOST_REQUIRE(later->messages.size() == 2u);
  BOOST_TEST(later->messages[0].id == before_the_attack);
  BOOST_TEST(later->messages[1].later);
  BOOST_TEST(later->messages[0].recipients != later->messages[1].recipients);
  BOOST_TEST((sts_at(*later, "@", 0)->reach == Reach::listens));
  BOOST_TEST((sts_at(*later, "@", 1)->reach == Reach::refuses));
}

BOOST_AUTO_TEST_CASE(impostors_show_their_own) {
  using enum fakes::CertificateClass;
  BOOST_TEST((shown_under(none, expired) == expired));
  BOOST_TEST((shown_under(passive, expired) == expired));
  BOOST_TEST((shown_under(impostor_other_name, expired) == wrong_host));
  BOOST_TEST((shown_under(sts_block, expired) == self_signed));
  BOOST_TEST(!is_impostor(strip));
  BOOST_TEST(is_impostor(dns_block));
  BOOST_TEST(is_relay(strip));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(exposure)

BOOST_AUTO_TEST_CASE(the_worst_counts) {
  const All all{passive, strip};
  const struct {
    std::vector<Held> held;
    Reader content;
  } rows[] = {{{}, Reader::not_measured},
              {{{passive, false, false}}, Reader::not_measured},
              {{{passive, false, false}, {strip, false, false}}, Reader::nobody},
              {{{passive, false, false}, {strip, true, true}}, Reader::active_attacker},
              {{{strip, true, true}, {passive, true, true}}, Reader::passive_listener},
              {{{strip, true, true}}, Reader::active_attacker}};
  for (const auto& [held, content] : rows)
    BOOST_TEST((exposure_of(held, all).content == content), name(content));
  const auto apart = exposure_of({{passive, true, false}, {strip, false, false}}, all);
  BOOST_TEST((apart.envelope == Reader::passive_listener));
  BOOST_TEST((apart.content == Reader::nobody));
}

// Two runs of one attacker are one.
BOOST_AUTO_TEST_CASE(of_an_attacker_the_most) {
  const auto exposure = exposure_of({{strip, false, true}, {strip, true, false}}, {strip});
  BOOST_REQUIRE(exposure.held.size() == 1u);
  BOOST_TEST((exposure.held.front() == Held{strip, true, true}));
}

BOOST_AUTO_TEST_CASE(first_and_later_mail) {
  const All all{passive, sts_block, sts_block_later};
  const auto exposure = exposure_of(
      {{passive, false, false}, {sts_block, true, true}, {sts_block_later, false, false}}, all);
  BOOST_TEST((exposure.content == Reader::active_attacker));
  BOOST_TEST((exposure.later_content == Reader::nobody));
  const auto cold = exposure_of({{passive, false, false}, {sts_block, false, false}}, all);
  BOOST_TEST((cold.content == Reader::nobody));
  BOOST_TEST((cold.later_content == Reader::not_measured));
}

BOOST_AUTO_TEST_CASE(complete_or_not) {
  BOOST_TEST(!exposure_of({}, {}).complete);
  BOOST_TEST(!exposure_of({{strip, true, true}}, {passive, strip}).complete);
  BOOST_TEST(
      exposure_of({{strip, true, true}, {passive, false, false}}, {passive, strip}).complete);
}

BOOST_AUTO_TEST_CASE(what_readers_mean) {
  BOOST_TEST(!is_read(Reader::not_measured));
  BOOST_TEST(!*is_read(Reader::nobody));
  BOOST_TEST(*is_read(Reader::passive_listener));
  const auto exposure = exposure_of({{passive, true, false}}, {passive});
  BOOST_TEST(*listener_reads(exposure, &Held::envelope));
  BOOST_TEST(!*listener_reads(exposure, &Held::content));
  BOOST_TEST(!listener_reads({}, &Held::content));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::model::test
