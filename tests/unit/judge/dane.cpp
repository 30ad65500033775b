// DANE: what TLSA records are worth to each class of certificate, what the oracle permits by them,
// and the rules of conduct that go with it.
#include <boost/test/unit_test.hpp>

#include "build.hpp"
#include "harness/judge/facts.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::CertificateClass;
using fakes::DnsReply;
using model::Policy;
using model::TlsaRecord;
using Of = TlsaRecord::Of;

TlsaRecord tlsa(std::uint8_t usage, std::uint8_t selector, std::uint8_t matching, Of of) {
  return {.usage = usage, .selector = selector, .matching = matching, .of = of, .rdata = {}};
}
const TlsaRecord right = tlsa(3, 1, 1, Of::leaf);
const TlsaRecord wrong = tlsa(3, 1, 1, Of::other);

model::Scenario scenario_of(std::vector<TlsaRecord> records,
                            CertificateClass certificate = CertificateClass::good) {
  model::Scenario scenario = one_mx({.certificate = certificate});
  scenario.hosts.front().tlsa = std::move(records);
  scenario.secure = true;
  return scenario;
}

model::Scenario with_fault(model::Scenario scenario, const std::string& type,
                           const std::string& name, DnsReply reply) {
  scenario.dns_faults.push_back({.name = name, .type = type, .reply = reply, .nth = {}});
  return scenario;
}

std::string permitted(const model::Scenario& scenario, Policy policy = Policy::dane) {
  return codes(ruling(cell_of(scenario, policy)));
}

std::string worth(const TlsaRecord& record, CertificateClass what) {
  const auto cell = cell_of(scenario_of({record}, what), Policy::dane);
  const HostFacts host = facts_of(cell).hosts.front();
  constexpr const char* words[] = {"no", "maybe", "yes"};
  if (host.tlsa == TlsaState::unusable) return "unusable";
  return words[static_cast<int>(host.certificate.meets_tlsa)];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dane)

BOOST_AUTO_TEST_CASE(certificates) {
  using enum CertificateClass;
  const struct {
    TlsaRecord record;
    CertificateClass what;
    const char* worth;
  } rows[] = {
      {right, good, "yes"},
      {right, self_signed, "yes"},
      {right, expired, "yes"},
      {right, wrong_host, "yes"},
      {right, untrusted_ca, "yes"},
      {right, wrong_purpose, "yes"},
      {wrong, good, "no"},
      {tlsa(3, 0, 1, Of::issuer), good, "no"},
      {tlsa(3, 1, 2, Of::leaf), good, "maybe"},  // SHA2-512 is a SHOULD
      {tlsa(2, 0, 1, Of::issuer), good, "yes"},
      {tlsa(2, 0, 1, Of::issuer), untrusted_ca, "yes"},
      {tlsa(2, 0, 1, Of::issuer), wrong_host, "no"},
      {tlsa(2, 0, 1, Of::issuer), expired, "no"},
      {tlsa(2, 0, 1, Of::issuer), not_yet_valid, "no"},
      {tlsa(2, 0, 1, Of::issuer), wrong_purpose, "no"},
      {tlsa(2, 0, 1, Of::issuer), self_signed, "no"},
      {tlsa(2, 0, 1, Of::issuer), domain_only, "yes"},
      {tlsa(2, 0, 1, Of::issuer), sibling_only, "no"},
      {tlsa(2, 0, 1, Of::issuer), wildcard, "yes"},
      {tlsa(2, 0, 1, Of::issuer), partial_wildcard, "no"},
      {tlsa(2, 0, 1, Of::issuer), common_name_only, "maybe"},
      {tlsa(2, 0, 1, Of::issuer), no_intermediate, "maybe"},
      {tlsa(2, 0, 0, Of::issuer), no_intermediate, "yes"},
      {tlsa(2, 0, 1, Of::root), good, "maybe"},
      {tlsa(2, 0, 0, Of::root), good, "yes"},
      {tlsa(2, 0, 1, Of::root), root_included, "yes"},
      {tlsa(2, 0, 1, Of::leaf), good, "no"},
      {tlsa(1, 1, 1, Of::leaf), good, "maybe"},
      {tlsa(4, 1, 1, Of::leaf), good, "unusable"},
      {tlsa(3, 2, 1, Of::leaf), good, "unusable"},
      {tlsa(3, 1, 3, Of::leaf), good, "unusable"},
      {{.rdata = std::string("\3\1\1abc", 6)}, good, "unusable"},
      {{.rdata = "x"}, good, "unusable"},
  };
  for (const auto& row : rows)
    BOOST_TEST(worth(row.record, row.what) == row.worth,
               int(row.record.usage)
                   << " " << int(row.record.selector) << " " << int(row.record.matching) << " of "
                   << fakes::entry_of(row.what).word << ": " << worth(row.record, row.what));
}

// P E A delivered in plaintext, encrypted, authenticated; D deferred; B bounced.
BOOST_AUTO_TEST_CASE(rows) {
  const TlsaRecord unusable = tlsa(9, 1, 1, Of::leaf);
  const auto plain = [](model::Scenario scenario) {
    scenario.hosts.front().receiver.starttls = fakes::StartTls::no;
    return scenario;
  };
  model::Scenario unsigned_zone = scenario_of({right});
  unsigned_zone.secure = false;
  const std::string owner = "_25._tcp.mx";
  const struct {
    const char* row;
    model::Scenario scenario;
    const char* dane;
    const char* only;
  } rows[] = {
      {"10", scenario_of({right}), "A", "A"},
      {"10b", scenario_of({right}, CertificateClass::expired), "A", "A"},
      {"12", scenario_of({wrong}), "D", "D"},
      {"12b", scenario_of({wrong, right}), "A", "A"},
      {"12d", scenario_of({right, tlsa(3, 1, 2, Of::other)}), "A/D", "A/D"},
      {"13", scenario_of({unusable}), "E", "D"},
      {"13c", scenario_of({unusable, right}), "A", "A"},
      {"13d", scenario_of({unusable, wrong}), "D", "D"},
      {"14", with_fault(scenario_of({right}), "TLSA", owner, DnsReply::servfail), "D", "D"},
      {"14b",
       with_fault(with_fault(scenario_of({right}), "TLSA", owner, DnsReply::servfail), "A", "mx",
                  DnsReply::insecure),
       "E", "D"},
      {"14n", with_fault(scenario_of({right}), "TLSA", owner, DnsReply::none), "D", "D"},
      {"14i", with_fault(scenario_of({right}), "TLSA", owner, DnsReply::wrong_id), "D", "D"},
      {"14g", with_fault(scenario_of({right}), "TLSA", owner, DnsReply::garbage), "D", "D"},
      {"14t", with_fault(scenario_of({right}), "TLSA", owner, DnsReply::truncated), "A", "A"},
      {"14w", with_fault(scenario_of({wrong}), "TLSA", owner, DnsReply::truncated), "D", "D"},
      {"14d", with_fault(scenario_of({right}), "TLSA", owner, DnsReply::nxdomain), "E", "D"},
      {"15", with_fault(scenario_of({wrong}), "TLSA", owner, DnsReply::insecure), "E", "D"},
      {"15", with_fault(scenario_of({wrong}), "A", "mx", DnsReply::insecure), "E", "D"},
      {"15", unsigned_zone, "E", "D"},
      {"15d", with_fault(scenario_of({wrong}), "MX", "@", DnsReply::insecure), "E/D", "D"},
      {"15e", with_fault(plain(scenario_of({right})), "MX", "@", DnsReply::insecure), "P/D", "D"},
      {"24", plain(scenario_of({right})), "D", "D"},
      {"24", plain(scenario_of({unusable})), "D", "D"},
      {"2", one_mx(), "E", "D"},
      {"1", plain(one_mx()), "P", "D"},
  };
  for (const auto& each : rows)
    BOOST_TEST_CONTEXT("row " << each.row) {
      BOOST_TEST(permitted(each.scenario) == each.dane);
      BOOST_TEST(permitted(each.scenario, Policy::dane_only) == each.only);
      // And nothing of it concerns the others.
      BOOST_TEST(permitted(each.scenario, Policy::none) == "P");
    }
  const auto refused = on(fakes::SmtpPosition::starttls, {line("554 5.7.0 never")});
  model::Scenario for_good = scenario_of({right});
  for_good.hosts.front().receiver.rules = {refused};
  BOOST_TEST(permitted(for_good) == "D");  // 24c: a bounce breaks a MUST
  BOOST_TEST(permitted(for_good, Policy::encrypt) == "D/B");
}

BOOST_AUTO_TEST_CASE(one_host_after_the_other) {
  model::Scenario scenario = several_mx({{}, {}});
  scenario.secure = true;
  scenario.hosts[0].tlsa = {wrong};
  BOOST_TEST(texts(ruling(cell_of(scenario, Policy::dane))) == "delivered encrypted via mx2");
  BOOST_TEST(permitted(scenario, Policy::dane_only) == "D");
  scenario.hosts[0].tlsa.clear();
  scenario.hosts[1].tlsa = {right};
  BOOST_TEST(texts(ruling(cell_of(scenario, Policy::dane))) == "delivered encrypted via mx1");
  BOOST_TEST(texts(ruling(cell_of(scenario, Policy::dane_only))) ==
             "delivered authenticated via mx2");
}

// The MX record names a CNAME: what RFC 5321 5.1 does not allow may be refused, and DANE looks at
// where it leads, and then at the alias.
BOOST_AUTO_TEST_CASE(aliases) {
  const auto alias = [](std::vector<TlsaRecord> records) {
    model::Scenario scenario = scenario_of(std::move(records));
    scenario.hosts.front().name = "target";
    scenario.records = {{.name = "mx", .type = "CNAME", .data = "target"}};
    return scenario;
  };
  TlsaRecord right_there = right, wrong_there = wrong;
  right_there.at = wrong_there.at = "_25._tcp.mx";
  const auto insecure_alias = [&](model::Scenario scenario) {
    return with_fault(with_fault(std::move(scenario), "A", "mx", DnsReply::insecure), "CNAME", "mx",
                      DnsReply::insecure);
  };
  const std::pair<model::Scenario, const char*> rows[] = {
      {alias({right}), "A/D/B"},
      {alias({right_there}), "A/D/B"},
      {alias({wrong, right_there}), "D/B"},
      {with_fault(alias({right_there}), "A", "target", DnsReply::insecure), "A/D/B"},
      {with_fault(alias({wrong_there}), "A", "target", DnsReply::insecure), "D/B"},
      {insecure_alias(alias({right, right_there})), "E/D/B"},
  };
  for (const auto& [scenario, expected] : rows)
    BOOST_TEST(permitted(scenario) == expected);
  // And that of the records themselves.
  TlsaRecord elsewhere = wrong;
  elsewhere.at = "tlsa";
  model::Scenario led = scenario_of({elsewhere});
  led.records = {{.name = "_25._tcp.mx", .type = "CNAME", .data = "tlsa"}};
  BOOST_TEST(permitted(led) == "D");
  BOOST_TEST(permitted(with_fault(led, "TLSA", "tlsa", DnsReply::insecure)) == "E");
}

BOOST_AUTO_TEST_CASE(conduct) {
  const auto broken = [](const model::Scenario& scenario, Policy policy, const Story& story) {
    return rules(story.classified(cell_of(scenario, policy)).outcome);
  };
  const model::Scenario good = scenario_of({right}), bad = scenario_of({wrong});
  const auto cell = cell_of(good, Policy::dane);
  const auto session = [&](const std::string& sni) {
    Story story(cell);
    story.injected().connect().ehlo().starttls();
    for (fakes::Event& event : story.events)
      if (auto* hello = std::get_if<fakes::ClientHelloSeen>(&event.body)) hello->sni = sni;
    return story.ehlo({}).quit().deferred_thrice();
  };
  BOOST_TEST(broken(good, Policy::dane, session("mx." + cell.domain())) == "");
  BOOST_TEST(broken(good, Policy::dane, session("")) == "conduct/C1-dane");
  BOOST_TEST(broken(good, Policy::verify, session("")) == "");

  Story clear(cell);
  clear.injected().connect().ehlo().say(std::string("MAIL FROM:<") + sender + ">").quit();
  clear.deferred_thrice();
  BOOST_TEST(broken(good, Policy::dane, clear) == "invariant/plaintext-under-encrypt");
  BOOST_TEST(broken(one_mx(), Policy::dane, clear) == "");

  const auto failing = with_fault(good, "TLSA", "_25._tcp.mx", DnsReply::servfail);
  BOOST_TEST(broken(failing, Policy::dane, session("")) == "conduct/C6");

  Story mail(cell);
  mail.injected().connect().ehlo().starttls().ehlo({}).say(std::string("MAIL FROM:<") + sender +
                                                           ">");
  mail.quit().deferred_thrice();
  BOOST_TEST(broken(bad, Policy::dane, mail).find("conduct/C4") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
