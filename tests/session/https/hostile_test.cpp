// Clients that are slow, endless, garbled or rude: each costs a bounded time and leaves a trace.
#include <boost/test/unit_test.hpp>

#include "world.hpp"

using namespace smtprig::fakes;
namespace tools = boost::test_tools;

BOOST_AUTO_TEST_SUITE(hostile)

namespace {

PolicyHostSpec honest() {
  PolicyHostSpec spec;
  spec.answers[0].mx = {"mx.rcpt.test"};
  return spec;
}

const Strings fetch = {"TLS", "W: " + policy_request + "Connection: close||", "S"};

}  // namespace

BOOST_AUTO_TEST_CASE(no_http) {
  struct Row {
    std::string name;
    std::string bytes;
    std::string answer;
  };
  const std::vector<Row> rows = {
      {"garbage", "\x01\x02\x03 \xff||", "400 "},
      {"HTTP/2", "PRI * HTTP/2.0||SM||", "505 "},
      {"SMTP", "EHLO x|", "400 "},
      {"endless target", "GET /" + std::string(20'000, 'a'), "431 "},
      {"endless field", "GET / HTTP/1.1|X: " + std::string(20'000, 'a'), "431 "},
      {"endless fields",
       "GET / HTTP/1.1|" +
           [] {
             std::string fields;
             for (int i = 0; i < 2'000; ++i)
               fields += "X: 12345678|";
             return fields;
           }(),
       "431 "},
      {"body too large", "POST / HTTP/1.1|Content-Length: 99999999999||", "413 "},
      {"two lengths", "POST / HTTP/1.1|Content-Length: 1|Content-Length: 2||", "400 "},
  };
  World world;
  world.start(honest());
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const Talk talk = world.talk({"TLS", "W: " + row.bytes, "S", "END"});
      BOOST_TEST(talk.seen == (Strings{"tls ok", row.answer, "eof after 0"}), tools::per_element());
    }
  }
  world.settle();
  BOOST_TEST(world.events_of("no-request").size() == rows.size());
  BOOST_TEST(world.events_of("request").empty());
  BOOST_TEST(world.talk(fetch).seen.at(1) == "200 text/plain");
}

BOOST_AUTO_TEST_CASE(slow) {
  World world;
  world.start(honest(), {.handshake = 100ms, .idle = 100ms, .request = 100ms});
  // Silent before TLS, after it, and inside a request.
  BOOST_TEST(world.talk({"END"}).seen.at(0) == "eof after 0");
  BOOST_TEST(world.talk({"TLS", "END"}).seen.at(1) == "eof after 0");
  BOOST_TEST(world.talk({"TLS", "W: GET / HT", "END"}).seen.at(1) == "eof after 0");
  world.settle();
  BOOST_TEST(world.events_of("tls-failed") == Strings{"tls-failed start"}, tools::per_element());
  BOOST_TEST(world.events_of("no-request") == Strings{"no-request 0"}, tools::per_element());
}

// A byte now and then does not move the deadline of a request.
BOOST_AUTO_TEST_CASE(a_request_that_drips) {
  World world;
  world.start(honest(), {.idle = 10s, .request = 150ms});
  Strings script = {"TLS"};
  for (const std::string part : {"GE", "T /.well-known/", "mta-sts.txt ", "HTTP/1.1|",
                                 "Host: ", "mta-sts", ".rcpt.", "test|", "|"}) {
    script.push_back("W: " + part);
    script.push_back("P: 40");
  }
  script.push_back("S");
  BOOST_TEST(world.talk(script).seen.at(1).ends_with(" after 0"));
  world.settle();
  BOOST_TEST(world.events_of("no-request").size() == 1u);
  BOOST_TEST(world.events_of("request").empty());
}

BOOST_AUTO_TEST_CASE(chunks_that_drip) {
  World world;
  world.start(honest());
  Strings script = {"TLS",
                    "W: GET /.well-known/mta-sts.txt HTTP/1.1|Host: mta-sts.rcpt.test|"
                    "Transfer-Encoding: chunked|Connection: close||"};
  for (const std::string byte : {"0", "\r", "\n", "\r", "\n"})
    script.push_back("W: " + byte);
  script.push_back("S");
  BOOST_TEST(world.talk(script).seen.at(1) == "200 text/plain");
}

BOOST_AUTO_TEST_CASE(cut_short) {
  World world;
  world.start(honest());
  for (const std::string end : {"FIN", "RST"}) {
    world.talk({end});
    world.talk({"TLS", end});
    world.talk({"TLS", "W: GET / HTTP/1.1|", end});
    world.talk({"TLS", "W: POST / HTTP/1.1|Host: h|Content-Length: 5||ab", end});
    world.talk({"TLS", "W: " + policy_request + "|", end});
    world.talk({"R: \x16\x03\x01", end});
  }
  world.settle();
  BOOST_TEST(world.talk(fetch).seen.at(1) == "200 text/plain");
}

BOOST_AUTO_TEST_CASE(no_tls) {
  World world;
  world.start(honest());
  world.talk({"R: " + policy_request + "|", "END"});
  world.settle();
  BOOST_TEST(world.events_of("tls-failed") == Strings{"tls-failed start"}, tools::per_element());
  BOOST_TEST(world.events_of("request").empty());
}

BOOST_AUTO_TEST_CASE(sessions_are_bounded) {
  World world;
  world.start(honest(), {.sessions_max = 0});
  BOOST_TEST(world.talk({"TLS"}).seen.at(0) == "tls eof");
}

BOOST_AUTO_TEST_CASE(stopping_ends_what_is_open) {
  World world;
  PolicyHostSpec spec = honest();
  spec.answers[0].delay = 60s;
  world.start(spec);
  world.policy_host->host().on_progress = [] {};
  net::asio::steady_timer stop(world.io, 100ms);
  stop.async_wait([&](auto) { world.policy_host->host().stop(); });
  const Talk talk = world.talk({"TLS", "W: " + policy_request + "|", "S"});
  BOOST_TEST(talk.seen.at(1).find(" after 0") != std::string::npos);
  world.settle();
  BOOST_TEST(world.talk({"TLS"}).seen.at(0) == "tls eof");
}

BOOST_AUTO_TEST_SUITE_END()
