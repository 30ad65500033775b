// Every invariant with a journal that breaks it and one that does not.
#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::ServerFact;
using model::Policy;

std::string invariants(const Story& story, Policy policy) {
  std::string result;
  for (const model::Violation& each : story.classified(cell_of(one_mx(), policy)).outcome.conduct)
    if (each.rule.starts_with("invariant/"))
      result += (result.empty() ? "" : " ") + each.rule.substr(10);
  return result;
}

Story story(Policy policy = Policy::may) {
  return Story(cell_of(one_mx(), policy));
}
const std::string mail_from = std::string("MAIL FROM:<") + sender + ">";

}  // namespace

BOOST_AUTO_TEST_SUITE(invariants_suite)

BOOST_AUTO_TEST_CASE(lost_and_duplicated) {
  BOOST_TEST(invariants(story().injected().fact(ServerFact::Kind::delivered), Policy::may) ==
             "lost");
  BOOST_TEST(invariants(story().injected().delivery(), Policy::may) == "");
  BOOST_TEST(invariants(story().injected().delivery().delivery("mx", 2), Policy::may) ==
             "duplicated");
  BOOST_TEST(invariants(story().injected().deferred_thrice(), Policy::may) == "");
}

BOOST_AUTO_TEST_CASE(plaintext_under_encrypt_and_above) {
  const auto clear = [](Policy p) { return story(p).injected().delivery("mx", 1, true); };
  const auto mail = [](Policy p) {
    return story(p).injected().connect().ehlo({}).say(mail_from, "451 no").quit().deferred_thrice();
  };
  const auto content = [](Policy p) {
    return story(p)
        .injected()
        .connect()
        .here(fakes::ContentReceived{1, false, false, "", token})
        .deferred_thrice();
  };
  const auto hello = [](Policy p) {
    return story(p).injected().connect().ehlo({}).quit().deferred_thrice();
  };
  for (const Policy policy :
       {Policy::encrypt, Policy::fingerprint, Policy::verify, Policy::secure}) {
    BOOST_TEST(invariants(clear(policy), policy) == "plaintext-under-encrypt");
    BOOST_TEST(invariants(mail(policy), policy) == "plaintext-under-encrypt");
    BOOST_TEST(invariants(content(policy), policy) == "plaintext-under-encrypt");
    BOOST_TEST(invariants(hello(policy), policy) == "");
    BOOST_TEST(invariants(story(policy).injected().delivery(), policy) == "");
  }
  for (const Policy policy : {Policy::none, Policy::may})
    BOOST_TEST(invariants(clear(policy), policy) == "");
}

BOOST_AUTO_TEST_CASE(credentials_in_clear) {
  const auto with = [](bool tls, const char* command) {
    Story result = story().injected().connect().ehlo({"AUTH PLAIN", "STARTTLS"});
    if (tls) result.starttls().ehlo({"AUTH PLAIN"});
    return result.say(command, "235 ok").mail().dot().quit();
  };
  BOOST_TEST(invariants(with(false, "AUTH PLAIN AGEAYg=="), Policy::may) == "auth-in-clear");
  BOOST_TEST(invariants(with(false, "auth login"), Policy::may) == "auth-in-clear");
  BOOST_TEST(invariants(with(true, "AUTH PLAIN AGEAYg=="), Policy::may) == "");
  BOOST_TEST(invariants(with(false, "NOOP AUTH"), Policy::may) == "");
}

BOOST_AUTO_TEST_CASE(what_was_learnt_before_tls) {
  const auto with = [](const std::vector<std::string>& before,
                       const std::vector<std::string>& after, const std::string& command) {
    return story()
        .injected()
        .connect()
        .ehlo(before)
        .starttls()
        .ehlo(after)
        .say(command)
        .quit()
        .deferred_thrice();
  };
  const struct {
    std::vector<std::string> before, after;
    std::string command;
    const char* expected;
  } rows[] = {
      {{"SIZE 1000", "STARTTLS"}, {}, mail_from + " SIZE=10", "learnt-before-tls"},
      {{"SIZE", "STARTTLS"}, {"SIZE"}, mail_from + " SIZE=10", ""},
      {{"STARTTLS"}, {}, mail_from + " SIZE=10", ""},  // made up, but not learnt
      {{"8BITMIME", "STARTTLS"}, {}, mail_from + " body=8bitmime", "learnt-before-tls"},
      {{"BINARYMIME", "STARTTLS"}, {}, mail_from + " BODY=BINARYMIME", "learnt-before-tls"},
      {{"SMTPUTF8", "STARTTLS"}, {}, mail_from + " SMTPUTF8", "learnt-before-tls"},
      {{"REQUIRETLS", "STARTTLS"}, {}, mail_from + " REQUIRETLS", "learnt-before-tls"},
      {{"AUTH PLAIN", "STARTTLS"}, {}, mail_from + " AUTH=<>", "learnt-before-tls"},
      {{"AUTH=LOGIN", "STARTTLS"}, {}, "AUTH LOGIN", "learnt-before-tls"},
      {{"CHUNKING", "STARTTLS"}, {}, "BDAT 10 LAST", "learnt-before-tls"},
      {{"DSN", "STARTTLS"}, {}, "RCPT TO:<a@b> NOTIFY=NEVER", "learnt-before-tls"},
      {{"DSN", "STARTTLS"}, {}, "RCPT TO:<a@b> ORCPT=rfc822;a@b", "learnt-before-tls"},
      {{"DSN", "STARTTLS"}, {}, mail_from + " RET=HDRS", "learnt-before-tls"},
      {{"DSN", "STARTTLS"}, {}, mail_from + " ENVID=1", "learnt-before-tls"},
      {{"DSN", "STARTTLS"}, {"DSN"}, mail_from + " ENVID=1", ""},
      {{"DSNX", "STARTTLS"}, {}, mail_from + " ENVID=1", ""},
      {{"SIZE", "STARTTLS"}, {}, "NOOP x SIZE=10", ""},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.command)
  BOOST_TEST(invariants(with(row.before, row.after, row.command), Policy::may) == row.expected);
}

BOOST_AUTO_TEST_CASE(what_was_injected_before_tls) {
  const auto with = [](const std::string& injected) {
    return story()
        .injected()
        .connect()
        .ehlo()
        .say("STARTTLS", "")
        .here(fakes::BytesOut{injected, false})
        .here(fakes::ClientHelloSeen{})
        .here(fakes::TlsEstablished{"TLSv1.3", ""})
        .here(fakes::LineIn{"EHLO x", true})
        .here(fakes::LineOut{"250 mx", true})
        .here(fakes::LineIn{"AUTH PLAIN AGE=", true})
        .deferred_thrice();
  };
  BOOST_TEST(invariants(with("220 go\r\n250-mx\r\n250 AUTH PLAIN\r\n"), Policy::may) ==
             "learnt-before-tls");
  BOOST_TEST(invariants(with("220 go\r\n"), Policy::may) == "");
}

// Without an EHLO inside TLS, nothing was learnt there.
BOOST_AUTO_TEST_CASE(no_ehlo_inside_tls) {
  BOOST_TEST(invariants(story()
                            .injected()
                            .connect()
                            .ehlo({"SIZE", "STARTTLS"})
                            .starttls()
                            .say(mail_from + " SIZE=1")
                            .deferred_thrice(),
                        Policy::may) == "learnt-before-tls");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
