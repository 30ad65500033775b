// server.xml.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

namespace smtprig::xml::test {
namespace {

using Told = std::vector<std::string>;
using Argv = model::Argv;

constexpr const char* full = R"x(<server xmlns="urn:smtprig:1" name="postfix" namespace="yes"
    package="postfix" attempts="4" start-deadline="30s" stop-deadline="500ms">
  <summary>Postfix of the
    system.</summary>
  <program path="/usr/sbin/postconf" or-else="/opt/postfix/postconf" folder="tools"/>
  <user name="postfix" id="2101"/>
  <user name="postdrop" id="2102" group-only="yes"/>
  <version expression="mail_version = ([0-9.]+)">
    <argument>postconf</argument><argument>mail_version</argument>
  </version>
  <policy name="none" line="{domain} none"/>
  <policy name="fingerprint" line="{domain} fingerprint match={sha256-colons}"/>
  <policy name="may"/>
  <directory path="spool/maildrop" owner="postfix" group="postdrop" mode="0730"/>
  <directory path="data"/>
  <file path="etc/main.cf" source="main.cf"/>
  <configuration folder="etc" home="/etc/postfix" port="2525">
    <file path="rig/main.cf" source="main.cf"/>
    <rewrite file="master.cf" because="no chroot" matching="^(.)y" to="\1n"/>
    <rewrite file="master.cf" because="no names" matching="x"/>
    <override file="main.cf" because="the lab's" if-set="yes" when="a" unless="b">
      relayhost =
      a = b \
        c
    </override>
    <reference expression="hash:(?P&lt;path>/.*)"><argument>postmap</argument></reference>
    <reference expression="mysql:"/>
  </configuration>
  <start><argument>/usr/lib/postfix/sbin/master</argument><argument>-s</argument></start>
  <flush><argument>postqueue</argument><argument>-f</argument></flush>
  <remove><argument>postsuper</argument><argument>-d</argument><argument>-</argument></remove>
  <stop signal="INT"/>
  <log kind="deferred"><![CDATA[
    (?P<queue_id>[A-F0-9]+): to=<(?P<recipient>[^>]+)>, (?P<detail>.*)
  ]]></log>
</server>)x";

std::string with(const std::string& children) {
  return "<server xmlns=\"urn:smtprig:1\" name=\"x\">\n<summary>s</summary><policy name=\"may\"/>"
         "<start><argument>x</argument></start>\n" +
         children + "\n</server>";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(server)

BOOST_AUTO_TEST_CASE(everything_arrives) {
  const Folder folder;
  folder.write("postfix/main.cf", "");
  const auto read = read_server(folder.write("postfix/server.xml", full));
  BOOST_TEST(told(read.problems) == Told{}, boost::test_tools::per_element());
  const auto& server = read.server;
  BOOST_TEST(server.name == "postfix");
  BOOST_TEST(server.folder == folder.path() / "postfix");
  BOOST_TEST(server.summary == "Postfix of the system.");
  BOOST_TEST(server.needs_namespace);
  BOOST_TEST(server.package == "postfix");
  BOOST_TEST(server.attempts == 4U);
  BOOST_TEST(server.start_deadline.count() == 30'000);
  BOOST_TEST(server.stop_deadline.count() == 500);
  BOOST_TEST_REQUIRE(server.programs.size() == 1);
  BOOST_TEST(server.programs[0].path == "/usr/sbin/postconf");
  BOOST_TEST(server.programs[0].or_else == "/opt/postfix/postconf");
  BOOST_TEST(server.programs[0].folder == "tools");
  BOOST_REQUIRE(server.users.size() == 2);
  BOOST_TEST(server.users[1].name == "postdrop");
  BOOST_TEST(server.users[1].id == 2102U);
  BOOST_TEST(server.users[1].group_only);
  BOOST_TEST(!server.users[0].group_only);
  BOOST_TEST(server.version_command == (Argv{"postconf", "mail_version"}),
             boost::test_tools::per_element());
  BOOST_TEST(server.version_expression == "mail_version = ([0-9.]+)");
  BOOST_REQUIRE(server.policies.size() == 3);
  BOOST_TEST((server.policies[1].policy == model::Policy::fingerprint));
  BOOST_TEST(server.policies[1].line == "{domain} fingerprint match={sha256-colons}");
  BOOST_TEST(server.policies[2].line == "");
  BOOST_REQUIRE(server.directories.size() == 2);
  BOOST_TEST(server.directories[0].mode == 0730U);
  BOOST_TEST(server.directories[0].group == "postdrop");
  BOOST_TEST(server.directories[1].mode == 0755U);
  BOOST_TEST(server.files[0].source == "main.cf");
  BOOST_REQUIRE(server.configuration.has_value());
  const auto& own = *server.configuration;
  BOOST_TEST(own.folder == "etc");
  BOOST_TEST(own.home == "/etc/postfix");
  BOOST_TEST(own.port == 2525U);
  BOOST_TEST(own.files.at(0).path == "rig/main.cf");
  BOOST_REQUIRE(own.rewrites.size() == 2);
  BOOST_TEST(own.rewrites[0].matching == "^(.)y");
  BOOST_TEST(own.rewrites[0].replacement == "\\1n");
  BOOST_TEST(own.rewrites[1].replacement == "");
  BOOST_TEST(own.rewrites[1].because == "no names");
  BOOST_REQUIRE(own.overrides.size() == 1);
  BOOST_TEST(own.overrides[0].lines == (Told{"relayhost =", "a = b c"}),
             boost::test_tools::per_element());
  BOOST_TEST(own.overrides[0].if_set);
  BOOST_TEST(own.overrides[0].when == "a");
  BOOST_TEST(own.overrides[0].unless == "b");
  BOOST_REQUIRE(own.references.size() == 2);
  BOOST_TEST(own.references[0].expression == "hash:(?P<path>/.*)");
  BOOST_TEST(own.references[0].index.size() == 1);
  BOOST_TEST(server.start == (Argv{"/usr/lib/postfix/sbin/master", "-s"}),
             boost::test_tools::per_element());
  BOOST_TEST(server.flush.size() == 2);
  BOOST_TEST(server.remove.size() == 3);
  BOOST_TEST(server.stop_signal == "INT");
  BOOST_REQUIRE(server.log.size() == 1);
  BOOST_TEST((server.log[0].kind == fakes::ServerFact::Kind::deferred));
  BOOST_TEST(server.log[0].expression ==
             "(?P<queue_id>[A-F0-9]+): to=<(?P<recipient>[^>]+)>, (?P<detail>.*)");
}

BOOST_AUTO_TEST_CASE(companions) {
  const Folder folder;
  const auto read = read_server(folder.write(
      "server.xml", with("<policy name=\"mta-sts\" companion=\"helper\" route=\"{domain} sts:\" "
                         "relay-line=\"{destination} may\"/>"
                         "<companion name=\"helper\" needs=\"/opt/helper\" port=\"8461\">"
                         "<environment name=\"CA\" value=\"{ca-file}\"/>"
                         "<argument>/opt/helper</argument></companion>")));
  BOOST_TEST(told(read.problems) == Told{}, boost::test_tools::per_element());
  const auto& policy = read.server.policies.back();
  BOOST_TEST(policy.companion == "helper");
  BOOST_TEST(policy.route == "{domain} sts:");
  BOOST_TEST(policy.relay_line == "{destination} may");
  BOOST_REQUIRE(read.server.companions.size() == 1);
  const auto& companion = read.server.companions.front();
  BOOST_TEST(companion.needs == "/opt/helper");
  BOOST_TEST(companion.port == 8461U);
  BOOST_TEST(companion.start == Argv{"/opt/helper"}, boost::test_tools::per_element());
  BOOST_REQUIRE(companion.environment.size() == 1);
  BOOST_TEST(companion.environment.front().second == "{ca-file}");
}

BOOST_AUTO_TEST_CASE(problems) {
  const Folder folder;
  folder.write("main.cf", "");
  const std::vector<std::pair<std::string, Told>> rows{
      {"<version expression=\"a\"><argument>x</argument></version>",
       {"3:22: expression= needs exactly one capture, it has 0"}},
      {"<log kind=\"defered\">x</log>",
       {"3:12: kind=\"defered\" is not one of queued, tls, delivered, deferred, bounced, expired, "
        "removed, tls-report or note [deferred]"}},
      {"<log kind=\"note\">(</log>", {"3:1: the text of <log> \"(\": missing ): ("}},
      {"<log kind=\"note\">(?P&lt;queueid>x)</log>",
       {"3:1: no fact has a member for the capture \"queueid\" [queue_id]"}},
      {"<file path=\"a\" source=\"mian.cf\"/>",
       {"3:24: there is no file \"mian.cf\" beside server.xml [main.cf]"}},
      {"<file path=\"/a\" source=\"main.cf\"/>",
       {"3:13: path= \"/a\" is not a relative path without \"..\" or other names that start with a "
        "dot"}},
      {"<user name=\"a\" id=\"5\"/><directory path=\"d\" owner=\"b\"/>",
       {"3:51: no <user> is named \"b\" [a]"}},
      {"<user name=\"a\" id=\"5\" group-only=\"yes\"/><directory path=\"d\" owner=\"a\" "
       "group=\"a\"/>",
       {"3:68: no <user> is named \"a\""}},
      {"<user name=\"a\" id=\"5\"/><user name=\"b\" id=\"5\"/>",
       {"3:43: <user> \"a\" has the id 5"}},
      {"<user name=\"a\" id=\"0\"/>", {"3:20: id=\"0\" is not a number from 1 to 65533"}},
      {"<policy name=\"may\"/>", {"3:15: policy \"may\" was described before"}},
      {"<policy name=\"dane\" companion=\"helpr\"/>"
       "<companion name=\"helper\" needs=\"/h\" port=\"1\"><argument>h</argument></companion>",
       {"3:32: no <companion> is named \"helpr\" [helper]"}},
      {"<flush/>", {"3:1: <flush> needs a <argument>"}},
      {"<program path=\"postconf\"/>", {"3:16: path= \"postconf\" is not an absolute path"}},
      {"<stop signal=\"SIGTERM\"/>",
       {"3:15: signal=\"SIGTERM\" is not one of TERM, INT, QUIT or HUP"}},
      {"<directory path=\"d\" mode=\"0999\"/>",
       {"3:27: mode= \"0999\" is not a file mode in octal: \"0755\""}},
  };
  for (const auto& [children, expected] : rows) {
    BOOST_TEST_CONTEXT(children) {
      const auto read = read_server(folder.write("server.xml", with(children)));
      BOOST_TEST(told(read.problems) == expected, boost::test_tools::per_element());
    }
  }
  const auto read = read_server(folder.write("server.xml", "<server xmlns=\"urn:smtprig:1\"/>"));
  BOOST_TEST(told(read.problems) ==
                 (Told{"1:1: <server> needs a <policy>", "1:1: <server> needs a <start>",
                       "1:1: <server> needs a <summary>", "1:1: <server> needs name="}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
