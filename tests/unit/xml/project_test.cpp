// Project files: what they say, and where it is told that they say it wrongly.
#include <boost/test/unit_test.hpp>

#include "files.hpp"
#include "harness/xml/project.hpp"

namespace smtprig::xml::test {
namespace {

using Told = std::vector<std::string>;

const std::vector<std::string> there_are{"embedded", "postfix"};

std::string project(const std::string& body, const std::string& attributes = "") {
  return "<project xmlns=\"urn:smtprig:1\"" + attributes + ">\n" + body + "\n</project>";
}

struct Place {
  Folder folder;

  Place() {
    folder.write("mail/one.xml", suite(""));
    folder.write("known.xml", "<known xmlns=\"urn:smtprig:1\"/>");
    folder.write("build/usr/x", "");
  }
  ProjectRead read(const std::string& text, KnownFiles known = KnownFiles::must_exist) const {
    return read_project(folder.write("smtprig.xml", text), there_are, known);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(project_file)

BOOST_AUTO_TEST_CASE(everything_arrives) {
  const Place place;
  const auto read = place.read(project(
      "<scenarios path=\"mail\"/><scenarios path=\"mail/../mail/one.xml\"/><shipped/>\n"
      "<known path=\"known.xml\"/>\n"
      "<server name=\"postfix\" version=\"3.7.11\"/>\n"
      "<server name=\"postfix\" root=\"build\" configuration=\"mail\"/>"
      "<server name=\"embedded\"/>\n"
      "<policy name=\"verify\"/><policy name=\"may\"/>"
      "<policy name=\"partners\" default=\"may\"><exception policy=\"secure\" "
      "domains=\"cert/good  */partner\"/><exception policy=\"none\" domains=\"x\"/></policy>"
      "<out path=\"/somewhere/results\"/>",
      " jobs=\"4\" seed=\"18446744073709551615\""));
  BOOST_TEST(told(read.problems) == Told{}, boost::test_tools::per_element());
  const auto& all = read.project;
  const auto& root = place.folder.path();
  BOOST_TEST((all.scenarios == std::vector{root / "mail", root / "mail/one.xml"}));
  BOOST_TEST(all.shipped);
  BOOST_REQUIRE(all.own_policies.size() == 1);
  BOOST_TEST(all.own_policies[0]->text() == "partners = may, secure: cert/good */partner, none: x");
  BOOST_TEST((all.known == std::vector{root / "known.xml"}));
  BOOST_REQUIRE(all.servers.size() == 3);
  BOOST_TEST(all.servers[0].name == "postfix");
  BOOST_TEST(all.servers[0].version == "3.7.11");
  BOOST_TEST(all.servers[0].root == "");
  BOOST_TEST(all.servers[1].root == root / "build");
  BOOST_TEST(all.servers[0].configuration == "");
  BOOST_TEST(all.servers[1].configuration == root / "mail");
  BOOST_TEST(all.servers[2].name == "embedded");
  BOOST_TEST((all.policies == std::vector{model::Policy::verify, model::Policy::may}));
  BOOST_TEST(all.out == "/somewhere/results");
  BOOST_TEST((all.jobs == 4u));
  BOOST_TEST((all.seed == 18'446'744'073'709'551'615u));
}

BOOST_AUTO_TEST_CASE(nothing_said_is_nothing) {
  const auto all = Place().read(project("")).project;
  BOOST_TEST(all.scenarios.empty());
  BOOST_TEST(!all.shipped);
  BOOST_TEST(all.known.empty());
  BOOST_TEST(all.servers.empty());
  BOOST_TEST(all.policies.empty());
  BOOST_TEST(all.out.empty());
  BOOST_TEST(!all.jobs.has_value());
  BOOST_TEST(!all.seed.has_value());
}

BOOST_AUTO_TEST_CASE(problems) {
  const Place place;
  const auto at = [&](const char* name) { return (place.folder.path() / name).string(); };
  const std::vector<std::pair<std::string, Told>> rows{
      {"<scenarios path=\"mial\"/>", {"2:18: " + at("mial") + " does not exist [mail]"}},
      {"<scenarios/>", {"2:1: <scenarios> needs path="}},
      {"<scenarios path=\"\"/>", {"2:18: path= is empty"}},
      {"<known path=\"knwon.xml\"/>", {"2:14: " + at("knwon.xml") + " does not exist [known.xml]"}},
      {"<known/>", {"2:1: <known> needs path="}},
      {"<server name=\"postfx\"/>",
       {"2:15: no server is named \"postfx\"; there are: embedded, postfix [postfix]"}},
      {"<server name=\"postfix\" root=\"buidl\"/>",
       {"2:30: " + at("buidl") + " does not exist [build]"}},
      {"<server name=\"postfix\" configuration=\"mial\"/>",
       {"2:39: " + at("mial") + " does not exist [mail]"}},
      {"<server name=\"postfix\"/>\n<server name=\"postfix\"/>",
       {"3:1: another <server> says the same"}},
      {"<policy name=\"verfy\"/>",
       {"2:15: no policy is named \"verfy\"; one of your own has default= and <exception> "
        "[verify]"}},
      {"<policy name=\"p\" default=\"may\"/>", {"2:1: it has no exception"}},
      {"<policy name=\"p\"><exception policy=\"may\" domains=\"a\"/></policy>",
       {"2:1: an <exception> needs default= of its <policy>"}},
      {"<policy name=\"may\" default=\"may\"><exception policy=\"secure\" domains=\"a\"/></policy>",
       {"2:1: \"may\" is the name of a policy already"}},
      {"<policy name=\"p\" default=\"may\"><exception policy=\"secure\" domains=\"a\"/></policy>\n"
       "<policy name=\"p\" default=\"may\"><exception policy=\"verify\" domains=\"a\"/></policy>",
       {"3:15: policy \"p\" was named before"}},
      {"<policy name=\"may\"/><policy name=\"may\"/>", {"2:35: policy \"may\" was named before"}},
      {"<out path=\"a\"/><out path=\"b\"/>", {"2:16: <project> has more than 1 <out>"}},
      {"<polcy name=\"may\"/>", {"2:1: unknown element <polcy> in <project> [policy]"}},
      {"<mx/>", {"2:1: <mx> has no place in <project>; it belongs in <scenario>, <case>"}},
  };
  for (const auto& [body, expected] : rows) {
    BOOST_TEST_CONTEXT(body) {
      BOOST_TEST(told(place.read(project(body)).problems) == expected,
                 boost::test_tools::per_element());
    }
  }
  BOOST_TEST(told(place.read(project("", " jobs=\"0\"")).problems) ==
                 Told{"1:38: jobs=\"0\" is not a number from 1 to 64"},
             boost::test_tools::per_element());
  BOOST_TEST(
      told(place.read(suite("")).problems) == Told{"1:1: the root is <suite>, not <project>"},
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_known_file_may_be_about_to_be_made) {
  const auto read = Place().read(project("<known path=\"new.xml\"/>"), KnownFiles::may_be_missing);
  BOOST_TEST(told(read.problems) == Told{}, boost::test_tools::per_element());
  BOOST_TEST(read.project.known.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_example_of_the_page_is_clean) {
  const Place place;
  place.folder.write("tests/mail/a.xml", suite(""));
  place.folder.write("tests/known.xml", "<known xmlns=\"urn:smtprig:1\"/>");
  place.folder.write("build/root/usr/x", "");
  const std::string page = source("docs/command-line.md"), fence = "```xml\n";
  const auto start = page.find(fence) + fence.size();
  BOOST_REQUIRE(start > fence.size());
  const auto read = place.read(page.substr(start, page.find("```", start) - start));
  BOOST_TEST(told(read.problems) == Told{}, boost::test_tools::per_element());
  BOOST_TEST(read.project.servers.size() == 2u);
}

// A project file beside its scenarios is none of them.
BOOST_AUTO_TEST_CASE(it_is_no_suite) {
  const Place place;
  place.read(project(""));
  BOOST_TEST(told(read_suites({place.folder.path() / "smtprig.xml"}).problems) ==
                 Told{"1:1: the root is <project>, not <suite>"},
             boost::test_tools::per_element());
  place.folder.write("known.xml", suite(""));
  BOOST_TEST(told(read_suites({place.folder.path()}).problems) == Told{},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_is_told_by_its_root) {
  const Folder folder;
  BOOST_TEST(root_name(folder.write("a.xml",
                                    "<!-- <suite> --><p:project "
                                    "xmlns:p=\"urn:smtprig:1\"/>")) == "project");
  BOOST_TEST(root_name(folder.write("b.xml", "<project/>")) == "");
  BOOST_TEST(root_name(folder.write("c.xml", "<known xmlns=\"urn:smtprig:1\">")) == "");
  BOOST_TEST(root_name(folder.path() / "none.xml") == "");
  BOOST_TEST(root_name(folder.path()) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
