// Selection, order, controls, twins and seeds of the planner.
#define BOOST_TEST_MODULE plan
#include "harness/plan/plan.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace {

using namespace smtprig;
using model::Policy;

using Scenarios = std::vector<std::shared_ptr<const model::Scenario>>;
using Texts = std::vector<std::string>;

Scenarios scenarios(const Texts& ids) {
  Scenarios result;
  for (const std::string& id : ids) {
    auto scenario = std::make_shared<model::Scenario>();
    scenario->id = id;
    result.push_back(scenario);
  }
  return result;
}

std::shared_ptr<const model::Scenario> inbound(const std::string& id,
                                               std::vector<Policy> policies = {}) {
  auto scenario = std::make_shared<model::Scenario>();
  scenario->id = id;
  scenario->senders = {{.messages = {"m1"}}};
  scenario->policies = std::move(policies);
  return scenario;
}

model::Cell cell(const std::string& scenario, Policy policy,
                 model::Attacker attacker = model::Attacker::none) {
  return {.scenario = scenarios({scenario}).front(),
          .server = {.name = "postfix", .version = "3.7.11"},
          .policy = policy,
          .attacker = attacker};
}

Texts ids(const std::vector<model::Cell>& cells) {
  Texts result;
  for (const model::Cell& each : cells)
    result.push_back(each.id());
  return result;
}

const plan::ServerColumn embedded{.server = {.name = "embedded"},
                                  .policies = {Policy::verify, Policy::none, Policy::may}};

}  // namespace

BOOST_AUTO_TEST_CASE(relays) {
  using fakes::Service;
  auto wants = std::make_shared<model::Scenario>();
  wants->id = "a/b";
  plan::ServerColumn column = embedded;
  const auto count = [&](Service service, model::Login login) {
    wants->relay = {"relay", service, login};
    return column.cells_of(wants).size();
  };
  BOOST_TEST(count(Service::submission, model::Login::none) == 0u);
  column.relays = {{Service::submission, "line", "", ""}, {Service::submissions, "line", "", "in"}};
  BOOST_TEST(count(Service::submission, model::Login::none) == 3u);
  BOOST_TEST(count(Service::submission, model::Login::good) == 0u);
  BOOST_TEST(count(Service::submissions, model::Login::good) == 1u);  // not under none and may
  BOOST_TEST(count(Service::lmtp, model::Login::none) == 0u);
}

BOOST_AUTO_TEST_CASE(patterns) {
  const struct {
    const char* pattern;
    bool expected;
  } table[] = {
      {"cert", true},
      {"cert/", true},
      {"cert/expired", true},
      {"cert/expired@postfix-3.7.11", true},
      {"cert/expired@postfix-3.7.11/verify", true},
      {"cert/expired@postfix-3.7.11/verify/", true},
      {"", false},
      {"cer", false},
      {"cert/exp", false},
      {"cert/expired@postfix", false},
      {"cert/expired@postfix-3.7.11/ver", false},
      {"expired", false},
      {"*expired", true},
      {"cert/*", true},
      {"cert/?xpired", true},
      {"cert/??xpired", false},
      {"c?rt", false},
      {"*/verify", true},
      {"*@postfix-*", true},
      {"*/may", false},
      {"*[a-z]*", false},
      {"*\\*", false},
  };
  for (const auto& row : table)
    BOOST_TEST_CONTEXT(row.pattern)
  BOOST_TEST(plan::matches(row.pattern, cell("cert/expired", Policy::verify)) == row.expected);
}

BOOST_AUTO_TEST_CASE(a_prefix_may_end_before_the_attacker) {
  const auto twin = cell("cert/expired", Policy::verify, model::Attacker::impostor_self_signed);
  BOOST_TEST(plan::matches("cert/expired@postfix-3.7.11/verify", twin));
  BOOST_TEST(plan::matches("*~impostor-self-signed", twin));
}

BOOST_AUTO_TEST_CASE(all_cells_in_one_order) {
  const Texts expected = {
      "a/x@embedded/none",          "a/x@embedded/may",          "a/x@embedded/verify",
      "control/good@embedded/none", "control/good@embedded/may", "control/good@embedded/verify",
  };
  BOOST_TEST(ids(plan::expand(scenarios({"control/good", "a/x"}), {embedded}, {})) == expected);
  BOOST_TEST(ids(plan::expand(scenarios({"a/x", "control/good"}), {embedded}, {})) == expected);
}

BOOST_AUTO_TEST_CASE(servers_are_ordered_by_name_within_a_scenario) {
  const plan::ServerColumn other{.server = {.name = "aaa"}, .policies = {Policy::may}};
  const Texts expected = {"s@aaa/may", "s@embedded/none", "s@embedded/may", "s@embedded/verify"};
  BOOST_TEST(ids(plan::expand(scenarios({"s"}), {embedded, other}, {})) == expected);
}

BOOST_AUTO_TEST_CASE(policies_are_those_asked_for_that_the_server_has) {
  const plan::Selection selection{.policies = {Policy::dane, Policy::verify, Policy::verify}};
  const Texts expected = {"s@embedded/verify"};
  BOOST_TEST(ids(plan::expand(scenarios({"s"}), {embedded}, selection)) == expected);
}

BOOST_AUTO_TEST_CASE(controls_come_with_the_columns_that_have_cells_and_only_with_those) {
  const plan::Selection selection{.patterns = {"a/x@embedded/may"}};
  const Texts expected = {"a/x@embedded/may", "control/good@embedded/may",
                          "control/unreachable@embedded/may"};
  const auto all = scenarios({"a/x", "a/y", "control/good", "control/unreachable"});
  BOOST_TEST(ids(plan::expand(all, {embedded}, selection)) == expected);
}

BOOST_AUTO_TEST_CASE(a_pattern_that_selects_nothing_adds_no_control) {
  const plan::Selection selection{.patterns = {"nothing"}};
  BOOST_TEST(plan::expand(scenarios({"a/x", "control/good"}), {embedded}, selection).empty());
}

BOOST_AUTO_TEST_CASE(what_a_resolver_would_hide_is_left_out_behind_one) {
  auto late = std::make_shared<model::Scenario>();
  late->id = "a/late";
  late->dns_faults = {{.name = "@", .type = "MX", .delay = std::chrono::milliseconds(300)}};
  Scenarios all = scenarios({"a/x", "control/good"});
  all.push_back(late);
  plan::Selection selection{.policies = {Policy::may}};
  const Texts claimed = {"a/late@embedded/may", "a/x@embedded/may", "control/good@embedded/may"};
  BOOST_TEST(ids(plan::expand(all, {embedded}, selection)) == claimed);
  selection.dns = model::DnsMode::signed_zones;
  const Texts proven = {"a/x@embedded/may", "control/good@embedded/may"};
  BOOST_TEST(ids(plan::expand(all, {embedded}, selection)) == proven);
  selection.patterns = {"a/late"};
  BOOST_TEST(plan::expand(all, {embedded}, selection).empty());
}

BOOST_AUTO_TEST_CASE(a_cell_selected_twice_is_planned_once) {
  const plan::Selection selection{.patterns = {"a", "a/x", "control"}, .policies = {Policy::may}};
  const Texts expected = {"a/x@embedded/may", "control/good@embedded/may"};
  BOOST_TEST(ids(plan::expand(scenarios({"a/x", "control/good"}), {embedded}, selection)) ==
             expected);
}

BOOST_AUTO_TEST_CASE(twins_of_policies_that_authenticate) {
  const Texts expected = {"s@postfix-3.7.11/secure~impostor-self-signed",
                          "s@postfix-3.7.11/secure~impostor-other-name"};
  BOOST_TEST(ids(plan::twins(cell("s", Policy::secure))) == expected);
  for (const Policy policy : {Policy::fingerprint, Policy::verify})
    BOOST_TEST(plan::twins(cell("s", policy)).size() == 2);
  // DANE authenticates by TLSA records, and so nobody where there are none.
  model::Cell by_dane = cell("s", Policy::dane);
  BOOST_TEST(plan::twins(by_dane).empty());
  auto with_records = std::make_shared<model::Scenario>(*by_dane.scenario);
  with_records->hosts = {{.name = "mx", .tlsa = {{}}}};
  by_dane.scenario = with_records;
  BOOST_TEST(plan::twins(by_dane).size() == 2);
  for (const Policy policy : {Policy::none, Policy::may, Policy::encrypt})
    BOOST_TEST(plan::twins(cell("s", policy)).empty());
  BOOST_TEST(plan::twins(cell("s", Policy::verify, model::Attacker::impostor_other_name)).empty());
}

BOOST_AUTO_TEST_CASE(each_direction_has_policies_of_its_own) {
  const Scenarios all = {scenarios({"out"}).front(), inbound("in")};
  const plan::ServerColumn both{.server = {.name = "embedded"},
                                .policies = {Policy::may, Policy::secure},
                                .inbound = {Policy::may, Policy::require_client_cert}};
  const Texts expected = {"in@embedded/may", "in@embedded/require-client-cert", "out@embedded/may",
                          "out@embedded/secure"};
  BOOST_TEST(ids(plan::expand(all, {both}, {})) == expected);
  const Texts in = {"in@embedded/may", "in@embedded/require-client-cert"};
  BOOST_TEST(ids(plan::expand(all, {both}, {.direction = model::Direction::inbound})) == in);
  const Texts out = {"out@embedded/may", "out@embedded/secure"};
  BOOST_TEST(ids(plan::expand(all, {both}, {.direction = model::Direction::outbound})) == out);
  // A server without listeners for mail from outside.
  BOOST_TEST(plan::expand({inbound("in")}, {embedded}, {}).empty());
}

BOOST_AUTO_TEST_CASE(controls_are_those_of_the_direction) {
  const Scenarios all = {scenarios({"control/good"}).front(), inbound("control/inbound-good"),
                         scenarios({"out"}).front(), inbound("in")};
  const plan::ServerColumn both{
      .server = {.name = "embedded"}, .policies = {Policy::may}, .inbound = {Policy::may}};
  const Texts in = {"control/inbound-good@embedded/may", "in@embedded/may"};
  BOOST_TEST(ids(plan::expand(all, {both}, {.patterns = {"in"}})) == in);
  const Texts out = {"control/good@embedded/may", "out@embedded/may"};
  BOOST_TEST(ids(plan::expand(all, {both}, {.patterns = {"out"}})) == out);
}

BOOST_AUTO_TEST_CASE(a_scenario_is_played_under_its_own_policies) {
  const Scenarios all = {inbound("a", {Policy::encrypt}), inbound("b"),
                         inbound("c", {Policy::none, Policy::may})};
  const plan::ServerColumn column{.server = {.name = "embedded"},
                                  .inbound = {Policy::encrypt, Policy::may}};
  const Texts expected = {"a@embedded/encrypt", "b@embedded/may", "b@embedded/encrypt",
                          "c@embedded/may"};
  BOOST_TEST(ids(plan::expand(all, {column}, {})) == expected);
  const Texts asked = {"b@embedded/may", "c@embedded/may"};
  BOOST_TEST(ids(plan::expand(all, {column}, {.policies = {Policy::may}})) == asked);
}

BOOST_AUTO_TEST_CASE(columns_take_what_the_description_has) {
  model::ServerDescription server;
  server.name = "postfix";
  server.policies = {{.policy = Policy::may}, {.policy = Policy::secure}};
  server.inbound = {{.policy = Policy::may}, {.policy = Policy::encrypt}};
  const auto all = plan::column_of(server, "3.7.11");
  BOOST_TEST(all.server.text() == "postfix-3.7.11");
  BOOST_TEST((all.policies == std::vector{Policy::may, Policy::secure}));
  BOOST_TEST((all.inbound == std::vector{Policy::may, Policy::encrypt}));
  const Texts cells = {"s@postfix-3.7.11/may", "s@postfix-3.7.11/encrypt"};
  BOOST_TEST(ids(all.cells_of(inbound("s"))) == cells);
  const auto some = plan::selected(all, {.policies = {Policy::encrypt, Policy::secure}});
  BOOST_TEST((some.policies == std::vector{Policy::secure}));
  BOOST_TEST((some.inbound == std::vector{Policy::encrypt}));
}

BOOST_AUTO_TEST_CASE(policies_of_the_users_own) {
  const auto own = [](const char* text) {
    return std::make_shared<const model::OwnPolicy>(*model::own_policy_of(text));
  };
  model::ServerDescription server;
  server.name = "mta";
  server.policies = {{.policy = Policy::may}, {.policy = Policy::secure}};
  server.inbound = {{.policy = Policy::may}};
  const model::OwnPolicies all = {own("partners = may, secure: b"), own("x = may, verify: b")};
  const auto column = plan::column_of(server, "", all);
  BOOST_TEST_REQUIRE(column.own.size() == 1);  // there is no verify here
  const auto some = scenarios({"a", "b", "control/good"});
  const auto cells = [&](plan::Selection selection) {
    selection.own = all;
    return ids(plan::expand(some, {column}, selection));
  };
  const Texts alone = {"a@mta/partners", "b@mta/partners", "control/good@mta/partners"};
  BOOST_TEST(cells({}) == alone);
  const Texts beside = {"b@mta/may", "b@mta/partners", "control/good@mta/may",
                        "control/good@mta/partners"};
  BOOST_TEST(cells({.patterns = {"b"}, .policies = {Policy::may}}) == beside);
  const Texts named = {"b@mta/secure", "control/good@mta/secure"};
  BOOST_TEST(cells({.patterns = {"b@mta/secure"}}) == named);
  BOOST_TEST(plan::expand({inbound("in")}, {column}, {.own = all}).empty());
  for (const auto& cell : column.cells_of(some[1]))
    if (cell.own) BOOST_TEST(plan::twins(cell).size() == 2);  // b stands under secure
  for (const auto& cell : column.cells_of(some[0]))
    if (cell.own) BOOST_TEST(plan::twins(cell).empty());
}

BOOST_AUTO_TEST_CASE(the_inbound_twin_certifies_itself) {
  const auto twins_under = [](Policy policy) {
    model::Cell cell{.scenario = inbound("s"), .server = {.name = "embedded"}, .policy = policy};
    return ids(plan::twins(cell));
  };
  const Texts expected = {"s@embedded/require-client-cert~impostor-self-signed"};
  BOOST_TEST(twins_under(Policy::require_client_cert) == expected);
  for (const Policy policy : {Policy::none, Policy::may, Policy::encrypt})
    BOOST_TEST(twins_under(policy).empty());
}

// Written down, so that a seed in an old report still means the same run.
BOOST_AUTO_TEST_CASE(seeds_never_change) {
  BOOST_TEST(plan::seed_of(0, "") == 0x1343cb60f2520258u);
  BOOST_TEST(plan::seed_of(1, "cert/expired@embedded/may") == 0xef81b7cda1516b18u);
}

BOOST_AUTO_TEST_CASE(seeds_depend_on_root_and_id) {
  BOOST_TEST(plan::seed_of(1, "a") != plan::seed_of(2, "a"));
  BOOST_TEST(plan::seed_of(1, "a") != plan::seed_of(1, "b"));
}
