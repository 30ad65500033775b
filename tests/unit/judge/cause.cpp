// Why, in the words of RFC 8460.
#include "harness/judge/cause.hpp"

#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::ServerFact;
using model::Policy;

// Its domain speaks of certificates: what the log says about it is to be read without that.
const model::Cell& cell() {
  static const model::Cell result = [] {
    model::Scenario scenario = one_mx();
    scenario.id = "self-signed/has-expired";
    return cell_of(scenario, Policy::verify);
  }();
  return result;
}

std::string cause_name(const Story& story) {
  return std::string(name(story.classified(cell()).outcome.recipients.at(0).cause));
}

Story begun() {
  return Story(cell()).injected().connect().ehlo();
}
Story failed(fakes::TlsAlert alert) {
  return begun()
      .say("STARTTLS", "220 go")
      .here(fakes::ClientHelloSeen{})
      .here(std::move(alert))
      .here(fakes::TlsFailed{"server-hello", "peer closed"})
      .closed();
}

struct CauseRow {
  const char* name;
  Story story;
  const char* expected;
};

void check(const std::vector<CauseRow>& rows) {
  for (const CauseRow& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(cause_name(row.story) == row.expected);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cause)

BOOST_AUTO_TEST_CASE(what_a_receiver_sees) {
  check({
      {"delivered", Story(cell()).injected().delivery(), "none"},
      {"delivered in clear", Story(cell()).injected().delivery("mx", 1, true), "none"},
      {"not offered",
       Story(cell()).injected().connect().ehlo({}).quit().deferred_thrice("4.7.4",
                                                                          "TLS is required"),
       "starttls-not-supported"},
      {"HELO only",
       Story(cell())
           .injected()
           .connect()
           .say("EHLO x", "500 no")
           .say("HELO x")
           .quit()
           .deferred_thrice(),
       "starttls-not-supported"},
      {"EHLO refused", Story(cell()).injected().connect().say("EHLO x", "421 no").deferred_thrice(),
       "none"},
      {"refused", begun().say("STARTTLS", "454 no").quit().deferred_thrice(),
       "starttls-not-supported"},
      {"refused, then in clear", begun().say("STARTTLS", "454 no").mail().dot().quit(),
       "starttls-not-supported"},
      {"handshake failed",
       begun()
           .say("STARTTLS", "220 go")
           .here(fakes::TlsFailed{"client-hello", "no shared cipher"})
           .deferred_thrice(),
       "validation-failure"},
      {"closed behind 220",
       begun().say("STARTTLS", "220 go").closed(fakes::Closed::How::local_fin).deferred_thrice(),
       "validation-failure"},
      {"alert: expired", failed({false, 2, 45, "certificate_expired"}).deferred_thrice(),
       "certificate-expired"},
      {"alert: unknown CA", failed({false, 2, 48, "unknown_ca"}).deferred_thrice(),
       "certificate-not-trusted"},
      {"alert: bad certificate", failed({false, 2, 42, "bad_certificate"}).deferred_thrice(),
       "certificate-not-trusted"},
      {"alert: something else", failed({false, 2, 80, "internal_error"}).deferred_thrice(),
       "validation-failure"},
      {"alert of our own", failed({true, 2, 45, "certificate_expired"}).deferred_thrice(),
       "validation-failure"},
  });
}

BOOST_AUTO_TEST_CASE(what_only_the_server_knows) {
  check({
      {"left behind TLS", Story(cell()).injected().turned_away().deferred_thrice("4.7.5", "no"),
       "validation-failure"},
      {"left, as it says: name",
       Story(cell()).injected().turned_away().deferred_thrice("4.7.5",
                                                              "certificate does not match"),
       "certificate-host-mismatch"},
      {"left, as a note says",
       Story(cell())
           .injected()
           .turned_away()
           .fact(ServerFact::Kind::note, "", "certificate has expired")
           .deferred_thrice("4.7.5", "Server certificate not verified"),
       "certificate-expired"},
      {"left, as the line of a note says",
       Story(cell())
           .injected()
           .turned_away()
           .add("server", 0, fakes::ServerLine{"smtp: self-signed certificate"})
           .fact(ServerFact::Kind::note)
           .deferred_thrice("4.7.5", "not verified"),
       "certificate-not-trusted"},
      {"a TLS fact is not a reason",
       Story(cell())
           .injected()
           .turned_away()
           .fact(ServerFact::Kind::tls, "", "Untrusted")
           .deferred_thrice("4.7.5", "not verified"),
       "validation-failure"},
      {"what another attempt says later",
       Story(cell())
           .injected()
           .turned_away()
           .deferred("4.7.5", "not verified")
           .deferred("4.7.5", "has expired")
           .deferred("4.7.5", "has expired"),
       "validation-failure"},
      {"our own name is no reason",
       Story(cell()).injected().turned_away().deferred_thrice("4.7.5",
                                                              "mx." + cell().domain() + " no"),
       "validation-failure"},
      {"a reply is not about TLS",
       begun()
           .starttls()
           .ehlo({})
           .say(std::string("MAIL FROM:<") + sender + ">", "451 4.7.1 no")
           .quit()
           .deferred_thrice("4.7.1", "said: handshake"),
       "none"},
      {"never reached", Story(cell()).injected().deferred_thrice("4.4.1", "Connection refused"),
       "none"},
      {"never reached, for TLS",
       Story(cell()).injected().deferred_thrice("4.7.4",
                                                "TLS is required, but was not offered by host"),
       "starttls-not-supported"},
      {"left in clear without a word", Story(cell()).injected().connect("mx", 1, "").closed(),
       "unspecified"},
  });
}

BOOST_AUTO_TEST_CASE(words) {
  const struct {
    const char* text;
    model::Cause expected;
  } rows[] = {
      {"certificate has expired", model::Cause::certificate_expired},
      {"5.7.322 certificate-expired", model::Cause::certificate_expired},
      {"certificate is not yet valid", model::Cause::certificate_not_trusted},
      {"num=62:hostname mismatch", model::Cause::certificate_host_mismatch},
      {"certificate-host-mismatch", model::Cause::certificate_host_mismatch},
      {"self-signed certificate", model::Cause::certificate_not_trusted},
      {"self signed certificate in chain", model::Cause::certificate_not_trusted},
      {"unable to get local issuer certificate", model::Cause::certificate_not_trusted},
      {"untrusted issuer", model::Cause::certificate_not_trusted},
      {"tlsv1 alert unknown ca", model::Cause::certificate_not_trusted},
      {"Server certificate not verified", model::Cause::validation_failure},
      {"Cannot start TLS: handshake failure", model::Cause::validation_failure},
      {"fingerprint differs", model::Cause::validation_failure},
      {"TLS is required, but host mx refused to start TLS: 454",
       model::Cause::starttls_not_supported},
      {"Connection refused", model::Cause::unspecified},
      {"", model::Cause::unspecified},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.text)
  BOOST_TEST((cause_in_words(row.text) == row.expected));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
