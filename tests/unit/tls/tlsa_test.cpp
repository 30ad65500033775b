// TLSA records of certificates, against what an identity says of itself and by length.
#include "fakes/tls/tlsa.hpp"

#include <boost/algorithm/hex.hpp>
#include <boost/test/unit_test.hpp>

#include <iterator>
#include <string>

#include "pair.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::tls;
using namespace smtprig::fakes::tls::test;

namespace {

std::string lower_hex(const std::string& bytes) {
  std::string text;
  boost::algorithm::hex_lower(bytes, std::back_inserter(text));
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tlsa_records)

BOOST_AUTO_TEST_CASE(digests_and_full_data) {
  for (const CertificateClass what : {CertificateClass::good, CertificateClass::rsa_2048}) {
    const auto identity = authority().issue(what, names);
    const X509* leaf = identity->chain.front().get();
    BOOST_TEST(lower_hex(tlsa_data({3, 0, 1}, leaf)) == identity->sha256_certificate);
    BOOST_TEST(lower_hex(tlsa_data({3, 1, 1}, leaf)) == identity->sha256_spki);
    BOOST_TEST(tlsa_data({2, 1, 1}, leaf) == tlsa_data({3, 1, 1}, leaf));
    for (const std::uint8_t selector : {0, 1}) {
      BOOST_TEST(tlsa_data({3, selector, 2}, leaf).size() == 64u);
      const std::string whole = tlsa_data({3, selector, 0}, leaf);
      BOOST_TEST(whole.starts_with('\x30'));  // a SEQUENCE
    }
    BOOST_TEST(tlsa_data({3, 0, 0}, leaf).find(tlsa_data({3, 1, 0}, leaf)) != std::string::npos);
    BOOST_TEST(tlsa_data({3, 0, 1}, identity->chain[1].get()) != tlsa_data({3, 0, 1}, leaf));
  }
}

BOOST_AUTO_TEST_CASE(rdata) {
  const auto identity = authority().issue(CertificateClass::good, names);
  const X509* leaf = identity->chain.front().get();
  BOOST_TEST(lower_hex(tlsa_rdata({3, 1, 1}, leaf)) == "030101" + identity->sha256_spki);
  BOOST_TEST(tlsa_rdata({255, 0, 9}, leaf).starts_with(std::string("\xff\x00\x09", 3)));
  BOOST_TEST(tlsa_rdata({255, 0, 9}, leaf).substr(3) == tlsa_data({3, 0, 0}, leaf));
}

BOOST_AUTO_TEST_SUITE_END()
