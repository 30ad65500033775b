// STARTTLS is written over where it is a keyword or a command, and nowhere else.
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "fakes/attacker/stripper.hpp"
#include "fakes/stripped.hpp"

using namespace smtprig::fakes;
using attacker::Stripper;

BOOST_AUTO_TEST_SUITE(stripper)

namespace {

struct Piece {
  char from;  // 'c', 's'
  std::string bytes;
  std::string onward;
};

struct Session {
  const char* name;
  std::vector<Piece> pieces;
};

}  // namespace

BOOST_AUTO_TEST_CASE(replies) {
  const std::pair<std::string, std::string> rows[] = {
      {"250-STARTTLS\r\n", "250-XXXXXXXX\r\n"},
      {"250 STARTTLS\r\n", "250 XXXXXXXX\r\n"},
      {"250-starttls\r\n", "250-XXXXXXXX\r\n"},
      {"250 StartTLS now\r\n", "250 XXXXXXXX now\r\n"},
      {"250-STARTTLS", "250-XXXXXXXX"},
      {"250-a\r\n250-STARTTLS\r\n250 b\r\n", "250-a\r\n250-XXXXXXXX\r\n250 b\r\n"},
      {"250-STARTTLSX\r\n", "250-STARTTLSX\r\n"},
      {"250-X STARTTLS\r\n", "250-X STARTTLS\r\n"},
      {"220 STARTTLS\r\n", "220 STARTTLS\r\n"},
      {"250", "250"},
      {"", ""},
  };
  for (const auto& [reply, stripped] : rows)
    BOOST_TEST(stripped_reply(reply) == stripped);
}

BOOST_AUTO_TEST_CASE(sessions) {
  const Session sessions[] = {
      {"the command is none any more",
       {{'c', "EHLO c\r\nSTARTTLS\r\n", "EHLO c\r\nXXXXXXXX\r\n"},
        {'c', "starttls \r\n", "XXXXXXXX \r\n"}}},
      {"a line in pieces waits for its end",
       {{'c', "STAR", ""},
        {'c', "TTLS", ""},
        {'c', "\r\nQ", "XXXXXXXX\r\n"},
        {'s', "250-START", ""},
        {'s', "TLS\r\n250 x", "250-XXXXXXXX\r\n"},
        {'s', "\r\n", "250 x\r\n"}}},
      {"content is left alone",
       {{'c', "DATA\r\n", "DATA\r\n"},
        {'s', "354 go\r\n", "354 go\r\n"},
        {'c', "STARTTLS\r\n.\r\nSTARTTLS\r\n", "STARTTLS\r\n.\r\nXXXXXXXX\r\n"}}},
      {"without 354 there is no content",
       {{'c', "DATA\r\n", "DATA\r\n"},
        {'s', "554 no\r\n", "554 no\r\n"},
        {'c', "STARTTLS\r\n", "XXXXXXXX\r\n"}}},
      {"chunks are left alone",
       {{'c', "BDAT 12 LAST\r\nSTARTTLS\r\na\nSTARTTLS\r\n",
         "BDAT 12 LAST\r\nSTARTTLS\r\na\nXXXXXXXX\r\n"},
        {'c', "BDAT 9\r\nSTART", "BDAT 9\r\nSTART"},
        {'c', "TLS\nSTARTTLS\r\n", "TLS\nXXXXXXXX\r\n"}}},
      {"TLS from the first byte passes",
       {{'c', std::string("\x16\x03\x01 STARTTLS\r\n"), std::string("\x16\x03\x01 STARTTLS\r\n")},
        {'s', "\x16 250-STARTTLS", "\x16 250-STARTTLS"}}},
  };
  for (const Session& session : sessions)
    BOOST_TEST_CONTEXT(session.name) {
      Stripper stripper;
      for (const Piece& piece : session.pieces)
        BOOST_TEST((piece.from == 'c' ? stripper.from_client(piece.bytes)
                                      : stripper.from_server(piece.bytes)) == piece.onward);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_line_goes_on) {
  Stripper stripper;
  const std::string noise(20'000, 'x');
  BOOST_TEST(stripper.from_client(noise) == noise);
  BOOST_TEST(stripper.from_server(noise) == noise);
  BOOST_TEST(stripper.from_server("half a reply").empty());
  BOOST_TEST(stripper.rest_of_server() == "half a reply");
  BOOST_TEST(stripper.from_client("half").empty());
  BOOST_TEST(stripper.rest_of_client() == "half");
}

BOOST_AUTO_TEST_CASE(the_journal_tells_what_the_client_saw) {
  const auto told = [](EventBody body) {
    attacker::as_stripped(body);
    return body;
  };
  BOOST_TEST(std::get<LineOut>(told(LineOut{"250-STARTTLS", false})).text == "250-XXXXXXXX");
  BOOST_TEST(std::get<LineOut>(told(LineOut{"250-STARTTLS", true})).text == "250-STARTTLS");
  BOOST_TEST(std::get<LineIn>(told(LineIn{"XXXXXXXX", false})).text == "STARTTLS");
  BOOST_TEST(std::get<LineIn>(told(LineIn{"XXXXXXXXX", false})).text == "XXXXXXXXX");
  BOOST_TEST(std::get<BytesOut>(told(BytesOut{"250-a\r\n250 STARTTLS\r\n", false})).bytes ==
             "250-a\r\n250 XXXXXXXX\r\n");
}

BOOST_AUTO_TEST_SUITE_END()
