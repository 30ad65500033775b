// Alerts as bytes and by name, and the two extensions of a ClientHello that are read.
#include <string>

#include <boost/test/unit_test.hpp>

#include "fakes/tls/client_hello.hpp"
#include "fakes/tls/engine.hpp"

namespace smtprig::fakes::tls {
namespace {

using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(alerts)

BOOST_AUTO_TEST_CASE(an_alert_is_one_record) {
  BOOST_TEST((alert_record(Alert{}) == "\x15\x03\x03\x00\x02\x02\x28"s));
  BOOST_TEST((alert_record(Alert{1, 0}) == "\x15\x03\x03\x00\x02\x01\x00"s));
  BOOST_TEST((alert_record(Alert{255, 255}) == "\x15\x03\x03\x00\x02\xff\xff"s));
}

BOOST_AUTO_TEST_CASE(alerts_have_the_names_of_the_rfcs) {
  struct Row {
    int number;
    const char* name;
  };
  for (const Row& row :
       {Row{0, "close_notify"}, Row{40, "handshake_failure"}, Row{42, "bad_certificate"},
        Row{48, "unknown_ca"}, Row{70, "protocol_version"}, Row{112, "unrecognized_name"},
        Row{116, "certificate_required"}, Row{120, "no_application_protocol"}, Row{1, "unknown"},
        Row{255, "unknown"}, Row{-1, "unknown"}, Row{256, "unknown"}}) {
    BOOST_TEST(alert_name(row.number) == row.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(client_hello)

BOOST_AUTO_TEST_CASE(the_server_name_is_read) {
  struct Row {
    const char* name;
    std::string bytes;
    std::string expected;
  };
  const Row rows[] = {
      {"one name",
       "\x00\x07\x00\x00\x04"
       "a.bc"s,
       "a.bc"},
      {"absent", "", ""},
      {"empty list", "\x00\x00"s, ""},
      {"list longer than the extension",
       "\x00\x08\x00\x00\x04"
       "a.bc"s,
       ""},
      {"name longer than the list",
       "\x00\x07\x00\x00\x05"
       "a.bc"s,
       ""},
      {"no length", "\x00\x02\x00\x00"s, ""},
      {"another type first",
       "\x00\x0b\x01\x00\x01x\x00\x00\x04"
       "a.bc"s,
       "a.bc"},
      {"another type only", "\x00\x04\x01\x00\x01x"s, ""},
      {"two names", "\x00\x08\x00\x00\x01x\x00\x00\x01y"s, "x"},
      {"bytes as they came", "\x00\x05\x00\x00\x02\x00\xff"s, "\x00\xff"s},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST((server_name_of(row.bytes) == row.expected));
    }
  }
  std::string large = "\x13\x8b\x00\x13\x88"s + std::string(5'000, 'a');
  BOOST_TEST(server_name_of(large).size() == 1'024u);
}

BOOST_AUTO_TEST_CASE(the_protocols_are_read) {
  struct Row {
    const char* name;
    std::string bytes;
    std::string expected;
  };
  const Row rows[] = {
      {"one", "\x00\x05\x04smtp"s, "smtp"},
      {"two", "\x00\x0c\x02h2\x08http/1.1"s, "h2,http/1.1"},
      {"absent", "", ""},
      {"cut", "\x00\x05\x05smtp"s, ""},
      {"list longer than the extension", "\x00\x06\x04smtp"s, ""},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(protocols_of(row.bytes) == row.expected);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::fakes::tls
