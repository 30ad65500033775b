// Dots, digests and tokens, whole and in pieces of every size.
#include "fakes/smtp/content.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace smtprig::fakes::smtp;

BOOST_AUTO_TEST_SUITE(content)

namespace {

// Decodes in pieces of `step` bytes; returns what was left behind the end.
std::string decode(std::string_view wire, std::size_t step, std::string& out, bool& complete) {
  DotDecoder decoder;
  while (!wire.empty() && !decoder.complete()) {
    std::size_t used = decoder.feed(wire.substr(0, step), out);
    BOOST_REQUIRE(used > 0);
    wire.remove_prefix(used);
  }
  complete = decoder.complete();
  return std::string(wire);
}

}  // namespace

BOOST_AUTO_TEST_CASE(content_is_unstuffed) {
  struct Row {
    std::string wire;
    std::string content;
    bool complete;
    std::string rest;
  };
  const std::vector<Row> rows{
      {".\r\n", "", true, ""},
      {"a\r\n.\r\n", "a\r\n", true, ""},
      {"a\r\n.\r\nQUIT\r\n", "a\r\n", true, "QUIT\r\n"},
      {"..\r\n.\r\n", ".\r\n", true, ""},
      {"..a\r\n...\r\n.\r\n", ".a\r\n..\r\n", true, ""},
      {".a\r\n.\r\n", "a\r\n", true, ""},
      {"a.\r\n.\r\n", "a.\r\n", true, ""},
      {"\r\n.\r\n", "\r\n", true, ""},
      // What ends content elsewhere does not end it here (RFC 5321 4.1.1.4).
      {"a\n.\n", "a\n.\n", false, ""},
      {"a\n.\r\n", "a\n.\r\n", false, ""},
      {"a\r\n.\n", "a\r\n\n", false, ""},
      {"a\r.\r\n", "a\r.\r\n", false, ""},
      {"a\r\n.\r\rb", "a\r\n\r\rb", false, ""},
      {"a\r\n.\rb", "a\r\n\rb", false, ""},
      {"a\r\r\n.\r\n", "a\r\r\n", true, ""},
      {std::string("a\0b\r\n.\r\n", 8), std::string("a\0b\r\n", 5), true, ""},
  };
  for (const Row& row : rows) {
    for (std::size_t step = 1; step <= row.wire.size(); ++step) {
      BOOST_TEST_CONTEXT(row.wire << " in pieces of " << step) {
        std::string content;
        bool complete = false;
        std::string rest = decode(row.wire, step, content, complete);
        BOOST_TEST(content == row.content);
        BOOST_TEST(complete == row.complete);
        BOOST_TEST(rest == row.rest);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(stuffing_is_undone_by_unstuffing) {
  for (std::string content : {"", "a\r\n", ".\r\n", "..\r\n.\r\n", ".a\r\nb\r\n.\r\n", "\r\n\r\n",
                              "a\n.\r\nb\r\n", "a\r.b\r\n"}) {
    BOOST_TEST_CONTEXT(content) {
      std::string wire = dot_stuff(content);
      std::string back;
      bool complete = false;
      BOOST_TEST(decode(wire, wire.size(), back, complete) == "");
      BOOST_TEST(complete);
      BOOST_TEST(back == content);
    }
  }
  BOOST_TEST(dot_stuff("a") == "a\r\n.\r\n");
}

BOOST_AUTO_TEST_CASE(hashes_and_keeps) {
  Digest digest(4);
  BOOST_TEST(digest.sha256() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  digest.feed("ab");
  digest.feed("c");
  BOOST_TEST(digest.sha256() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  digest.feed("def");
  BOOST_TEST(digest.bytes() == 6u);
  BOOST_TEST(digest.kept() == "abcd");
}

BOOST_AUTO_TEST_CASE(tokens_are_found) {
  struct Row {
    std::string content;
    std::string token;
  };
  const std::vector<Row> rows{
      {"X-Smtprig-Token: abc-1\r\n\r\nbody", "abc-1"},
      {"x-smtprig-TOKEN:abc\r\n", "abc"},
      {"Subject: x\r\nX-Smtprig-Token: \t abc\r\n", "abc"},
      {"Reporting-MTA: a\r\n\r\n--b\r\n\r\nX-Smtprig-Token: deep.1\r\n", "deep.1"},
      {"X-Smtprig-Token: one\r\nX-Smtprig-Token: two\r\n", "one"},
      {"X-Smtprig-Token:\r\nX-Smtprig-Token: two\r\n", "two"},
      {"X-X-Smtprig-Token: abc\r\n", "abc"},
      {"X-Smtprig-Token", ""},
      {"X-Smtprig-Token: cut", ""},
      {"X-Smtprig-Token: " + std::string(200, 'x') + "\r\n", ""},
      {"X-Smtprig-Toke: abc\r\n", ""},
      {"", ""},
  };
  for (const Row& row : rows) {
    for (std::size_t step = 1; step <= row.content.size() + 1; ++step) {
      BOOST_TEST_CONTEXT(row.content << " in pieces of " << step) {
        Digest digest(0);
        for (std::size_t at = 0; at < row.content.size(); at += step)
          digest.feed(std::string_view(row.content).substr(at, step));
        BOOST_TEST(digest.token() == row.token);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
