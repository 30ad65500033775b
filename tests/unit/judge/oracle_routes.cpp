// Routing and replies: DNS, several MX, refusals at every position, recipients with different
// fates.
#include <boost/test/unit_test.hpp>

#include <map>

#include "build.hpp"
#include "harness/judge/oracle.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::DnsReply;
using fakes::SmtpPosition;
using fakes::TlsStage;
using model::Policy;

constexpr auto no_tls = fakes::StartTls::no;

std::string permitted(const model::Scenario& scenario, Policy policy) {
  return texts(ruling(cell_of(scenario, policy)));
}

std::string codes_of(const model::Scenario& scenario, Policy policy) {
  return codes(ruling(cell_of(scenario, policy)));
}

model::Scenario with_rule(fakes::Rule rule, fakes::StartTls starttls = fakes::StartTls::yes) {
  return one_mx({.starttls = starttls, .rules = {std::move(rule)}});
}

fakes::Rule at_connection(fakes::Rule rule, std::uint32_t first, std::uint32_t last) {
  rule.when.connection = {first, last};
  return rule;
}

model::Scenario mx_fault(DnsReply reply, fakes::Ordinals nth = {}) {
  model::Scenario scenario = one_mx();
  scenario.dns_faults = {{.name = "@", .type = "MX", .reply = reply, .nth = nth}};
  return scenario;
}

model::Scenario address_fault(DnsReply reply, const std::string& type) {
  model::Scenario scenario = one_mx();
  scenario.dns_faults = {{.name = "mx", .type = type, .reply = reply}};
  return scenario;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(oracle_routes)

BOOST_AUTO_TEST_CASE(what_the_dns_says) {
  model::Scenario null_mx;
  null_mx.id = "s";
  null_mx.mx = {{.target = ".", .preference = 0}};
  model::Scenario odd = null_mx;
  odd.mx.front().preference = 10;
  model::Scenario beside = one_mx();
  beside.mx.push_back({.target = ".", .preference = 0});
  model::Scenario implicit;
  implicit.id = "s";
  implicit.hosts = {{.name = "@"}};
  model::Scenario nothing;
  nothing.id = "s";
  model::Scenario gone = one_mx();
  gone.dns_faults = {{.name = "@", .type = "*", .reply = DnsReply::nxdomain}};
  model::Scenario addressless = one_mx();
  addressless.hosts.front().published = false;
  addressless.hosts.push_back({.name = "@"});
  model::Scenario dangling = one_mx();
  dangling.hosts.clear();
  model::Scenario own = one_mx();
  own.mx.front().preference = 20;
  own.mx.push_back({.target = "MTA.lab.test.", .preference = 10});
  model::Scenario own_second = one_mx();
  own_second.mx.push_back({.target = "mta.lab.test.", .preference = 20});
  own_second.mx.push_back({.target = "worse.example.", .preference = 30});
  model::Scenario literal = one_mx();
  literal.mx.front().target = "198.18.255.254.";
  model::Scenario literal_first = one_mx();
  literal_first.mx.push_back({.target = "[198.18.255.254].", .preference = 5});
  model::Scenario alias = one_mx();
  alias.mx.front().target = "alias";
  alias.records = {{.name = "alias", .type = "CNAME", .data = "mx"}};
  model::Scenario by_record = one_mx();
  by_record.mx.clear();
  by_record.records = {{.name = "@", .type = "MX", .data = "5 mx"}};
  model::Scenario refusing = one_mx();
  refusing.hosts.front().reach = model::Reach::refuses;

  const struct {
    const char* name;
    const model::Scenario& scenario;
    const char* may;
    const char* verify;
    const char* row;
  } rows[] = {
      {"null MX", null_mx, "B", "B", "6.25 null MX"},
      {"null MX with preference", odd, "B", "B", "6.25c MX \".\" with a preference other than 0"},
      {"null MX beside", beside, "E/B", "A/B", "6.25b null MX beside another MX"},
      {"no MX", implicit, "E", "A", "6.31m no MX record: the domain's own address"},
      {"no MX, no address", nothing, "B", "B",
       "6.31m no MX record: the domain's own address; 6.33 no MX host has an address"},
      {"no domain", gone, "B", "B", "6.31n the domain does not exist"},
      {"MX without address", addressless, "B", "B", "6.33 no MX host has an address"},
      {"MX to nowhere", dangling, "B", "B", "6.33 no MX host has an address"},
      {"own MX", own, "B", "B", "6.43 the server under test is itself the best MX"},
      {"own MX second", own_second, "E", "A", "2.2 STARTTLS and certificate good"},
      {"address in MX", literal, "D/B", "D/B", "6.44 MX record holds an address"},
      {"address in MX, another MX", literal_first, "E", "A",
       "6.44 MX record holds an address; 6.40 MX host of no use or against the policy, another one "
       "left"},
      {"MX is a CNAME", alias, "E/D/B", "A/D/B", "6.36 MX host is a CNAME"},
      {"MX as a record", by_record, "E", "A", "2.2 STARTTLS and certificate good"},
      {"refused", refusing, "D", "D", "6.40b connection refused"},
      {"MX SERVFAIL", mx_fault(DnsReply::servfail), "D", "D", "6.35 DNS lookup fails for now"},
      {"MX REFUSED", mx_fault(DnsReply::refused), "D", "D", "6.35 DNS lookup fails for now"},
      {"MX unanswered", mx_fault(DnsReply::none), "D", "D", "6.35 DNS lookup fails for now"},
      {"MX lost once", mx_fault(DnsReply::none, {1, 1}), "E", "A",
       "6.35b DNS lookup fails at times"},
      {"MX truncated", mx_fault(DnsReply::truncated), "E", "A",
       "2.2 STARTTLS and certificate good"},
      {"MX NODATA", mx_fault(DnsReply::nodata), "B", "B",
       "6.31m no MX record: the domain's own address; 6.33 no MX host has an address"},
      {"MX NXDOMAIN", mx_fault(DnsReply::nxdomain), "B", "B", "6.31n the domain does not exist"},
      {"MX SERVFAIL once", mx_fault(DnsReply::servfail, {1, 1}), "E", "A",
       "6.35b DNS lookup fails at times"},
      {"MX SERVFAIL twice", mx_fault(DnsReply::servfail, {1, 2}), "E/D", "A/D",
       "6.35b DNS lookup fails at times"},
      {"MX SERVFAIL from the second on", mx_fault(DnsReply::servfail, {2}), "E/D", "A/D",
       "6.35b DNS lookup fails at times"},
      {"MX NXDOMAIN once", mx_fault(DnsReply::nxdomain, {1, 1}), "E/B", "A/B",
       "6.35b DNS lookup fails at times"},
      {"A SERVFAIL", address_fault(DnsReply::servfail, "A"), "D", "D",
       "6.35 DNS lookup fails for now"},
      {"A NODATA", address_fault(DnsReply::nodata, "A"), "B", "B",
       "6.33 no MX host has an address"},
      {"AAAA SERVFAIL", address_fault(DnsReply::servfail, "AAAA"), "E", "A",
       "2.2 STARTTLS and certificate good"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(codes_of(row.scenario, Policy::may) == row.may);
      BOOST_TEST(codes_of(row.scenario, Policy::verify) == row.verify);
      const auto text = ruling(cell_of(row.scenario, Policy::may)).row;
      BOOST_TEST(text.substr(0, std::string(row.row).size()) == row.row);
    }
}

BOOST_AUTO_TEST_CASE(replies_at_every_position) {
  const struct {
    const char* name;
    fakes::Rule rule;
    const char* expected;  // in clear, policies none and may alike
  } rows[] = {
      {"greeting 421", on(SmtpPosition::connect, {line("421 4.3.2 later")}), "D"},
      {"greeting 554", on(SmtpPosition::connect, {line("554 5.3.2 no")}), "D/B"},
      {"greeting closed", on(SmtpPosition::connect, {fakes::Close{}}), "D"},
      {"greeting garbage", on(SmtpPosition::connect, {raw("SSH-2.0\r\n")}), "D/B"},
      {"silence", on(SmtpPosition::connect, {fakes::Hang{}}), "D"},
      {"EHLO 421", on(SmtpPosition::ehlo, {line("421 4.3.2 later")}), "D"},
      {"EHLO 550", on(SmtpPosition::ehlo, {line("550 5.7.1 no")}), "P/D/B"},
      {"EHLO closed", on(SmtpPosition::ehlo, {fakes::Close{}}), "D"},
      {"MAIL 451", on(SmtpPosition::mail, {line("451 4.3.0 later")}), "D"},
      {"MAIL 550", on(SmtpPosition::mail, {line("550 5.7.1 no")}), "B"},
      {"MAIL closed", on(SmtpPosition::mail, {fakes::Close{}}), "D"},
      {"RCPT 450", on(SmtpPosition::rcpt, {line("450 4.2.1 later")}), "D"},
      {"RCPT 550", on(SmtpPosition::rcpt, {line("550 5.1.1 no")}), "B"},
      {"RCPT 552", on(SmtpPosition::rcpt, {line("552 5.2.2 full")}), "D/B"},
      {"RCPT 550, rst",
       on(SmtpPosition::rcpt, {line("550 no"), fakes::Close{fakes::CloseHow::rst}}), "D/B"},
      {"RCPT closed", on(SmtpPosition::rcpt, {fakes::Close{}}), "D"},
      {"DATA 451", on(SmtpPosition::data, {line("451 4.3.0 later")}), "D"},
      {"DATA 554", on(SmtpPosition::data, {line("554 5.5.1 no")}), "B"},
      {"DATA 250", on(SmtpPosition::data, {line("250 what")}), "D/B"},
      {"dot 451", on(SmtpPosition::end_of_data, {line("451 4.3.0 later")}), "D"},
      {"dot 554", on(SmtpPosition::end_of_data, {line("554 5.6.0 no")}), "B"},
      {"dot closed", on(SmtpPosition::end_of_data, {fakes::Close{}}), "D"},
      {"dot 250, closed", on(SmtpPosition::end_of_data, {line("250 ok"), fakes::Close{}}), "P"},
      {"dot 250, rst",
       on(SmtpPosition::end_of_data, {line("250 ok"), fakes::Close{fakes::CloseHow::rst}}), "P"},
      {"dot half a reply", on(SmtpPosition::end_of_data, {raw("25"), fakes::Close{}}), "P"},
      {"QUIT refused", on(SmtpPosition::quit, {line("554 5.5.1 no")}), "P"},
      {"honest reply, closed", on(SmtpPosition::mail, {fakes::Reply{}, fakes::Close{}}), "D"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(codes_of(with_rule(row.rule, no_tls), Policy::may) == row.expected);
      BOOST_TEST(codes_of(with_rule(row.rule), Policy::none) == row.expected);
      // Who needs TLS never comes to the transaction of a plain receiver.
      const bool in_transaction =
          std::get<SmtpPosition>(row.rule.when.position) > SmtpPosition::auth;
      if (in_transaction) BOOST_TEST(codes_of(with_rule(row.rule, no_tls), Policy::encrypt) == "D");
    }
}

BOOST_AUTO_TEST_CASE(implicit_tls_says_nothing_to_who_waits) {
  for (const Policy policy : {Policy::none, Policy::may, Policy::secure})
    BOOST_TEST(codes_of(one_mx({.implicit_tls = true}), policy) == "D");
}

// A fault that does not last is survived by who tries again.
BOOST_AUTO_TEST_CASE(faults_of_some_connections) {
  const auto rcpt_later = on(SmtpPosition::rcpt, {line("450 4.2.1 later")});
  BOOST_TEST(codes_of(with_rule(at_connection(rcpt_later, 1, 1)), Policy::verify) == "A");
  // Two attempts are what every server makes; a more patient one comes through.
  BOOST_TEST(codes_of(with_rule(at_connection(rcpt_later, 1, 2)), Policy::verify) == "A/D");
  BOOST_TEST(codes_of(with_rule(at_connection(rcpt_later, 1, 3)), Policy::verify) == "A/D");
  BOOST_TEST(codes_of(with_rule(at_connection(rcpt_later, 1, 100)), Policy::verify) == "D");
  BOOST_TEST(codes_of(with_rule(at_connection(rcpt_later, 2, 9)), Policy::verify) == "A");
  const auto starttls_later = on(SmtpPosition::starttls, {line("454 4.7.0 later")});
  BOOST_TEST(codes_of(with_rule(at_connection(starttls_later, 1, 1)), Policy::may) == "P/E");
  BOOST_TEST(codes_of(with_rule(at_connection(starttls_later, 1, 1)), Policy::encrypt) == "E");
  const auto closed = on(TlsStage::client_hello, {fakes::Close{}});
  BOOST_TEST(codes_of(with_rule(at_connection(closed, 1, 1)), Policy::may) == "P/E");
  // A transient reply to one recipient is no failure of TLS, and no reason for plaintext.
  BOOST_TEST(codes_of(with_rule(at_connection(rcpt_later, 1, 1)), Policy::may) == "E");
}

BOOST_AUTO_TEST_CASE(several_hosts) {
  const fakes::ReceiverSpec good;
  const fakes::ReceiverSpec plain{.starttls = no_tls};
  const fakes::ReceiverSpec expired{.certificate = fakes::CertificateClass::expired};
  const auto speaks = [](SmtpPosition position, const char* text) {
    return fakes::ReceiverSpec{.rules = {on(position, {line(text)})}};
  };
  const fakes::ReceiverSpec broken{.rules = {on(TlsStage::start, {fakes::Close{}})}};
  model::Scenario refusing = several_mx({good, good});
  refusing.hosts[0].reach = model::Reach::refuses;
  model::Scenario nameless = several_mx({good, good});
  nameless.hosts[0].published = false;
  model::Scenario nobody = refusing;
  nobody.hosts[1].reach = model::Reach::refuses;
  model::Scenario equal = several_mx({good, good});
  equal.mx[1].preference = 10;
  model::Scenario swapped = several_mx({good, good});
  swapped.mx[0].preference = 30;

  const struct {
    const char* name;
    model::Scenario scenario;
    Policy policy;
    const char* expected;
  } rows[] = {
      {"first is good", several_mx({good, good}), Policy::verify,
       "delivered authenticated via mx1"},
      {"by preference", swapped, Policy::verify, "delivered authenticated via mx2"},
      {"equal preferences", equal, Policy::may,
       "delivered encrypted via mx1, delivered encrypted via mx2"},
      {"first refuses", refusing, Policy::may, "delivered encrypted via mx2"},
      {"first has no address", nameless, Policy::may, "delivered encrypted via mx2"},
      {"nobody answers", nobody, Policy::may, "deferred"},
      {"first fails the policy", several_mx({expired, good}), Policy::verify,
       "delivered authenticated via mx2"},
      {"no check, no reason to go on", several_mx({expired, good}), Policy::encrypt,
       "delivered encrypted via mx1"},
      {"first without TLS", several_mx({plain, good}), Policy::encrypt,
       "delivered encrypted via mx2"},
      {"first without TLS, may", several_mx({plain, good}), Policy::may,
       "delivered plaintext via mx1"},
      {"all fail the policy", several_mx({expired, plain}), Policy::secure, "deferred"},
      {"greeting 554", several_mx({speaks(SmtpPosition::connect, "554 no"), good}), Policy::may,
       "delivered encrypted via mx2"},
      {"greeting 421", several_mx({speaks(SmtpPosition::connect, "421 no"), good}), Policy::may,
       "delivered encrypted via mx2"},
      {"RCPT 550 is final", several_mx({speaks(SmtpPosition::rcpt, "550 no"), good}), Policy::may,
       "bounced"},
      {"RCPT 450: next or later", several_mx({speaks(SmtpPosition::rcpt, "450 no"), good}),
       Policy::may, "delivered encrypted via mx2, deferred"},
      {"STARTTLS 5yz, then next", several_mx({speaks(SmtpPosition::starttls, "554 no"), good}),
       Policy::encrypt, "delivered encrypted via mx2"},
      {"TLS broken: clear, or next", several_mx({broken, good}), Policy::may,
       "delivered encrypted via mx2, delivered plaintext via mx1"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(permitted(row.scenario, row.policy) == row.expected);
}

BOOST_AUTO_TEST_CASE(rows_of_replies) {
  const auto row = [](SmtpPosition position, const char* reply) {
    return ruling(cell_of(with_rule(on(position, {line(reply)}), no_tls), Policy::may)).row;
  };
  BOOST_TEST(row(SmtpPosition::connect, "554 no") == "6.37 greeting or EHLO refused for good");
  BOOST_TEST(row(SmtpPosition::connect, "421 no") == "6.38 transient reply, or connection lost");
  BOOST_TEST(row(SmtpPosition::ehlo, "421 no") == "6.38 transient reply, or connection lost");
  BOOST_TEST(row(SmtpPosition::connect, "150 what").starts_with("6.38b no SMTP reply"));
  BOOST_TEST(row(SmtpPosition::rcpt, "550 no") == "2.1 no STARTTLS offered; 6.39 permanent reply");
  BOOST_TEST(row(SmtpPosition::rcpt, "450 no") ==
             "2.1 no STARTTLS offered; 6.38 transient reply, or connection lost");
}

BOOST_AUTO_TEST_CASE(hello_refused_for_good_inside_tls) {
  fakes::Rule ehlo = on(SmtpPosition::ehlo, {line("550 5.7.1 no")});
  fakes::Rule helo = on(SmtpPosition::helo, {line("550 5.7.1 no")});
  ehlo.when.phase = helo.when.phase = fakes::Phase::post_tls;
  const model::Scenario scenario = one_mx({.rules = {ehlo, helo}});
  BOOST_TEST(codes_of(scenario, Policy::may) == "P/D");
  BOOST_TEST(codes_of(scenario, Policy::encrypt) == "D/B");
}

// Each clause is said once, and rows that only say that all is well are left out.
BOOST_AUTO_TEST_CASE(rows_and_clauses_of_a_composition) {
  const auto told = ruling(cell_of(one_mx({.require_tls = true}), Policy::none));
  BOOST_TEST(told.row == "2.2b receiver demands TLS; 6.39 permanent reply");
  BOOST_TEST(told.clause == "RFC 3207 4; RFC 5321 4.2.1; RFC 5321 4.2.1, 4.2.5");
  BOOST_TEST((told.force == model::Force::should));
  const auto next = ruling(cell_of(several_mx({{.starttls = no_tls}, {}}), Policy::encrypt));
  BOOST_TEST(next.row ==
             "2.1 no STARTTLS offered; 6.40 MX host of no use or against the policy, "
             "another one left");
  BOOST_TEST((next.force == model::Force::must));
}

BOOST_AUTO_TEST_CASE(recipients_with_different_fates) {
  fakes::Rule refuse_bob = on(SmtpPosition::rcpt, {line("550 5.1.1 no")});
  refuse_bob.when.argument = "^bob@";
  model::Scenario scenario = with_rule(refuse_bob);
  scenario.messages = {{.recipients = {"alice", "bob"}}};
  BOOST_TEST(permitted(scenario, Policy::verify) == "alice delivered authenticated, bob bounced");
  fakes::Rule second = on(SmtpPosition::rcpt, {line("452 4.5.3 too many")});
  second.when.nth = {2, 2};
  // The second recipient is the first of the next attempt.
  scenario.hosts.front().receiver.rules = {second};
  BOOST_TEST(permitted(scenario, Policy::verify) == "delivered authenticated");
  scenario.hosts.front().receiver.rules = {};
  BOOST_TEST(permitted(scenario, Policy::verify) == "delivered authenticated");
}

BOOST_AUTO_TEST_CASE(several_messages_share_the_connections_of_a_host) {
  model::Scenario scenario =
      with_rule(at_connection(on(SmtpPosition::rcpt, {line("550 5.1.1 no")}), 1, 1));
  BOOST_TEST(codes_of(scenario, Policy::verify) == "B");
  scenario.messages = {{.id = "m1"}, {.id = "m2"}};
  BOOST_TEST(codes_of(scenario, Policy::verify) == "A/B");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
