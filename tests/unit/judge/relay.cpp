// Relays: what the oracle permits, and the journals of AUTH, of TLS from the first byte and of
// LMTP.
#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::AuthMechanism;
using fakes::CertificateClass;
using fakes::OffersAuth;
using fakes::Service;
using fakes::SmtpPosition;
using model::Login;
using model::Policy;

struct Setup {
  Service service = Service::submission;
  Login login = Login::good;
  OffersAuth offers = OffersAuth::in_tls;
  std::vector<AuthMechanism> mechanisms = {AuthMechanism::plain};
  CertificateClass certificate = CertificateClass::good;
  bool starttls = true;
  bool demands = true;
};

model::Scenario scenario_of(const Setup& setup) {
  model::Scenario scenario;
  scenario.id = "s";
  model::Host host{.name = "relay"};
  host.receiver.certificate = setup.certificate;
  host.receiver.starttls = setup.starttls ? fakes::StartTls::yes : fakes::StartTls::no;
  host.receiver.implicit_tls = setup.service == Service::submissions;
  host.receiver.lmtp = setup.service == Service::lmtp;
  host.receiver.extensions.auth = setup.offers;
  host.receiver.extensions.mechanisms = setup.mechanisms;
  host.receiver.demands_auth = setup.demands;
  scenario.hosts = {std::move(host)};
  scenario.relay = {"relay", setup.service, setup.login};
  return scenario;
}

std::string permitted(const Setup& setup, Policy policy) {
  return codes(ruling(cell_of(scenario_of(setup), policy)));
}

std::string rules_of(const Setup& setup, Policy policy, const std::vector<std::string>& said) {
  const model::Cell cell = cell_of(scenario_of(setup), policy);
  Story story(cell);
  const std::string auth = "AUTH PLAIN CRAM-MD5";
  const bool in_tls = said.front() == "TLS";
  story.injected().connect("relay").ehlo({"STARTTLS", in_tls ? "HELP" : auth});
  for (const std::string& line : said)
    line == "TLS" ? story.starttls() : line == "EHLO c" ? story.ehlo({auth}) : story.say(line);
  story.quit().deferred_thrice();
  return rules(story.classified(cell).outcome);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(relay)

// P E A delivered in plaintext, encrypted, authenticated; D deferred; B bounced.
BOOST_AUTO_TEST_CASE(logins) {
  using enum Policy;
  const Setup plain, digest{.mechanisms = {AuthMechanism::cram_md5}},
      bad{.certificate = CertificateClass::self_signed}, nobody{.login = Login::none},
      wrong{.login = Login::wrong_password}, free{.demands = false},
      clear{.offers = OffersAuth::always, .starttls = false},
      clear_digest{
          .offers = OffersAuth::always, .mechanisms = {AuthMechanism::cram_md5}, .starttls = false};
  const struct {
    const char* name;
    const Setup& setup;
    Policy policy;
    const char* codes;
  } rows[] = {
      {"a verifying policy must log in", plain, verify, "A"},
      {"a pin is as good", plain, fingerprint, "A"},
      {"one that verifies nobody may", plain, encrypt, "E/D/B"},
      {"not to whom it does not know", bad, encrypt, "D/B"},
      {"not to an impostor", bad, verify, "D"},
      {"but to its own pin", bad, fingerprint, "A"},
      {"a digest, where it has one", digest, verify, "A/D/B"},
      {"a digest tells nobody the password", {digest}, encrypt, "E/D/B"},
      {"no password in clear", clear, may, "D/B"},
      {"a digest in clear", clear_digest, may, "P/D/B"},
      {"without TLS", clear, encrypt, "D"},
      {"without a login", nobody, verify, "B"},
      {"with a wrong one", wrong, verify, "D/B"},
      {"where none is asked for", free, encrypt, "E/D"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(permitted(row.setup, row.policy) == row.codes);
    }
}

BOOST_AUTO_TEST_CASE(routes) {
  Setup setup{
      .service = Service::smtp, .login = Login::none, .offers = OffersAuth::no, .demands = false};
  model::Scenario scenario = scenario_of(setup);
  scenario.hosts.push_back({.name = "mx"});
  scenario.mx = {{.target = "mx"}};
  BOOST_TEST(texts(ruling(cell_of(scenario, Policy::may))) == "delivered encrypted via relay");
  scenario.mx = {{.target = ".", .preference = 0}};
  BOOST_TEST(codes(ruling(cell_of(scenario, Policy::may))) == "E");
  // secure looks for the relay's name, and the domain's own will not do.
  setup.certificate = CertificateClass::domain_only;
  BOOST_TEST(permitted(setup, Policy::secure) == "D");
  setup.certificate = CertificateClass::host_only;
  BOOST_TEST(permitted(setup, Policy::secure) == "A");
  setup = {.service = Service::submissions};
  BOOST_TEST(permitted(setup, Policy::verify) == "A");
  setup.certificate = CertificateClass::expired;
  BOOST_TEST(permitted(setup, Policy::verify) == "D");
  model::Scenario talks_first = scenario_of({.service = Service::submissions});
  talks_first.hosts.front().receiver.implicit_tls = false;
  BOOST_TEST(codes(ruling(cell_of(talks_first, Policy::encrypt))) == "D");
}

BOOST_AUTO_TEST_CASE(lmtp_recipients) {
  model::Scenario scenario =
      scenario_of({.service = Service::lmtp, .login = Login::none, .demands = false});
  scenario.messages.front().recipients = {"a", "b"};
  fakes::Rule full = on(SmtpPosition::end_of_data, {line("452 4.2.2 full")});
  full.when.argument = "^b@";
  scenario.hosts.front().receiver.rules = {full};
  const model::Cell cell = cell_of(scenario, Policy::none);
  BOOST_TEST(texts(ruling(cell)) == "a delivered plaintext via relay, b deferred");
  scenario.hosts.front().receiver.lmtp = false;
  BOOST_TEST(codes(ruling(cell_of(scenario, Policy::none))) == "D/B");
}

BOOST_AUTO_TEST_CASE(passwords) {
  const Setup good, bad{.certificate = CertificateClass::self_signed};
  const struct {
    const char* name;
    const Setup& setup;
    Policy policy;
    std::vector<std::string> said;
    const char* rules;
  } rows[] = {
      {"verified", good, Policy::verify, {"TLS", "EHLO c", "AUTH PLAIN x"}, ""},
      {"in clear", good, Policy::may, {"AUTH PLAIN x"}, "invariant/auth-in-clear"},
      {"a digest in clear", good, Policy::may, {"AUTH CRAM-MD5"}, ""},
      {"to anybody", bad, Policy::encrypt, {"TLS", "EHLO c", "AUTH LOGIN"}, "conduct/C19"},
      {"a digest to anybody", bad, Policy::encrypt, {"TLS", "EHLO c", "AUTH CRAM-MD5"}, ""},
      {"to its own pin", bad, Policy::fingerprint, {"TLS", "EHLO c", "AUTH PLAIN x"}, ""},
      {"to an impostor",
       bad,
       Policy::verify,
       {"TLS", "AUTH PLAIN x"},
       "conduct/C12 conduct/C2 conduct/C4 conduct/C19"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(rules_of(row.setup, row.policy, row.said) == row.rules);
    }
}

BOOST_AUTO_TEST_CASE(a_response_is_no_command) {
  const model::Cell cell = cell_of(scenario_of({}), Policy::verify);
  Story story(cell);
  story.injected().connect("relay").ehlo().starttls().ehlo({"AUTH LOGIN"});
  // Were it one, something would have been said behind QUIT.
  story.say("AUTH LOGIN", "334 VXNlcm5hbWU6").say("QUIT", "334 UGFzc3dvcmQ6").say("x", "535 no");
  story.quit().deferred_thrice();
  BOOST_TEST(rules(story.classified(cell).outcome) == "");
  // And that the client leaves then is no failure of TLS.
  BOOST_TEST((story.classified(cell).outcome.recipients.front().cause == model::Cause::none));
}

BOOST_AUTO_TEST_CASE(other_hosts) {
  model::Scenario scenario = scenario_of({});
  scenario.hosts.push_back({.name = "mx"});
  scenario.mx = {{.target = "mx"}};
  const model::Cell cell = cell_of(scenario, Policy::may);
  Story story(cell);
  story.injected().delivery("mx");
  BOOST_TEST(rules(story.classified(cell).outcome) == "conduct/C20");
}

BOOST_AUTO_TEST_CASE(tls_first) {
  const model::Cell cell = cell_of(scenario_of({.service = Service::submissions}), Policy::verify);
  Story story(cell);
  story.injected().add("relay", 1, fakes::Connected{"127.0.0.2:465", "127.0.0.1:1"});
  story.add("relay", 1, fakes::ClientHelloSeen{"relay." + story.domain(), ""})
      .add("relay", 1, fakes::TlsFailed{"server-hello", "peer closed"})
      .deferred();
  // An impostor that is turned away within the handshake proves something.
  const auto outcome = story.classified(cell).outcome.recipients.front();
  BOOST_REQUIRE(!outcome.attempts.empty());
  BOOST_TEST((outcome.attempts.front().stage == model::Stage::starttls));
}

BOOST_AUTO_TEST_CASE(tls_first_to_who_talks_first) {
  const model::Cell cell = cell_of(scenario_of({.service = Service::submissions}), Policy::verify);
  Story story(cell);
  // By chance all that the ClientHello was cut into is answered.
  story.injected().connect("relay").say("\x16\x03\x01 x", "500 what").closed().deferred_thrice();
  BOOST_TEST(rules(story.classified(cell).outcome) == "");
}

BOOST_AUTO_TEST_CASE(lmtp_journal) {
  model::Scenario scenario =
      scenario_of({.service = Service::lmtp, .login = Login::none, .demands = false});
  scenario.messages.front().recipients = {"a", "b"};
  const model::Cell cell = cell_of(scenario, Policy::none);
  Story story(cell);
  story.injected("a").injected("b").connect("relay").say("LHLO c", "250 r");
  story.say(std::string("MAIL FROM:<") + sender + ">");
  for (const char* each : {"a", "b"})
    story.say("RCPT TO:<" + story.address(each) + ">");
  story.say("DATA", "354 go").here(fakes::ContentReceived{10, true, false, "", token});
  story.reply("250 2.0.0 ok")
      .here(fakes::MessageAccepted{sender, {story.address("a")}, token, "", false, "", "", ""});
  story.reply("452 4.2.2 full");
  story.fact(fakes::ServerFact::Kind::delivered, "2.0.0", "ok", "a");
  for (int i = 0; i < 3; ++i)
    story.fact(fakes::ServerFact::Kind::deferred, "4.2.2", "full", "b");
  story.quit().removed_by_rig();
  const auto recipients = story.classified(cell).outcome.recipients;
  BOOST_TEST((recipients.at(0).delivery == model::Delivery::delivered));
  BOOST_TEST((recipients.at(1).delivery == model::Delivery::deferred));
  BOOST_REQUIRE(!recipients.at(1).attempts.empty());
  BOOST_TEST(recipients.at(1).attempts.front().reply == "452 4.2.2 full");
  BOOST_TEST((recipients.at(1).attempts.front().stage == model::Stage::final_dot));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
