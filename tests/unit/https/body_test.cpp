// The body that a policy host serves, in its normal form and as its fields change it.
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "fakes/https_spec.hpp"

using namespace smtprig::fakes;

namespace {

PolicyAnswer with_mx(std::vector<std::string> mx) {
  PolicyAnswer answer;
  answer.mx = std::move(mx);
  return answer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(policy_body)

BOOST_AUTO_TEST_CASE(normal_form) {
  BOOST_TEST(body_of(with_mx({"mx1.a.test", "*.b.test"})) ==
             "version: STSv1\r\nmode: enforce\r\nmx: mx1.a.test\r\nmx: *.b.test\r\n"
             "max_age: 604800\r\n");
  PolicyAnswer none;
  none.mode = PolicyMode::none;
  none.max_age_seconds = 0;
  BOOST_TEST(body_of(none) == "version: STSv1\r\nmode: none\r\nmax_age: 0\r\n");
}

BOOST_AUTO_TEST_CASE(lines) {
  PolicyAnswer answer = with_mx({"mx.a.test"});
  answer.mode = PolicyMode::testing;
  answer.more = {"note: x", "mode: none"};
  answer.line_end = LineEnd::lf;
  BOOST_TEST(body_of(answer) ==
             "version: STSv1\nmode: testing\nmx: mx.a.test\nmax_age: 604800\nnote: x\n"
             "mode: none\n");
  answer.last_line_end = false;
  BOOST_TEST(body_of(answer).ends_with("mode: none"));
  answer.line_end = LineEnd::crlf;
  BOOST_TEST(body_of(answer).ends_with("\r\nmode: none"));
}

BOOST_AUTO_TEST_CASE(raw) {
  PolicyAnswer answer = with_mx({"mx.a.test"});
  answer.body = std::string("\0x", 2);
  answer.body_bytes_min = 100;
  BOOST_TEST(body_of(answer) == (std::string("\0x", 2)));
  answer.body = "";
  BOOST_TEST(body_of(answer).empty());
}

// Filled up by lines that a reader of policies ignores.
BOOST_AUTO_TEST_CASE(size) {
  const PolicyAnswer small = with_mx({"mx.a.test"});
  for (const std::size_t wanted : {0u, 100u, 101u, 1'000u, 65'536u, 65'537u, 1'000'000u}) {
    for (const LineEnd end : {LineEnd::crlf, LineEnd::lf}) {
      BOOST_TEST_CONTEXT(wanted) {
        PolicyAnswer answer = small;
        answer.line_end = end;
        answer.body_bytes_min = wanted;
        const std::string body = body_of(answer);
        BOOST_TEST(body.size() >= wanted);
        BOOST_TEST(body.size() <= std::max<std::size_t>(wanted + 12, 80));
        BOOST_TEST(body.ends_with(end == LineEnd::crlf ? "\r\n" : "\n"));
        for (std::size_t at = 0, feed = 0; at < body.size(); at = feed + 1) {
          feed = body.find('\n', at);
          BOOST_REQUIRE(feed != std::string::npos);
          BOOST_REQUIRE(body.substr(at, feed - at).find(": ") != std::string::npos);
          BOOST_REQUIRE(feed - at <= 80u);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
