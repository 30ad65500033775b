// The configuration file, the policy table, the schedule and the list of planted defects.
#include "harness/servers/embedded/config.hpp"

#include "harness/servers/embedded/mutants.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace smtprig::embedded;
using smtprig::model::Policy;
using namespace std::chrono_literals;

const std::string base = R"("hostname": "me.test", "listen": "127.0.0.1:25", "dns": "[::1]:53")";

auto parse(const std::string& members) {
  return parse_config("{" + members + "}", ".");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(config)

BOOST_AUTO_TEST_CASE(silent_file_has_real_values) {
  const auto config = parse(base);
  BOOST_REQUIRE(config.has_value());
  BOOST_TEST(config->hostname == "me.test");
  BOOST_TEST(config->listen.port() == 25);
  BOOST_TEST(config->dns.address().is_v6());
  BOOST_TEST(config->smtp_port == 25);
  BOOST_TEST((config->policies.find("any.test").policy == Policy::may));
  BOOST_TEST((config->timeouts.final_dot == 10min));
  BOOST_TEST((config->schedule.wait_after(1) == 5min));
}

BOOST_AUTO_TEST_CASE(all_members) {
  const auto config = parse(base + R"(, "smtp_port": 2525, "default_policy": "none",
    "policies": [{"domain": "A.test", "policy": "fingerprint", "pins": [")" +
                            std::string(64, 'a') +
                            R"("]}, {"domain": "b.test", "policy": "secure"}],
    "retry_ms": [30, 40], "timeouts_ms": {"reply": 7}, "limits": {"clients_max": 3})");
  BOOST_REQUIRE(config.has_value());
  BOOST_TEST(config->smtp_port == 2525);
  BOOST_TEST((config->policies.find("a.TEST").policy == Policy::fingerprint));
  BOOST_TEST(config->policies.find("a.test").pins.size() == 1u);
  BOOST_TEST((config->policies.find("b.test").policy == Policy::secure));
  BOOST_TEST((config->policies.find("sub.b.test").policy == Policy::none));
  BOOST_TEST((config->schedule.wait_after(2) == 40ms));
  BOOST_TEST(!config->schedule.wait_after(3).has_value());
  BOOST_TEST((config->timeouts.reply == 7ms));
  BOOST_TEST(config->limits.clients_max == 3u);
}

BOOST_AUTO_TEST_CASE(errors_name_the_member) {
  struct Row {
    std::string members;
    std::string message;
  };
  const std::vector<Row> rows = {
      {R"("hostname": "x")", "listen: missing"},
      {base + R"(, "retry": [1])", "retry: unknown member"},
      {base + R"(, "retry_ms": 5)", "retry_ms: expected an array"},
      {base + R"(, "retry_ms": [-1])", "retry_ms: expected a whole number from 0 to 2592000000"},
      {base + R"(, "smtp_port": 70000)", "smtp_port: expected a whole number from 1 to 65535"},
      {base + R"(, "default_policy": "require-client-cert")",
       "default_policy: unknown policy \"require-client-cert\" (none, may, encrypt, fingerprint, "
       "verify, secure, dane, dane-only, mta-sts, dane+mta-sts)"},
      {base + R"(, "https_port": 0)", "https_port: expected a whole number from 1 to 65535"},
      {base + R"(, "timeouts_ms": {"replies": 1})",
       "timeouts_ms.replies: unknown member (dns, connect, reply, handshake, final_dot, quit, "
       "client, https)"},
      {base + R"(, "timeouts_ms": {"reply": 0})", "timeouts_ms.reply: must be above zero"},
      {base + R"(, "policies": [{"domain": "a.test", "policy": "may", "pin": "x"}])",
       "policies[].pin: unknown member (domain, policy, pins)"},
      {base + R"(, "policies": [{"domain": "a.test", "policy": "fingerprint", "pins": ["AB"]}])",
       "policies: pin \"AB\" is not 64 lower-case hex digits"},
      {base + R"(, "ca_file": "no/such/file")", "ca_file: cannot read ./no/such/file"},
      {R"("hostname": "x", "listen": "localhost:25", "dns": "127.0.0.1:53")",
       "listen: \"localhost:25\" is not an address and port (127.0.0.1:25, [::1]:25)"},
      {R"("hostname": "x", "listen": "::1:25", "dns": "127.0.0.1:53")",
       "listen: \"::1:25\" is not an address and port (127.0.0.1:25, [::1]:25)"},
      {R"("hostname": 1)", "hostname: expected a string"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.members) {
      const auto config = parse(row.members);
      BOOST_REQUIRE(!config.has_value());
      BOOST_TEST(config.error().message == row.message);
    }
  }
  BOOST_TEST(parse_config("{", ".").has_error());
  BOOST_TEST(parse_config("[]", ".").error().message == "file: expected an object");
}

BOOST_AUTO_TEST_CASE(listener_lines) {
  struct Row {
    std::string text;
    std::string error;
  };
  const std::vector<Row> rows = {
      {"", ""},
      {"# all\n\n127.0.0.1:25 may smtp # here\n[::1]:587\tencrypt  submission\r\n", ""},
      {"127.0.0.1:0 none smtp\n127.0.0.1:0 none smtp\n", ""},
      {"127.0.0.1:25 may", "line 1: expected: address:port policy service"},
      {"127.0.0.1:25 may smtp x", "line 1: expected: address:port policy service"},
      {"\nlocalhost:25 may smtp",
       "line 2: \"localhost:25\" is not an address and port (127.0.0.1:25, [::1]:25)"},
      {"127.0.0.1:25 verify smtp",
       "line 1: unknown policy \"verify\" (none, may, encrypt, require-client-cert)"},
      {"127.0.0.1:25 may SMTP", "line 1: unknown service \"SMTP\" (smtp, submission, submissions)"},
      {"127.0.0.1:465 none submissions",
       "line 1: submissions is TLS from the first byte: policy none cannot hold"},
      {"127.0.0.1:25 may smtp\n127.0.0.1:25 none smtp", "line 2: 127.0.0.1:25 stands twice"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.text) {
      const auto entries = parse_listeners(row.text);
      BOOST_TEST((entries ? std::string() : entries.error().message) == row.error);
    }
  }
  const auto entries =
      parse_listeners("127.0.0.1:1 require-client-cert smtp\n127.0.0.1:2 encrypt submissions\n");
  BOOST_REQUIRE(entries->size() == 2u);
  BOOST_TEST(entries->at(0).endpoint.port() == 1);
  BOOST_TEST((entries->at(0).policy == InboundPolicy::require_client_cert));
  BOOST_TEST((entries->at(1).service == Service::submissions));
}

BOOST_AUTO_TEST_CASE(files_of_the_inbound_side) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("smtprig-config-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const auto write = [&folder](const std::string& file, const std::string& text) {
    std::ofstream(folder / file) << text;
  };
  const auto error_of = [&folder](const std::string& members) {
    const auto config = parse_config("{" + base + members + "}", folder);
    return config ? std::string() : config.error().message;
  };
  write("listeners.txt", "127.0.0.1:0 require-client-cert smtp\n");
  write("plain.txt", "127.0.0.1:0 none smtp\n");
  write("bad.txt", "nonsense\n");
  write("server.pem", "key and certificate");
  write("ca.pem", "a root");
  const std::string listeners = R"(, "listeners_file": "listeners.txt")";
  const std::string certificate = R"(, "certificate_file": "server.pem")";
  BOOST_TEST(error_of(R"(, "listeners_file": "plain.txt")") == "");
  BOOST_TEST(error_of(R"(, "listeners_file": "bad.txt")") ==
             "listeners_file: line 1: expected: address:port policy service");
  BOOST_TEST(error_of(listeners) ==
             "listeners_file: policy require-client-cert needs certificate_file");
  BOOST_TEST(error_of(listeners + certificate) ==
             "listeners_file: policy require-client-cert needs ca_file");
  BOOST_TEST(error_of(R"(, "ca_file": "ca.pem")" + listeners + certificate) == "");
  BOOST_TEST(error_of(R"(, "users": ["a"])") == "users: expected an object");
  BOOST_TEST(error_of(R"(, "users": {"a": 1})") == "users.a: expected a string");
  BOOST_TEST(error_of(R"(, "users": {"": "x"})") == "users: a name is empty");
  write("reports.txt", "# those that ask\nA.test\n\nb.test # and this\n");
  const std::string reports = R"(, "tls_report_file": "reports.txt", "tls_report_ms": 5)";
  const auto reporting = parse_config("{" + base + reports + "}", folder);
  BOOST_REQUIRE(reporting.has_value());
  BOOST_TEST((reporting->tls_reports.contains("a.test") && reporting->tls_reports.size() == 2));
  BOOST_TEST((reporting->tls_report == 5ms));
  write("reports.txt", "a.test yes\n");
  BOOST_TEST(error_of(reports) == "tls_report_file: line 1: expected a domain");
  const auto config =
      parse_config("{" + base + R"(, "users": {"a": "x", "b c": "y"})" + certificate + "}", folder);
  BOOST_TEST(config->users.at("b c") == "y");
  BOOST_TEST(config->certificate_pem == "key and certificate");
  std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_CASE(policy_lines) {
  struct Row {
    std::string text;
    std::string error;
  };
  const std::string pin(64, '1');
  const std::vector<Row> rows = {
      {"a.test may\n\n# comment\nb.test  fingerprint " + pin + "|" + std::string(64, '2') +
           " # why\r\n",
       ""},
      {"a.test fingerprint \n", ""},
      {"a.test\n", "line 1: expected: domain policy [pin|pin...]"},
      {"a.test may\na.test none", "line 2: domain a.test has two policies"},
      {"a.test may " + pin, "line 1: policy may of a.test takes no pins"},
      {"a.test. may", "line 1: \"a.test.\" is not a domain without final dot"},
      {"a.test maybe",
       "line 1: unknown policy \"maybe\" (none, may, encrypt, fingerprint, verify, secure, dane, "
       "dane-only, mta-sts, dane+mta-sts)"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.text) {
      PolicyTable table;
      const auto added = table.add_lines(row.text);
      BOOST_TEST((added ? std::string() : added.error().message) == row.error);
    }
  }
  PolicyTable table;
  BOOST_REQUIRE(table.add_lines(rows[0].text).has_value());
  BOOST_TEST(table.find("b.test").pins.size() == 2u);
}

BOOST_AUTO_TEST_CASE(real_schedule) {
  const Schedule schedule;
  std::chrono::milliseconds total{0};
  for (const auto wait : schedule.waits()) {
    BOOST_TEST((5min <= wait && wait <= 4h));
    total += wait;
  }
  BOOST_TEST((total <= 120h && total > 115h));
  BOOST_TEST(!schedule.wait_after(0).has_value());
  BOOST_TEST(!schedule.wait_after(static_cast<unsigned>(schedule.waits().size()) + 1).has_value());
  BOOST_TEST(!Schedule(std::vector<std::chrono::milliseconds>{}).wait_after(1).has_value());
}

BOOST_AUTO_TEST_CASE(mutants_by_name) {
  BOOST_TEST(!mutant_named("no-such").has_value());
  BOOST_TEST(mutant_named("ignores-null-mx")->ignores_null_mx);
  // One name per field: no two are alike, and the list holds each.
  const std::string list = mutant_list();
  BOOST_TEST(static_cast<std::size_t>(std::count(list.begin(), list.end(), '\n')) ==
             sizeof(Mutants) / sizeof(bool));
}

BOOST_AUTO_TEST_SUITE_END()
