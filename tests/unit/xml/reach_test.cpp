// What can never act is an error.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

namespace smtprig::xml::test {
namespace {

using Told = std::vector<std::string>;

struct Row {
  const char* name;
  const char* receiver;  // attributes and children of <receiver id="a" ...
  Told expected;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reach)

BOOST_AUTO_TEST_CASE(rules) {
  const std::vector<Row> rows{
      {"action behind close",
       ">\n<on smtp=\"MAIL\"><close/><hang/></on>",
       {"3:25: <hang> is never reached: <close> before it ends the session"}},
      {"action behind hang",
       ">\n<on smtp=\"MAIL\"><hang/><reply/></on>",
       {"3:24: <reply> is never reached: <hang> before it ends the session"}},
      {"the same twice",
       ">\n<on smtp=\"MAIL\"><hang/></on>\n<on smtp=\"MAIL\"><close/></on>",
       {"4:1: <on smtp=\"MAIL\"> is never reached: that of line 3 always matches first"}},
      {"a wider one first",
       ">\n<on smtp=\"RCPT\" nth=\"2-\"><hang/></on>\n"
       "<on smtp=\"RCPT\" nth=\"3-4\" phase=\"pre-tls\" argument=\"a\"><close/></on>",
       {"4:1: <on smtp=\"RCPT\"> is never reached: that of line 3 always matches first"}},
      {"a narrower one first",
       ">\n<on smtp=\"RCPT\" nth=\"2\"><hang/></on><on smtp=\"RCPT\"><close/></on>",
       {}},
      {"another connection",
       ">\n<on smtp=\"RCPT\" connection=\"1\"><hang/></on><on smtp=\"RCPT\" "
       "connection=\"2\"><close/>"
       "</on>",
       {}},
      {"STARTTLS that is not offered",
       " starttls=\"no\">\n<on smtp=\"STARTTLS\"><reply line=\"454 no\"/></on>",
       {"3:1: <on smtp=\"STARTTLS\"> is never reached: the peer does not offer STARTTLS"}},
      {"STARTTLS under implicit TLS",
       " implicit-tls=\"yes\">\n<on smtp=\"STARTTLS\"><reply line=\"454 no\"/></on>",
       {"3:1: <on smtp=\"STARTTLS\"> is never reached: the peer speaks TLS from the first byte"}},
      {"in clear under implicit TLS",
       " implicit-tls=\"yes\">\n<on smtp=\"MAIL\" phase=\"pre-tls\"><hang/></on>",
       {"3:1: <on smtp=\"MAIL\"> is never reached: the peer speaks TLS from the first byte"}},
      {"inside TLS without TLS",
       " starttls=\"no\">\n<on smtp=\"MAIL\" phase=\"post-tls\"><hang/></on>\n"
       "<on tls=\"finished\"><hang/></on>",
       {"3:1: <on smtp=\"MAIL\"> is never reached: the peer never speaks TLS",
        "4:1: <on tls=\"finished\"> is never reached: the peer never speaks TLS"}},
      {"greeting inside TLS",
       ">\n<on smtp=\"connect\" phase=\"post-tls\"><hang/></on>",
       {"3:1: <on smtp=\"connect\"> is never reached: the greeting is sent before TLS"}},
      {"STARTTLS inside TLS",
       ">\n<on smtp=\"STARTTLS\" phase=\"post-tls\"><hang/></on>",
       {"3:28: never reached: STARTTLS is not sent inside TLS (RFC 3207 4.2)"}},
      {"a stage behind a refusal",
       ">\n<on smtp=\"STARTTLS\"><reply line=\"454 no\"/></on>\n<on tls=\"start\"><close/></on>",
       {"4:1: <on tls=\"start\"> is never reached: <on smtp=\"STARTTLS\"> of line 3 keeps every "
        "session from it"}},
      {"a stage behind a refusal of the first connection",
       ">\n<on smtp=\"STARTTLS\" connection=\"1\"><reply line=\"454 no\"/></on>\n"
       "<on tls=\"start\"><close/></on>",
       {}},
      {"a stage behind a 220 of its own",
       ">\n<on smtp=\"STARTTLS\"><reply raw=\"220 go\\r\\n\"/></on>\n<on "
       "tls=\"start\"><close/></on>",
       {}},
      {"anything behind a closed greeting",
       ">\n<on smtp=\"connect\"><close/></on>\n<on smtp=\"MAIL\"><close/></on>",
       {"4:1: <on smtp=\"MAIL\"> is never reached: <on smtp=\"connect\"> of line 3 keeps every "
        "session from it"}},
      {"phase at a stage",
       ">\n<on tls=\"start\" phase=\"pre-tls\"><close/></on>",
       {"3:17: phase= has no meaning at a stage of TLS"}},
      {"nth at a stage",
       ">\n<on tls=\"start\" nth=\"2\"><close/></on>",
       {"3:22: never reached: this happens once in a connection"}},
      {"argument of nothing",
       ">\n<on smtp=\"end-of-data\" argument=\"x\"><close/></on>",
       {"3:24: nothing is sent here that argument= could match"}},
      {"alert outside TLS",
       ">\n<on smtp=\"MAIL\"><alert/><close/></on>",
       {"3:17: <alert> needs TLS: <on tls=...>, or phase=\"post-tls\""}},
      {"alert inside TLS",
       ">\n<on smtp=\"MAIL\" phase=\"post-tls\"><reply/><alert/><close/></on>",
       {}},
      {"a reply behind an alert",
       ">\n<on smtp=\"MAIL\" phase=\"post-tls\"><alert/><reply/></on>",
       {"3:42: <reply> is never read: nothing can be sent behind an alert inside TLS"}},
      {"certificate without TLS",
       " starttls=\"no\"\n certificate=\"good\" tls=\"1.2\">",
       {"3:2: certificate= has no effect: the peer never speaks TLS",
        "3:21: tls= has no effect: the peer never speaks TLS"}},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const auto body = std::string("<receiver id=\"a\"") + row.receiver + "</receiver>";
      BOOST_TEST(told(read_body(body).problems) == row.expected, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(hosts_and_names) {
  const std::vector<std::pair<const char*, Told>> rows{
      {"<mx receiver=\"plian\"/>", {"4:15: no <receiver> has the id \"plian\" [plain]"}},
      {"<host name=\"mx1\"/><mx host=\"mx2\"/>",
       {"4:13: nothing leads to host \"mx1\"; an <mx host=\"mx1\"/> would",
        "4:29: no <host> has the name \"mx2\" [mx1]"}},
      {"<mx host=\"mx.example.\"/>", {}},
      {"<host name=\"a\"/><record name=\"mx1\" type=\"CNAME\" data=\"a\"/><mx host=\"mx1\"/>", {}},
      {"<mx/><mx/>",
       {"4:6: <mx> without host= makes a host \"mx\", which exists already; write <host> and <mx "
        "host=>"}},
      {"<host name=\"@\"/><host name=\"@\"/>", {"4:29: another host is named \"@\""}},
      {"<host name=\"a\"/><mx host=\"a\"/><mx host=\"a\"/>",
       {"4:41: there is an MX record for \"a\" with preference 10 already"}},
      {"<host name=\"a\"/><mx host=\"a\" certificate=\"good\"><on smtp=\"MAIL\"><hang/></on></mx>",
       {"4:30: certificate= belongs to the <host> that host= names",
        "4:49: <on> belongs into the <host> that host= names"}},
      {"<mx reach=\"refuses\" certificate=\"good\"><on smtp=\"MAIL\"><hang/></on></mx>",
       {"4:21: certificate= has no effect: the host refuses every connection",
        "4:40: <on> is never reached: the host refuses every connection"}},
      {"<mx published=\"no\" receiver=\"plain\"/>",
       {"4:20: receiver= has no effect: nothing can find the host, it has no address record"}},
      {"<mx receiver=\"later\" starttls=\"no\"/>",
       {"4:1: <on smtp=\"STARTTLS\"> of the named receiver is never reached: the peer does not "
        "offer "
        "STARTTLS"}},
      {"<mx/><on dns=\"A my\"><answer rcode=\"SERVFAIL\"/></on>",
       {"4:15: nothing in this scenario has the name \"my\" [mx]"}},
      {"<mx/><on dns=\"* @\"><answer rcode=\"SERVFAIL\"/></on>"
       "<on dns=\"MX @\" nth=\"2\"><answer rcode=\"NODATA\"/></on>",
       {"4:51: <on dns=\"MX @\"> is never reached: one before it always matches first"}},
      {"<mx/><on dns=\"MX\"><answer rcode=\"SERVFAIL\"/></on>",
       {"4:15: dns= \"MX\" is not a record type (or \"*\") and a name: \"MX @\", \"A mx1\""}},
      {"<mx/><record name=\"x\" type=\"A\" data=\"1.2.3\"/>",
       {"4:38: data=\"1.2.3\" is not an IPv4 address, which A needs"}},
      {"<message recipients=\"a\"/>",
       {"3:1: scenario \"a/b\" has neither <sender>, <host>, <mx>, <relay> nor <on dns=...>"}},
  };
  for (const auto& [line, expected] : rows) {
    BOOST_TEST_CONTEXT(line) {
      const auto body = std::string(
                            "<receiver id=\"plain\" starttls=\"no\"/><receiver id=\"later\"><on "
                            "smtp=\"STARTTLS\"><reply line=\"454 x\"/></on></receiver>\n"
                            "<scenario id=\"a/b\"><summary>x</summary>\n") +
                        line + "\n</scenario>";
      BOOST_TEST(told(read_body(body).problems) == expected, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(duplicate_ids) {
  const Folder folder;
  const auto one = folder.write("a.xml", suite("<receiver id=\"r\"/>\n<receiver id=\"r\"/>\n"
                                               "<scenario id=\"a/b\"><summary>x</summary><mx/>"
                                               "</scenario>"));
  const auto two = folder.write("b.xml", suite("<scenario id=\"a/b\"><summary>x</summary><mx/>"
                                               "</scenario>"));
  const auto problems = told(read_suites({folder.path()}).problems);
  const Told expected{"3:15: the <receiver> of " + one.string() + ":2 has the id \"r\"",
                      "2:15: the scenario of " + one.string() + ":4 has the id \"a/b\""};
  BOOST_TEST(problems == expected, boost::test_tools::per_element());
  // Named twice is not written twice.
  BOOST_TEST(read_suites({two, two, folder.path() / "." / "b.xml"}).problems.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
