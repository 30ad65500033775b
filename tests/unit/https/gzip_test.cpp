// The gzip format there and back, and what is no gzip.
#include "fakes/https/gzip.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace smtprig::fakes::https;

BOOST_AUTO_TEST_SUITE(gzip_format)

BOOST_AUTO_TEST_CASE(there_and_back) {
  std::string noise;
  for (unsigned i = 0, state = 1; i < 100'000; ++i, state = state * 1'103'515'245 + 12'345)
    noise += static_cast<char>(state >> 24);
  for (const std::string& text :
       {std::string(), std::string("{}"), std::string(1'000'000, 'x'), noise}) {
    const std::string bytes = gzip(text);
    BOOST_TEST(bytes.starts_with("\x1f\x8b"));
    const auto back = gunzip(bytes, text.size());
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST((*back == text));
  }
  BOOST_TEST((gzip("a") == gzip("a")));
}

BOOST_AUTO_TEST_CASE(bounded) {
  const std::string bomb = gzip(std::string(50'000'000, '\0'));
  BOOST_TEST(bomb.size() < 100'000u);
  const auto refused = gunzip(bomb, 1'000'000);
  BOOST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().reason == "too large");
  BOOST_TEST(gunzip(gzip("12345"), 5).has_value());
  BOOST_TEST(!gunzip(gzip("12345"), 4).has_value());
}

BOOST_AUTO_TEST_CASE(members) {
  const auto both = gunzip(gzip("ab") + gzip("") + gzip("cd"), 4);
  BOOST_REQUIRE(both.has_value());
  BOOST_TEST(*both == "abcd");
  BOOST_TEST(!gunzip(gzip("ab") + gzip("cd"), 3).has_value());
}

BOOST_AUTO_TEST_CASE(damaged) {
  const std::string good = gzip("a report that is long enough to be cut anywhere");
  for (std::size_t size = 0; size < good.size(); ++size)
    BOOST_TEST(!gunzip(good.substr(0, size), 1'000).has_value(), size);
  BOOST_TEST(gunzip("", 1'000).error().reason == "nothing");
  BOOST_TEST(gunzip(good.substr(0, 20), 1'000).error().reason == "cut short");
  BOOST_TEST(gunzip("{\"a\": 1}", 1'000).error().reason == "not gzip, or damaged");
  BOOST_TEST(gunzip(good + "x", 1'000).error().reason != "");
  std::string other = good;
  other[other.size() - 6] ^= 1;  // of the CRC
  BOOST_TEST(!gunzip(other, 1'000).has_value());
  // zlib's own format is another one (RFC 1950).
  BOOST_TEST(!gunzip("\x78\x9c\x03\x00\x00\x00\x00\x01", 1'000).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
