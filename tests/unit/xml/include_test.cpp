// What a file can make the reader open: nothing but peers below the suite's folder.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

#include "files.hpp"

namespace smtprig::xml::test {
namespace {

namespace fs = std::filesystem;
using Told = std::vector<std::string>;

const std::string user = "<scenario id=\"a/b\"><summary>x</summary><mx receiver=\"p\"/></scenario>";

Told including(const Folder& folder, const std::string& href,
               const std::string& name = "top/suite.xml") {
  const auto body = "<include href=\"" + href + "\"/>\n" + user;
  return told(read_suites({folder.write(name, suite(body))}).problems);
}

// The same without the consequence that the receiver is not there.
Told first(Told problems) {
  BOOST_REQUIRE(!problems.empty());
  problems.resize(1);
  return problems;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(include)

BOOST_AUTO_TEST_CASE(brings_receivers) {
  const Folder folder;
  folder.write("top/peers/p.xml", suite("<receiver id=\"p\" starttls=\"no\"/>"));
  BOOST_TEST(including(folder, "peers/p.xml") == Told{}, boost::test_tools::per_element());
  // A topic below the folder that holds peers.
  BOOST_TEST(including(folder, "peers/p.xml", "top/topic/suite.xml") == Told{},
             boost::test_tools::per_element());
  const auto read = read_suites({folder.path() / "top/topic/suite.xml"});
  BOOST_REQUIRE(read.scenarios.size() == 1);
  BOOST_TEST((read.scenarios[0]->hosts[0].receiver.starttls == fakes::StartTls::no));
  // One level further down its own folder counts.
  BOOST_TEST(including(folder, "peers/p.xml", "top/topic/deep/suite.xml").size() == 2);
}

BOOST_AUTO_TEST_CASE(stays_below_the_suites_folder) {
  const Folder folder;
  folder.write("top/peers/p.xml", suite("<receiver id=\"p\"/>"));
  const auto outside = folder.write("outside.xml", suite("<receiver id=\"p\"/>"));
  fs::create_symlink(outside, folder.path() / "top/peers/link.xml");
  fs::create_directory_symlink(folder.path(), folder.path() / "top/peers/up");
  const std::string dots =
      " is not a relative path without \"..\" or other names that start with a "
      "dot";
  const auto top = (folder.path() / "top").string();
  BOOST_TEST(
      first(including(folder, "../outside.xml")) == Told{"2:16: href= \"../outside.xml\"" + dots},
      boost::test_tools::per_element());
  BOOST_TEST(first(including(folder, "peers/../../outside.xml")) ==
                 Told{"2:16: href= \"peers/../../outside.xml\"" + dots},
             boost::test_tools::per_element());
  BOOST_TEST(first(including(folder, outside.string())) ==
                 Told{"2:16: href= \"" + outside.string() + "\"" + dots},
             boost::test_tools::per_element());
  BOOST_TEST(first(including(folder, "file:///etc/passwd")) ==
                 Told{"2:16: href= \"file:///etc/passwd\"" + dots},
             boost::test_tools::per_element());
  BOOST_TEST(first(including(folder, "peers/link.xml")) ==
                 Told{"2:16: \"peers/link.xml\" leads out of the suite's folder " + top},
             boost::test_tools::per_element());
  BOOST_TEST(first(including(folder, "peers/up/outside.xml")) ==
                 Told{"2:16: \"peers/up/outside.xml\" leads out of the suite's folder " + top},
             boost::test_tools::per_element());
  BOOST_TEST(first(including(folder, "peers/none.xml")) ==
                 Told{"2:16: \"peers/none.xml\" does not exist below the suite's folder " + top},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(brings_nothing_else) {
  const Folder folder;
  folder.write("top/peers/p.xml",
               suite("<receiver id=\"p\"/>" + user + "\n<include href=\"q.xml\"/>"));
  const auto problems = including(folder, "peers/p.xml");
  const Told expected{
      "2:19: <scenario> has no place in a file that is included; it brings <receiver> only",
      "3:1: <include> has no place in a file that is included; it brings <receiver> only"};
  BOOST_TEST(problems == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(once) {
  const Folder folder;
  folder.write("peers/p.xml", suite("<receiver id=\"p\"/>"));
  const auto file = folder.write("suite.xml", suite("<include href=\"peers/p.xml\"/>\n"
                                                    "<include href=\"peers/p.xml\"/>\n" +
                                                    user));
  BOOST_TEST(told(read_suites({file}).problems) == Told{"3:16: the file is included already"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(folders_that_are_no_suites) {
  const Folder folder;
  for (const auto* name : {"known/a.xml", "populations/a.xml", "peers/a.xml", "b/known/a.xml"})
    folder.write(name, "no XML");
  folder.write("b/c.txt", "no XML");
  folder.write("b/c.xml", suite("<scenario id=\"b/c\"><summary>x</summary><mx/></scenario>"));
  folder.write("a.xml", suite("<scenario id=\"a/b\"><summary>x</summary><mx/></scenario>"));
  const auto read = read_suites({folder.path()});
  BOOST_TEST(told(read.problems) == Told{}, boost::test_tools::per_element());
  BOOST_REQUIRE(read.scenarios.size() == 2);
  BOOST_TEST(read.scenarios[0]->id == "a/b");
  BOOST_TEST(read.scenarios[1]->id == "b/c");
}

BOOST_AUTO_TEST_CASE(files_that_are_none) {
  const Folder folder;
  const auto missing = folder.path() / "missing.xml";
  const auto read = read_suites({missing, "/dev/zero"});
  BOOST_REQUIRE(read.problems.size() == 2);
  BOOST_TEST(read.problems[0].text() == "/dev/zero: error: is not a regular file");
  BOOST_TEST(read.problems[1].text() == missing.string() + ": error: does not exist");
}

// No document type, so no entity of the file's own: neither a secret nor a billion laughs.
BOOST_AUTO_TEST_CASE(document_types_and_entities) {
  const Folder folder;
  const auto secret = folder.write("secret.txt", "top secret");
  const std::vector<std::string> types{
      "<!DOCTYPE suite>",
      "<!DOCTYPE suite SYSTEM \"" + secret.string() + "\">",
      "<!DOCTYPE suite [<!ENTITY e SYSTEM \"" + secret.string() + "\">]>",
      "<!DOCTYPE suite [<!ENTITY % p SYSTEM \"" + secret.string() + "\"> %p;]>",
      "<!DOCTYPE suite [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]>",
  };
  for (const auto& type : types) {
    BOOST_TEST_CONTEXT(type) {
      const auto file = folder.write(
          "suite.xml", type +
                           "<suite xmlns=\"urn:smtprig:1\"><scenario id=\"a/b\"><summary>&e;&b;"
                           "</summary><mx/></scenario></suite>");
      const auto read = read_suites({file});
      BOOST_TEST(told(read.problems) == Told{"1:1: a document type declaration is not accepted"},
                 boost::test_tools::per_element());
      BOOST_TEST(read.scenarios.empty());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
