// What reports of TLS sessions may say (RFC 8460), told as stories with a report in them.
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include "build.hpp"
#include "harness/judge/tls_report_facts.hpp"
#include "harness/model/tls_report.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::CertificateClass;
using model::Policy;

model::Scenario asking(model::Scenario scenario) {
  scenario.tlsrpt.emplace();
  return scenario;
}

model::Scenario with_sts(model::Scenario scenario,
                         fakes::PolicyMode mode = fakes::PolicyMode::enforce,
                         const std::string& mx = "mx") {
  auto& answer = scenario.sts.emplace_back().host.answers.front();
  answer.mode = mode;
  answer.mx = {mx};
  return scenario;
}

model::Scenario with_tlsa(model::Scenario scenario) {
  scenario.secure = true;
  scenario.hosts.front().tlsa = {{}};
  return scenario;
}

struct Told {
  std::string type = "no-policy-found";
  unsigned successes = 1;
  unsigned failures = 0;
  std::vector<std::string> results = {};
  std::string domain = {};              // empty: the cell's
  std::vector<std::string> lines = {};  // policy-string
  std::string host = {}, address = {};  // of each failure
};

std::string json_of(const std::vector<Told>& all, const std::string& domain,
                    const std::string& id = "1@a.test") {
  model::TlsReport report{.organization_name = "a", .contact_info = "a@a.test", .report_id = id};
  for (const Told& told : all) {
    model::TlsReportPolicy policy{.type = told.type,
                                  .domain = told.domain.empty() ? domain : told.domain};
    policy.successful_session_count = told.successes;
    policy.failed_session_count = told.failures;
    policy.string = told.lines;
    for (const std::string& result : told.results)
      policy.failures.push_back({.result_type = result,
                                 .receiving_mx_hostname = told.host,
                                 .receiving_ip = told.address,
                                 .failed_session_count = told.failures});
    report.policies.push_back(std::move(policy));
  }
  return boost::json::serialize(model::to_json(report));
}

// A server that says that its report is made; and the report, where there is one.
class Reported {
 public:
  Reported(model::Scenario scenario, Policy policy)
      : cell_(cell_of(std::move(scenario), policy)), story_(cell_) {
    story_.injected();
  }
  Story& story() { return story_; }
  Reported& post_text(const std::string& json, int status = 201) {
    story_.add("tlsrpt", 1, fakes::ReportReceived{"application/tlsrpt+gzip", 9, json, ""});
    story_.add("tlsrpt", 1, fakes::HttpRequest{.method = "POST", .status = status});
    return *this;
  }
  Reported& post(const std::vector<Told>& all) { return post_text(json_of(all, cell_.domain())); }
  std::string domain() const { return cell_.domain(); }
  std::string broken() {
    story_.add("server", 0,
               fakes::ServerFact{.kind = fakes::ServerFact::Kind::tls_report,
                                 .recipient = cell_.domain()});
    std::string rules;
    for (const auto& each : story_.classified(cell_).outcome.conduct)
      if (each.rule.find("/report-") != each.rule.npos)
        rules += (rules.empty() ? "" : " ") + each.rule.substr(each.rule.find("report-") + 7);
    return rules;
  }

 private:
  model::Cell cell_;
  Story story_;
};

// One good session under `may`.
Reported delivered(model::Scenario scenario = asking(one_mx()), Policy policy = Policy::may) {
  Reported reported(std::move(scenario), policy);
  reported.story().delivery();
  return reported;
}

// One at which the client left because of the certificate.
Reported turned_away(CertificateClass certificate, model::Scenario scenario, Policy policy) {
  scenario.hosts.front().receiver.certificate = certificate;
  Reported reported(asking(std::move(scenario)), policy);
  reported.story().turned_away();
  return reported;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_report)

BOOST_AUTO_TEST_CASE(records) {
  const std::string uri = "https://c.test/r";
  const auto leads = [&](std::vector<std::string> records) {
    return static_cast<int>(leads_to(records, uri));
  };
  const int no = 0, maybe = 1, yes = 2;
  const std::pair<const char*, int> rows[] = {
      {"v=TLSRPTv1; rua=https://c.test/r", yes},
      {"v=TLSRPTv1;rua=mailto:a@b.test , https://c.test/r ;x=y", yes},
      {"v=TLSRPTv1 ;rua=https://c.test/r", maybe},
      {"v=TLSRPTv1; rua=https://c.test/r/s", no},
      {"v=TLSRPTv1; ruf=https://c.test/r", no},
      {"v=TLSRPTv10; rua=https://c.test/r", no},
      {"v=tlsrptv1; rua=https://c.test/r", no},
      {"v=TLSRPTv1", no},
      {" v=TLSRPTv1; rua=https://c.test/r", no},
  };
  for (const auto& [record, expected] : rows)
    BOOST_TEST(leads({record}) == expected, record);
  BOOST_TEST(leads({}) == no);
  BOOST_TEST(leads({rows[0].first, "other"}) == yes);
  BOOST_TEST(leads({rows[0].first, "v=TLSRPTv1; rua=mailto:a@b.test"}) == no);
}

BOOST_AUTO_TEST_CASE(a_report_of_a_success) {
  BOOST_TEST(delivered().post({{}}).broken() == "");
  BOOST_TEST(delivered().post({{.successes = 2}}).broken() == "count");
  BOOST_TEST(delivered().post({{.successes = 0}}).broken() == "count");
  BOOST_TEST(delivered().post({{.successes = 1, .failures = 1}}).broken() == "count");
  BOOST_TEST(delivered().post({{.type = "sts"}}).broken() == "policy");
  BOOST_TEST(delivered().post({{.domain = "other.test"}}).broken() == "policy");
  const Told odd{.results = {"validation-failure"}};
  BOOST_TEST(delivered().post({odd}).broken() == "result");
}

BOOST_AUTO_TEST_CASE(whether_one_comes) {
  BOOST_TEST(delivered().broken() == "missing");
  auto none = asking(one_mx());
  none.tlsrpt->record = false;
  BOOST_TEST(delivered(none).broken() == "");
  BOOST_TEST(delivered(none).post({{}}).broken() == "unasked");
  auto unreachable = asking(one_mx());
  unreachable.tlsrpt->reach = model::Reach::refuses;
  BOOST_TEST(delivered(unreachable).broken() == "");
  // RFC 8460 3: such errors MAY be ignored, and need not.
  auto expired = asking(one_mx());
  expired.tlsrpt->collector.https.certificate = CertificateClass::expired;
  BOOST_TEST(delivered(expired).broken() == "");
  // Where no TLS was asked for there is nothing to tell.
  Reported clear(asking(one_mx()), Policy::none);
  clear.story().delivery("mx", 1, true);
  BOOST_TEST(clear.broken() == "");
}

BOOST_AUTO_TEST_CASE(one_that_was_not_taken_comes_again) {
  const std::string json = json_of({{}}, delivered().domain());
  BOOST_TEST(delivered().post_text(json, 503).broken() == "retry");
  BOOST_TEST(delivered().post_text(json, 503).post_text(json, 201).broken() == "");
  BOOST_TEST(
      delivered().post_text(json).post_text(json_of({{}}, delivered().domain(), "2")).broken() ==
      "count");
}

BOOST_AUTO_TEST_CASE(one_that_cannot_be_read) {
  BOOST_TEST(delivered().post_text("{}").broken() == "form");
  BOOST_TEST(delivered().post_text("").broken() == "form");
}

BOOST_AUTO_TEST_CASE(no_starttls) {
  const auto plain = asking(one_mx({.starttls = fakes::StartTls::no}));
  const auto told = [&](const Told& what) {
    Reported reported(plain, Policy::may);
    reported.story().connect().ehlo({"DSN"}).mail().dot().quit().closed();
    return reported.post({what}).broken();
  };
  BOOST_TEST(told({.successes = 0, .failures = 1, .results = {"starttls-not-supported"}}) == "");
  BOOST_TEST(told({.successes = 0, .failures = 1, .results = {"validation-failure"}}) == "result");
  BOOST_TEST(told({.successes = 1}) == "count result");
}

BOOST_AUTO_TEST_CASE(certificates) {
  using enum CertificateClass;
  const auto told = [](CertificateClass what, const std::string& result) {
    const Told one{.type = "sts", .successes = 0, .failures = 1, .results = {result}};
    return turned_away(what, with_sts(one_mx()), Policy::mta_sts).post({one}).broken();
  };
  BOOST_TEST(told(expired, "certificate-expired") == "");
  BOOST_TEST(told(expired, "validation-failure") == "result");
  BOOST_TEST(told(wrong_host, "certificate-host-mismatch") == "");
  BOOST_TEST(told(wrong_host, "certificate-expired") == "result");
  BOOST_TEST(told(untrusted_ca, "certificate-not-trusted") == "");
  BOOST_TEST(told(self_signed, "validation-failure") == "");
  BOOST_TEST(told(self_signed, "starttls-not-supported") == "result");
}

BOOST_AUTO_TEST_CASE(a_policy_in_testing) {
  const auto told = [](CertificateClass what, const Told& one, const std::string& mx = "mx") {
    auto scenario = asking(with_sts(one_mx(), fakes::PolicyMode::testing, mx));
    scenario.hosts.front().receiver.certificate = what;
    return delivered(scenario, Policy::mta_sts).post({one}).broken();
  };
  using enum CertificateClass;
  const Told failed{
      .type = "sts", .successes = 0, .failures = 1, .results = {"certificate-expired"}};
  const Told unnamed{
      .type = "sts", .successes = 0, .failures = 1, .results = {"validation-failure"}};
  BOOST_TEST(told(good, {.type = "sts"}) == "");
  BOOST_TEST(told(good, {}) == "policy");
  BOOST_TEST(told(expired, failed) == "");
  BOOST_TEST(told(expired, {.type = "sts"}) == "count result");
  BOOST_TEST(told(good, unnamed, "other") == "");
  BOOST_TEST(told(good, {.type = "sts"}, "other") == "count result");
}

BOOST_AUTO_TEST_CASE(a_policy_that_cannot_be_had) {
  const auto told = [](auto change, const std::string& result) {
    auto scenario = asking(with_sts(one_mx()));
    change(scenario.sts.front());
    const Told fetch{.type = "sts", .successes = 0, .failures = 1, .results = {result}};
    return delivered(scenario, Policy::mta_sts).post({fetch, {}}).broken();
  };
  const auto refuses = [](auto& sts) { sts.reach = model::Reach::refuses; };
  const auto is_gone = [](auto& sts) { sts.host.answers.front().status = 404; };
  const auto untrusted = [](auto& sts) {
    sts.host.https.certificate = CertificateClass::untrusted_ca;
  };
  const auto malformed = [](auto& sts) { sts.host.answers.front().body = "version: STSv2\n"; };
  BOOST_TEST(told(refuses, "sts-policy-fetch-error") == "");
  BOOST_TEST(told(is_gone, "sts-policy-fetch-error") == "");
  BOOST_TEST(told(is_gone, "sts-policy-invalid") == "result");
  BOOST_TEST(told(untrusted, "sts-webpki-invalid") == "");
  BOOST_TEST(told(untrusted, "sts-policy-fetch-error") == "result");
  BOOST_TEST(told(malformed, "sts-policy-invalid") == "");
}

BOOST_AUTO_TEST_CASE(tlsa_records) {
  const auto told = [](model::Scenario scenario, Policy policy, const Told& one, bool connects) {
    Reported reported(asking(std::move(scenario)), policy);
    if (connects) reported.story().delivery();
    Told own = one;
    if (own.type == "tlsa") own.domain = "mx." + reported.domain();
    return reported.post({own}).broken();
  };
  BOOST_TEST(told(with_tlsa(one_mx()), Policy::dane, {.type = "tlsa"}, true) == "");
  BOOST_TEST(told(with_tlsa(one_mx()), Policy::dane, {}, true) == "policy");
  auto failing = with_tlsa(one_mx());
  failing.dns_faults = {{"_25._tcp.mx", "TLSA", fakes::DnsReply::servfail}};
  const Told invalid{.type = "tlsa", .successes = 0, .failures = 3, .results = {"dnssec-invalid"}};
  const Told other{.type = "tlsa", .successes = 0, .failures = 3, .results = {"tlsa-invalid"}};
  BOOST_TEST(told(failing, Policy::dane, invalid, false) == "");
  BOOST_TEST(told(failing, Policy::dane, other, false) == "result");
  const Told needed{.type = "tlsa", .successes = 0, .failures = 1, .results = {"dane-required"}};
  BOOST_TEST(told(one_mx(), Policy::dane_only, needed, false) == "");
}

BOOST_AUTO_TEST_CASE(lines_of_a_policy) {
  const auto told = [](std::vector<std::string> lines) {
    Reported reported = delivered(asking(with_sts(one_mx())), Policy::mta_sts);
    lines.insert(lines.begin() + 2, "mx: mx." + reported.domain());
    return reported.post({{.type = "sts", .lines = lines}}).broken();
  };
  BOOST_TEST(told({"version: STSv1", "mode: enforce", "max_age: 604800"}) == "");
  BOOST_TEST(told({"version:STSv1", "mode:enforce", "max_age: 604800"}) == "");
  BOOST_TEST(told({"version: STSv1", "mode: testing", "max_age: 604800"}) == "policy");
  BOOST_TEST(told({"version: STSv1\nmode: enforce", "max_age: 604800"}) == "policy");
}

BOOST_AUTO_TEST_CASE(places_of_failures) {
  const auto told = [](const std::string& host, const std::string& address) {
    Reported reported = turned_away(CertificateClass::expired, with_sts(one_mx()), Policy::mta_sts);
    const Told failed{.type = "sts",
                      .successes = 0,
                      .failures = 1,
                      .results = {"certificate-expired"},
                      .host = host.empty() ? host : host + "." + reported.domain(),
                      .address = address};
    return reported.post({failed}).broken();
  };
  BOOST_TEST(told("", "") == "");
  BOOST_TEST(told("MX", "") == "");
  BOOST_TEST(told("other", "") == "place");
  BOOST_TEST(told("mx", "198.51.100.7") == "place");
}

// A host behind one that took the mail is never looked at.
BOOST_AUTO_TEST_CASE(hosts_that_nobody_needs) {
  auto two = asking(several_mx({{}, {}}));
  two.secure = true;
  two.hosts.back().tlsa = {{}};
  two.dns_faults = {{"_25._tcp.mx2", "TLSA", fakes::DnsReply::servfail}};
  Reported reported(two, Policy::dane);
  reported.story().delivery("mx1");
  BOOST_TEST(reported.post({{}}).broken() == "");
}

BOOST_AUTO_TEST_CASE(lookups_of_the_record) {
  auto failing = asking(one_mx());
  failing.dns_faults = {{"_smtp._tls", "TXT", fakes::DnsReply::servfail}};
  BOOST_TEST(delivered(failing).broken() == "");
  BOOST_TEST(delivered(failing).post({{}}).broken() == "unasked");
  failing.dns_faults.front().nth = {1, 1};
  BOOST_TEST(delivered(failing).broken() == "");
  BOOST_TEST(delivered(failing).post({{}}).broken() == "");
  failing.dns_faults.front().type = "A";
  BOOST_TEST(delivered(failing).broken() == "missing");
}

// The sessions are the attacker's then.
BOOST_AUTO_TEST_CASE(nothing_is_said_under_attack) {
  const auto cell = cell_of(asking(one_mx()), Policy::may, model::Attacker::strip);
  Story story(cell);
  story.injected().delivery();
  story.add("server", 0, fakes::ServerFact{.kind = fakes::ServerFact::Kind::tls_report});
  BOOST_TEST(rules(story.classified(cell).outcome).find("report-") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
