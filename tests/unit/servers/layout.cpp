// The directory of an instance, policy lines, and the files that an isolated lab shows in /etc.
#include "harness/servers/layout.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "folder.hpp"
#include "harness/lab/namespaces.hpp"
#include "harness/servers/surroundings.hpp"
#include "harness/servers/syslog.hpp"

using namespace smtprig;
using tests::Folder;

namespace {

model::ServerDescription toy(const std::filesystem::path& folder) {
  model::ServerDescription description;
  description.name = "toy";
  description.folder = folder;
  description.users = {{"mail", 2101, false}, {"drop", 2102, true}};
  description.policies = {{model::Policy::may, "{domain} may"},
                          {model::Policy::fingerprint, "{domain} {sha256} {sha256-colons}"}};
  description.directories = {{"spool/active", "mail", "drop", 0730}};
  description.files = {{"etc/main", "main"}};
  return description;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layout)

BOOST_AUTO_TEST_CASE(policy_lines) {
  const model::ServerDescription description = toy("");
  BOOST_TEST(servers::policy_lines(description, {}) == "");
  const std::vector<servers::DomainPolicy> domains = {
      {"a.test", model::Policy::may, {}}, {"b.test", model::Policy::fingerprint, {"00af", "12be"}}};
  BOOST_TEST(servers::policy_lines(description, domains) ==
             "a.test may\nb.test 00af|12be 00:AF|12:BE\n");
  const std::vector<servers::DomainPolicy> unknown = {{"c.test", model::Policy::dane, {}}};
  BOOST_CHECK_THROW(servers::policy_lines(description, unknown), lab::LabError);
}

BOOST_AUTO_TEST_CASE(tls_reports) {
  servers::InstanceSettings settings;
  settings.description = toy("");
  settings.description.policies = {{model::Policy::may, "{domain} may"}};
  settings.domains = {{"a.test", model::Policy::may, {}},
                      {.domain = "b.test", .policy = model::Policy::may, .tls_reports = true}};
  const lab::Network network(lab::Mode::loopback);
  BOOST_TEST(servers::placeholder_values(settings, network).at("tls-reports") == "");
  settings.description.tls_reports = "report {domain}";
  BOOST_TEST(servers::placeholder_values(settings, network).at("tls-reports") == "report b.test\n");
}

BOOST_AUTO_TEST_CASE(relays) {
  using smtprig::fakes::Service;
  model::ServerDescription description = toy("");
  description.policies = {{model::Policy::may, "{destination} may"}};
  description.relays = {{Service::submission, "{domain} to [{relay}]:{relay-port}",
                         "[{relay}]:{relay-port}", "{relay} {user}:{password}"},
                        {Service::lmtp, "{domain} lmtp {relay}", "", ""}};
  servers::InstanceSettings settings;
  settings.description = description;
  const model::Account account{"tim", "x y"};
  settings.domains = {
      {"a.test", model::Policy::may, {}},
      {"b.test", model::Policy::may, {}, {{"r.b.test", 587, Service::submission, account}}},
      {"c.test", model::Policy::may, {}, {{"r.c.test", 24, Service::lmtp, std::nullopt}}}};
  const lab::Network network(lab::Mode::loopback);
  const auto values = servers::placeholder_values(settings, network);
  BOOST_TEST(values.at("policies") == "a.test may\n[r.b.test]:587 may\nc.test may\n");
  BOOST_TEST(values.at("relays") == "b.test to [r.b.test]:587\nc.test lmtp r.c.test\n");
  BOOST_TEST(values.at("logins") == "r.b.test tim:x y\n");
  settings.domains.back().relay->service = Service::smtp;
  BOOST_CHECK_THROW(servers::placeholder_values(settings, network), lab::LabError);
}

// A policy that a companion answers for: no line of its own, but a route, and another at a relay.
BOOST_AUTO_TEST_CASE(routes) {
  using smtprig::fakes::Service;
  servers::InstanceSettings settings;
  settings.description = toy("");
  settings.description.policies = {{.policy = model::Policy::mta_sts,
                                    .relay_line = "{destination} may",
                                    .route = "{domain} sts:"}};
  settings.description.relays = {{Service::lmtp, "{domain} lmtp:{relay}", "", ""}};
  settings.domains = {
      {"a.test", model::Policy::mta_sts, {}},
      {"b.test", model::Policy::mta_sts, {}, {{"r.b.test", 24, Service::lmtp, std::nullopt}}}};
  const auto values = servers::placeholder_values(settings, lab::Network(lab::Mode::loopback));
  BOOST_TEST(values.at("policies") == "b.test may\n");
  BOOST_TEST(values.at("relays") == "b.test lmtp:r.b.test\na.test sts:\n");
}

BOOST_AUTO_TEST_CASE(companions) {
  servers::InstanceSettings settings;
  settings.description = toy("");
  settings.description.policies.push_back(
      {.policy = model::Policy::mta_sts, .companion = "helper"});
  settings.description.companions = {{.name = "helper", .text = ", at {smtp-port}"}};
  settings.domains = {{"a.test", model::Policy::may, {}}};
  const lab::Network network(lab::Mode::loopback);
  BOOST_TEST(servers::needed_companions(settings).empty());
  BOOST_TEST(servers::placeholder_values(settings, network).at("helper") == "");
  settings.domains.push_back({"b.test", model::Policy::mta_sts, {}});
  BOOST_TEST(servers::needed_companions(settings).size() == 1U);
  const auto values = servers::placeholder_values(settings, network);
  BOOST_TEST(values.at("helper") == ", at " + values.at("smtp-port"));
}

BOOST_AUTO_TEST_CASE(lay_out) {
  Folder folder;
  folder.write("source/main", "dir={dir} ca={ca-file} port={smtp-port}\n{policies}");
  servers::InstanceSettings settings;
  settings.description = toy(folder.path / "source");
  settings.directory = folder.path / "instance";
  settings.trusted_pem = "PEM";
  settings.domains = {{"a.test", model::Policy::may, {}}};
  const lab::Network network(lab::Mode::loopback);
  const servers::Values values = servers::placeholder_values(settings, network);
  servers::lay_out(settings, values);

  const std::string dir = settings.directory.string();
  BOOST_TEST(servers::read_file(settings.directory / "etc/main") ==
             "dir=" + dir + " ca=" + dir + "/ca.pem port=" + std::to_string(network.smtp_port()) +
                 "\na.test may\n");
  BOOST_TEST(servers::read_file(settings.directory / "ca.pem") == "PEM");
  struct stat spool {
  }, main{};
  BOOST_TEST_REQUIRE(::stat((dir + "/spool/active").c_str(), &spool) == 0);
  BOOST_TEST((spool.st_mode & 07777) == 0730);
  if (::geteuid() == 0) {
    BOOST_TEST(spool.st_uid == 2101);
    BOOST_TEST(spool.st_gid == 2102);
  }
  BOOST_TEST_REQUIRE(::stat((dir + "/etc/main").c_str(), &main) == 0);
  BOOST_TEST(main.st_mtime < ::time(nullptr) - 3600);

  settings.description.files.push_back({"etc/other", "missing"});
  BOOST_CHECK_THROW(servers::lay_out(settings, values), lab::LabError);
}

BOOST_AUTO_TEST_CASE(users) {
  const std::vector<model::ServerUser> users = {{"postfix", 2101, false}, {"postdrop", 2102, true}};
  BOOST_TEST(servers::with_users("root:x:0:0:root:/root:/bin/sh\npostfix:x:102:106::/:/bin/false\n"
                                 "someone:x:2101:1::/:/bin/sh\n",
                                 users) ==
             "root:x:0:0:root:/root:/bin/sh\npostfix:x:2101:2101::/:/usr/sbin/nologin\n");
  BOOST_TEST(servers::with_groups("root:x:0:\npostdrop:x:107:\nodd\n", users) ==
             "root:x:0:\nodd\npostfix:x:2101:\npostdrop:x:2102:\n");
}

BOOST_AUTO_TEST_CASE(subordinate_ids) {
  using lab::subordinate_ids;
  const std::pair<const char*, std::optional<unsigned>> rows[] = {
      {"", std::nullopt},
      {"me:100000:65536\n", 100000u},
      {"you:1:65536\nme:200000:65536", 200000u},
      {"1000:300000:100", 300000u},
      {"me:100000:99\nme:400000:100\n", 400000u},
      {"me:x:65536\nme:1\nme\n:::\nme:1:-5\n", std::nullopt},
      {"mee:100000:65536\n", std::nullopt},
  };
  for (const auto& [text, expected] : rows) {
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST((subordinate_ids(text, "me", 1000) == expected));
    }
  }
}

BOOST_AUTO_TEST_CASE(syslog_priorities) {
  const std::pair<const char*, const char*> rows[] = {
      {"<22>Nov 24 x", "Nov 24 x"},
      {"<191>a\n", "a"},
      {"plain", "plain"},
      {"", ""},
      {"<22>", ""},
      {"<22222>a", "<22222>a"},
      {"<22>a\nb\n", "a b"},
  };
  for (const auto& [datagram, expected] : rows) {
    BOOST_TEST_CONTEXT(datagram) {
      BOOST_TEST(servers::without_priority(datagram) == expected);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
