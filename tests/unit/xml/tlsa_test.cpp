// <tlsa>, tlsa= and dnssec=: what they mean, and what of them cannot be.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

namespace smtprig::xml::test {
namespace {

using Of = model::TlsaRecord::Of;

Suite with(const std::string& body, const std::string& attributes = "") {
  return read_body("<scenario id=\"a/b\"" + attributes + "><summary>x</summary>" + body +
                   "</scenario>");
}

const model::Scenario& scenario_of(const Suite& suite) {
  BOOST_TEST(told(suite.problems) == std::vector<std::string>{}, boost::test_tools::per_element());
  BOOST_REQUIRE(!suite.scenarios.empty());
  return *suite.scenarios.front();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tlsa)

BOOST_AUTO_TEST_CASE(records) {
  const Suite suite = with(
      "<mx tlsa=\"3 1 2\"><tlsa data=\"2 0 1\"/><tlsa data=\"3 255 0\" of=\"other\"/>"
      "<tlsa rdata=\"03 01fF\" at=\"_25._tcp.alias\"/></mx>");
  const auto& scenario = scenario_of(suite);
  BOOST_TEST(scenario.secure);
  BOOST_TEST(scenario.has_tlsa());
  const auto& records = scenario.hosts.at(0).tlsa;
  BOOST_REQUIRE(records.size() == 4u);
  BOOST_TEST((records[0].usage == 3 && records[0].selector == 1 && records[0].matching == 2));
  BOOST_TEST((records[0].of == Of::leaf && records[1].of == Of::issuer));
  BOOST_TEST((records[2].selector == 255 && records[2].of == Of::other));
  BOOST_TEST(records[3].at == "_25._tcp.alias");
  BOOST_TEST(records[3].rdata == "\x03\x01\xff");
}

BOOST_AUTO_TEST_CASE(zones) {
  BOOST_TEST(!scenario_of(with("<mx/>")).secure);
  BOOST_TEST(scenario_of(with("<mx/>", " dnssec=\"yes\"")).secure);
  BOOST_TEST(!scenario_of(with("<mx tlsa=\"3 1 1\"/>", " dnssec=\"no\"")).secure);
  const Suite suite = with(
      "<mx tlsa=\"3 1 1\"/><on dns=\"TLSA _25._tcp.mx\">"
      "<answer security=\"insecure\"/></on>");
  BOOST_TEST((scenario_of(suite).dns_faults.at(0).reply == fakes::DnsReply::insecure));
  scenario_of(
      with("<relay service=\"submission\" tlsa=\"3 1 1\"/>"
           "<on dns=\"TLSA _587._tcp.relay\"><answer rcode=\"NODATA\"/></on>"));
}

BOOST_AUTO_TEST_CASE(answers) {
  using fakes::DnsReply;
  struct Row {
    const char* attributes;
    DnsReply reply;
    int delay_ms;
  };
  const Row rows[] = {
      {"rcode=\"NODATA\"", DnsReply::nodata, 0},
      {"rcode=\"SERVFAIL\" delay=\"2s\"", DnsReply::servfail, 2000},
      {"security=\"insecure\" delay=\"7ms\"", DnsReply::insecure, 7},
      {"delay=\"200ms\"", DnsReply::honest, 200},
      {"fault=\"none\"", DnsReply::none, 0},
      {"fault=\"truncated\"", DnsReply::truncated, 0},
      {"fault=\"wrong-id\"", DnsReply::wrong_id, 0},
      {"fault=\"garbage\" delay=\"10min\"", DnsReply::garbage, 600'000},
  };
  for (const Row& row : rows)
    BOOST_TEST_CONTEXT(row.attributes) {
      const Suite suite =
          with("<mx/><on dns=\"MX @\"><answer " + std::string(row.attributes) + "/></on>");
      const model::DnsFault& fault = scenario_of(suite).dns_faults.at(0);
      BOOST_TEST((fault.reply == row.reply));
      BOOST_TEST(fault.delay.count() == row.delay_ms);
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be) {
  const std::pair<const char*, const char*> rows[] = {
      {"<mx tlsa=\"3 1\"/>", "is not usage, selector and matching type of a TLSA record"},
      {"<mx tlsa=\"3 1 256\"/>", "256 is not a number up to 255"},
      {"<mx><tlsa/></mx>", "<tlsa> needs exactly one of data= and rdata="},
      {"<mx><tlsa data=\"3 1 1\" rdata=\"00\"/></mx>",
       "<tlsa> needs exactly one of data= and rdata="},
      {"<mx><tlsa rdata=\"00\" of=\"leaf\"/></mx>", "of= has no effect"},
      {"<mx><tlsa rdata=\"0\"/></mx>", "is not bytes in hexadecimal"},
      {"<mx/><on dns=\"MX @\"><answer/></on>",
       "<answer> needs one of rcode=, security= and fault=, or a delay="},
      {"<mx/><on dns=\"MX @\"><answer delay=\"0ms\"/></on>",
       "<answer> needs one of rcode=, security= and fault=, or a delay="},
      {"<mx/><on dns=\"MX @\"><answer rcode=\"NODATA\" fault=\"none\"/></on>",
       "<answer> has at most one of rcode=, security= and fault="},
      {"<mx/><on dns=\"MX @\"><answer fault=\"none\" delay=\"1s\"/></on>",
       "nothing comes after the delay= of fault=\"none\""},
      {"<mx/><on dns=\"MX @\"><answer fault=\"wrongid\"/></on>", "wrong-id"},
      {"<mx/><on dns=\"MX @\"><answer delay=\"11min\"/></on>", "longer than 10min"},
      {"<mx/><on dns=\"TLSA _26._tcp.mx\"><answer rcode=\"NODATA\"/></on>",
       "nothing in this scenario has the name \"_26._tcp.mx\""},
  };
  for (const auto& [body, expected] : rows) {
    const auto problems = told(with(body).problems);
    const bool found = std::ranges::any_of(
        problems, [&](const auto& each) { return each.find(expected) != each.npos; });
    BOOST_TEST(found, body << ": \"" << (problems.empty() ? "" : problems.front()) << "\"");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
