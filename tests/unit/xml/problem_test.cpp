// What is wrong with single names, places and values, and where it is told.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

namespace smtprig::xml::test {
namespace {

using Told = std::vector<std::string>;

struct Row {
  const char* name;
  const char* body;  // from line 2 on
  Told expected;
};

void check_rows(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const auto problems = told(read_body(row.body).problems);
      BOOST_TEST(problems == row.expected, boost::test_tools::per_element());
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(problem)

BOOST_AUTO_TEST_CASE(names) {
  check_rows({
      {"element",
       "<reciever id=\"a\"/>",
       {"2:1: unknown element <reciever> in <suite> [receiver]"}},
      {"element, nothing near", "<zebra/>", {"2:1: unknown element <zebra> in <suite>"}},
      {"place",
       "<close/>",
       {"2:1: <close> has no place in <suite>; it belongs in <case>, <on>, <sender>"}},
      {"attribute",
       "<receiver id=\"a\" startls=\"no\"/>",
       {"2:18: unknown attribute \"startls\" of <receiver> [starttls]"}},
      {"attribute, case",
       "<receiver ID=\"a\"/>",
       {"2:1: <receiver> needs id=", "2:11: unknown attribute \"ID\" of <receiver> [id]"}},
      {"missing attribute", "<receiver/>", {"2:1: <receiver> needs id="}},
      {"missing child",
       "<scenario id=\"a/b\"><mx/></scenario>",
       {"2:1: <scenario> needs a <summary>"}},
      {"child too often",
       "<scenario id=\"a/b\"><summary>x</summary><summary>y</summary><mx/></scenario>",
       {"2:40: <scenario> has more than 1 <summary>"}},
      {"text", "<receiver id=\"a\">hello</receiver>", {"2:1: <receiver> takes no text"}},
      {"no text",
       "<scenario id=\"a/b\"><summary> </summary><mx/></scenario>",
       {"2:20: the text of <summary> is empty"}},
      {"vary without case",
       "<scenario id=\"a/b\"><summary>x</summary><mx/><vary/></scenario>",
       {"2:45: <vary> needs a <case>"}},
      {"answer missing",
       "<scenario id=\"a/b\"><summary>x</summary><on dns=\"MX @\"/></scenario>",
       {"2:40: <on> needs a <answer>"}},
  });
}

BOOST_AUTO_TEST_CASE(values) {
  check_rows({
      {"yes or no",
       "<receiver id=\"a\" starttls=\"nope\"/>",
       {"2:28: starttls= \"nope\" is not \"yes\" or \"no\""}},
      {"yes or no, case",
       "<receiver id=\"a\" starttls=\"No\"/>",
       {"2:28: starttls= \"No\" is not \"yes\" or \"no\" [no]"}},
      {"choice",
       "<receiver id=\"a\"\n  certificate=\"expird\"/>",
       {"3:16: certificate=\"expird\" is not one of the 42 that docs/scenario-format.md lists "
        "[expired]"}},
      {"choice, case",
       "<receiver id=\"a\"><on smtp=\"starttls\"><hang/></on></receiver>",
       {"2:28: smtp=\"starttls\" is not one of connect, EHLO, HELO, STARTTLS, AUTH, MAIL, RCPT, "
        "DATA, end-of-data, RSET, NOOP, VRFY, QUIT, BDAT or unknown [STARTTLS]"}},
      {"number",
       "<receiver id=\"a\" size=\"-1\"/>",
       {"2:24: size=\"-1\" is not a number from 0 to 1000000000000"}},
      {"number too large",
       "<scenario id=\"a/b\"><summary>x</summary><mx preference=\"65536\"/></scenario>",
       {"2:56: preference=\"65536\" is not a number from 0 to 65535"}},
      {"version",
       "<receiver id=\"a\" tls=\"1.4\"/>",
       {"2:23: tls= \"1.4\" is not a TLS version or a range of them: \"1.2\", \"1.2-1.3\""}},
      {"versions the wrong way",
       "<receiver id=\"a\" tls=\"1.3-1.2\"/>",
       {"2:23: tls= \"1.3-1.2\": the range ends before it starts"}},
      {"id",
       "<receiver id=\"A b\"/>",
       {"2:15: id= \"A b\" is not a name of lower-case letters, digits and inner hyphens, at most "
        "63"}},
      {"empty", "<receiver id=\"\"/>", {"2:15: id= is empty"}},
      {"scenario id of one component",
       "<scenario id=\"only\"><summary>x</summary><mx/></scenario>",
       {"2:15: id= \"only\" is not a path of two or more such names: \"topic/name\", each of "
        "lower-case letters, digits and inner hyphens"}},
      {"ordinals",
       "<receiver id=\"a\"><on smtp=\"MAIL\" nth=\"0\"><hang/></on></receiver>",
       {"2:39: nth= \"0\" is not a count from one or a range of it: \"3\", \"2-\", \"2-4\""}},
      {"ordinals the wrong way",
       "<receiver id=\"a\"><on smtp=\"MAIL\" nth=\"3-2\"><hang/></on></receiver>",
       {"2:39: nth= \"3-2\": the range ends before it starts"}},
      {"expression",
       "<receiver id=\"a\"><on smtp=\"MAIL\" argument=\"(a\"><hang/></on></receiver>",
       {"2:44: argument= \"(a\": missing ): (a"}},
      {"escapes",
       "<receiver id=\"a\"><on smtp=\"MAIL\"><reply raw=\"\\q\"/></on></receiver>",
       {"2:46: raw= \"\\q\" is not bytes with C escapes: \\r \\n \\t \\0 \\\\ \\\" \\xHH"}},
      {"reply line",
       "<receiver id=\"a\"><on smtp=\"MAIL\"><reply line=\"hello\"/></on></receiver>",
       {"2:47: line= \"hello\" is not a reply line: three digits, a space or hyphen, text (raw= "
        "sends anything else)"}},
      {"reply that goes on",
       "<receiver id=\"a\"><on smtp=\"MAIL\"><reply line=\"250-x\"/></on></receiver>",
       {"2:47: the only line of a reply has a space after its code; raw= sends anything else"}},
      {"lines",
       "<receiver id=\"a\"><on smtp=\"MAIL\"><reply>\n<line>250 x</line>\n<line>251-y</line>\n"
       "</reply></on></receiver>",
       {"3:1: a line that another follows has a hyphen after its code; raw= sends anything else",
        "4:1: a reply has one code, 250 here; raw= sends anything else",
        "4:1: the last line of a reply has a space after its code; raw= sends anything else"}},
      {"reply in two ways",
       "<receiver id=\"a\"><on smtp=\"MAIL\"><reply raw=\"x\" line=\"250 x\"/></on></receiver>",
       {"2:34: <reply> takes only one of line=, raw= and <line> children"}},
      {"reply of nothing at a stage of TLS",
       "<receiver id=\"a\"><on tls=\"start\"><reply/></on></receiver>",
       {"2:34: a stage of TLS has no honest reply: <reply> needs raw= here"}},
      {"delay",
       "<receiver id=\"a\"><on smtp=\"MAIL\"><reply delay=\"11min\"/></on></receiver>",
       {"2:48: delay= \"11min\": longer than 10min"}},
      {"delay without unit",
       "<receiver id=\"a\"><on smtp=\"MAIL\"><reply delay=\"11\"/></on></receiver>",
       {"2:48: delay= \"11\" is not a time with its unit: \"20ms\", \"2s\", \"1min\""}},
      {"alert",
       "<receiver id=\"a\"><on tls=\"start\"><alert description=\"bad-cert\"/></on></receiver>",
       {"2:54: \"bad-cert\" is neither the name of an alert nor a number up to 255"}},
      {"alert number",
       "<receiver id=\"a\"><on tls=\"start\"><alert description=\"256\"/></on></receiver>",
       {"2:54: \"256\" is neither the name of an alert nor a number up to 255"}},
      {"neither position",
       "<receiver id=\"a\"><on><hang/></on></receiver>",
       {"2:18: <on> needs exactly one of smtp= and tls="}},
      {"both positions",
       "<receiver id=\"a\"><on smtp=\"MAIL\" tls=\"start\"><hang/></on></receiver>",
       {"2:18: <on> needs exactly one of smtp= and tls="}},
      {"no action",
       "<receiver id=\"a\"><on smtp=\"MAIL\"/></receiver>",
       {"2:18: <on> needs an action: <reply>, <close>, <hang> or <alert>"}},
  });
}

BOOST_AUTO_TEST_CASE(lists) {
  const std::string head = "<scenario id=\"a/b\"><summary>x</summary><mx/>\n";
  const auto told_of = [&](const char* line) {
    return told(read_body(head + line + "\n</scenario>").problems);
  };
  BOOST_TEST(told_of("<expect policy=\"may my\" delivery=\"deferred\"/>") ==
                 Told{"3:17: \"my\" in policy= is not one of none, may, encrypt, fingerprint, "
                      "verify, secure, dane, dane-only, mta-sts, dane+mta-sts or "
                      "require-client-cert [may]"},
             boost::test_tools::per_element());
  BOOST_TEST(told_of("<expect policy=\"may may\" delivery=\"deferred\"/>") ==
                 Told{"3:17: \"may\" stands twice in policy="},
             boost::test_tools::per_element());
  BOOST_TEST(
      told_of("<expect policy=\"may\"/>") == Told{"3:1: <expect> needs delivery= or channel="},
      boost::test_tools::per_element());
  BOOST_TEST(told_of("<message recipients=\"a  b\"/>") ==
                 Told{"3:22: recipients= \"a  b\" is not one or more local parts, with \"@\" "
                      "and a name or without, separated by single spaces"},
             boost::test_tools::per_element());
  BOOST_TEST(
      told_of("<message recipients=\"a b a\"/>") == Told{"3:22: \"a\" stands twice in recipients="},
      boost::test_tools::per_element());
  BOOST_TEST(told_of("<message/><message/>") == Told{"3:11: another message has the id \"m1\""},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(all_at_once_in_order) {
  const auto problems = told(read_body("<scenario id=\"a/b\"><mx foo=\"1\"/></scenario>\n"
                                       "<receiver id=\"a\" starttls=\"x\"/>\n"
                                       "<zebra/>")
                                 .problems);
  const Told expected{
      "2:1: <scenario> needs a <summary>", "2:24: unknown attribute \"foo\" of <mx>",
      "3:28: starttls= \"x\" is not \"yes\" or \"no\"", "4:1: unknown element <zebra> in <suite>"};
  BOOST_TEST(problems == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(text_has_line_caret_and_suggestion) {
  const Problem problem{{"a.xml", 3, 6}, "unknown attribute", "starttls", "\t\xC3\xA9 <x\x1B"};
  BOOST_TEST(problem.text() ==
             "a.xml:3:6: error: unknown attribute\n  \t\xC3\xA9 <x?\n  \t    ^\n"
             "  did you mean \"starttls\"?");
  BOOST_TEST((Problem{{"a.xml", 0, 0}, "does not exist", "", ""}).text() ==
             "a.xml: error: does not exist");
}

BOOST_AUTO_TEST_CASE(not_well_formed) {
  const Folder folder;
  const std::vector<std::pair<std::string, Told>> rows{
      {"", {"1:1: no element found"}},
      {"hello", {"1:1: syntax error"}},
      {"<suite xmlns=\"urn:smtprig:1\">\n <receiver id=\"a\">\n</suite>",
       {"3:3: mismatched tag: <receiver> of 2:2 is open"}},
      {"<suite xmlns=\"urn:smtprig:1\"><receiver id=\"a\" id=\"b\"/></suite>",
       {"1:47: duplicate attribute"}},
      {"<suite xmlns=\"urn:smtprig:1\"/><suite/>", {"1:31: junk after document element"}},
      {"<suite xmlns=\"urn:smtprig:1\">&nbsp;</suite>", {"1:30: undefined entity"}},
      {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><suite xmlns=\"urn:smtprig:1\"/>",
       {"1:1: encoding \"ISO-8859-1\" is not accepted, only UTF-8"}},
      {"<suite xmlns=\"urn:smtprig:1\">\xFF</suite>", {"1:30: not well-formed (invalid token)"}},
      {std::string("<suite xmlns=\"urn:smtprig:1\">\0</suite>", 38),
       {"1:30: not well-formed (invalid token)"}},
      {"<suite/>",
       {"1:1: <suite> is in no namespace, not in \"urn:smtprig:1\" "
        "[xmlns=\"urn:smtprig:1\"]"}},
      {"<suite xmlns=\"urn:smtprig:2\"><a/></suite>",
       {"1:1: <suite> is in namespace \"urn:smtprig:2\", not in \"urn:smtprig:1\" "
        "[xmlns=\"urn:smtprig:1\"]"}},
      {"<suite xmlns=\"urn:smtprig:1\"><receiver xmlns=\"\" id=\"a\"/></suite>",
       {"1:30: <receiver> is in no namespace, not in \"urn:smtprig:1\""}},
      {"<suite xmlns=\"urn:smtprig:1\" xmlns:o=\"urn:o\"><receiver o:x=\"1\" id=\"a\"/></suite>",
       {"1:56: attribute \"o:x\" is in namespace \"urn:o\"; attributes have none"}},
      {"<server xmlns=\"urn:smtprig:1\"/>", {"1:1: the root is <server>, not <suite>"}},
  };
  for (const auto& [text, expected] : rows) {
    BOOST_TEST_CONTEXT(text) {
      BOOST_TEST(told(read_suites({folder.write("suite.xml", text)}).problems) == expected,
                 boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(prefixes_hints_and_marks_are_fine) {
  const Folder folder;
  const auto suite = read_suites({folder.write(
      "suite.xml",
      "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<!-- c --><?editor x?>\r\n"
      "<s:suite xmlns:s=\"urn:smtprig:1\" "
      "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"\r\n"
      " xsi:schemaLocation=\"urn:smtprig:1 smtprig.xsd\" xml:lang=\"en\">\r\n"
      "<s:scenario id='a/b'><s:summary>one<!-- c -->\r\n <![CDATA[<two>]]></s:summary><s:mx/>"
      "</s:scenario></s:suite>")});
  BOOST_TEST(told(suite.problems) == Told{}, boost::test_tools::per_element());
  BOOST_REQUIRE(suite.scenarios.size() == 1);
  BOOST_TEST(suite.scenarios[0]->summary == "one <two>");
  BOOST_TEST(suite.scenarios[0]->location.line == 5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
