// Base64 as AUTH has it, and the digest of CRAM-MD5.
#include "fakes/smtp/sasl.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

using namespace smtprig::fakes::smtp;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(sasl)

BOOST_AUTO_TEST_CASE(base64) {
  // RFC 4648 10
  const std::pair<std::string, std::string> rows[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\0\xff"s, "AP8="},
      {"\0\xff\xfe"s, "AP/+"},
  };
  for (const auto& [bytes, text] : rows) {
    BOOST_TEST(to_base64(bytes) == text);
    BOOST_TEST((from_base64(text) == bytes));
  }
  for (const std::string bad :
       {"Z", "Zg=", "Zg", "Zg===", "====", "=", "=AAA", "AAA=BBB=", "Z g=", "Zm9v\r", "Zm9v\n",
        "Zm 9", " Zg=", "Zg==Zg==", "Zm9vZ===", "Zm9-", "Z-_v"})
    BOOST_TEST(!from_base64(bad).has_value(), bad);
  BOOST_TEST(!from_base64(std::string(65'540, 'A')));
}

// RFC 2195 2
BOOST_AUTO_TEST_CASE(digest_of_cram_md5) {
  BOOST_TEST(keyed_md5("tanstaaftanstaaf", "<1896.697170952@postoffice.reston.mci.net>") ==
             "b913a602c7eda7a495b4e6e7334d3890");
}

BOOST_AUTO_TEST_SUITE_END()
