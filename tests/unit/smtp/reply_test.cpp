// Replies in both directions: parsed line by line, formatted, cut into segments.
#include "fakes/smtp/reply.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;
using Strings = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(reply)

namespace {

ServerReply parsed(const Strings& lines) {
  ReplyParser parser;
  for (const std::string& line : lines) {
    bool last = &line == &lines.back();
    BOOST_REQUIRE(
        (parser.feed(line) == (last ? ReplyParser::Status::complete : ReplyParser::Status::more)));
  }
  return parser.reply();
}

}  // namespace

BOOST_AUTO_TEST_CASE(replies_that_are_complete) {
  struct Row {
    Strings lines;
    int code;
    std::string text;
    std::string enhanced;
  };
  const std::vector<Row> rows{
      {{"250 OK"}, 250, "OK", ""},
      {{"250"}, 250, "", ""},
      {{"250 "}, 250, "", ""},
      {{"250 2.1.0 OK"}, 250, "2.1.0 OK", "2.1.0"},
      {{"250 2.1.0"}, 250, "2.1.0", "2.1.0"},
      {{"550 5.7.123 no"}, 550, "5.7.123 no", "5.7.123"},
      {{"550 2.7.1 of another class"}, 550, "2.7.1 of another class", ""},
      {{"354 3.0.0 go"}, 354, "3.0.0 go", ""},
      {{"550 5.7.1234 no"}, 550, "5.7.1234 no", ""},
      {{"550 5.7.no"}, 550, "5.7.no", ""},
      {{"250-a", "250-b", "250 c"}, 250, "a\nb\nc", ""},
      {{"250-a", "250"}, 250, "a\n", ""},
      {{"299 x"}, 299, "x", ""},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.lines.front()) {
      ServerReply reply = parsed(row.lines);
      BOOST_TEST(reply.code == row.code);
      BOOST_TEST(reply.first_digit() == row.code / 100);
      BOOST_TEST(reply.text() == row.text);
      BOOST_TEST(reply.enhanced == row.enhanced);
    }
  }
}

BOOST_AUTO_TEST_CASE(replies_that_are_malformed) {
  for (const Strings& lines : std::vector<Strings>{{""},
                                                   {"25"},
                                                   {"2x0 a"},
                                                   {"150 a"},
                                                   {"650 a"},
                                                   {"250x"},
                                                   {"SSH-2.0-x"},
                                                   {"250-a", "251 b"},
                                                   {"250-a", "b"},
                                                   {"250-a", ""}}) {
    BOOST_TEST_CONTEXT(lines.front()) {
      ReplyParser parser;
      for (std::size_t i = 0; i + 1 < lines.size(); ++i)
        BOOST_REQUIRE((parser.feed(lines[i]) == ReplyParser::Status::more));
      BOOST_TEST((parser.feed(lines.back()) == ReplyParser::Status::malformed));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_parser_is_used_again) {
  ReplyParser parser;
  BOOST_TEST((parser.feed("250-a") == ReplyParser::Status::more));
  BOOST_TEST((parser.feed("x") == ReplyParser::Status::malformed));
  BOOST_TEST((parser.feed("550 b") == ReplyParser::Status::complete));
  BOOST_TEST(parser.reply().text() == "b");
  BOOST_TEST((parser.feed("250 c") == ReplyParser::Status::complete));
  BOOST_TEST(parser.reply().text() == "c");
}

BOOST_AUTO_TEST_CASE(a_reply_without_end_is_malformed) {
  ReplyParser parser;
  for (std::size_t i = 0; i < reply_lines_max; ++i)
    BOOST_REQUIRE((parser.feed("250-x") == ReplyParser::Status::more));
  BOOST_TEST((parser.feed("250-x") == ReplyParser::Status::malformed));
}

BOOST_AUTO_TEST_CASE(keywords_of_ehlo) {
  Ehlo ehlo = parse_ehlo(parsed({"250-mx.test greets you", "250-SIZE 1000", "250-starttls",
                                 "250-AUTH  PLAIN LOGIN", "250-", "250-<junk>", "250 8BITMIME"}));
  BOOST_TEST(ehlo.domain == "mx.test");
  BOOST_TEST(ehlo.has("STARTTLS"));
  BOOST_TEST(ehlo.has("8BITMIME"));
  BOOST_TEST(!ehlo.has("PIPELINING"));
  BOOST_TEST(!ehlo.has("<JUNK>"));
  BOOST_REQUIRE(ehlo.find("AUTH"));
  BOOST_TEST(ehlo.find("AUTH")->parameters == (Strings{"PLAIN", "LOGIN"}),
             boost::test_tools::per_element());
  BOOST_TEST(ehlo.size_bytes_max().value() == 1000u);
  BOOST_TEST(!parse_ehlo(parsed({"250-a", "250 SIZE 0"})).size_bytes_max().has_value());
  BOOST_TEST(!parse_ehlo(parsed({"250-a", "250 SIZE x"})).size_bytes_max().has_value());
  BOOST_TEST(!parse_ehlo(parsed({"250-a", "250 SIZE"})).size_bytes_max().has_value());
  BOOST_TEST(!parse_ehlo(parsed({"250 STARTTLS"})).has("STARTTLS"));
}

BOOST_AUTO_TEST_CASE(replies_are_formatted) {
  BOOST_TEST(reply_bytes(make_reply(250, "", "OK")) == "250 OK\r\n");
  BOOST_TEST(reply_bytes(make_reply(550, "5.1.1", Strings{"a", "b"})) ==
             "550-5.1.1 a\r\n550 5.1.1 b\r\n");
  Reply raw{.lines = {"250 a"}, .raw = "junk\n"};
  BOOST_TEST(reply_bytes(raw) == "junk\n");
  BOOST_TEST(reply_digit(raw) == 0);
  BOOST_TEST(reply_digit(make_reply(354, "", "go")) == 3);
  BOOST_TEST(reply_digit(Reply{}) == 0);
}

BOOST_AUTO_TEST_CASE(replies_are_cut_into_segments) {
  struct Row {
    Reply reply;
    Strings expected;
  };
  const std::vector<Row> rows{
      {{.lines = {"1", "2"}}, {"1\r\n2\r\n"}},
      {{.lines = {"1", "2"}, .segment = Segmentation::per_line}, {"1\r\n", "2\r\n"}},
      {{.lines = {"1"}, .segment = Segmentation::per_byte}, {"1", "\r", "\n"}},
      {{.raw = "a\nb", .segment = Segmentation::per_line}, {"a\n", "b"}},
      {{.raw = "a\nb"}, {"a\nb"}},
      {{}, {}},
  };
  for (const Row& row : rows)
    BOOST_TEST(reply_segments(row.reply) == row.expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
