// Receivers with several certificates, or with a stapled OCSP response: what may become of the
// mail, and of what a client is accused that met one of them.
#include <boost/test/unit_test.hpp>

#include "build.hpp"
#include "harness/judge/oracle.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::CertificateChoice;
using fakes::CertificateClass;
using fakes::ReceiverSpec;
using fakes::ServerName;
using fakes::Staple;
using model::Policy;

// none | may | encrypt | fingerprint | verify | secure
std::string row_of(const ReceiverSpec& receiver, model::Attacker attacker = model::Attacker::none) {
  std::string row;
  for (std::size_t i = 0; i < 6; ++i)
    row += (i > 0 ? " | " : "") +
           codes(ruling(cell_of(one_mx(receiver), model::policies[i], attacker)));
  return row;
}

ReceiverSpec showing(CertificateClass what, std::vector<CertificateChoice> choices) {
  ReceiverSpec receiver{.certificate = what};
  receiver.certificates = std::move(choices);
  return receiver;
}

// The stories tell one session, not the whole way of a message.
std::string accused_of(const Story& story, const model::Cell& cell) {
  std::string result;
  for (const model::Violation& each : story.classified(cell).outcome.conduct)
    if (!each.rule.starts_with("invariant/")) result += each.rule;
  return result;
}

const auto expired_first = showing(CertificateClass::good, {{CertificateClass::expired, {1, 1}}});

}  // namespace

BOOST_AUTO_TEST_SUITE(shown)

BOOST_AUTO_TEST_CASE(what_may_become_of_the_mail) {
  using enum CertificateClass;
  const std::string good_row = "P | E | E | A | A | A";
  const std::string open_row = "P | E | E | A | A/D | A/D";
  const std::string refused_row = "P | E | E | A | D | D";
  const std::string may_fail_row = "P | P/E/D | E/D | A/D | A/D | A/D";
  const fakes::TlsSpec rsa_alone{.max = fakes::TlsVersion::tls1_2,
                                 .ciphers = "ECDHE-RSA-AES128-GCM-SHA256"};
  const struct {
    const char* name;
    ReceiverSpec receiver;
    std::string row;
  } rows[] = {
      {"a good staple", {.staple = Staple::good}, good_row},
      {"a bad one ends the handshake of who asked", {.staple = Staple::revoked}, may_fail_row},
      {"so does an old one", {.staple = Staple::expired}, may_fail_row},
      {"unasked", {.staple = Staple::unsolicited}, may_fail_row},
      {"must-staple without", {.certificate = must_staple}, open_row},
      {"must-staple with", {.certificate = must_staple, .staple = Staple::good}, good_row},
      {"revoked", {.certificate = revoked}, open_row},
      {"revoked, a good staple", {.certificate = revoked, .staple = Staple::good}, open_row},
      {"two keys", {.second_certificate = rsa_2048}, good_row},
      {"two keys, one expired", {.certificate = expired, .second_certificate = rsa_2048}, open_row},
      {"both bad", {.certificate = expired, .second_certificate = expired}, refused_row},
      {"the expired one is in nobody's reach",
       {.certificate = expired, .second_certificate = rsa_2048, .tls = rsa_alone},
       good_row},
      {"no key for its ciphers", {.tls = rsa_alone}, "P | P/D | D | D | D | D"},
      {"good where the host is named", showing(self_signed, {{good, {}, ServerName::own}}),
       open_row},
      {"good where nothing is named", showing(good, {{wrong_host, {}, ServerName::own}}), open_row},
      {"good whatever is sent",
       showing(expired, {{good, {}, ServerName::none},
                         {good, {}, ServerName::own},
                         {good, {}, ServerName::other}}),
       good_row},
      {"only secure names another", showing(good, {{expired, {}, ServerName::other}}),
       "P | E | E | A | A | A/D"},
      {"the first that fits counts",
       showing(good, {{rsa_2048, {}, ServerName::any}, {expired, {}, ServerName::own}}), good_row},
      {"better at the second attempt", expired_first, good_row},
      {"too late for a sender that gives up", showing(good, {{expired, {1, 2}}}),
       "P | E | E | A | A/D | A/D"},
      {"never better", showing(good, {{expired, {1, 9}}}), refused_row},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(row_of(row.receiver) == row.row);
}

// Whatever the honest host shows and staples: its impostor has one certificate for all.
BOOST_AUTO_TEST_CASE(impostors_show_one_to_all) {
  const ReceiverSpec receivers[] = {
      {.staple = Staple::unsolicited},
      {.second_certificate = CertificateClass::rsa_2048},
      expired_first,
      showing(CertificateClass::expired, {{CertificateClass::good, {}, ServerName::own}})};
  for (const ReceiverSpec& receiver : receivers)
    for (const auto attacker :
         {model::Attacker::impostor_self_signed, model::Attacker::impostor_other_name})
      BOOST_TEST(row_of(receiver, attacker) == "P | E | E | D | D | D");
}

BOOST_AUTO_TEST_CASE(the_rows_that_decide) {
  const auto row = [](const ReceiverSpec& receiver) {
    return ruling(cell_of(one_mx(receiver), Policy::verify)).row;
  };
  BOOST_TEST(row({.staple = Staple::expired}).starts_with("2.9f "));
  BOOST_TEST(row({.staple = Staple::unsolicited}).starts_with("2.9g "));
  BOOST_TEST(row({.certificate = CertificateClass::revoked}).starts_with("2.9 "));
  BOOST_TEST(row({.second_certificate = CertificateClass::rsa_2048}).starts_with("2.10b "));
  BOOST_TEST(
      row(showing(CertificateClass::good, {{CertificateClass::expired, {}, ServerName::own}}))
          .starts_with("2.10 "));
  BOOST_TEST(row(expired_first) == "2.4 expired certificate");
}

BOOST_AUTO_TEST_CASE(staples_are_heeded) {
  const auto conduct = [](Policy policy, Staple staple, bool asked, bool stapled, bool mail) {
    const model::Cell cell = cell_of(one_mx({.staple = staple}), policy);
    Story story(cell);
    fakes::ClientHelloSeen hello;
    hello.status_request = asked;
    fakes::CertificatePresented shown;
    shown.stapled = stapled;
    story.injected().connect().ehlo().say("STARTTLS", "220 go").here(hello).here(shown);
    story.here(fakes::TlsEstablished{"TLSv1.3", ""});
    const auto inside = [&](const char* command, const char* reply) {
      story.here(fakes::LineIn{command, true}).here(fakes::LineOut{reply, true});
    };
    inside("EHLO x", "250 mx");
    if (mail) inside("MAIL FROM:<a@b>", "250 ok");
    inside("QUIT", "221 bye");
    return accused_of(story, cell);
  };
  const std::string accused = "conduct/staple";
  for (const Policy policy : {Policy::may, Policy::encrypt, Policy::verify, Policy::secure}) {
    const bool authenticates = policy >= Policy::verify;
    for (const Staple staple : {Staple::revoked, Staple::expired}) {
      BOOST_TEST(conduct(policy, staple, true, true, true) == (authenticates ? accused : ""));
      BOOST_TEST(conduct(policy, staple, true, true, false) == "");
      BOOST_TEST(conduct(policy, staple, false, false, true) == "");
    }
    BOOST_TEST(conduct(policy, Staple::good, true, true, true) == "");
    BOOST_TEST(conduct(policy, Staple::unsolicited, true, true, true) == "");
    BOOST_TEST(conduct(policy, Staple::unsolicited, false, true, true) == accused);
  }
}

// C4 accuses by the certificate that the session was shown.
BOOST_AUTO_TEST_CASE(the_certificate_of_the_session_counts) {
  const auto conduct = [](const ReceiverSpec& receiver, const char* sni, std::uint32_t connection) {
    const model::Cell cell = cell_of(one_mx(receiver), Policy::verify);
    Story story(cell);
    const std::string name = std::string_view(sni) == "own" ? "mx." + cell.domain() : sni;
    story.injected().connect("mx", connection).ehlo().say("STARTTLS", "220 go");
    story.here(fakes::ClientHelloSeen{name, ""}).here(fakes::TlsEstablished{"TLSv1.3", ""});
    for (const char* command : {"EHLO x", "MAIL FROM:<a@b>", "QUIT"})
      story.here(fakes::LineIn{command, true}).here(fakes::LineOut{"250 ok", true});
    return accused_of(story, cell);
  };
  BOOST_TEST(conduct(expired_first, "", 1) == "conduct/C4");
  BOOST_TEST(conduct(expired_first, "", 2) == "");
  const auto named =
      showing(CertificateClass::expired, {{CertificateClass::good, {}, ServerName::own}});
  BOOST_TEST(conduct(named, "own", 1) == "");
  BOOST_TEST(conduct(named, "", 1) == "conduct/C4");
  BOOST_TEST(conduct(named, "elsewhere.test", 1) == "conduct/C4");
  const ReceiverSpec two{.certificate = CertificateClass::expired,
                         .second_certificate = CertificateClass::rsa_2048};
  BOOST_TEST(conduct(two, "own", 1) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
