// A collector of TLSRPT reports on a socket (RFC 8460 5.4).
#include <boost/test/unit_test.hpp>

#include "fakes/https/gzip.hpp"
#include "world.hpp"

using namespace smtprig::fakes;
namespace tools = boost::test_tools;

BOOST_AUTO_TEST_SUITE(collector)

namespace {

// "|" has a meaning in scripts, so no body here may hold one.
std::string post(const std::string& type, const std::string& body,
                 const std::string& more_fields = "") {
  return "W: POST /v1/tlsrpt HTTP/1.1|Host: tlsrpt.rcpt.test|Content-Type: " + type +
         "|Content-Length: " + std::to_string(body.size()) + "|" + more_fields + "|" + body;
}

// A report whose compressed form has no "|".
std::string packed(std::string& json) {
  for (;; json += ' ') {
    std::string bytes = https::gzip(json);
    if (bytes.find('|') == std::string::npos) return bytes;
  }
}

Strings talk(World& world, Strings script) {
  script.insert(script.begin(), "TLS");
  return world.talk(script, world.client_context("tlsrpt.rcpt.test")).seen;
}

}  // namespace

BOOST_AUTO_TEST_CASE(reports) {
  World world;
  world.start(CollectorSpec{});
  std::string json = R"({"report-id": "1"})";
  const std::string bytes = packed(json);
  BOOST_TEST(talk(world, {post("application/tlsrpt+gzip", bytes), "S",
                          post("application/tlsrpt+json; x=y", json), "S"}) ==
                 (Strings{"tls ok", "201 ", "201 "}),
             tools::per_element());
  world.settle();
  BOOST_TEST(world.events_of("report") == (Strings{"report application/tlsrpt+gzip " + json + " ",
                                                   "report application/tlsrpt+json " + json + " "}),
             tools::per_element());
  BOOST_TEST(
      world.events_of("request") == (Strings{"request POST /v1/tlsrpt tlsrpt.rcpt.test 201 #1 0",
                                             "request POST /v1/tlsrpt tlsrpt.rcpt.test 201 #2 0"}),
      tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_no_report) {
  World world;
  world.start(CollectorSpec{});
  BOOST_TEST(talk(world, {post("application/json", "{}"), "S"}).at(1) == "415 ");
  BOOST_TEST(
      talk(world, {"W: POST /v1/tlsrpt HTTP/1.1|Host: tlsrpt.rcpt.test|Content-Length: 0||", "S"})
          .at(1) == "415 ");
  BOOST_TEST(
      talk(world, {"W: POST /v2 HTTP/1.1|Host: tlsrpt.rcpt.test|Content-Length: 0||", "S"}).at(1) ==
      "404 ");
  BOOST_TEST(talk(world, {"W: GET /v1/tlsrpt HTTP/1.1|Host: tlsrpt.rcpt.test||", "S"}).at(1) ==
             "405 ");
  world.settle();
  BOOST_TEST(world.events_of("report").empty());
  // Processing is not done at receipt time (RFC 8460 5.4): what is damaged is taken, and noted.
  BOOST_TEST(talk(world, {post("application/tlsrpt+gzip", "{}"), "S"}).at(1) == "201 ");
  world.settle();
  BOOST_TEST(world.events_of("report") ==
             Strings{"report application/tlsrpt+gzip  not gzip, or damaged"});
}

BOOST_AUTO_TEST_CASE(waits_for_100) {
  World world;
  world.start(CollectorSpec{});
  const std::string head = post("application/tlsrpt+json", "", "Expect: 100-continue|");
  std::string with_length = head;
  with_length.replace(with_length.find("Length: 0"), 9, "Length: 2");
  BOOST_TEST(talk(world, {with_length, "S", "W: {}", "S"}) == (Strings{"tls ok", "100 ", "201 "}),
             tools::per_element());
}

BOOST_AUTO_TEST_CASE(answers) {
  World world;
  CollectorSpec spec;
  spec.target = "/";
  CollectorAnswer first;
  first.nth = {1, 1};
  first.status = 503;
  CollectorAnswer second;
  second.nth = {2, 2};
  second.status = 307;
  second.location = "https://other.test/";
  second.delay = 30ms;
  spec.answers = {first, second};
  HttpsRule rule;
  rule.id = "r";
  rule.when.nth = {4, 4};
  rule.actions = {Close{CloseHow::rst}};
  spec.https.rules = {rule};
  world.start(spec);
  std::string ask = post("application/tlsrpt+json", "{}");
  ask.replace(ask.find("/v1/tlsrpt"), 10, "/");
  BOOST_TEST(talk(world, {ask, "S", ask, "S", ask, "S", ask, "S"}) ==
                 (Strings{"tls ok", "503 ", "307 ", "201 ", "reset after 0"}),
             tools::per_element());
  world.settle();
  // What was posted is evidence, whatever was answered.
  BOOST_TEST(world.events_of("report").size() == 3u);
}

BOOST_AUTO_TEST_CASE(bounded) {
  World world;
  https::HostLimits limits = https::Collector::default_limits();
  limits.bytes.body_bytes_max = 100;
  world.start(CollectorSpec{}, limits);
  BOOST_TEST(talk(world, {post("application/tlsrpt+json", std::string(100, 'x')), "S"}).at(1) ==
             "201 ");
  BOOST_TEST(talk(world, {post("application/tlsrpt+json", std::string(101, 'x')), "S"}).at(1) ==
             "413 ");
  world.settle();
  BOOST_TEST(world.events_of("report").size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
