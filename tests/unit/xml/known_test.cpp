// Files of known deviations.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

namespace smtprig::xml::test {
namespace {

using Told = std::vector<std::string>;

std::string known(const std::string& body) {
  return "<known xmlns=\"urn:smtprig:1\">\n" + body + "\n</known>";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(known_deviations)

BOOST_AUTO_TEST_CASE(everything_arrives) {
  const Folder folder;
  const auto file = folder.write(
      "postfix.xml",
      known("<deviation server=\"postfix\" versions=\"3.7.0-3.7.12\" cells=\"routing/null-mx/*\" "
            "delivery=\"bounced\" channel=\"none\" status=\"5.1.0\" violation=\"conduct/C2\"\n"
            "  link=\"https://example.org/x\"><reason>It\n is old.</reason></deviation>"
            "<deviation server=\"exim\" versions=\"-4.97\" cells=\"a/b/may\" delivery=\"lost\">"
            "<reason>x</reason></deviation>"
            "<deviation server=\"exim\" versions=\"4.98\" cells=\"a/b/may\" delivery=\"lost\">"
            "<reason>x</reason></deviation>"));
  const auto read = read_known({folder.path()});
  BOOST_TEST(told(read.problems) == Told{}, boost::test_tools::per_element());
  BOOST_REQUIRE(read.deviations.size() == 3);
  const auto& deviation = read.deviations[0];
  BOOST_TEST(deviation.server == "postfix");
  BOOST_TEST(deviation.version_from == "3.7.0");
  BOOST_TEST(deviation.version_to == "3.7.12");
  BOOST_TEST(deviation.cells == "routing/null-mx/*");
  BOOST_TEST((deviation.delivery == model::Delivery::bounced));
  BOOST_TEST((deviation.channel == model::Channel::none));
  BOOST_TEST(deviation.status == "5.1.0");
  BOOST_TEST(deviation.violation == "conduct/C2");
  BOOST_TEST(deviation.reason == "It is old.");
  BOOST_TEST(deviation.link == "https://example.org/x");
  BOOST_TEST(deviation.location.file == file.string());
  BOOST_TEST(deviation.location.line == 2);
  BOOST_TEST(read.deviations[1].version_from == "");
  BOOST_TEST(read.deviations[1].version_to == "4.97");
  BOOST_TEST(!read.deviations[1].channel.has_value());
  BOOST_TEST(read.deviations[2].version_from == "4.98");
  BOOST_TEST(read.deviations[2].version_to == "4.98");
}

BOOST_AUTO_TEST_CASE(problems) {
  const Folder folder;
  const std::vector<std::pair<std::string, Told>> rows{
      {"<deviation server=\"x\" cells=\"a/*\"><reason>r</reason></deviation>",
       {"2:1: <deviation> needs one of delivery=, channel=, status= and violation="}},
      {"<deviation server=\"x\" cells=\"a/*\" delivery=\"bounced\"/>",
       {"2:1: <deviation> needs a <reason>"}},
      {"<deviation server=\"x\" cells=\"may\" delivery=\"bounced\"><reason>r</reason></deviation>",
       {"2:30: cells= never matches: it has no \"/\" before a policy"}},
      {"<deviation server=\"x\" versions=\"3.10-3.9\" cells=\"a/*\" delivery=\"bounced\">"
       "<reason>r</reason></deviation>",
       {"2:33: the range ends before it starts"}},
      {"<deviation server=\"x\" cells=\"a/*\" status=\"550\"><reason>r</reason></deviation>",
       {"2:43: status= \"550\" is not an enhanced status code"}},
      {"<deviation server=\"x\" cells=\"a/*\" delivery=\"bounce\"><reason>r</reason></deviation>",
       {"2:45: delivery=\"bounce\" is not one of delivered, deferred, bounced, rejected, lost or "
        "duplicated [bounced]"}},
  };
  for (const auto& [body, expected] : rows) {
    BOOST_TEST_CONTEXT(body) {
      const auto read = read_known({folder.write("known.xml", known(body))});
      BOOST_TEST(told(read.problems) == expected, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(the_same_cells_twice) {
  const Folder folder;
  const std::string one =
      "<deviation server=\"x\" cells=\"a/*\" delivery=\"lost\"><reason>r</reason>"
      "</deviation>\n";
  const auto file = folder.write("known.xml", known(one + one));
  BOOST_TEST(told(read_known({file}).problems) == Told{"3:1: the <deviation> of " + file.string() +
                                                       ":2 says the same of these cells"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(two_things_of_the_same_cells) {
  const Folder folder;
  const auto file = folder.write(
      "known.xml",
      known("<deviation server=\"x\" cells=\"a/*\" delivery=\"lost\"><reason>r</reason>"
            "</deviation>\n<deviation server=\"x\" cells=\"a/*\" "
            "violation=\"conduct/C4\"><reason>r</reason></deviation>\n"));
  const auto read = read_known({file});
  BOOST_TEST(read.problems.empty());
  BOOST_TEST(read.deviations.size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
