// RFC 8689: what the oracle permits for messages that require TLS, or want none of its rules, and
// the rules of conduct that go with it.
#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::CertificateClass;
using fakes::ServerFact;
using model::Policy;

fakes::ReceiverSpec offering(CertificateClass certificate = CertificateClass::good) {
  fakes::ReceiverSpec receiver{.certificate = certificate};
  receiver.extensions.requiretls = true;
  return receiver;
}

model::Scenario required(model::Scenario scenario, bool secure = true) {
  scenario.messages.front().requiretls = true;
  scenario.secure = secure;
  return scenario;
}

model::Scenario optional(model::Scenario scenario) {
  scenario.messages.front().tls_optional = true;
  return scenario;
}

model::Scenario with_tlsa(model::Scenario scenario, model::TlsaRecord::Of of) {
  scenario.secure = true;
  scenario.hosts.front().tlsa = {{.usage = 3, .selector = 1, .matching = 1, .of = of, .rdata = {}}};
  return scenario;
}

std::string permitted(const model::Scenario& scenario, Policy policy = Policy::may) {
  return codes(ruling(cell_of(scenario, policy)));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(requiretls)

BOOST_AUTO_TEST_CASE(a_host_that_meets_it) {
  for (const Policy policy : {Policy::may, Policy::encrypt, Policy::verify, Policy::secure,
                              Policy::fingerprint, Policy::dane, Policy::mta_sts})
    BOOST_TEST(permitted(required(one_mx(offering())), policy) == "A");
  BOOST_TEST(permitted(required(one_mx(offering())), Policy::none) == "B");
}

BOOST_AUTO_TEST_CASE(what_is_missing) {
  using enum CertificateClass;
  BOOST_TEST(permitted(required(one_mx())) == "B");                       // not offered
  BOOST_TEST(permitted(required(one_mx(offering()), false)) == "B");      // MX not secure
  BOOST_TEST(permitted(required(one_mx(offering(self_signed)))) == "B");  // no trusted chain
  BOOST_TEST(permitted(required(one_mx(offering(wrong_host)))) == "B");   // another name
  BOOST_TEST(permitted(required(one_mx({.starttls = fakes::StartTls::no}))) == "B");
  // Pinned, and yet nobody vouches for the name.
  BOOST_TEST(permitted(required(one_mx(offering(self_signed))), Policy::fingerprint) == "B");
}

BOOST_AUTO_TEST_CASE(tlsa_records) {
  using Of = model::TlsaRecord::Of;
  using enum CertificateClass;
  const auto host = [](CertificateClass what, Of of) {
    return required(with_tlsa(one_mx(offering(what)), of));
  };
  BOOST_TEST(permitted(host(good, Of::leaf), Policy::dane) == "A");
  BOOST_TEST(permitted(host(self_signed, Of::leaf), Policy::dane) == "A/B");
  BOOST_TEST(permitted(host(good, Of::other), Policy::dane) == "B");
  BOOST_TEST(permitted(host(good, Of::other), Policy::may) == "A");
}

BOOST_AUTO_TEST_CASE(the_next_host) {
  const auto two = required(several_mx({{}, offering()}));
  BOOST_TEST(texts(ruling(cell_of(two, Policy::may))) == "delivered authenticated via mx2");
  auto unreachable = required(one_mx(offering()));
  unreachable.hosts.front().reach = model::Reach::refuses;
  BOOST_TEST(permitted(unreachable) == "D/B");
}

BOOST_AUTO_TEST_CASE(tls_required_no) {
  using Of = model::TlsaRecord::Of;
  const auto mismatch = optional(with_tlsa(one_mx(), Of::other));
  BOOST_TEST(permitted(mismatch, Policy::dane) == "E");
  BOOST_TEST(permitted(mismatch, Policy::dane_only) == "E/D");
  const auto plain = optional(with_tlsa(one_mx({.starttls = fakes::StartTls::no}), Of::leaf));
  BOOST_TEST(permitted(plain, Policy::dane) == "P");
  BOOST_TEST(permitted(plain, Policy::encrypt) == "P/D");
  BOOST_TEST(permitted(plain, Policy::none) == "P");
  // The parameter of MAIL counts more.
  BOOST_TEST(permitted(required(optional(one_mx()))) == "B");
}

BOOST_AUTO_TEST_CASE(c21_it_is_passed_on) {
  const auto cell = cell_of(required(one_mx(offering())), Policy::may);
  for (const bool says : {true, false}) {
    Story story(cell);
    story.injected().connect().ehlo().starttls().ehlo({"REQUIRETLS"});
    story.say(std::string("MAIL FROM:<") + sender + ">" + (says ? " REQUIRETLS" : ""));
    story.say("RCPT TO:<" + story.address() + ">").say("DATA", "354 go");
    story.here(fakes::ContentReceived{1, true, true, "hash", token}).dot().quit();
    BOOST_TEST(rules(story.classified(cell).outcome) == (says ? "" : "conduct/C21"));
  }
}

BOOST_AUTO_TEST_CASE(c22_its_reports) {
  const auto cell = cell_of(required(one_mx()), Policy::may);
  const auto told = [&](bool says, const std::string& body) {
    Story story(cell);
    story.injected().fact(ServerFact::Kind::bounced, "5.7.30");
    if (says) story.add("sink", 1, fakes::LineIn{"MAIL FROM:<> REQUIRETLS", true});
    story.report("Final-Recipient: rfc822; " + story.address() +
                 "\r\nAction: failed\r\nStatus: 5.7.30\r\n" + body);
    return rules(story.classified(cell).outcome);
  };
  BOOST_TEST(told(true, "") == "");
  BOOST_TEST(told(false, "") == "conduct/C22");
  BOOST_TEST(told(true, "\r\nWhoever can read this line could read the message: x") ==
             "conduct/C22");
}

BOOST_AUTO_TEST_CASE(c23_its_code) {
  const auto cell = cell_of(required(one_mx()), Policy::may);
  const auto told = [&](bool in_tls, const std::string& code) {
    Story story(cell);
    story.injected().connect().ehlo(in_tls ? std::vector<std::string>{"STARTTLS"}
                                           : std::vector<std::string>{"DSN"});
    if (in_tls) story.starttls().ehlo({"DSN"});
    story.quit().fact(ServerFact::Kind::bounced, code);
    story.add("sink", 1, fakes::LineIn{"MAIL FROM:<> REQUIRETLS", true});
    story.report("Final-Recipient: rfc822; " + story.address() +
                 "\r\nAction: failed\r\nStatus: " + code + "\r\n");
    return rules(story.classified(cell).outcome);
  };
  BOOST_TEST(told(true, "5.7.30") == "");
  BOOST_TEST(told(true, "5.7.1") == "advice/C23");
  BOOST_TEST(told(false, "5.7.10") == "");
  BOOST_TEST(told(false, "5.7.30") == "advice/C23");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
