// CHUNKING and BINARYMIME (RFC 3030) on both sides, and the parameters that a sender says beside.
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "dialogue.hpp"
#include "fakes/smtp/command.hpp"
#include "steps.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;
using Strings = std::vector<std::string>;
using Turns = std::vector<Turn>;

BOOST_AUTO_TEST_SUITE(chunking)

namespace {

ReceiverSpec chunking_receiver(bool binary = false) {
  ReceiverSpec spec;
  spec.extensions.chunking = true;
  spec.extensions.binary_mime = binary;
  return spec;
}

const Strings begun{"", "C:EHLO c", "C:MAIL FROM:<a@b>", "C:RCPT TO:<d@e>"};

Envelope envelope(std::string content) {
  Envelope mail;
  mail.mail_from = "a@b.test";
  mail.recipients = {"c@d.test"};
  mail.content = std::move(content);
  mail.token = "t";
  return mail;
}

SenderSpec in_chunks(unsigned chunks) {
  SenderSpec spec;
  spec.chunks = chunks;
  return spec;
}

}  // namespace

BOOST_AUTO_TEST_CASE(sizes) {
  const struct {
    const char* argument;
    int bytes;  // -1: no size
    bool last;
  } rows[] = {{"0", 0, false},
              {"86", 86, false},
              {"86 LAST", 86, true},
              {"5  last", 5, true},
              {"", -1, false},
              {"LAST", -1, false},
              {"5LAST", -1, false},
              {"5 LASTS", -1, false},
              {"-1", -1, false},
              {"5 6", -1, false},
              {"99999999999999999999", -1, false}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("\"" << row.argument << "\"") {
      const auto size = parse_chunk_size(row.argument);
      BOOST_TEST(size.has_value() == (row.bytes >= 0));
      if (!size) continue;
      BOOST_TEST(size->bytes == static_cast<std::uint64_t>(row.bytes));
      BOOST_TEST(size->last == row.last);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_receiver_takes_chunks) {
  Script script(chunking_receiver());
  script.play(begun);
  BOOST_TEST(script.feed("C:BDAT 4") == "content");
  BOOST_TEST(script.feed("D:./") == "content");
  BOOST_TEST(script.feed("D:a") == "250 2.0.0 4 octets received | line");
  BOOST_TEST(script.feed("C:DATA") == "503 5.5.1 BDAT and DATA do not mix | line");
  BOOST_TEST(script.feed("C:RCPT TO:<f@g>") == "503 5.5.1 The content has begun | line");
  BOOST_TEST(script.feed("C:BDAT 0 LAST") ==
             "note:content(4,whole) | 250 2.0.0 Accepted | note:accepted(a@b>d@e) | line");
  BOOST_TEST(script.feed("C:BDAT 0 LAST") == "503 5.5.1 Need MAIL first | line");
}

BOOST_AUTO_TEST_CASE(a_receiver_reads_what_it_refuses) {
  Script script(chunking_receiver());
  script.play({"", "C:EHLO c", "C:MAIL FROM:<a@b>"});
  BOOST_TEST(script.feed("C:BDAT 6 LAST") == "content");
  BOOST_TEST(script.feed("D:QUIT/") == "554 5.5.1 No valid recipients | line");
  BOOST_TEST(script.feed("C:BDAT x") == "501 5.5.4 Syntax: BDAT size [LAST] | line");
}

BOOST_AUTO_TEST_CASE(a_rule_refuses_a_chunk) {
  ReceiverSpec spec = chunking_receiver();
  spec.rules.push_back({.id = "r",
                        .when = {.position = SmtpPosition::bdat, .nth = {2, 2}},
                        .actions = {Reply{.lines = {"451 4.3.0 No"}}}});
  Script script(spec);
  script.play(begun);
  script.feed("C:BDAT 1");
  script.feed("D:x");
  script.feed("C:BDAT 1");
  // What came is told of, and the rest finds no transaction.
  BOOST_TEST(script.feed("D:x") == "note:fault(r) | 451 4.3.0 No | note:content(2,part) | line");
  script.feed("C:BDAT 1 LAST");
  BOOST_TEST(script.feed("D:x") == "503 5.5.1 Need MAIL first | line");
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_between_chunks) {
  for (const char* last : {"gone", "C:RSET"}) {
    Script script(chunking_receiver());
    script.play(begun);
    script.feed("C:BDAT 3");
    script.feed("D:abc");
    BOOST_TEST(script.feed(last).find("note:content(3,part)") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(what_a_receiver_announces) {
  ReceiverSpec spec = chunking_receiver(true);
  spec.extensions.requiretls = true;
  spec.extensions.auth = OffersAuth::always;
  Script script(spec);
  const std::string hello = script.play({"", "C:EHLO c"});
  for (const char* keyword : {"CHUNKING", "BINARYMIME", "AUTH PLAIN LOGIN"})
    BOOST_TEST(hello.find(keyword) != std::string::npos);
  BOOST_TEST(hello.find("REQUIRETLS") == std::string::npos);  // RFC 8689 2: inside TLS alone
  BOOST_TEST(script.feed("C:AUTH PLAIN AGEAYg==") ==
             "535 5.7.8 Authentication credentials invalid | line");
  BOOST_TEST(script.feed("C:MAIL FROM:<a@b> BODY=BINARYMIME REQUIRETLS AUTH=<>") ==
             "250 2.1.0 OK | line");
  script.feed("C:RCPT TO:<d@e>");
  BOOST_TEST(script.feed("C:DATA") == "503 5.5.1 BINARYMIME needs BDAT | line");

  Script plain({});
  plain.play({"", "C:EHLO c"});
  for (const char* parameter : {"REQUIRETLS", "AUTH=<>"})
    BOOST_TEST(plain.feed(std::string("C:MAIL FROM:<a@b> ") + parameter).starts_with("555 "));
  BOOST_TEST(plain.feed("C:MAIL FROM:<a@b> BODY=BINARYMIME").starts_with("501 "));
}

BOOST_AUTO_TEST_CASE(a_sender_in_chunks) {
  const Turns pipelined = {
      {"", "reply"},
      {"220 mx", "EHLO me.test | reply"},
      {"250-mx/250-PIPELINING/250 CHUNKING", "MAIL FROM:<a@b.test> / RCPT TO:<c@d.test> | reply"},
      {"250 ok", "reply"},
      {"250 ok", "{BDAT 2/.aBDAT 3 LAST/b/} | reply"},
      {"250 ok", "reply"},
      {"250 queued", "QUIT | reply"},
      {"221 bye", "drain"}};
  check(in_chunks(2), {envelope(".ab\r\n")}, pipelined, "accepted 250 [250]");
  const Turns waiting = {{"", "reply"},
                         {"220 mx", "EHLO me.test | reply"},
                         {"250-mx/250 CHUNKING", "MAIL FROM:<a@b.test> | reply"},
                         {"250 ok", "RCPT TO:<c@d.test> | reply"},
                         {"250 ok", "{BDAT 2/.a} | reply"},
                         {"250 ok", "{BDAT 3 LAST/b/} | reply"},
                         {"250 queued", "QUIT | reply"},
                         {"221 bye", "drain"}};
  check(in_chunks(2), {envelope(".ab\r\n")}, waiting, "accepted 250 [250]");
}

BOOST_AUTO_TEST_CASE(a_chunk_that_is_refused) {
  const Turns turns = {{"", "reply"},
                       {"220 mx", "EHLO me.test | reply"},
                       {"250-mx/250 CHUNKING", "MAIL FROM:<a@b.test> | reply"},
                       {"250 ok", "RCPT TO:<c@d.test> | reply"},
                       {"250 ok", "{BDAT 2/.a} | reply"},
                       {"552 no", "RSET | reply"},
                       {"250 ok", "QUIT | reply"},
                       {"221 bye", "drain"}};
  check(in_chunks(2), {envelope(".ab\r\n")}, turns, "refused 552 [250]");
}

BOOST_AUTO_TEST_CASE(where_chunking_is_not_offered) {
  const Turns turns = {{"", "reply"},
                       {"220 mx", "EHLO me.test | reply"},
                       {"250 mx", "MAIL FROM:<a@b.test> | reply"},
                       {"250 ok", "RCPT TO:<c@d.test> | reply"},
                       {"250 ok", "DATA | reply"},
                       {"354 go", "{..ab/./} | reply"},
                       {"250 queued", "QUIT | reply"},
                       {"221 bye", "drain"}};
  check(in_chunks(2), {envelope(".ab\r\n")}, turns, "accepted 250 [250]");
}

BOOST_AUTO_TEST_CASE(binary_content) {
  Envelope mail = envelope("a\nb");
  mail.binary = true;
  const auto opened = [](const std::string& keywords, const std::string& first) {
    return Turns{{"", "reply"}, {"220 mx", "EHLO me.test | reply"}, {keywords, first}};
  };
  Turns kept = opened("250-mx/250 CHUNKING", "QUIT | reply");
  kept.push_back({"221 bye", "drain"});
  check(in_chunks(1), {mail}, kept, "given_up");
  check(
      in_chunks(1), {mail},
      opened("250-mx/250-CHUNKING/250 BINARYMIME", "MAIL FROM:<a@b.test> BODY=BINARYMIME | reply"),
      "disconnected");
  SenderSpec insists = in_chunks(1);
  insists.insists = true;
  check(insists, {mail}, opened("250 mx", "MAIL FROM:<a@b.test> BODY=BINARYMIME | reply"),
        "disconnected");
}

BOOST_AUTO_TEST_CASE(parameters) {
  Envelope mail = envelope("1\r\n");
  mail.recipients = {"c+d=e@f.test"};
  mail.utf8_header = mail.requiretls = mail.original = true;
  mail.returned = "HDRS";
  mail.envelope_id = "QQ";
  mail.notify = "SUCCESS,FAILURE";
  const std::string mail_line =
      "MAIL FROM:<a@b.test> SMTPUTF8 REQUIRETLS RET=HDRS ENVID=QQ | reply";
  const std::string rcpt_line =
      "RCPT TO:<c+d=e@f.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;c+2Bd+3De@f.test | reply";
  const auto turns = [](const std::string& hello, const std::string& first,
                        const std::string& second) {
    return Turns{
        {"", "reply"}, {"220 mx", "EHLO me.test | reply"}, {hello, first}, {"250 ok", second}};
  };
  check({}, {mail}, turns("250-mx/250-DSN/250-SMTPUTF8/250 REQUIRETLS", mail_line, rcpt_line),
        "disconnected");
  check({}, {mail},
        turns("250 mx", "MAIL FROM:<a@b.test> | reply", "RCPT TO:<c+d=e@f.test> | reply"),
        "disconnected");
  SenderSpec insists;
  insists.insists = true;
  check(insists, {mail}, turns("250 mx", mail_line, rcpt_line), "disconnected");
}

BOOST_AUTO_TEST_SUITE_END()
