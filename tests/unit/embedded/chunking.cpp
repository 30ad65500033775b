// BDAT and BINARYMIME (RFC 3030) on reception, and what becomes of binary messages behind it.
#include "dialogue.hpp"

#include "harness/servers/embedded/delivery.hpp"
#include "harness/servers/embedded/dsn.hpp"

namespace {

using namespace smtprig::embedded;
using namespace smtprig::embedded::test;
using namespace std::string_literals;

// In a transaction with one recipient.
InboundSession in_transaction(const std::string& mail = "MAIL FROM:<a@b.test>") {
  auto session = session_with();
  talk(session, {{"EHLO c.test", "250"}, {mail, "250"}, {"RCPT TO:<r@to.test>", "250"}});
  return session;
}

InboundOutput chunk(InboundSession& session, const std::string& bytes, bool last = false) {
  InboundOutput output =
      session.line("BDAT " + std::to_string(bytes.size()) + (last ? " LAST" : ""), false);
  if (bytes.empty()) return output;
  BOOST_TEST(output.bytes.empty());
  BOOST_TEST(session.reading_content());
  return send_content(session, bytes);
}

std::string code(const InboundOutput& output) {
  return output.bytes.substr(0, 9);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chunking)

BOOST_AUTO_TEST_CASE(chunks_make_one_message) {
  struct Row {
    std::string name;
    std::vector<std::string> chunks;
    std::string content;
  };
  const std::vector<Row> rows = {
      {"one", {"Subject: x\r\n\r\nbody\r\n"}, "Subject: x\r\n\r\nbody\r\n"},
      {"a line end cut in two", {"Subject: x\r", "\n\r\nbody\r\n"}, "Subject: x\r\n\r\nbody\r\n"},
      {"an empty last one", {"Subject: x\r\n\r\nbody\r\n", ""}, "Subject: x\r\n\r\nbody\r\n"},
      {"dots are no end and not stuffed", {"a\r\n", ".\r\n", "..\r\n"}, "a\r\n.\r\n..\r\n"},
      {"the last line is ended", {"a\r\nb"}, "a\r\nb\r\n"},
      {"commands in it are content", {"QUIT\r\nRSET\r\n"}, "QUIT\r\nRSET\r\n"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      auto session = in_transaction();
      InboundOutput output;
      for (std::size_t i = 0; i < row.chunks.size(); ++i) {
        const bool last = i + 1 == row.chunks.size();
        output = chunk(session, row.chunks[i], last);
        if (!last) BOOST_TEST(code(output) == "250 2.0.0");
      }
      BOOST_REQUIRE(output.message.has_value());
      BOOST_TEST(output.message->content.ends_with("+0000\r\n" + row.content));
      talk(session, {{"MAIL FROM:<a@b.test>", "250"}});
    }
  }
}

BOOST_AUTO_TEST_CASE(binary_content_is_kept_to_the_bit) {
  const std::string content = "a\nb\rc\0\xff\r\n.\r\n"s + "end"s;
  auto session = in_transaction("MAIL FROM:<a@b.test> BODY=BINARYMIME");
  const InboundOutput output = chunk(session, content, true);
  BOOST_REQUIRE(output.message.has_value());
  BOOST_TEST(output.message->binary);
  BOOST_TEST(output.message->content.ends_with("+0000\r\n" + content));
}

BOOST_AUTO_TEST_CASE(commands_out_of_place) {
  auto binary = in_transaction("MAIL FROM:<a@b.test> BODY=BINARYMIME");
  talk(binary, {{"DATA", "503 5.5.1"}, {"RSET", "250"}});

  auto mixed = in_transaction();
  BOOST_TEST(code(chunk(mixed, "a\r\n")) == "250 2.0.0");
  talk(mixed, {{"DATA", "503 5.5.1"},
               {"RCPT TO:<s@to.test>", "503 5.5.1"},
               {"MAIL FROM:<a@b.test>", "503 5.5.1"},
               {"RSET", "250"},
               {"MAIL FROM:<a@b.test>", "250"},
               {"RCPT TO:<r@to.test>", "250"},
               {"DATA", "354"}});

  auto without_mail = session_with();
  BOOST_TEST(code(chunk(without_mail, "QUIT\r\n")) == "503 5.5.1");
  BOOST_TEST(code(chunk(without_mail, "QUIT\r\n", true)) == "503 5.5.1");
  BOOST_TEST(code(chunk(without_mail, "", true)) == "503 5.5.1");

  auto without_recipient = session_with();
  talk(without_recipient, {{"EHLO c.test", "250"}, {"MAIL FROM:<a@b.test>", "250"}});
  BOOST_TEST(code(chunk(without_recipient, "a\r\n", true)) == "554 5.5.1");

  auto after_last = in_transaction();
  BOOST_TEST(chunk(after_last, "a\r\n", true).message.has_value());
  BOOST_TEST(code(chunk(after_last, "b\r\n", true)) == "503 5.5.1");
  talk(after_last, {{"RSET", "250"}, {"MAIL FROM:<a@b.test>", "250"}});
}

// Octets that are not counted cannot be told from commands.
BOOST_AUTO_TEST_CASE(sizes_that_are_none_end_the_session) {
  for (const std::string argument :
       {"", " x", " -1", " 1x", " 5 LAST x", " 5 LASTLY", " 99999999999999999999", " 5LAST"}) {
    BOOST_TEST_CONTEXT("BDAT" + argument) {
      auto session = in_transaction();
      const InboundOutput output = session.line("BDAT" + argument, false);
      BOOST_TEST(code(output) == "501 5.5.4");
      BOOST_TEST(output.close);
    }
  }
  auto session = in_transaction();
  BOOST_TEST(session.line("bdat 0 last", false).message.has_value());
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
  auto bare = in_transaction();
  BOOST_TEST(code(chunk(bare, "a\nb\r\n", true)) == "554 5.6.0");

  InboundSettings small;
  small.limits.message_bytes_max = 10;
  auto session = session_of(small);
  talk(session,
       {{"EHLO c.test", "250"}, {"MAIL FROM:<a@b.test>", "250"}, {"RCPT TO:<r@to.test>", "250"}});
  BOOST_TEST(code(chunk(session, std::string(11, 'x'))) == "552 5.3.4");
  // Chunks in the pipeline behind the one that failed are read and refused.
  BOOST_TEST(code(chunk(session, "MAIL FROM:<x@y>\r\n", true)) == "503 5.5.1");
  talk(session, {{"RSET", "250"}, {"MAIL FROM:<a@b.test>", "250"}});

  // Before TLS too the octets are read before the refusal.
  auto forbidden = session_of({.policy = InboundPolicy::encrypt});
  talk(forbidden, {{"EHLO c.test", "250"}, {"MAIL FROM:<a@b.test>", "530 5.7.0"}});
  BOOST_TEST(code(chunk(forbidden, "QUIT\r\n", true)) == "530 5.7.0");
}

BOOST_AUTO_TEST_CASE(binary_messages_are_passed_on_if_data_can_carry_them) {
  struct Row {
    std::string name;
    std::string content;
    bool goes;
  };
  const std::vector<Row> rows = {
      {"lines", "Subject: x\r\n\r\nbody\r\n", true},
      {"eighth bit", "Subject: x\r\n\r\n\xff\r\n", true},
      {"bare LF", "Subject: x\r\n\r\na\nb\r\n", false},
      {"bare CR", "Subject: x\r\n\r\na\rb\r\n", false},
      {"no last line end", "Subject: x\r\n\r\nbody", false},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      Message message;
      message.sender = "a@b.test";
      message.content = row.content;
      message.binary = true;
      message.eight_bit = true;
      message.recipients.push_back({.address = "r@to.test"});
      Delivery delivery({.hostname = "me.test",
                         .policy = smtprig::model::Policy::none,
                         .message = &message,
                         .recipients = {0}},
                        {});
      delivery.start();
      const auto reply = [&delivery](int number, std::vector<std::string> lines) {
        ServerReply made;
        made.code = number;
        made.lines = std::move(lines);
        return delivery.reply(made);
      };
      reply(220, {"mx"});
      const Action action = reply(250, {"mx", "8BITMIME"});
      if (row.goes) {
        BOOST_TEST(action.bytes == "MAIL FROM:<a@b.test> BODY=8BITMIME\r\n");
      } else {
        BOOST_TEST((action.kind == Action::Kind::finish));
        BOOST_TEST((delivery.result().recipients.at(0).fate == Fate::bounced));
        BOOST_TEST(delivery.result().recipients.at(0).failure.status == "5.6.3");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(notifications_consist_of_lines) {
  Message message;
  message.id = "E1";
  message.sender = "a@b.test";
  message.content = "Subject: x\ny\r\n\r\nbody";
  message.binary = true;
  message.recipients.push_back({.address = "r@to.test"});
  const auto dsn =
      make_dsn(message, {{.recipient = 0, .status = "5.6.3"}}, "me.test", message.arrived);
  BOOST_REQUIRE(dsn.has_value());
  BOOST_TEST(consists_of_lines(dsn->content));
}

BOOST_AUTO_TEST_SUITE_END()
