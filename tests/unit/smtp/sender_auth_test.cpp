// AUTH as a sending peer speaks it, to the byte.
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "dialogue.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;
using Turns = std::vector<Turn>;

BOOST_AUTO_TEST_SUITE(sender_auth)

namespace {

SenderSpec spec_of(AuthMechanism mechanism, bool good, bool in_clear = false) {
  SenderSpec spec;
  spec.auth = AuthSpec{mechanism, good, in_clear};
  return spec;
}

const Turns in_tls = {{"", "reply"},
                      {"220 mx", "EHLO me.test | reply"},
                      {"250-mx/250 STARTTLS", "STARTTLS | reply"},
                      {"220 go", "handshake:finished"},
                      {"TLS", "EHLO me.test | reply"}};
const std::string offer = "250-mx/250 AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2";
const std::string mail = "MAIL FROM:<a1@b.test> | reply";

Turns then(Turns before, const Turns& after) {
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

}  // namespace

// RFC 4616 4 has the user "tim" with the password "tanstaaftanstaaf", and so has the CRAM-MD5
// example of RFC 2195 2.
BOOST_AUTO_TEST_CASE(plain) {
  check(spec_of(AuthMechanism::plain, true), envelopes(1),
        then(in_tls,
             {{offer, "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm | reply"}, {"235 welcome", mail}}),
        "disconnected");
  check(spec_of(AuthMechanism::plain, false), envelopes(2),
        then(in_tls, {{offer, "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFmLXdyb25n | reply"},
                      {"535 no", "QUIT | reply"},
                      {"221 bye", "drain"}}),
        "refused 535, not_tried");
}

BOOST_AUTO_TEST_CASE(login) {
  for (const bool good : {true, false})
    check(spec_of(AuthMechanism::login, good), envelopes(1),
          then(in_tls, {{offer, "AUTH LOGIN | reply"},
                        {"334 VXNlcm5hbWU6", "dGlt | reply"},
                        {"334 UGFzc3dvcmQ6", good ? "dGFuc3RhYWZ0YW5zdGFhZg== | reply"
                                                  : "dGFuc3RhYWZ0YW5zdGFhZi13cm9uZw== | reply"},
                        {"235 welcome", mail}}),
          "disconnected");
}

BOOST_AUTO_TEST_CASE(cram_md5) {
  check(spec_of(AuthMechanism::cram_md5, true), envelopes(1),
        then(in_tls, {{offer, "AUTH CRAM-MD5 | reply"},
                      {"334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+",
                       "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw | reply"},
                      {"235 welcome", mail}}),
        "disconnected");
  Client bad(spec_of(AuthMechanism::cram_md5, false));
  for (const Turn& turn : in_tls)
    bad.feed(turn.server);
  bad.feed(offer);
  const std::string answer =
      bad.feed("334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+");
  BOOST_TEST(answer.starts_with("dGltI"));
  BOOST_TEST(answer != "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw | reply");
}

BOOST_AUTO_TEST_CASE(challenges_that_are_no_base64) {
  for (const char* challenge : {"334 ", "334 =", "334 ===", "334 ====", "334 A", "334 AA=A",
                                "334-QUFB/334 QUFB", "334 \xff\xff\xff\xff", "334 -"}) {
    BOOST_TEST_CONTEXT(challenge) {
      Client client(spec_of(AuthMechanism::cram_md5, true));
      for (const Turn& turn : in_tls)
        client.feed(turn.server);
      client.feed(offer);
      BOOST_TEST(client.feed(challenge).starts_with("dGltI"));
    }
  }
}

BOOST_AUTO_TEST_CASE(xoauth2) {
  const std::string asked =
      "AUTH XOAUTH2 dXNlcj10aW0BYXV0aD1CZWFyZXIgdGFuc3RhYWZ0YW5zdGFhZgEB | reply";
  check(spec_of(AuthMechanism::xoauth2, true), envelopes(1),
        then(in_tls, {{offer, asked}, {"235 welcome", mail}}), "disconnected");
  // The error stands in a challenge, which is answered by an empty line.
  check(spec_of(AuthMechanism::xoauth2, true), envelopes(1),
        then(in_tls, {{offer, asked},
                      {"334 eyJzdGF0dXMiOiI0MDAifQ==", " | reply"},
                      {"535 no", "QUIT | reply"}}),
        "refused 535");
}

BOOST_AUTO_TEST_CASE(a_server_that_never_stops_asking_is_left) {
  check(spec_of(AuthMechanism::login, true), envelopes(1),
        then(in_tls, {{offer, "AUTH LOGIN | reply"},
                      {"334 a", "dGlt | reply"},
                      {"334 b", "dGFuc3RhYWZ0YW5zdGFhZg== | reply"},
                      {"334 c", "dGFuc3RhYWZ0YW5zdGFhZg== | reply"},
                      {"334 d", "dGFuc3RhYWZ0YW5zdGFhZg== | reply"},
                      {"334 e", "QUIT | reply"}}),
        "refused 334");
}

BOOST_AUTO_TEST_CASE(no_password_outside_tls) {
  const Turns asked = {{"", "reply"}, {"220 mx", "EHLO me.test | reply"}};
  check(spec_of(AuthMechanism::plain, true), envelopes(2), then(asked, {{offer, "QUIT | reply"}}),
        "given_up, given_up");
  // Who says it in clear does not look for an offer.
  for (const std::string& hello : {offer, std::string("250 mx")})
    check(spec_of(AuthMechanism::login, true, true), envelopes(1),
          then(asked, {{hello, "AUTH LOGIN | reply"}, {"538 no", "QUIT | reply"}}), "refused 538");
}

BOOST_AUTO_TEST_CASE(auth_that_is_not_offered) {
  check(spec_of(AuthMechanism::plain, true), envelopes(2),
        then(in_tls, {{"250 mx", "QUIT | reply"}}), "given_up, given_up");
}

BOOST_AUTO_TEST_CASE(a_server_that_closes_at_auth) {
  check(spec_of(AuthMechanism::plain, true), envelopes(2),
        then(in_tls,
             {{offer, "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm | reply"}, {"421 no", "end:fin"}}),
        "refused 421, not_tried");
}

BOOST_AUTO_TEST_CASE(auth_as_a_step) {
  SenderSpec spec = spec_of(AuthMechanism::login, true);
  spec.segment = Segmentation::per_byte;
  spec.pace = std::chrono::milliseconds(3);
  Utterance auth;
  auth.says = {Say::auth};
  spec.steps = {auth, Close{}};
  check(spec, envelopes(1),
        {{"", "reply"},
         {"220 mx", "AUTH LOGIN after 3 per byte | reply"},
         {"334 a", "dGlt after 3 per byte | reply"},
         {"235 welcome", "end:fin"}},
        "given_up");
  // Without auth= it is PLAIN, with the peer's own password.
  spec.auth.reset();
  check(spec, envelopes(1),
        {{"", "reply"},
         {"220 mx", "AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm after 3 per byte | reply"},
         {"535 no", "QUIT after 3 per byte | reply"}},
        "refused 535");
}

BOOST_AUTO_TEST_SUITE_END()
