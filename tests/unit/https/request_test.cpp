// HTTP requests out of bytes: whole, in pieces, one behind the other, and what is none.
#include "fakes/https/request.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace smtprig::fakes::https;
using Status = RequestReader::Status;

namespace {

const std::string get = "GET /a HTTP/1.1\r\nHost: h.test\r\n\r\n";

// Fed in pieces of `piece` bytes; the last status.
Status fed(RequestReader& reader, std::string_view bytes, std::size_t piece) {
  Status status = Status::more;
  for (; !bytes.empty() && (status == Status::more || status == Status::continues);
       bytes.remove_prefix(std::min(piece, bytes.size())))
    status = reader.feed(bytes.substr(0, piece));
  return status;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request)

BOOST_AUTO_TEST_CASE(whole_and_in_pieces) {
  for (const std::size_t piece : {1u, 2u, 7u, 1'000u}) {
    BOOST_TEST_CONTEXT(piece) {
      RequestReader reader({});
      BOOST_TEST(!reader.begun());
      const std::string bytes =
          "POST /v1 HTTP/1.1\r\nHost: H.test:8443\r\ncontent-TYPE: a/b; c=d\r\n"
          "Content-Length: 5\r\n\r\n12\r\n3";
      BOOST_TEST((fed(reader, bytes, piece) == Status::complete));
      BOOST_TEST(reader.begun());
      const Request request = reader.take();
      BOOST_TEST(request.method == "POST");
      BOOST_TEST(request.target == "/v1");
      BOOST_TEST(request.host == "H.test:8443");
      BOOST_TEST(request.has_host);
      BOOST_TEST(request.content_type == "a/b; c=d");
      BOOST_TEST(request.body == "12\r\n3");
      BOOST_TEST(request.version == 11u);
      BOOST_TEST(request.keep_alive);
      BOOST_TEST(!reader.begun());
    }
  }
}

BOOST_AUTO_TEST_CASE(pipelined) {
  RequestReader reader({});
  BOOST_TEST(
      (reader.feed(get + "\r\nHEAD /b HTTP/1.1\r\nHost: i.test\r\n\r\nGE") == Status::complete));
  BOOST_TEST(reader.take().target == "/a");
  BOOST_TEST((reader.feed("") == Status::complete));
  const Request second = reader.take();
  BOOST_TEST(second.method == "HEAD");
  BOOST_TEST(second.host == "i.test");
  BOOST_TEST((reader.feed("") == Status::more));
  BOOST_TEST(reader.begun());
  BOOST_TEST((reader.feed("T /c HTTP/1.0\r\n\r\n") == Status::complete));
  const Request third = reader.take();
  BOOST_TEST(third.target == "/c");
  BOOST_TEST(third.version == 10u);
  BOOST_TEST(!third.keep_alive);
  BOOST_TEST(!third.has_host);
}

// RFC 9112 2.2: empty lines before a request are passed over, also where they come in pieces.
BOOST_AUTO_TEST_CASE(behind_an_empty_line) {
  for (const std::size_t piece : {1u, 1'000u}) {
    RequestReader reader({});
    BOOST_TEST((fed(reader, "\r\n" + get, piece) == Status::complete));
    BOOST_TEST(reader.take().target == "/a");
    BOOST_TEST((fed(reader, "\r\n\r\n" + get, piece) == Status::complete));
    BOOST_TEST(reader.take().target == "/a");
    BOOST_TEST((fed(reader, "\n" + get, piece) == Status::refused));
  }
}

BOOST_AUTO_TEST_CASE(bodies) {
  RequestReader reader({.body_bytes_max = 10});
  BOOST_TEST((reader.feed("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                          "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n") == Status::complete));
  BOOST_TEST(reader.take().body == "abcde");
  BOOST_TEST((reader.feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789") ==
              Status::complete));
  BOOST_TEST(reader.take().body == "0123456789");
  BOOST_TEST(
      (reader.feed("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n") == Status::complete));
  BOOST_TEST(!reader.take().keep_alive);
}

// Of which Beast has to be kept from asking for more than one byte at a time.
BOOST_AUTO_TEST_CASE(chunks_in_pieces) {
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string body : {"0\r\n\r\n", "0\r\nX: y\r\n\r\n", "1\r\na\r\n0\r\n\r\n",
                                 "3;x=y\r\nabc\r\n01\r\nd\r\n000\r\nX: y\r\n\r\n"}) {
    std::string expected;
    for (std::size_t piece = 100; piece > 0; --piece) {
      BOOST_TEST_CONTEXT(body << " in pieces of " << piece) {
        RequestReader reader({});
        BOOST_REQUIRE((fed(reader, head + body + get, piece) == Status::complete));
        const Request request = reader.take();
        if (expected.empty()) expected = request.body;
        BOOST_TEST(request.body == expected);
      }
    }
  }
  for (const std::string body : {"0\r\nabc\r\n\r\n", "x\r\n", "1\r\nab\r\n0\r\n\r\n"}) {
    for (const std::size_t piece : {1u, 2u, 3u, 100u}) {
      RequestReader reader({});
      BOOST_TEST((fed(reader, head + body + "GET / H", piece) == Status::refused));
    }
  }
}

BOOST_AUTO_TEST_CASE(expectation) {
  RequestReader reader({});
  const std::string head =
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
  BOOST_TEST((reader.feed(head) == Status::continues));
  BOOST_TEST((reader.feed("") == Status::more));
  BOOST_TEST((reader.feed("ab") == Status::complete));
  BOOST_TEST(reader.take().body == "ab");
  // Who sends the body all the same needs no 100.
  BOOST_TEST((reader.feed(head + "cd") == Status::complete));
}

BOOST_AUTO_TEST_CASE(refused) {
  struct Row {
    std::string name;
    std::string bytes;
    unsigned status;
  };
  const std::vector<Row> rows = {
      {"garbage", "\x16\x03\x01garbage\r\n\r\n", 400},
      {"no method", " / HTTP/1.1\r\n\r\n", 400},
      {"no version", "GET /\r\n\r\n", 400},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"NUL in a field", std::string("GET / HTTP/1.1\r\nHost: h\0\r\n\r\n", 28), 400},
      {"field without colon", "GET / HTTP/1.1\r\nHost\r\n\r\n", 400},
      {"blank in a field's name", "GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
      {"two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"a negative length", "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
      {"body too large", "POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", 413},
      {"chunks too large", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n", 413},
      {"endless target", "GET /" + std::string(2'000, 'a'), 431},
      {"endless field", "GET / HTTP/1.1\r\nX: " + std::string(2'000, 'a'), 431},
      {"many fields",
       "GET / HTTP/1.1\r\n" +
           [] {
             std::string fields;
             for (int i = 0; i < 200; ++i)
               fields += "X: 123\r\n";
             return fields;
           }(),
       431},
  };
  for (const Row& row : rows) {
    for (const std::size_t piece : {1u, 10'000u}) {
      BOOST_TEST_CONTEXT(row.name << " in pieces of " << piece) {
        RequestReader reader({.head_bytes_max = 1'000, .body_bytes_max = 100});
        BOOST_REQUIRE((fed(reader, row.bytes, piece) == Status::refused));
        BOOST_TEST(reader.refusal().status == row.status);
        BOOST_TEST(!reader.refusal().problem.empty());
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
