// When the report of a domain is due; and how TLS went, as a session tells it.
#include "harness/servers/embedded/tls_reporter.hpp"

#include "harness/servers/embedded/delivery.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace smtprig::embedded;
using namespace std::chrono_literals;
using smtprig::model::Policy;

struct Office {
  explicit Office(std::chrono::milliseconds quiet = 1ms)
      : reporter(io, resolver, settings(quiet),
                 [this](std::string domain) { due.push_back(std::move(domain)); }) {}

  static TlsReporterSettings settings(std::chrono::milliseconds quiet) {
    TlsReporterSettings settings;
    settings.domains = {"a.test", "b.test"};
    settings.quiet = quiet;
    return settings;
  }

  boost::asio::io_context io{1};
  Resolver resolver{{}, 1ms, {}};
  std::vector<std::string> due;
  TlsReporter reporter;
};

// What the peer does: a reply ("250-a|250 b"), or how the handshake ends.
void meet(Delivery& delivery, const std::string& what) {
  if (what == "!good") {
    delivery.tls_up({.satisfied = true});
  } else if (what == "!expired") {
    delivery.tls_up({.cause = "certificate-expired"});
  } else if (what == "!failed") {
    delivery.tls_failed("no shared cipher");
  } else if (what == "!lost") {
    delivery.lost("connection closed");
  } else {
    smtprig::fakes::smtp::ReplyParser parser;
    std::istringstream lines(what);
    for (std::string line; std::getline(lines, line, '|');)
      parser.feed(line);
    delivery.reply(parser.reply());
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_reporter)

BOOST_AUTO_TEST_CASE(due_when_no_mail_is_left) {
  Office office;
  office.reporter.began("a.test");
  office.reporter.began("a.test");
  office.reporter.ended("a.test");
  office.io.run();
  BOOST_TEST(office.due.empty());
  office.reporter.ended("a.test");
  office.io.restart();
  office.io.run();
  BOOST_TEST(office.due == std::vector<std::string>{"a.test"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(not_due_when_mail_comes) {
  Office office(10min);
  office.reporter.began("a.test");
  office.reporter.ended("a.test");
  office.reporter.began("a.test");
  office.io.run();
  BOOST_TEST(office.due.empty());
}

BOOST_AUTO_TEST_CASE(others_are_left_alone) {
  Office office;
  BOOST_TEST((office.reporter.wants("b.test") && !office.reporter.wants("c.test")));
  office.reporter.began("c.test");
  office.reporter.ended("c.test");
  office.reporter.ended("b.test");
  office.io.run();
  BOOST_TEST(office.due.empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_due_behind_stop) {
  Office office;
  office.reporter.began("a.test");
  office.reporter.ended("a.test");
  office.reporter.stop();
  office.io.run();
  BOOST_TEST(office.due.empty());
}

// RFC 8460 4.3: "-" where there is nothing to say.
BOOST_AUTO_TEST_CASE(how_tls_went) {
  struct Row {
    std::vector<std::string> peer;
    std::string told;
    Policy policy = Policy::may;
    bool falling_back = false;
  };
  const std::string offers = "250-mx|250 STARTTLS";
  const std::vector<Row> rows = {
      {{"220 mx", offers, "220 go", "!good"}, "ok"},
      {{"220 mx", offers, "220 go", "!expired"}, "certificate-expired", Policy::verify},
      {{"220 mx", offers, "220 go", "!failed"}, "validation-failure"},
      {{"220 mx", offers, "454 no"}, "starttls-not-supported"},
      {{"220 mx", "250 mx"}, "starttls-not-supported"},
      {{"220 mx", "250 mx"}, "starttls-not-supported", Policy::encrypt},
      {{"220 mx", "250 mx"}, "-", Policy::none},
      {{"220 mx", offers}, "-", Policy::may, true},
      {{"220 mx", offers, "!lost"}, "-"},
      {{"421 busy"}, "-"},
  };
  Message message;
  message.recipients.push_back({.address = "r@to.test"});
  for (const Row& row : rows) {
    SessionPlan plan{.hostname = "me.test",
                     .policy = row.policy,
                     .falling_back = row.falling_back,
                     .message = &message,
                     .recipients = {0}};
    Delivery delivery(std::move(plan), {});
    delivery.start();
    for (const std::string& each : row.peer)
      meet(delivery, each);
    const TlsEnd& tls = delivery.result().tls;
    const std::string told = tls.result_type.empty() ? tls.tried ? "ok" : "-" : tls.result_type;
    BOOST_TEST(told == row.told, row.peer.back() << ": " << told);
  }
}

BOOST_AUTO_TEST_SUITE_END()
