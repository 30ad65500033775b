// An honest receiving peer: what it says to each command in each state.
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "steps.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;
using Strings = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(honest)

namespace {

const Strings hello{"", "C:EHLO c"};
const Strings mail{"", "C:EHLO c", "C:MAIL FROM:<a@b>"};
const Strings rcpt{"", "C:EHLO c", "C:MAIL FROM:<a@b>", "C:RCPT TO:<d@e>"};
const Strings data{"", "C:EHLO c", "C:MAIL FROM:<a@b>", "C:RCPT TO:<d@e>", "C:DATA"};
const Strings in_tls{"", "C:EHLO c", "C:STARTTLS", "T:finished"};

Strings then(Strings before, const Strings& after) {
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

struct Row {
  Strings before;
  std::string input;
  std::string expected;
};

void check(const ReceiverSpec& spec, const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.input << " after " << row.before.size() << " inputs") {
      Script script(spec);
      script.play(row.before);
      BOOST_TEST(script.feed(row.input) == row.expected);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(greeting_and_hello) {
  check({}, {
                {{}, "", "220 mx.test ESMTP | line"},
                {{""},
                 "C:EHLO c",
                 "250-mx.test / 250-PIPELINING / 250-SIZE 33554432 / 250-STARTTLS / "
                 "250-ENHANCEDSTATUSCODES / 250-8BITMIME / 250-DSN / 250 SMTPUTF8 | line"},
                {{""}, "C:HELO c", "250 mx.test | line"},
                {{""}, "C:EHLO", "501 Syntax: EHLO hostname | line"},
                {{""}, "C:HELO a b", "501 Syntax: HELO hostname | line"},
                {mail, "C:EHLO c",
                 "250-mx.test / 250-PIPELINING / 250-SIZE 33554432 / 250-STARTTLS / "
                 "250-ENHANCEDSTATUSCODES / 250-8BITMIME / 250-DSN / 250 SMTPUTF8 | line"},
            });
}

BOOST_AUTO_TEST_CASE(only_what_is_on_is_announced) {
  ReceiverSpec spec;
  spec.starttls = StartTls::no;
  spec.extensions = {false, false, false, false, false, 0};
  check(spec,
        {
            {{""}, "C:EHLO c", "250 mx.test | line"},
            {hello, "C:STARTTLS", "502 STARTTLS is not offered | line"},
            {hello, "C:MAIL FROM:<a@b> SIZE=5", "555 Unsupported parameter SIZE | line"},
            {hello, "C:MAIL FROM:<a@b> BODY=7BIT", "555 Unsupported parameter BODY | line"},
            {hello, "C:MAIL FROM:<a@b> RET=FULL", "555 Unsupported parameter RET | line"},
            {hello, "C:MAIL FROM:<a@b> SMTPUTF8", "555 Unsupported parameter SMTPUTF8 | line"},
            {mail, "C:RCPT TO:<a@b> NOTIFY=NEVER", "555 Unsupported parameter NOTIFY | line"},
            {mail, "C:RCPT TO:<a@b>", "250 OK | line"},
        });
}

BOOST_AUTO_TEST_CASE(commands_and_their_order) {
  check({}, {
                {{""}, "C:MAIL FROM:<a@b>", "503 5.5.1 Send EHLO first | line"},
                {hello, "C:mail from:<a@b>", "250 2.1.0 OK | line"},
                {hello, "C:MAIL FROM:<>", "250 2.1.0 OK | line"},
                {mail, "C:MAIL FROM:<a@b>", "503 5.5.1 Nested MAIL | line"},
                {hello, "C:MAIL FROM:a@b", "501 5.1.7 Bad address syntax | line"},
                {hello, "C:RCPT TO:<d@e>", "503 5.5.1 Need MAIL first | line"},
                {mail, "C:RCPT TO:<d@e>", "250 2.1.5 OK | line"},
                {mail, "C:RCPT TO:d", "501 5.1.3 Bad address syntax | line"},
                {hello, "C:DATA", "503 5.5.1 Need MAIL first | line"},
                {mail, "C:DATA", "554 5.5.1 No valid recipients | line"},
                {rcpt, "C:DATA now", "501 5.5.4 No parameters allowed | line"},
                {rcpt, "C:DATA", "354 End data with <CR><LF>.<CR><LF> | content"},
                {rcpt, "C:RSET", "250 2.0.0 OK | line"},
                {then(rcpt, {"C:RSET"}), "C:DATA", "503 5.5.1 Need MAIL first | line"},
                {then(rcpt, {"C:RSET"}), "C:MAIL FROM:<a@b>", "250 2.1.0 OK | line"},
                {then(rcpt, {"C:EHLO c"}), "C:DATA", "503 5.5.1 Need MAIL first | line"},
                {{""}, "C:NOOP ignored", "250 2.0.0 OK | line"},
                {{""}, "C:VRFY a", "252 2.1.5 Send some mail, it may arrive | line"},
                {{""}, "C:VRFY", "501 5.5.4 Syntax: VRFY address | line"},
                {{""}, "C:AUTH PLAIN x", "502 5.5.1 AUTH is not offered | line"},
                {{""}, "C:BDAT 1 LAST", "502 5.5.1 BDAT is not offered | line"},
                {{""}, "C:FOO", "500 5.5.2 Command not recognized | line"},
                {{""}, "C:", "500 5.5.2 Command not recognized | line"},
                {{""}, "C:QUIT now", "501 5.5.4 No parameters allowed | line"},
                {{""}, "C:quit", "221 2.0.0 Bye | end:fin"},
                {mail, "C:QUIT", "221 2.0.0 Bye | end:fin"},
                {{""}, "long", "500 5.5.2 Line too long | end:fin"},
            });
}

BOOST_AUTO_TEST_CASE(parameters) {
  const Strings helo{"", "C:HELO c"};
  const std::string utf8 = "C:MAIL FROM:<\xc3\xa4@b>";
  check({},
        {
            {hello, "C:MAIL FROM:<a@b> SIZE=33554432", "250 2.1.0 OK | line"},
            {hello, "C:MAIL FROM:<a@b> SIZE=33554433",
             "552 5.3.4 Message exceeds the size limit | line"},
            {hello, "C:MAIL FROM:<a@b> SIZE=99999999999999999999",
             "552 5.3.4 Message exceeds the size limit | line"},
            {hello, "C:MAIL FROM:<a@b> SIZE=999999999999999999999",
             "501 5.5.4 Bad value of SIZE | line"},
            {hello, "C:MAIL FROM:<a@b> SIZE=x", "501 5.5.4 Bad value of SIZE | line"},
            {hello, "C:MAIL FROM:<a@b> BODY=8bitmime", "250 2.1.0 OK | line"},
            {hello, "C:MAIL FROM:<a@b> BODY=BINARYMIME", "501 5.5.4 Bad value of BODY | line"},
            {hello, "C:MAIL FROM:<a@b> RET=HDRS ENVID=x", "250 2.1.0 OK | line"},
            {hello, "C:MAIL FROM:<a@b> RET=ALL", "501 5.5.4 Bad value of RET | line"},
            {hello, "C:MAIL FROM:<a@b> ENVID", "501 5.5.4 Bad value of ENVID | line"},
            {hello, "C:MAIL FROM:<a@b> FOO=1", "555 5.5.4 Unsupported parameter FOO | line"},
            {hello, utf8, "553 5.6.7 Address needs SMTPUTF8 | line"},
            {hello, utf8 + " SMTPUTF8", "250 2.1.0 OK | line"},
            {hello, "C:MAIL FROM:<a@b> SMTPUTF8=1", "501 5.5.4 Bad value of SMTPUTF8 | line"},
            {helo, "C:MAIL FROM:<a@b> SIZE=1", "555 5.5.4 Parameters need EHLO | line"},
            {mail, "C:RCPT TO:<d@e> NOTIFY=SUCCESS,delay", "250 2.1.5 OK | line"},
            {mail, "C:RCPT TO:<d@e> NOTIFY=NEVER,DELAY", "501 5.5.4 Bad value of NOTIFY | line"},
            {mail, "C:RCPT TO:<d@e> ORCPT=rfc822;d@e", "250 2.1.5 OK | line"},
            {mail, "C:RCPT TO:<d@e> ORCPT=d@e", "501 5.5.4 Bad value of ORCPT | line"},
            {mail, "C:RCPT TO:<\xc3\xa4@b>", "553 5.6.7 Address needs SMTPUTF8 | line"},
            {{"", "C:EHLO c", "C:MAIL FROM:<a@b> SMTPUTF8"},
             "C:RCPT TO:<\xc3\xa4@b>",
             "250 2.1.5 OK | line"},
        });
}

BOOST_AUTO_TEST_CASE(content) {
  check({}, {
                {data, "D:.", "content"},
                {data, "D:x/./",
                 "note:content(3,whole) | 250 2.0.0 Accepted | note:accepted(a@b>d@e) | line"},
                {data, "D:./",
                 "note:content(0,whole) | 250 2.0.0 Accepted | note:accepted(a@b>d@e) | line"},
                {then(data, {"D:x/"}), "D:./",
                 "note:content(3,whole) | 250 2.0.0 Accepted | note:accepted(a@b>d@e) | line"},
                {then(data, {"D:x/"}), "gone", "note:content(3,part)"},
                {data, "gone", "note:content(0,part)"},
                {then(data, {"D:x/./"}), "gone", ""},
                {then(data, {"D:x/./"}), "C:RCPT TO:<x@y>", "503 5.5.1 Need MAIL first | line"},
                {then(data, {"D:x/./"}), "C:MAIL FROM:<n@m>", "250 2.1.0 OK | line"},
                {rcpt, "gone", ""},
            });
  Script two({});
  two.play(then(rcpt, {"C:RCPT TO:<f@g>", "C:DATA"}));
  BOOST_TEST(two.feed("D:./") ==
             "note:content(0,whole) | 250 2.0.0 Accepted | note:accepted(a@b>d@e,f@g) | line");
}

BOOST_AUTO_TEST_CASE(content_knows_where_it_ends) {
  Script script({});
  script.play(data);
  std::size_t used = 0;
  script.session().content("x\r\n.\r\nQUIT\r\n", used);
  BOOST_TEST(used == 6u);
}

BOOST_AUTO_TEST_CASE(limits) {
  SessionLimits limits{.content_bytes_max = 4, .content_kept_bytes = 2, .commands_max = 3};
  Script many({}, 1, true, limits);
  many.play({"", "C:NOOP", "C:NOOP", "C:NOOP"});
  BOOST_TEST(many.feed("C:NOOP") == "421 4.7.0 Too many commands | end:fin");

  limits.commands_max = 10;
  Script big({}, 1, true, limits);
  big.play(data);
  BOOST_TEST(big.feed("D:12345") == "note:content(5,part) | 421 4.3.4 Too many bytes | end:fin");

  ReceiverSpec small;
  small.extensions.size_bytes = 2;
  Script announced(small);
  announced.play(data);
  BOOST_TEST(announced.feed("D:123/./") ==
             "note:content(5,whole) | 552 5.3.4 Message exceeds the size limit | line");

  Script crowd({});
  crowd.play(mail);
  for (std::size_t i = 0; i < recipients_max; ++i)
    crowd.feed("C:RCPT TO:<d@e>");
  BOOST_TEST(crowd.feed("C:RCPT TO:<d@e>") == "452 4.5.3 Too many recipients | line");
}

BOOST_AUTO_TEST_CASE(what_is_accepted_is_told_whole) {
  Script script({}, 1, true, SessionLimits{.content_kept_bytes = 20});
  script.play(data);
  std::size_t used = 0;
  Steps steps = script.session().content("X-Smtprig-Token: t1\r\n\r\n..x\r\n.\r\n", used);
  const auto& content = std::get<ContentReceived>(std::get<step::Note>(steps[0]).body);
  const auto& accepted = std::get<MessageAccepted>(std::get<step::Note>(steps[2]).body);
  BOOST_TEST(content.token == "t1");
  BOOST_TEST(content.bytes == 27u);
  BOOST_TEST(!content.tls);
  BOOST_TEST(accepted.token == "t1");
  BOOST_TEST(accepted.sha256 == content.sha256);
  BOOST_TEST(accepted.sha256.size() == 64u);
  BOOST_TEST(accepted.content == "X-Smtprig-Token: t1\r");
}

BOOST_AUTO_TEST_CASE(starttls) {
  check({}, {
                {hello, "C:STARTTLS x", "501 5.5.4 No parameters allowed | line"},
                {hello, "C:STARTTLS", "220 2.0.0 Ready to start TLS | handshake:finished"},
                {{"", "C:EHLO c", "C:STARTTLS"}, "T:finished", "line"},
                {{"", "C:EHLO c", "C:STARTTLS"}, "gone", ""},
                // RFC 3207 4.2: what was said before TLS is forgotten.
                {in_tls, "C:MAIL FROM:<a@b>", "503 5.5.1 Send EHLO first | line"},
                {in_tls, "C:EHLO c",
                 "250-mx.test / 250-PIPELINING / 250-SIZE 33554432 / 250-ENHANCEDSTATUSCODES / "
                 "250-8BITMIME / 250-DSN / 250 SMTPUTF8 | line"},
                {in_tls, "C:STARTTLS", "503 5.5.1 TLS is active already | line"},
                {then(rcpt, {"C:STARTTLS", "T:finished", "C:EHLO c"}), "C:DATA",
                 "503 5.5.1 Need MAIL first | line"},
            });
}

BOOST_AUTO_TEST_CASE(tls_is_required) {
  ReceiverSpec spec;
  spec.require_tls = true;
  const std::string refusal = "530 5.7.0 Must issue a STARTTLS command first | line";
  check(spec, {
                  {{}, "", "220 mx.test ESMTP | line"},
                  {{""}, "C:HELO c", refusal},
                  {hello, "C:MAIL FROM:<a@b>", refusal},
                  {hello, "C:RCPT TO:<a@b>", refusal},
                  {hello, "C:DATA", refusal},
                  {hello, "C:RSET", refusal},
                  {hello, "C:VRFY a", refusal},
                  {hello, "C:AUTH PLAIN", refusal},
                  {hello, "C:FOO", refusal},
                  {hello, "C:NOOP", "250 2.0.0 OK | line"},
                  {hello, "C:QUIT", "221 2.0.0 Bye | end:fin"},
                  {hello, "C:STARTTLS", "220 2.0.0 Ready to start TLS | handshake:finished"},
                  {then(in_tls, {"C:EHLO c"}), "C:MAIL FROM:<a@b>", "250 2.1.0 OK | line"},
              });
}

BOOST_AUTO_TEST_CASE(implicit_tls) {
  ReceiverSpec spec;
  spec.implicit_tls = true;
  check(spec, {
                  {{}, "", "handshake:finished"},
                  {{""}, "T:finished", "220 mx.test ESMTP | line"},
                  {{"", "T:finished"}, "C:STARTTLS", "503 5.5.1 TLS is active already | line"},
              });
}

BOOST_AUTO_TEST_SUITE_END()
