// What can be played behind a validating resolver, and why the rest cannot.
#include <boost/test/unit_test.hpp>

#include "harness/model/dns_mode.hpp"

namespace smtprig::model::test {

BOOST_AUTO_TEST_SUITE(dns_mode)

BOOST_AUTO_TEST_CASE(names_of_modes) {
  for (const auto mode : {DnsMode::claimed, DnsMode::signed_zones})
    BOOST_TEST((dns_mode_named(name(mode)) == mode));
  BOOST_TEST(!dns_mode_named("signed-zones"));
}

BOOST_AUTO_TEST_CASE(what_is_left_out) {
  using enum fakes::DnsReply;
  struct Row {
    DnsFault fault;
    bool secure;
    const char* reason;  // a part of it; empty: it is played
  };
  const auto ms = [](int number) { return std::chrono::milliseconds(number); };
  const Row rows[] = {
      {{"@", "MX", servfail, {}, ms(0)}, true, ""},
      {{"@", "MX", servfail, {}, ms(0)}, false, ""},
      {{"mx", "TLSA", nodata, {}, ms(0)}, true, ""},
      {{"mx", "TLSA", nxdomain, {}, ms(0)}, true, ""},
      {{"@", "*", nxdomain, {}, ms(0)}, false, ""},
      {{"@", "*", nxdomain, {}, ms(0)}, true, "* @ (NXDOMAIN): the apex"},
      {{"mx", "A", insecure, {}, ms(0)}, true, ""},
      {{"@", "MX", insecure, {}, ms(0)}, false, ""},
      {{"@", "MX", insecure, {}, ms(0)}, true, "MX @ (insecure): nothing below"},
      {{"alias", "A", insecure, {}, ms(0)}, true, "A alias (insecure): an alias"},
      {{"alias", "A", insecure, {}, ms(0)}, false, ""},
      {{"@", "MX", refused, {}, ms(0)}, false, "makes SERVFAIL of it"},
      {{"@", "MX", formerr, {}, ms(0)}, false, "makes SERVFAIL of it"},
      {{"@", "MX", notimp, {}, ms(0)}, false, "makes SERVFAIL of it"},
      {{"@", "MX", none, {}, ms(0)}, false, "MX @ (none): a resolver copes"},
      {{"@", "MX", truncated, {}, ms(0)}, false, "copes"},
      {{"@", "MX", wrong_id, {}, ms(0)}, false, "copes"},
      {{"@", "MX", garbage, {}, ms(0)}, false, "copes"},
      {{"@", "MX", honest, {}, ms(1)}, false, "MX @ (late): a resolver has patience"},
      {{"@", "MX", nodata, {}, ms(1)}, false, "MX @ (NODATA): a resolver has patience"},
      {{"@", "MX", servfail, {1, 1}, ms(0)}, false, "an order and number of its own"},
  };
  for (const Row& row : rows) {
    Scenario scenario;
    scenario.secure = row.secure;
    scenario.records = {{"alias", "CNAME", "target"}, {"mx", "TXT", "x"}};
    scenario.dns_faults = {{.name = "mx", .type = "TXT", .reply = nodata}, row.fault};
    const auto reason = left_out_of(DnsMode::signed_zones, scenario);
    BOOST_TEST_CONTEXT(row.fault.type << ' ' << row.fault.name << ": " << reason) {
      BOOST_TEST(reason.empty() == std::string(row.reason).empty());
      BOOST_TEST(reason.find(row.reason) != std::string::npos);
      BOOST_TEST(left_out_of(DnsMode::claimed, scenario).empty());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::model::test
