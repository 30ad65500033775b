// A receiving peer to which clients authenticate (RFC 4954), and one that speaks LMTP (RFC 2033).
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "fakes/smtp/sasl.hpp"
#include "steps.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;
using Strings = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(receiver_login)

namespace {

ReceiverSpec with_login(OffersAuth offers = OffersAuth::always) {
  ReceiverSpec spec;
  spec.extensions.auth = offers;
  spec.extensions.mechanisms = {AuthMechanism::plain, AuthMechanism::login,
                                AuthMechanism::cram_md5};
  spec.demands_auth = true;
  spec.user = "tim";
  spec.password = "secret";
  return spec;
}

ReceiverSpec lmtp_peer() {
  ReceiverSpec spec;
  spec.lmtp = true;
  return spec;
}

const std::string good = to_base64(std::string("\0tim\0secret", 11));
const std::string bad = to_base64(std::string("\0tim\0secreT", 11));

}  // namespace

BOOST_AUTO_TEST_CASE(exchanges) {
  const struct {
    const char* name;
    Strings said;
    std::string answer;
  } rows[] = {
      {"plain", {"", "C:EHLO c", "C:AUTH PLAIN " + good}, "235 2.7.0 Authenticated | line"},
      {"plain, later",
       {"", "C:EHLO c", "C:AUTH PLAIN", "C:" + good},
       "235 2.7.0 Authenticated | line"},
      {"plain asks", {"", "C:EHLO c", "C:AUTH PLAIN ="}, "334  | line"},
      {"wrong",
       {"", "C:EHLO c", "C:AUTH PLAIN " + bad},
       "535 5.7.8 Authentication credentials invalid | line"},
      {"login",
       {"", "C:EHLO c", "C:auth login", "C:dGlt", "C:c2VjcmV0"},
       "235 2.7.0 Authenticated | line"},
      {"cancelled",
       {"", "C:EHLO c", "C:AUTH LOGIN", "C:*"},
       "501 5.7.0 Authentication cancelled | line"},
      {"not base64", {"", "C:EHLO c", "C:AUTH LOGIN", "C:!"}, "501 5.5.2 Not base64 | line"},
      {"at first", {"", "C:EHLO c", "C:AUTH PLAIN !"}, "501 5.5.2 Not base64 | line"},
      {"a command is no response",
       {"", "C:EHLO c", "C:AUTH LOGIN", "C:QUIT"},
       "334 UGFzc3dvcmQ6 | line"},
      {"unknown", {"", "C:EHLO c", "C:AUTH XOAUTH2 " + good}, "504 5.5.4 Unknown mechanism | line"},
      {"before EHLO", {"", "C:AUTH PLAIN " + good}, "503 5.5.1 Send EHLO first | line"},
      {"twice",
       {"", "C:EHLO c", "C:AUTH PLAIN " + good, "C:AUTH PLAIN " + good},
       "503 5.5.1 Authenticated already | line"},
      {"demanded",
       {"", "C:EHLO c", "C:MAIL FROM:<a@b>"},
       "530 5.7.0 Authentication required | line"},
      {"given",
       {"", "C:EHLO c", "C:AUTH PLAIN " + good, "C:MAIL FROM:<a@b>"},
       "250 2.1.0 OK | line"},
      {"refused",
       {"", "C:EHLO c", "C:AUTH PLAIN " + bad, "C:MAIL FROM:<a@b>"},
       "530 5.7.0 Authentication required | line"},
      {"forgotten inside TLS",
       {"", "C:EHLO c", "C:AUTH PLAIN " + good, "C:STARTTLS", "T:finished", "C:EHLO c",
        "C:MAIL FROM:<a@b>"},
       "530 5.7.0 Authentication required | line"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(Script(with_login()).play(row.said) == row.answer);
    }
}

BOOST_AUTO_TEST_CASE(a_digest) {
  Script script(with_login());
  const std::string asked = script.play({"", "C:EHLO c", "C:AUTH CRAM-MD5"});
  const std::string challenge = from_base64(asked.substr(4, asked.find(' ', 4) - 4)).value();
  BOOST_TEST(script.feed("C:" + to_base64("tim " + keyed_md5("secret", challenge))) ==
             "235 2.7.0 Authenticated | line");
}

BOOST_AUTO_TEST_CASE(only_inside_tls) {
  Script script(with_login(OffersAuth::in_tls));
  BOOST_TEST(script.play({"", "C:EHLO c"}).find("AUTH") == std::string::npos);
  BOOST_TEST(script.feed("C:AUTH PLAIN " + good) == "538 5.7.11 Encryption is required | line");
  script.play({"C:STARTTLS", "T:finished"});
  BOOST_TEST(script.feed("C:EHLO c").find("AUTH PLAIN LOGIN CRAM-MD5") != std::string::npos);
  BOOST_TEST(script.feed("C:AUTH PLAIN " + good) == "235 2.7.0 Authenticated | line");
  BOOST_TEST(Script({}).play({"", "C:EHLO c", "C:AUTH PLAIN " + good}) ==
             "502 5.5.1 AUTH is not offered | line");
}

BOOST_AUTO_TEST_CASE(rules_at_auth) {
  ReceiverSpec spec = with_login();
  spec.rules = {{"r",
                 {.position = SmtpPosition::auth, .nth = {1, 1}},
                 {Reply{.lines = {"454 4.7.0 later"}}}}};
  Script later(spec);
  BOOST_TEST(later.play({"", "C:EHLO c", "C:AUTH LOGIN"}) ==
             "note:fault(r) | 454 4.7.0 later | line");
  // It was no challenge: a command follows.
  BOOST_TEST(later.feed("C:NOOP") == "250 2.0.0 OK | line");
  spec.rules.front().actions = {Reply{.lines = {"235 2.7.0 whoever"}}};
  BOOST_TEST(Script(spec).play({"", "C:EHLO c", "C:AUTH PLAIN " + bad, "C:MAIL FROM:<a@b>"}) ==
             "250 2.1.0 OK | line");
}

BOOST_AUTO_TEST_CASE(lmtp_has_its_own_hello) {
  Script script(lmtp_peer());
  script.feed("");
  for (const char* hello : {"C:EHLO c", "C:HELO c"})
    BOOST_TEST(script.feed(hello) == "500 LHLO is spoken here | line");
  BOOST_TEST(script.feed("C:LHLO c").starts_with("250-mx.test / "));
  BOOST_TEST(Script({}).play({"", "C:LHLO c"}) == "500 LHLO is not spoken here | line");
}

BOOST_AUTO_TEST_CASE(lmtp_answers_for_each_recipient) {
  ReceiverSpec spec = lmtp_peer();
  spec.rules = {{"full",
                 {.position = SmtpPosition::end_of_data, .argument = "^two@"},
                 {Reply{.lines = {"452 4.2.2 full"}}}}};
  const Strings begun{"",
                      "C:LHLO c",
                      "C:MAIL FROM:<a@b>",
                      "C:RCPT TO:<one@e>",
                      "C:RCPT TO:<two@e>",
                      "C:RCPT TO:<three@e>",
                      "C:DATA"};
  Script script(spec);
  script.play(begun);
  BOOST_TEST(script.feed("D:x/./") ==
             "note:content(3,whole) | 250 2.0.0 Accepted | note:accepted(a@b>one@e) | "
             "note:fault(full) | 452 4.2.2 full | 250 2.0.0 Accepted | "
             "note:accepted(a@b>three@e) | line");
  BOOST_TEST(script.feed("C:MAIL FROM:<a@b>") == "250 2.1.0 OK | line");

  spec.rules.front().actions = {Close{}};
  Script leaves(spec);
  leaves.play(begun);
  BOOST_TEST(leaves.feed("D:x/./") ==
             "note:content(3,whole) | 250 2.0.0 Accepted | note:accepted(a@b>one@e) | "
             "note:fault(full) | end:fin");
}

BOOST_AUTO_TEST_CASE(lmtp_without_recipients) {
  Script script(lmtp_peer());
  const Strings begun{"", "C:LHLO c", "C:MAIL FROM:<a@b>", "C:DATA"};
  BOOST_TEST(script.play(begun) == "503 5.5.1 No valid recipients | line");
  // RFC 2033 4.2: none was accepted, so there is no reply.
  ReceiverSpec spec = lmtp_peer();
  spec.rules = {{"r", {.position = SmtpPosition::data}, {Reply{.lines = {"354 all the same"}}}}};
  Script asked(spec);
  asked.play(begun);
  BOOST_TEST(asked.feed("D:x/./") == "note:content(3,whole) | line");
  BOOST_TEST(asked.feed("C:QUIT") == "221 2.0.0 Bye | end:fin");
}

BOOST_AUTO_TEST_SUITE_END()
