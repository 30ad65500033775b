// Facts read off scenarios, and what certificates are worth.
#include "harness/judge/facts.hpp"

#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::CertificateClass;
using fakes::DnsReply;
using model::Attacker;
using model::Policy;

Facts facts_for(const model::Scenario& scenario) {
  return facts_of(cell_of(scenario, Policy::may));
}

char letter(Truth truth) {
  return truth == Truth::yes ? 'y' : truth == Truth::no ? 'n' : 'm';
}

}  // namespace

BOOST_AUTO_TEST_SUITE(facts)

BOOST_AUTO_TEST_CASE(certificates_under_the_policies) {
  // none may encrypt fingerprint verify secure
  const struct {
    CertificateClass what;
    Attacker attacker;
    const char* expected;
  } rows[] = {
      {CertificateClass::good, Attacker::none, "yyyyyy"},
      {CertificateClass::self_signed, Attacker::none, "yyyynn"},
      {CertificateClass::expired, Attacker::none, "yyyynn"},
      {CertificateClass::not_yet_valid, Attacker::none, "yyyynn"},
      {CertificateClass::wrong_host, Attacker::none, "yyyynn"},
      {CertificateClass::untrusted_ca, Attacker::none, "yyyynn"},
      {CertificateClass::no_intermediate, Attacker::none, "yyyymm"},
      {CertificateClass::common_name_only, Attacker::none, "yyyyyy"},
      {CertificateClass::other_name_than_common_name, Attacker::none, "yyyynn"},
      {CertificateClass::no_subject, Attacker::none, "yyyyyy"},
      {CertificateClass::host_only, Attacker::none, "yyyyyy"},
      {CertificateClass::domain_only, Attacker::none, "yyyyny"},
      {CertificateClass::sibling_only, Attacker::none, "yyyyny"},
      {CertificateClass::many_names, Attacker::none, "yyyyyy"},
      {CertificateClass::wildcard, Attacker::none, "yyyyyy"},
      {CertificateClass::partial_wildcard, Attacker::none, "yyyyny"},
      {CertificateClass::upper_case, Attacker::none, "yyyyyy"},
      {CertificateClass::trailing_dot, Attacker::none, "yyyymm"},
      {CertificateClass::u_label, Attacker::none, "yyyynm"},
      {CertificateClass::address_only, Attacker::none, "yyyynn"},
      {CertificateClass::address_as_name, Attacker::none, "yyyynn"},
      {CertificateClass::rsa_2048, Attacker::none, "yyyyyy"},
      {CertificateClass::rsa_4096, Attacker::none, "yyyyyy"},
      {CertificateClass::rsa_1024, Attacker::none, "yyyymm"},
      {CertificateClass::p384, Attacker::none, "yyyymm"},
      {CertificateClass::p521, Attacker::none, "yyyymm"},
      {CertificateClass::ed25519, Attacker::none, "yyyymm"},
      {CertificateClass::sha1_signature, Attacker::none, "yyyymm"},
      {CertificateClass::md5_signature, Attacker::none, "yyyymm"},
      {CertificateClass::wrong_purpose, Attacker::none, "yyyynn"},
      {CertificateClass::ca_leaf, Attacker::none, "yyyyyy"},
      {CertificateClass::must_staple, Attacker::none, "yyyymm"},
      {CertificateClass::revoked, Attacker::none, "yyyymm"},
      {CertificateClass::critical_extension, Attacker::none, "yyyynn"},
      {CertificateClass::name_constraint, Attacker::none, "yyyynn"},
      {CertificateClass::expired_intermediate, Attacker::none, "yyyynn"},
      {CertificateClass::cross_signed, Attacker::none, "yyyyyy"},
      {CertificateClass::root_included, Attacker::none, "yyyyyy"},
      {CertificateClass::reversed_chain, Attacker::none, "yyyymm"},
      {CertificateClass::duplicated_chain, Attacker::none, "yyyymm"},
      {CertificateClass::foreign_chain, Attacker::none, "yyyymm"},
      {CertificateClass::long_chain, Attacker::none, "yyyymm"},
      {CertificateClass::good, Attacker::impostor_self_signed, "yyynnn"},
      {CertificateClass::good, Attacker::impostor_other_name, "yyynnn"},
  };
  for (const auto& row : rows) {
    std::string actual;
    for (std::size_t i = 0; i < 6; ++i)
      actual +=
          letter(satisfies(certificate_facts(row.what, row.attacker, "mx1"), model::policies[i]));
    BOOST_TEST_CONTEXT(static_cast<int>(row.what) << " " << name(row.attacker))
    BOOST_TEST(actual == row.expected);
  }
}

// One label and no more for a wildcard (RFC 6125 6.4.3); the apex is no name below itself; a host
// outside the domain says nothing of it.
BOOST_AUTO_TEST_CASE(what_a_name_is_worth_depends_on_the_host) {
  const struct {
    CertificateClass what;
    const char* host;
    const char* expected;  // verify, secure
  } rows[] = {
      {CertificateClass::wildcard, "a.mx", "ny"},
      {CertificateClass::wildcard, "@", "ny"},
      {CertificateClass::domain_only, "@", "yy"},
      {CertificateClass::host_only, "mx.elsewhere.", "yn"},
      {CertificateClass::good, "mx.elsewhere.", "yy"},
      {CertificateClass::common_name_only, "mx.elsewhere.", "yn"},
      {CertificateClass::trailing_dot, "mx.elsewhere.", "mn"},
  };
  for (const auto& row : rows) {
    const auto certificate = certificate_facts(row.what, Attacker::none, row.host);
    const std::string actual{letter(satisfies(certificate, Policy::verify)),
                             letter(satisfies(certificate, Policy::secure))};
    BOOST_TEST_CONTEXT(fakes::entry_of(row.what).word << " at " << row.host)
    BOOST_TEST(actual == row.expected);
  }
}

BOOST_AUTO_TEST_CASE(the_catalogue_is_in_the_order_of_its_classes) {
  const auto catalogue = fakes::certificate_catalogue();
  for (std::size_t i = 0; i < catalogue.size(); ++i)
    BOOST_TEST(static_cast<std::size_t>(catalogue[i].what) == i);
  BOOST_TEST((catalogue.back().what == CertificateClass::long_chain));
}

BOOST_AUTO_TEST_CASE(verify_looks_at_the_host_and_secure_at_the_domain) {
  CertificateFacts certificate{.names_host = Truth::no};
  BOOST_TEST((satisfies(certificate, Policy::verify) == Truth::no));
  BOOST_TEST((satisfies(certificate, Policy::secure) == Truth::yes));
  certificate = {.names_host = Truth::maybe, .names_next_hop = Truth::no};
  BOOST_TEST((satisfies(certificate, Policy::verify) == Truth::maybe));
  BOOST_TEST((satisfies(certificate, Policy::secure) == Truth::no));
}

BOOST_AUTO_TEST_CASE(hosts_come_by_preference) {
  model::Scenario scenario = several_mx({{}, {}, {}});
  scenario.mx[0].preference = 30;
  scenario.mx[2].preference = 20;
  const Facts facts = facts_for(scenario);
  BOOST_REQUIRE(facts.hosts.size() == 3);
  BOOST_TEST(facts.hosts[0].name == "mx2");  // 20, before mx3 in the file
  BOOST_TEST(facts.hosts[1].name == "mx3");
  BOOST_TEST(facts.hosts[2].name == "mx1");
  BOOST_TEST(facts.hosts[2].preference == 30);
}

BOOST_AUTO_TEST_CASE(addresses) {
  using namespace std::chrono_literals;
  constexpr std::uint32_t always = fakes::Ordinals{}.last;
  const struct {
    const char* name;
    bool ipv4, ipv6, published;
    const char* type;  // of a fault
    DnsReply reply;
    fakes::Ordinals nth;
    Address expected;
    std::uint32_t failing = 0;
    std::chrono::milliseconds delay{0};
  } rows[] = {
      {"both", true, true, true, "", {}, {}, Address::present},
      {"ipv6 only", false, true, true, "", {}, {}, Address::present},
      {"none", false, false, true, "", {}, {}, Address::none},
      {"not published", true, true, false, "", {}, {}, Address::none},
      {"A fails", true, false, true, "A", DnsReply::servfail, {}, Address::temporary},
      {"A fails, AAAA works", true, true, true, "A", DnsReply::servfail, {}, Address::present},
      {"all fails", true, true, true, "*", DnsReply::servfail, {}, Address::temporary},
      {"AAAA fails, no A", false, true, true, "AAAA", DnsReply::servfail, {}, Address::temporary},
      {"A gone", true, false, true, "A", DnsReply::nxdomain, {}, Address::none},
      {"A empty", true, false, true, "A", DnsReply::nodata, {}, Address::none},
      {"A fails once", true, false, true, "A", DnsReply::servfail, {1, 1}, Address::present, 1},
      {"A fails later", true, false, true, "A", DnsReply::servfail, {2, 9}, Address::present, 9},
      {"A fails three times",
       true,
       false,
       true,
       "A",
       DnsReply::servfail,
       {1, 3},
       Address::present,
       3},
      {"A unanswered", true, false, true, "A", DnsReply::none, {}, Address::temporary},
      {"A forged", true, false, true, "A", DnsReply::wrong_id, {}, Address::temporary},
      {"A garbage", true, false, true, "A", DnsReply::garbage, {}, Address::temporary},
      {"A lost once", true, false, true, "A", DnsReply::none, {1, 1}, Address::present, 1},
      {"A by TCP", true, false, true, "A", DnsReply::truncated, {}, Address::present},
      {"A by TCP once", true, false, true, "A", DnsReply::truncated, {1, 1}, Address::present},
      {"A late", true, false, true, "A", DnsReply::honest, {}, Address::present, 0, 999ms},
      {"A too late", true, false, true, "A", DnsReply::honest, {}, Address::present, always, 1s},
      {"A too late once",
       true,
       false,
       true,
       "A",
       DnsReply::honest,
       {1, 1},
       Address::present,
       1,
       1s},
      {"A gone, late", true, false, true, "A", DnsReply::nxdomain, {}, Address::none, 0, 999ms},
      {"another type", true, false, true, "TXT", DnsReply::servfail, {}, Address::present},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) {
      model::Scenario scenario = one_mx();
      scenario.hosts[0].ipv4 = row.ipv4;
      scenario.hosts[0].ipv6 = row.ipv6;
      scenario.hosts[0].published = row.published;
      if (*row.type != '\0')
        scenario.dns_faults = {{.name = "MX",
                                .type = row.type,
                                .reply = row.reply,
                                .nth = row.nth,
                                .delay = row.delay}};
      const Facts facts = facts_for(scenario);
      BOOST_TEST((facts.hosts.front().address == row.expected));
      BOOST_TEST(facts.failing_lookups == row.failing);
    }
}

BOOST_AUTO_TEST_CASE(an_alias_is_followed_to_its_host) {
  model::Scenario scenario = one_mx({.certificate = CertificateClass::expired});
  scenario.mx[0].target = "alias";
  scenario.records = {{.name = "alias", .type = "CNAME", .data = "mx"}};
  const HostFacts host = facts_for(scenario).hosts.front();
  BOOST_TEST(host.alias);
  BOOST_TEST(host.name == "mx");
  BOOST_TEST(host.reachable);
  BOOST_TEST(host.certificate.expired);
  BOOST_TEST((host.certificate.names_host == Truth::maybe));
}

BOOST_AUTO_TEST_CASE(records_of_other_names_and_types_say_nothing) {
  model::Scenario scenario = one_mx();
  scenario.records = {{.name = "mx", .type = "TXT", .data = "other"},
                      {.name = "other", .type = "CNAME", .data = "nowhere"},
                      {.name = "other", .type = "MX", .data = "5 nowhere"}};
  const Facts facts = facts_for(scenario);
  BOOST_REQUIRE(facts.hosts.size() == 1);
  BOOST_TEST(!facts.hosts.front().alias);
  BOOST_TEST((facts.hosts.front().address == Address::present));
}

BOOST_AUTO_TEST_CASE(an_address_record_without_a_host_reaches_nobody) {
  model::Scenario scenario = one_mx();
  scenario.hosts.clear();
  scenario.records = {{.name = "mx", .type = "A", .data = "198.18.9.9"}};
  const HostFacts host = facts_for(scenario).hosts.front();
  BOOST_TEST((host.address == Address::present));
  BOOST_TEST(!host.reachable);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
