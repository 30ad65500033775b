// HTTP responses as bytes.
#include "fakes/https/response.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace smtprig::fakes::https;

namespace {

// Without the line of the date, which must be there.
std::string head_without_date(const ResponseBytes& bytes) {
  std::string head = bytes.head;
  const std::size_t date = head.find("Date: ");
  BOOST_REQUIRE(date != std::string::npos);
  const std::size_t end = head.find("\r\n", date);
  // IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT"
  BOOST_TEST(end - date == 6u + 29u);
  BOOST_TEST(head.substr(end - 4, 4) == " GMT");
  return head.erase(date, end + 2 - date);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(response)

BOOST_AUTO_TEST_CASE(plain) {
  Response response;
  response.fields = {{"Content-Type", "text/plain"}, {"X", "1"}, {"X", "2"}};
  response.body = "body";
  const ResponseBytes bytes = bytes_of(response);
  BOOST_TEST(head_without_date(bytes) ==
             "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX: 1\r\nX: 2\r\n"
             "Content-Length: 4\r\n\r\n");
  BOOST_TEST(bytes.body == "body");
}

BOOST_AUTO_TEST_CASE(ends_and_versions) {
  Response response;
  response.keep_alive = false;
  BOOST_TEST(head_without_date(bytes_of(response)) ==
             "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  response.version = 10;
  BOOST_TEST(head_without_date(bytes_of(response)) ==
             "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");
  response.keep_alive = true;
  BOOST_TEST(head_without_date(bytes_of(response)) ==
             "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(chunks) {
  Response response;
  response.body = "0123456789abcdef";
  response.chunked = true;
  BOOST_TEST(head_without_date(bytes_of(response)) ==
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
  BOOST_TEST(bytes_of(response).body == "10\r\n0123456789abcdef\r\n0\r\n\r\n");
  response.version = 10;
  BOOST_TEST(bytes_of(response).body == "0123456789abcdef");
}

BOOST_AUTO_TEST_CASE(without_body) {
  Response response;
  response.body = "body";
  response.head_only = true;
  BOOST_TEST(head_without_date(bytes_of(response)) ==
             "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
  BOOST_TEST(bytes_of(response).body.empty());
  response.head_only = false;
  for (const unsigned status : {100u, 204u, 304u}) {
    response.status = status;
    BOOST_TEST(bytes_of(response).body.empty(), status);
    BOOST_TEST(bytes_of(response).head.find("Content-Length") == std::string::npos, status);
  }
}

BOOST_AUTO_TEST_CASE(statuses) {
  for (const unsigned status : {100u, 200u, 302u, 404u, 500u, 299u, 799u, 999u}) {
    Response response;
    response.status = status;
    BOOST_TEST(bytes_of(response).head.starts_with("HTTP/1.1 " + std::to_string(status) + " "),
               status);
  }
}

BOOST_AUTO_TEST_SUITE_END()
