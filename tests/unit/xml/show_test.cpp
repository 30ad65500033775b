// <show>, second-certificate= and staple=: what they mean, and what of them can never act.
#include <boost/test/unit_test.hpp>

#include "files.hpp"

namespace smtprig::xml::test {
namespace {

using fakes::CertificateClass;
using fakes::ServerName;

fakes::ReceiverSpec mx_of(const std::string& receiver, const std::string& mx) {
  const auto read = read_body(receiver +
                              "<scenario id=\"a/b\" clause=\"RFC 5321 2\" "
                              "level=\"MUST\"><summary>x</summary>" +
                              mx + "</scenario>");
  BOOST_REQUIRE(read.problems.empty());
  return read.scenarios.at(0)->hosts.at(0).receiver;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(show)

BOOST_AUTO_TEST_CASE(a_certificate_for_some_clients) {
  const auto spec = mx_of("",
                          "<mx certificate=\"expired\" second-certificate=\"rsa-2048\" "
                          "staple=\"revoked\"><show certificate=\"wildcard\" connection=\"2-3\"/>"
                          "<show certificate=\"revoked\" server-name=\"none\"/></mx>");
  BOOST_TEST((spec.certificate == CertificateClass::expired));
  BOOST_TEST((spec.second_certificate == CertificateClass::rsa_2048));
  BOOST_TEST((spec.staple == fakes::Staple::revoked));
  BOOST_REQUIRE(spec.certificates.size() == 2);
  BOOST_TEST((spec.certificates[0].certificate == CertificateClass::wildcard));
  BOOST_TEST((spec.certificates[0].connection == fakes::Ordinals{2, 3}));
  BOOST_TEST((spec.certificates[0].server_name == ServerName::any));
  BOOST_TEST((spec.certificates[1].certificate == CertificateClass::revoked));
  BOOST_TEST((spec.certificates[1].connection == fakes::Ordinals{}));
  BOOST_TEST((spec.certificates[1].server_name == ServerName::none));
}

BOOST_AUTO_TEST_CASE(own_ones_replace_those_of_the_base) {
  const std::string base =
      "<receiver id=\"r\" staple=\"good\"><show certificate=\"expired\"/></receiver>";
  const auto inherited = mx_of(base, "<mx receiver=\"r\"/>");
  BOOST_REQUIRE(inherited.certificates.size() == 1);
  BOOST_TEST((inherited.staple == fakes::Staple::good));
  const auto replaced =
      mx_of(base, "<mx receiver=\"r\"><show certificate=\"p384\" server-name=\"own\"/></mx>");
  BOOST_REQUIRE(replaced.certificates.size() == 1);
  BOOST_TEST((replaced.certificates[0].certificate == CertificateClass::p384));
}

BOOST_AUTO_TEST_CASE(what_can_never_act) {
  const struct {
    const char* receiver;
    std::vector<std::string> expected;
  } rows[] = {
      {">\n<show certificate=\"good\" server-name=\"own\"/><show certificate=\"expired\"/>", {}},
      {">\n<show certificate=\"good\" connection=\"1-2\"/>\n<show certificate=\"expired\" "
       "connection=\"2\" server-name=\"none\"/>",
       {"4:1: <show> is never reached: that of line 3 always matches first"}},
      {">\n<show certificate=\"good\" connection=\"1-2\"/>\n<show certificate=\"expired\" "
       "connection=\"2-3\"/>",
       {}},
      {" starttls=\"no\">\n<show certificate=\"good\"/>",
       {"3:1: <show> is never reached: the peer never speaks TLS"}},
      {" starttls=\"no\" staple=\"good\">",
       {"2:32: staple= has no effect: the peer never speaks TLS"}},
      {" second-certificate=\"p384\">",
       {"2:18: the second certificate has a key of the same kind as the first"}},
      {" certificate=\"rsa-2048\" second-certificate=\"rsa-4096\">",
       {"2:41: the second certificate has a key of the same kind as the first"}},
      {" certificate=\"ed25519\" second-certificate=\"p384\">", {}},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.receiver)
  BOOST_TEST(
      told(read_body(std::string("<receiver id=\"a\"") + row.receiver + "</receiver>").problems) ==
          row.expected,
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::xml::test
