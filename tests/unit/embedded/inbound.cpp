// The inbound session by dialogue, the queue's bounds, and log lines that no text can forge.
#include "harness/servers/embedded/inbound_session.hpp"

#include "dialogue.hpp"
#include "harness/servers/embedded/log.hpp"
#include "harness/servers/embedded/queue.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace smtprig::embedded;
using namespace smtprig::embedded::test;

}  // namespace

BOOST_AUTO_TEST_SUITE(inbound)

BOOST_AUTO_TEST_CASE(commands) {
  auto session = session_with();
  talk(session,
       {{"MAIL FROM:<a@b.test>", "503 5.5.1"},
        {"EHLO", "501 5.5.4"},
        {"EHLO client.test", "250 ENHANCEDSTATUSCODES"},
        {"RCPT TO:<r@to.test>", "503 5.5.1"},
        {"MAIL FROM:<a@b.test> SIZE=99999999", "552 5.3.4"},
        {"MAIL FROM:<a@b.test> SIZE=x", "501 5.5.4"},
        {"MAIL FROM:<a@b.test> BODY=9BIT", "501 5.5.4"},
        {"MAIL FROM:<a@b.test> FOO=1", "555 5.5.4"},
        {"MAIL FROM:<j\xc3\xb8@b.test>", "550 5.6.7"},
        {"MAIL FROM:<a@b.test> SIZE=5 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=q", "250 2.1.0"},
        {"MAIL FROM:<a@b.test>", "503 5.5.1"},
        {"DATA", "554 5.5.1"},
        {"RCPT TO:<Postmaster>", "550 5.1.1"},
        {"RCPT TO:<r@to.test> NOTIFY=NEVER,SUCCESS", "501 5.5.4"},
        {"RCPT TO:<r@to.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;r@to.test", "250 2.1.5"},
        {"RSET", "250 2.0.0"},
        {"RCPT TO:<r@to.test>", "503 5.5.1"},
        {"STARTTLS", "502 5.5.1"},
        {"AUTH PLAIN", "502 5.5.1"},
        {"HELP", "502 5.5.1"},
        {"VRFY x", "252"},
        {"NOOP", "250"},
        {"WHAT", "500 5.5.2"}});
  const InboundOutput bye = session.line("QUIT", false);
  BOOST_TEST(bye.close);
  BOOST_TEST(session.line("NOOP", true).bytes.substr(0, 3) == "500");
}

BOOST_AUTO_TEST_CASE(message) {
  auto session = session_with();
  talk(session, {{"EHLO client.test", "250"},
                 {"MAIL FROM:<> RET=FULL", "250"},
                 {"RCPT TO:<r@To.test> NOTIFY=NEVER", "250"},
                 {"RCPT TO:<s@to.test>", "250"},
                 {"DATA", "354"}});
  BOOST_TEST(session.reading_content());
  const InboundOutput output = send_content(session, "Subject: x\r\n\r\n..dot\r\n.\r\n");
  BOOST_REQUIRE(output.message.has_value());
  BOOST_TEST(output.message->sender.empty());
  BOOST_TEST(output.message->returned == "FULL");
  BOOST_REQUIRE(output.message->recipients.size() == 2u);
  BOOST_TEST(!output.message->recipients[0].notify.failure);
  BOOST_TEST(output.message->recipients[1].notify.failure);
  const std::string& content = output.message->content;
  BOOST_TEST(
      content.starts_with("Received: from client.test ([127.0.0.1])\r\n\tby me.test with ESMTP;"));
  BOOST_TEST(content.ends_with("Subject: x\r\n\r\n.dot\r\n"));
  BOOST_TEST(session.queued("E1").bytes == "250 2.0.0 Ok: queued as E1\r\n");
  BOOST_TEST(session.queued("").bytes.substr(0, 9) == "452 4.3.1");
  talk(session, {{"MAIL FROM:<a@b.test>", "250"}});
}

BOOST_AUTO_TEST_CASE(contents_that_are_refused) {
  struct Row {
    std::string name;
    std::string content;
    std::string reply;
  };
  std::string hops;
  for (int i = 0; i < 100; ++i)
    hops += "Received: from x\r\n";
  const std::vector<Row> rows = {
      {"bare LF", "a\nb\r\n.\r\n", "554 5.6.0"},
      {"a dot between bare LFs ends nothing", "a\n.\nMAIL FROM:<x@y>\r\n.\r\n", "554 5.6.0"},
      {"bare CR", "a\rb\r\n.\r\n", "554 5.6.0"},
      {"too large", std::string(2'000, 'x') + "\r\n.\r\n", "552 5.3.4"},
      {"too many hops", hops + "\r\n.\r\n", "554 5.4.6"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      Limits limits;
      if (row.name == "too large") limits.message_bytes_max = 1'000;
      auto session = session_with(limits);
      talk(session, {{"EHLO c.test", "250"},
                     {"MAIL FROM:<a@b.test>", "250"},
                     {"RCPT TO:<r@to.test>", "250"},
                     {"DATA", "354"}});
      BOOST_TEST(send_content(session, row.content).bytes.substr(0, 9) == row.reply);
      BOOST_TEST(!session.reading_content());
    }
  }
}

// RFC 5321 4.1.1.4: content is any of the 128 characters, and RFC 6152 lets the eighth bit pass.
BOOST_AUTO_TEST_CASE(contents_that_are_kept_as_they_are) {
  using namespace std::string_literals;
  for (const std::string& content : {"NUL\0here\r\n"s, "\xff\xfe\x80\r\n"s,
                                     std::string(5'000, 'x') + "\r\n", "\x1b\x07\x7f\r\n"s}) {
    auto session = session_with();
    talk(session, {{"EHLO c.test", "250"},
                   {"MAIL FROM:<a@b.test>", "250"},
                   {"RCPT TO:<r@to.test>", "250"},
                   {"DATA", "354"}});
    const InboundOutput output = send_content(session, content + ".\r\n");
    BOOST_REQUIRE(output.message.has_value());
    BOOST_TEST(output.message->content.ends_with(content));
  }
}

// Only CRLF.CRLF ends data, and a message that another server would cut is refused whole.
BOOST_AUTO_TEST_CASE(smuggling) {
  for (const std::string end : {"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n",
                                "\n.\r", "\r.\n", "\r\n\x01.\r\n", "\r\n.\r\r\n"}) {
    BOOST_TEST_CONTEXT(escaped(end)) {
      auto session = session_with();
      talk(session, {{"EHLO c.test", "250"},
                     {"MAIL FROM:<a@b.test>", "250"},
                     {"RCPT TO:<r@to.test>", "250"},
                     {"DATA", "354"}});
      const InboundOutput output =
          send_content(session, "one" + end + "MAIL FROM:<x@y.test>\r\ntwo\r\n.\r\n");
      if (output.message) {
        BOOST_TEST(output.message->content.find("MAIL FROM:<x@y.test>\r\ntwo\r\n") !=
                   std::string::npos);
      } else {
        BOOST_TEST(output.bytes.substr(0, 9) == "554 5.6.0");
      }
    }
  }
}

// Each is answered once, and then the connection ends.
BOOST_AUTO_TEST_CASE(clients_of_other_protocols) {
  for (const std::string line :
       {"GET / HTTP/1.1", "POST /mail HTTP/1.1", "CONNECT mx:25 HTTP/1.1", "options *"}) {
    BOOST_TEST_CONTEXT(line) {
      auto session = session_with();
      const InboundOutput output = session.line(line, false);
      BOOST_TEST(output.bytes.substr(0, 9) == "554 5.5.2");
      BOOST_TEST(output.close);
    }
  }
  BOOST_TEST(InboundSession::refuse_record().close);
}

BOOST_AUTO_TEST_CASE(bounds) {
  auto session = session_with({.recipients_max = 1});
  talk(session, {{"EHLO c.test", "250"},
                 {"MAIL FROM:<a@b.test>", "250"},
                 {"RCPT TO:<r@to.test>", "250"},
                 {"RCPT TO:<s@to.test>", "452 4.5.3"}});
  bool closed = false;
  for (int i = 0; i < 30 && !closed; ++i)
    closed = session.line("WHAT", false).close;
  BOOST_TEST(closed);

  Queue queue({.queue_messages_max = 2, .queue_bytes_max = 10});
  Message message;
  message.content = "1234";
  message.recipients.resize(2);
  const auto first = queue.add(message);
  BOOST_REQUIRE(first);
  BOOST_REQUIRE(queue.add(message));
  BOOST_TEST(!queue.add(message));
  BOOST_TEST(!queue.decide(first->id, 1));
  BOOST_TEST(queue.decide(first->id, 1));
  BOOST_TEST(!queue.decide(first->id, 1));
  message.content = "1234567";
  BOOST_TEST(!queue.add(message));
  BOOST_TEST(queue.bytes() == 4u);
}

BOOST_AUTO_TEST_CASE(log_lines) {
  std::vector<std::string> lines;
  const Log log(
      [&lines](const std::string& line) { lines.push_back(line.substr(line.find(' ') + 1)); });
  log.decided("bounced", {"E1", "E1.1", ""}, "\"a> relay=x\"@b.test", "5.0.0",
              "550 \"quoted\"\r\nforged \\ \xff");
  log.tls({"E1", "E1.1", "mx[127.0.0.1]:25"}, "Verified", "TLSv1.3", "TLS_AES_256_GCM_SHA384");
  BOOST_TEST(
      lines.at(0) ==
      "bounced id=E1 key=E1.1 to=<\\\"a\\x3e\\x20relay=x\\\"@b.test> relay=none status=5.0.0 "
      "text=\"550 \\\"quoted\\\"\\x0d\\x0aforged \\\\ \\xff\"");
  BOOST_TEST(lines.at(1) ==
             "tls id=E1 key=E1.1 relay=mx[127.0.0.1]:25 trust=Verified version=TLSv1.3 "
             "cipher=TLS_AES_256_GCM_SHA384");
}

BOOST_AUTO_TEST_SUITE_END()
