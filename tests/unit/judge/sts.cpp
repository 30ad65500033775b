// MTA-STS: what the oracle reads in a policy and in a record, and what it permits by that.
#include <boost/test/unit_test.hpp>

#include <functional>
#include <stdexcept>

#include "build.hpp"
#include "harness/judge/conduct.hpp"
#include "harness/judge/sts.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::CertificateClass;
using fakes::PolicyMode;
using model::Policy;
using Mode = StsView::Mode;

model::Scenario published(std::vector<std::string> mx, PolicyMode mode = PolicyMode::enforce,
                          fakes::ReceiverSpec receiver = {}) {
  model::Scenario scenario = one_mx(std::move(receiver));
  model::StsPublication sts;
  sts.host.answers.front().mx = std::move(mx);
  sts.host.answers.front().mode = mode;
  scenario.sts = {sts};
  return scenario;
}

model::Scenario changed(model::Scenario scenario,
                        const std::function<void(model::StsPublication&)>& change) {
  change(scenario.sts.front());
  return scenario;
}

std::string permits(const model::Scenario& scenario, Policy policy = Policy::mta_sts) {
  return codes(ruling(cell_of(scenario, policy)));
}

model::Scenario with_record(model::Scenario scenario, std::vector<std::string> texts) {
  scenario.sts.front().record = false;
  for (std::string& text : texts)
    scenario.records.push_back({.name = "_mta-sts", .type = "TXT", .data = std::move(text)});
  return scenario;
}

std::string worth(std::string_view body) {
  constexpr const char* words[] = {"no", "maybe", "yes"};
  return words[static_cast<int>(read_sts_policy(body).valid)];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sts)

BOOST_AUTO_TEST_CASE(texts_of_policies) {
  const std::pair<const char*, const char*> rows[] = {
      {"version: STSv1\r\nmode: enforce\r\nmx: mx.a.test\r\nmax_age: 60\r\n", "yes"},
      {"version:STSv1\nmode:none\nmax_age:0", "yes"},
      {"mx: a\nmax_age: 1\nmode: testing \nversion: STSv1\n", "yes"},
      {"version: STSv1\nmode: none\nmode: what\nmax_age: 1\n", "yes"},
      {"version: STSv1\nmode: enforce\nmax_age: 60\n", "no"},
      {"version: STSv2\nmode: none\nmax_age: 60\n", "no"},
      {"mode: none\nmax_age: 60\n", "no"},
      {"version: STSv1\nmode: None\nmax_age: 60\n", "no"},
      {"version: STSv1\nmode: none\n", "no"},
      {"version: STSv1\nmode: none\nmax_age: \n", "no"},
      {"version: STSv1\nmode: none\nmax_age: -1\n", "no"},
      {"version: STSv1\nmode: none\nmax_age: 12345678901\n", "no"},
      {"version: STSv1\nmode: none\nmax_age: 31557600\n", "yes"},
      {"version: STSv1\nmode: none\nmax_age: 31557601\n", "maybe"},
      {"version: STSv1\nmode: enforce\nmx: .a.test\nmax_age: 1\n", "maybe"},
      {"version: STSv1\nmode: enforce\nmx: m*.a.test\nmax_age: 1\n", "maybe"},
      {"version: STSv1\nmode: none\nmax_age: 60\nwhat\n", "maybe"},
      {"", "no"},
  };
  for (const auto& [body, expected] : rows)
    BOOST_TEST(worth(body) == expected, body);
}

BOOST_AUTO_TEST_CASE(patterns) {
  const StsView view{.mode = Mode::enforce, .mx = {"mx.a.test", "*.b.test"}};
  for (const char* host : {"mx.a.test", "MX.A.test", "x.b.test"})
    BOOST_TEST(sts_names(view, host), host);
  for (const char* host : {"a.test", "y.mx.a.test", "b.test", "x.y.b.test", ".b.test", ""})
    BOOST_TEST(!sts_names(view, host), host);
}

// P E A delivered in plaintext, encrypted, authenticated; D deferred.
BOOST_AUTO_TEST_CASE(rows) {
  const auto with = [](const char* what) {
    for (const auto& entry : fakes::certificate_catalogue())
      if (entry.word == what) return fakes::ReceiverSpec{.certificate = entry.what};
    throw std::invalid_argument(what);
  };
  const auto other = published({"other"});
  const auto host = [&](const std::function<void(model::StsPublication&)>& change) {
    return changed(other, change);
  };
  const auto answer = [&](const std::function<void(fakes::PolicyAnswer&)>& change) {
    return changed(other, [&](auto& sts) { change(sts.host.answers.front()); });
  };
  const fakes::ReceiverSpec plain{.starttls = fakes::StartTls::no};
  const struct {
    const char* row;
    model::Scenario scenario;
    const char* codes;
  } rows[] = {
      {"1", published({"mx"}, PolicyMode::enforce, plain), "D"},
      {"1t", published({"mx"}, PolicyMode::testing, plain), "P"},
      {"2", published({"mx"}), "A"},
      {"3", published({"mx"}, PolicyMode::enforce, with("self-signed")), "D"},
      {"6e", published({"mx"}, PolicyMode::enforce, with("cn-only")), "D"},
      {"6g", published({"mx"}, PolicyMode::enforce, with("wildcard")), "A/D"},
      {"20", other, "D"},
      {"20t", published({"other"}, PolicyMode::testing), "E"},
      {"20b", published({"other", "mx"}), "A"},
      {"20h", published({"*.@"}), "A"},
      {"20k", published({".@"}), "E/D"},
      {"21", host([](auto& sts) { sts.reach = model::Reach::refuses; }), "E"},
      {"21a", host([](auto& sts) { sts.published = false; }), "E"},
      {"21d", answer([](auto& each) { each.status = 302; }), "E"},
      {"21f", answer([](auto& each) { each.status = 204; }), "E"},
      {"21g", answer([](auto& each) { each.content_type = "text/html"; }), "E/D"},
      {"21g+", answer([](auto& each) { each.content_type = "Text/Plain; charset=x"; }), "D"},
      {"21h", answer([](auto& each) { each.body_bytes_min = 70'000; }), "E/D"},
      {"22", host([](auto& sts) { sts.host.https.certificate = CertificateClass::expired; }), "E"},
      {"22a", host([](auto& sts) { sts.host.https.certificate = CertificateClass::wildcard; }),
       "D"},
      {"22b", answer([](auto& each) { each.body = "version: STSv1"; }), "E"},
      {"22c", answer([](auto& each) { each.line_end = fakes::LineEnd::lf; }), "D"},
      {"22d", answer([](auto& each) { each.max_age_seconds = 31'557'601; }), "E/D"},
      {"22e", answer([](auto& each) { each.max_age_seconds = 0; }), "E/D"},
      {"22g", with_record(other, {"\"v=STSv1; id=1;\"", "\"v=STSv1; id=2;\""}), "E"},
      {"22h", with_record(other, {"\"v=spf1 -all\"", "\"v=STSv1; id=1;\""}), "D"},
      {"22i", with_record(other, {"\"v=STSv1; i\" \"d=1;\""}), "D"},
      {"22j", with_record(other, {"\"v=STSv1;\""}), "E"},
      {"22k", with_record(other, {"\"v=STSv1 ; id=1;\""}), "E/D"},
      {"22m", host([](auto& sts) { sts.record = false; }), "E"},
      {"23", published({"other"}, PolicyMode::none), "E"},
  };
  for (const auto& each : rows)
    BOOST_TEST_CONTEXT("row " << each.row) {
      BOOST_TEST(permits(each.scenario) == each.codes);
      // And nothing of it concerns who does not know MTA-STS.
      BOOST_TEST(permits(each.scenario, Policy::none) == "P");
    }
  model::Scenario failing = other;
  failing.dns_faults = {
      {.name = "_mta-sts", .type = "TXT", .reply = fakes::DnsReply::servfail, .nth = {}}};
  BOOST_TEST(permits(failing) == "E/D");
}

// Section 5: DANE decides where it authenticates, or ought to.
BOOST_AUTO_TEST_CASE(beside_dane) {
  const auto with_tlsa = [](model::Scenario scenario, model::TlsaRecord record) {
    scenario.hosts.front().tlsa = {record};
    scenario.secure = true;
    return scenario;
  };
  const model::TlsaRecord right, wrong{.of = model::TlsaRecord::Of::other}, unusable{.usage = 9};
  const auto good = published({"mx"}), fails = published({"other"});
  const auto testing = published({"other"}, PolicyMode::testing);
  const auto both = [](const model::Scenario& scenario) {
    return permits(scenario, Policy::dane_mta_sts);
  };
  BOOST_TEST(both(with_tlsa(good, right)) == "A");
  BOOST_TEST(both(with_tlsa(fails, right)) == "A/D");
  BOOST_TEST(both(with_tlsa(testing, right)) == "A");
  BOOST_TEST(both(with_tlsa(one_mx(), right)) == "A");
  for (const auto& scenario : {good, fails, testing, one_mx()})
    BOOST_TEST(both(with_tlsa(scenario, wrong)) == "D");
  BOOST_TEST(both(with_tlsa(good, unusable)) == "A");
  BOOST_TEST(both(with_tlsa(fails, unusable)) == "D");
  BOOST_TEST(both(with_tlsa(testing, unusable)) == "E");
  BOOST_TEST(both(good) == "A");
  BOOST_TEST(both(fails) == "D");
  BOOST_TEST(both(testing) == "E");
  BOOST_TEST(both(one_mx()) == "E");
}

BOOST_AUTO_TEST_CASE(kept) {
  const auto two = [](model::StsPublication first, std::function<void(model::StsPublication&)> turn,
                      std::chrono::milliseconds wait = std::chrono::milliseconds(0)) {
    model::Scenario scenario = one_mx();
    scenario.messages.push_back(
        {.id = "m2", .recipients = {"second"}, .later = true, .wait = wait});
    scenario.sts = {first, first};
    scenario.sts[1].from = "m2";
    turn(scenario.sts[1]);
    std::string said;
    for (const StsView& view : sts_views(cell_of(scenario, Policy::mta_sts), "@", 1)) {
      if (!said.empty()) said += ", ";
      said +=
          view.mode == Mode::none ? "none" : view.mx.front().substr(0, view.mx.front().find('.'));
    }
    return said;
  };
  model::StsPublication old;
  old.host.answers.front().mx = {"old"};
  const auto renew = [](model::StsPublication& sts) { sts.host.answers.front().mx = {"new"}; };
  BOOST_TEST(two(old, [](auto&) {}) == "old");
  BOOST_TEST(two(old, [](auto& sts) { sts.record = false; }) == "old");
  BOOST_TEST(two(old, [](auto& sts) {
               sts.id = "2";
               sts.reach = model::Reach::refuses;
             }) == "old");
  BOOST_TEST(two(old, [&](auto& sts) {
               renew(sts);
               sts.id = "2";
             }) == "new");
  BOOST_TEST(two(old, renew) == "old, new");
  model::StsPublication short_lived = old;
  short_lived.host.answers.front().max_age_seconds = 1;
  const auto gone = [](auto& sts) { sts.record = false; };
  BOOST_TEST(two(short_lived, gone, std::chrono::seconds(2)) == "none");
  BOOST_TEST(two(short_lived, gone) == "old, none");
}

BOOST_AUTO_TEST_CASE(conduct) {
  const model::Scenario good = published({"mx"});
  const auto cell = cell_of(good, Policy::mta_sts);
  const auto session = [&](const std::string& sni) {
    Story story(cell);
    story.injected().connect().ehlo().starttls();
    for (fakes::Event& event : story.events)
      if (auto* hello = std::get_if<fakes::ClientHelloSeen>(&event.body)) hello->sni = sni;
    return story.ehlo({}).quit().deferred_thrice();
  };
  const auto broken = [](const model::Scenario& scenario, const Story& story) {
    return rules(story.classified(cell_of(scenario, Policy::mta_sts)).outcome);
  };
  BOOST_TEST(broken(good, session("mx." + cell.domain())) == "");
  BOOST_TEST(broken(good, session("")) == "conduct/C1-sts");
  BOOST_TEST(broken(published({"mx"}, PolicyMode::testing), session("")) == "");
  Story clear(cell);
  clear.injected().connect().ehlo().say(std::string("MAIL FROM:<") + sender + ">").quit();
  clear.deferred_thrice();
  BOOST_TEST(broken(good, clear) == "invariant/plaintext-under-encrypt");
  BOOST_TEST(broken(published({"mx"}, PolicyMode::none), clear) == "");
}

// C10: no redirect is followed, and who failed waits.
BOOST_AUTO_TEST_CASE(c9_a_return_comes_behind_a_lookup) {
  const auto told = [](const model::Scenario& scenario, bool asks) {
    const model::Cell cell = cell_of(scenario, Policy::mta_sts);
    Story story(cell);
    const fakes::DnsQuery query{
        .name = "_mta-sts." + story.domain(), .type = "TXT", .rcode = "NOERROR"};
    story.injected();
    if (asks) story.add("dns", 0, query);
    story.connect().ehlo({"DSN"}).quit();
    story.fact(fakes::ServerFact::Kind::bounced, "5.7.4");
    story.report("Final-Recipient: rfc822; " + story.address() +
                 "\r\nAction: failed\r\nStatus: 5.7.4\r\n");
    return rules(story.classified(cell).outcome);
  };
  const fakes::ReceiverSpec plain{.starttls = fakes::StartTls::no};
  BOOST_TEST(told(published({"mx"}, PolicyMode::enforce, plain), false) == "conduct/C9");
  BOOST_TEST(told(published({"mx"}, PolicyMode::enforce, plain), true) == "");
  BOOST_TEST(told(published({"mx"}, PolicyMode::testing, plain), false) == "");
}

BOOST_AUTO_TEST_CASE(policy_hosts_are_asked_with_care) {
  const model::Scenario scenario = published({"mx"}, PolicyMode::enforce);
  const model::Cell cell = cell_of(scenario, model::Policy::mta_sts);
  const auto broken = [&](std::vector<fakes::HttpRequest> requests) {
    std::vector<fakes::Event> journal;
    for (auto& request : requests)
      journal.push_back({std::chrono::seconds(journal.size()), "mta-sts", 1, std::move(request)});
    const Facts facts = facts_of(cell);
    const std::vector<judge::Session> sessions;
    std::vector<model::Violation> violations;
    check_sts_conduct({"@", model::Policy::mta_sts, facts, journal, sessions}, {}, violations);
    std::string rules;
    for (const auto& each : violations)
      rules += each.rule + " ";
    return rules;
  };
  const std::string policy(fakes::policy_target);
  const auto get = [](std::string target, int status) {
    return fakes::HttpRequest{.method = "GET", .target = std::move(target), .status = status};
  };
  BOOST_TEST(broken({get(policy, 200), get(policy, 200)}) == "");
  BOOST_TEST(broken({get(policy, 404)}) == "");
  BOOST_TEST(broken({get(policy, 301), get("/moved", 404)}) == "conduct/C10 ");
  BOOST_TEST(broken({get(policy, 404), get(policy, 404)}) == "advice/C10 ");
  BOOST_TEST(broken({get(policy, 0), get(policy, 200)}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
