// The TXT record of MTA-STS, sentence by sentence of RFC 8461 3.1.
#include "harness/servers/embedded/sts_record.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace smtprig::embedded;

struct TxtRow {
  std::string name;
  std::vector<TxtRecord> answer;
  std::string id;           // empty: no policy
  std::string reason = {};  // a part of it
};

void check(const std::vector<TxtRow>& rows) {
  for (const TxtRow& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const StsRecord record = sts_record_from(row.answer);
      BOOST_TEST(record.id == row.id);
      BOOST_TEST(record.reason.empty() == !row.id.empty());
      BOOST_TEST(record.reason.find(row.reason) != std::string::npos);
    }
  }
}

// A record of one string.
std::vector<TxtRecord> one(std::string text) {
  return {{std::move(text)}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sts_record)

BOOST_AUTO_TEST_CASE(where) {
  BOOST_TEST(sts_record_name("example.com") == "_mta-sts.example.com");
}

BOOST_AUTO_TEST_CASE(well_formed) {
  const std::string longest(32, 'a');
  check({
      {"the example", one("v=STSv1; id=20160831085700Z;"), "20160831085700Z"},
      {"without blank and last semicolon", one("v=STSv1;id=1"), "1"},
      {"blanks and tabs around semicolons", one("v=STSv1; \tid=1 \t; "), "1"},
      {"longest id", one("v=STSv1;id=" + longest), longest},
      {"order is not significant", one("v=STSv1;later=x;id=1"), "1"},
      {"unknown fields", one("v=STSv1;id=1;a_b-c.d=!~<>:,"), "1"},
      {"name of 32", one("v=STSv1;id=1;" + longest + "=x"), "1"},
      {"an id in capitals is another field", one("v=STSv1;ID=2;id=1"), "1"},
      {"the first id counts", one("v=STSv1;id=1;id=2"), "1"},
      {"an id behind the first need not be one", one("v=STSv1;id=1;id=a-b"), "1"},
      {"another version behind the first", one("v=STSv1;v=STSv2;id=1"), "1"},
  });
}

BOOST_AUTO_TEST_CASE(malformed) {
  check({
      {"no id", one("v=STSv1;"), "", "an empty field"},
      {"only extensions", one("v=STSv1;a=b"), "", "no id"},
      {"empty id", one("v=STSv1;id=;"), "", "\"id\""},
      {"id of 33", one("v=STSv1;id=" + std::string(33, '1')), "", "1 to 32"},
      {"id with a hyphen", one("v=STSv1;id=a-b"), "", "1 to 32"},
      {"id with a blank", one("v=STSv1;id=a b"), "", "\"id\""},
      {"blank behind the equals sign", one("v=STSv1;id= 1"), "", "\"id\""},
      {"blank before the equals sign", one("v=STSv1;id =1"), "", "name"},
      {"first id malformed, second good", one("v=STSv1;id=a-b;id=1"), "", "1 to 32"},
      {"empty field", one("v=STSv1;;id=1"), "", "empty field"},
      {"two semicolons at the end", one("v=STSv1;id=1;;"), "", "empty field"},
      {"field without equals sign", one("v=STSv1;id=1;x"), "", "without"},
      {"two equals signs", one("v=STSv1;id=1;x=y=z"), "", "\"x\""},
      {"name of 33", one("v=STSv1;id=1;" + std::string(33, 'a') + "=x"), "", "name"},
      {"name begins with a hyphen", one("v=STSv1;id=1;-a=x"), "", "name"},
      {"no name", one("v=STSv1;id=1;=x"), "", "name"},
      {"blanks at the end", one("v=STSv1;id=1 "), "", "blanks at the end"},
      {"not US-ASCII", one("v=STSv1;id=1;x=\xc3\xbc"), "", "\"x\""},
      {"control character", one("v=STSv1;id=1;x=a\x01"), "", "\"x\""},
      {"NUL", one(std::string("v=STSv1;id=1\0", 13)), "", "\"id\""},
      {"line end", one("v=STSv1;id=1\r\n"), "", "\"id\""},
  });
}

// "Records that do not begin with v=STSv1; are discarded. If the number of resulting records is not
// one ..."
BOOST_AUTO_TEST_CASE(which_counts) {
  const std::string good = "v=STSv1;id=1";
  check({
      {"no record", {}, "", "no record begins"},
      {"no string", {{}}, "", "no record begins"},
      {"empty string", one(""), "", "no record begins"},
      {"one among others", {{"v=spf1 -all"}, {good}, {"x"}}, "1"},
      {"two", {{good}, {"v=STSv1;id=2"}}, "", "2 records begin"},
      {"twice the same", {{good}, {good}}, "", "2 records begin"},
      {"a good and a malformed one", {{good}, {"v=STSv1;"}}, "", "2 records begin"},
      {"a good one and another version", {{good}, {"v=STSv2;id=2"}}, "1"},
      {"another version", one("v=STSv2;id=1"), "", "no record begins"},
      {"version is case-sensitive", one("v=stsv1;id=1"), "", "no record begins"},
      {"key of the version too", one("V=STSv1;id=1"), "", "no record begins"},
      {"version is not first", one("id=1;v=STSv1"), "", "no record begins"},
      {"blank before the version", one(" v=STSv1;id=1"), "", "no record begins"},
      {"blank before the semicolon", one("v=STSv1 ;id=1"), "", "no record begins"},
      {"version without semicolon", one("v=STSv1"), "", "no record begins"},
      {"a longer version", one("v=STSv10;id=1"), "", "no record begins"},
      {"quotes belong to master files", one("\"v=STSv1;id=1\""), "", "no record begins"},
  });
}

// "... as if those strings are concatenated without adding spaces."
BOOST_AUTO_TEST_CASE(strings_are_joined) {
  check({
      {"in two", {{"v=STSv1;", "id=1"}}, "1"},
      {"inside the version", {{"v=ST", "Sv1;id=1"}}, "1"},
      {"inside the id", {{"v=STSv1;id=1", "2", "", "3;"}}, "123"},
      {"a string is no record", {{"v=spf1", "v=STSv1;id=1"}}, "", "no record begins"},
      {"id of 33 in two", {{"v=STSv1;id=" + std::string(32, '1'), "1"}}, "", "1 to 32"},
  });
}

BOOST_AUTO_TEST_SUITE_END()
