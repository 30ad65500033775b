// MTA-STS policies, sentence by sentence of RFC 8461 3.2 and 4.1.
#include "harness/servers/embedded/sts_policy.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace smtprig::embedded;
using Patterns = std::vector<std::string>;

const std::string good_policy =
    "version: STSv1\r\nmode: enforce\r\nmx: mx.a.test\r\nmax_age: 86400\r\n";

struct BodyRow {
  std::string name;
  std::string body;
  std::string problem = {};  // empty: as good_policy
};

void check(const std::vector<BodyRow>& rows) {
  const StsPolicy expected = *parse_sts_policy(good_policy);
  for (const BodyRow& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const auto policy = parse_sts_policy(row.body);
      BOOST_TEST(policy.has_value() == row.problem.empty());
      if (policy && row.problem.empty()) {
        BOOST_TEST((policy->mode == expected.mode));
        BOOST_TEST(policy->mx == expected.mx);
        BOOST_TEST(policy->max_age.count() == expected.max_age.count());
      } else if (!policy) {
        BOOST_TEST(policy.error().text() == row.problem);
      }
    }
  }
}

// The good policy with one line replaced.
std::string with(const std::string& key, const std::string& line) {
  std::string body = good_policy;
  const std::size_t begin = body.find(key + ":");
  body.replace(begin, body.find("\r\n", begin) - begin, line);
  return body;
}

// Without the line of that key.
std::string lacking(const std::string& key) {
  std::string body = good_policy;
  const std::size_t begin = body.find(key + ":");
  body.erase(begin, body.find("\r\n", begin) + 2 - begin);
  return body;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sts_policy)

BOOST_AUTO_TEST_CASE(the_example) {
  const auto policy = parse_sts_policy(
      "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\n"
      "mx: backupmx.example.com\r\nmax_age: 604800\r\n");
  BOOST_REQUIRE(policy.has_value());
  BOOST_TEST((policy->mode == StsMode::enforce));
  BOOST_TEST(policy->mx == (Patterns{"mail.example.com", "*.example.net", "backupmx.example.com"}));
  BOOST_TEST(policy->max_age.count() == 604'800);
  BOOST_TEST(policy->lines ==
             (Patterns{"version: STSv1", "mode: enforce", "mx: mail.example.com",
                       "mx: *.example.net", "mx: backupmx.example.com", "max_age: 604800"}));
}

BOOST_AUTO_TEST_CASE(lines) {
  std::string lf = good_policy;
  std::erase(lf, '\r');
  check({
      {"CRLF", good_policy},
      {"LF", lf},
      {"mixed", "version: STSv1\nmode: enforce\r\nmx: mx.a.test\nmax_age: 86400\r\n"},
      {"no last line end", good_policy.substr(0, good_policy.size() - 2)},
      {"no last LF", good_policy.substr(0, good_policy.size() - 1),
       "line 4: the value of \"max_age\" is not well-formed"},
      {"any order", "mx: mx.a.test\nmax_age: 86400\nmode: enforce\nversion: STSv1\n"},
      {"blanks and tabs behind the colon", with("mode", "mode: \t enforce")},
      {"none behind the colon", with("mode", "mode:enforce")},
      {"blanks and tabs at the end", with("mode", "mode: enforce \t")},
      {"blank before the colon", with("mode", "mode : enforce"),
       "line 2: a key that is not well-formed"},
      {"blank before the key", with("mode", " mode: enforce"),
       "line 2: a key that is not well-formed"},
      {"CR alone", "version: STSv1\rmode: enforce",
       "line 1: the value of \"version\" is not well-formed"},
      {"CR CR LF", with("mode", "mode: enforce\r"),
       "line 2: the value of \"mode\" is not well-formed"},
      {"empty line", good_policy + "\r\n", "line 5: an empty line"},
      {"empty line in the middle", with("mode", "mode: enforce\r\n"), "line 3: an empty line"},
      {"byte order mark", "\xef\xbb\xbf" + good_policy, "line 1: a key that is not well-formed"},
      {"no colon", with("mode", "mode enforce"), "line 2: no \":\""},
      {"HTML", "<!DOCTYPE html>\n", "line 1: no \":\""},
      {"nothing", "", "line 1: an empty line"},
  });
}

BOOST_AUTO_TEST_CASE(fields) {
  const std::string longest(32, 'k');
  check({
      {"no version", lacking("version"), "there is no version"},
      {"no mode", lacking("mode"), "there is no mode"},
      {"no max_age", lacking("max_age"), "there is no max_age"},
      {"no mx", lacking("mx"), "there is no mx"},
      {"another version", with("version", "version: STSv2"), "line 1: version is \"STSv2\""},
      {"version is case-sensitive", with("version", "version: stsv1"),
       "line 1: version is \"stsv1\""},
      {"unknown mode", with("mode", "mode: report"), "line 2: mode is \"report\""},
      {"mode is case-sensitive", with("mode", "mode: Enforce"), "line 2: mode is \"Enforce\""},
      {"keys are case-sensitive", with("mode", "Mode: enforce"), "there is no mode"},
      {"empty value", with("mode", "mode:"), "line 2: the value of \"mode\" is not well-formed"},
      {"unknown field", good_policy + "later: a b\r\n"},
      {"unknown field first", "later: x\r\n" + good_policy},
      {"unknown field in UTF-8", good_policy + "note: b\xc3\xbc\xe2\x82\xac\xf0\x9f\x93\xa7r\r\n"},
      {"unknown field in no UTF-8", good_policy + "note: \xfc\r\n",
       "line 5: the value of \"note\" is not well-formed"},
      {"surrogate", good_policy + "note: \xed\xa0\x80\r\n",
       "line 5: the value of \"note\" is not well-formed"},
      {"longer than need be", good_policy + "note: \xc0\xaf\r\n",
       "line 5: the value of \"note\" is not well-formed"},
      {"cut short", good_policy + "note: \xe2\x82",
       "line 5: the value of \"note\" is not well-formed"},
      {"tab inside a value", good_policy + "note: a\tb\r\n",
       "line 5: the value of \"note\" is not well-formed"},
      {"control character", good_policy + "note: a\x7f\r\n",
       "line 5: the value of \"note\" is not well-formed"},
      {"colon inside a value", good_policy + "note: a:b\r\n"},
      {"name of 32", good_policy + longest + ": x\r\n"},
      {"name of 33", good_policy + longest + "k: x\r\n", "line 5: a key that is not well-formed"},
      {"name in other characters", good_policy + "a_b-c.D9: x\r\n"},
      {"name begins with a hyphen", good_policy + "-a: x\r\n",
       "line 5: a key that is not well-formed"},
      {"the first mode counts", good_policy + "mode: none\r\n"},
      {"the first version counts", good_policy + "version: STSv2\r\n"},
      {"the first max_age counts", good_policy + "max_age: x\r\n"},
      {"the first mode, if wrong, too", with("mode", "mode: x\r\nmode: enforce"),
       "line 2: mode is \"x\""},
  });
}

BOOST_AUTO_TEST_CASE(modes) {
  for (const StsMode mode : {StsMode::enforce, StsMode::testing, StsMode::none}) {
    BOOST_TEST_CONTEXT(name(mode)) {
      const std::string line = "mode: " + std::string(name(mode));
      const auto policy = parse_sts_policy(with("mode", line));
      BOOST_REQUIRE(policy.has_value());
      BOOST_TEST((policy->mode == mode));
      // "required at least once, except when mode is none"
      std::string without_mx = lacking("mx");
      without_mx.replace(without_mx.find("mode: enforce"), 13, line);
      BOOST_TEST(parse_sts_policy(without_mx).has_value() == (mode == StsMode::none));
    }
  }
}

BOOST_AUTO_TEST_CASE(max_age) {
  struct Row {
    std::string text;
    std::int64_t seconds;  // -1: an error
  };
  const std::vector<Row> rows = {
      {"0", 0},
      {"1", 1},
      {"0000086400", 86'400},
      {"31557600", 31'557'600},
      {"31557601", -1},
      {"9999999999", -1},
      {"99999999999", -1},
      {"00000086400", -1},
      {"-1", -1},
      {"+1", -1},
      {"1.5", -1},
      {"1 2", -1},
      {"0x10", -1},
      {"one", -1},
      {"86400s", -1},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.text) {
      const auto policy = parse_sts_policy(with("max_age", "max_age: " + row.text));
      BOOST_TEST((policy ? policy->max_age.count() : -1) == row.seconds);
      if (!policy) BOOST_TEST(policy.error().text() == "line 4: max_age is \"" + row.text + "\"");
    }
  }
}

BOOST_AUTO_TEST_CASE(patterns) {
  struct Row {
    std::string text;
    bool good;
  };
  const std::vector<Row> rows = {
      {"mx.a.test", true},
      {"*.a.test", true},
      {"MX.A.TEST", true},
      {"xn--mx-hma.a.test", true},
      {"mx", true},
      {"*.test", true},
      {"1.2.3.4", true},  // Domain allows it; it is the name of nothing
      {std::string(63, 'a') + ".test", true},
      {"*", false},
      {"*.", false},
      {".a.test", false},
      {"a.test.", false},
      {"m*.a.test", false},
      {"*.*.test", false},
      {"mx.*.test", false},
      {"**.a.test", false},
      {"b\xc3\xbc.test", false},  // U-label
      {"-a.test", false},
      {"a-.test", false},
      {"a..test", false},
      {"a_b.test", false},
      {"[1.2.3.4]", false},
      {"mx1.a.test mx2.a.test", false},
      {"mx1.a.test,mx2.a.test", false},
      {std::string(64, 'a') + ".test", false},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.text) {
      const auto policy = parse_sts_policy(with("mx", "mx: " + row.text));
      BOOST_TEST(policy.has_value() == row.good);
      if (!policy) BOOST_TEST(policy.error().text() == "line 3: mx is \"" + row.text + "\"");
    }
  }
}

BOOST_AUTO_TEST_CASE(size) {
  const std::string padding =
      "x: " + std::string(sts_policy_bytes_max - good_policy.size() - 3, 'x');
  check({{"the most", good_policy + padding},
         {"one more", good_policy + padding + "x", "more than 65536 bytes"}});
}

// RFC 8461 4.1 and, for case, RFC 6125 6.4.1.
BOOST_AUTO_TEST_CASE(mx_hosts) {
  struct Row {
    std::string pattern;
    std::string host;
    bool matches;
  };
  const std::vector<Row> rows = {
      {"mail.example.com", "mail.example.com", true},
      {"mail.example.com", "MAIL.example.COM", true},
      {"MAIL.example.com", "mail.example.com", true},
      {"mail.example.com", "mail.example.com.", true},
      {"mail.example.com", "mail.example.com..", false},
      {"mail.example.com", "example.com", false},
      {"mail.example.com", "a.mail.example.com", false},
      {"mail.example.com", "mail.example.com.evil.test", false},
      {"*.example.com", "mail.example.com", true},
      {"*.example.com", "Mail.Example.com.", true},
      {"*.example.com", "xn--bcher-kva.example.com", true},
      {"*.example.com", "example.com", false},
      {"*.example.com", "foo.bar.example.com", false},
      {"*.example.com", ".example.com", false},
      {"*.example.com", "mailexample.com", false},
      {"*.example.com", "*.example.com", false},
      {"*.com", "example.com", true},
      {"*.anything", "nodots", false},
      {"*.anything", "anything", false},
      {"nodots", "nodots", true},
      {"xn--bcher-kva.example.com", "xn--bcher-kva.example.com", true},
      {"xn--bcher-kva.example.com",
       "b\xc3\xbc"
       "cher.example.com",
       false},
      {"m*.example.com", "mail.example.com", false},
      {".example.com", "mail.example.com", false},
      {"mail.example.com", "", false},
      {"", "", false},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.pattern << " and " << row.host) {
      BOOST_TEST(sts_pattern_matches(row.pattern, row.host) == row.matches);
    }
  }
  // "one or more of the mx fields"
  const StsPolicy policy{.mode = StsMode::enforce, .mx = {"mx.a.test", "*.b.test"}};
  BOOST_TEST(names_mx(policy, "mx.a.test"));
  BOOST_TEST(names_mx(policy, "x.b.test"));
  BOOST_TEST(!names_mx(policy, "x.a.test"));
  BOOST_TEST(!names_mx({}, "mx.a.test"));
}

// "senders SHOULD validate that the media type is text/plain ... All parameters other than
// charset=utf-8 or charset=us-ascii are ignored."
BOOST_AUTO_TEST_CASE(media_type) {
  for (const std::string good :
       {"text/plain", "Text/PLAIN", "text/plain; charset=utf-8", "text/plain;charset=us-ascii",
        "text/plain; charset=iso-8859-1", "text/plain ; x=y; z=\"a;b\"", " text/plain"}) {
    BOOST_TEST(is_sts_media_type(good), good);
  }
  for (const std::string bad : {"", "text/html", "text/plainx", "text", "application/octet-stream",
                                "text/markdown; x=text/plain"}) {
    BOOST_TEST(!is_sts_media_type(bad), bad);
  }
}

BOOST_AUTO_TEST_CASE(policy_host) {
  BOOST_TEST(sts_policy_host("example.com") == "mta-sts.example.com");
  BOOST_TEST(sts_policy_path == "/.well-known/mta-sts.txt");
}

BOOST_AUTO_TEST_SUITE_END()
