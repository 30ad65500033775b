// Command lines as they come from clients: verbs, paths, parameters, and what is refused how.
#include "fakes/smtp/command.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace smtprig::fakes::smtp;

BOOST_AUTO_TEST_SUITE(command)

BOOST_AUTO_TEST_CASE(a_line_is_split_at_its_first_space) {
  struct Row {
    std::string line;
    Verb verb;
    std::string name;
    std::string argument;
  };
  const std::vector<Row> rows{
      {"EHLO a.test", Verb::ehlo, "EHLO", "a.test"},
      {"ehlo a.test", Verb::ehlo, "ehlo", "a.test"},
      {"MaIl FROM:<>", Verb::mail, "MaIl", "FROM:<>"},
      {"DATA", Verb::data, "DATA", ""},
      {"DATA ", Verb::data, "DATA", ""},
      {"QUIT\t", Verb::quit, "QUIT", ""},
      {"NOOP  x y ", Verb::noop, "NOOP", "x y"},
      {"STARTTLS now", Verb::starttls, "STARTTLS", "now"},
      {"BDAT 5 LAST", Verb::bdat, "BDAT", "5 LAST"},
      {"HELP", Verb::known, "HELP", ""},
      {"DATAX", Verb::unknown, "DATAX", ""},
      {"", Verb::unknown, "", ""},
      {"   ", Verb::unknown, "", ""},
      {"\x16\x03\x01", Verb::unknown, "\x16\x03\x01", ""},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.line) {
      Command command = parse_command(row.line);
      BOOST_TEST((command.verb == row.verb));
      BOOST_TEST(command.name == row.name);
      BOOST_TEST(command.argument == row.argument);
    }
  }
}

BOOST_AUTO_TEST_CASE(paths_that_are_valid) {
  struct Row {
    std::string argument;
    std::string mailbox;
    std::vector<Parameter> parameters;
  };
  const std::vector<Row> rows{
      {"FROM:<a@b.test>", "a@b.test", {}},
      {"from:<a@b.test>", "a@b.test", {}},
      {"FROM: <a@b.test>", "a@b.test", {}},
      {"FROM:<>", "", {}},
      {"FROM:<> SIZE=0", "", {{"SIZE", "0"}}},
      {"FROM:<a@b.test> size=5 BODY=8BITMIME", "a@b.test", {{"SIZE", "5"}, {"BODY", "8BITMIME"}}},
      {"FROM:<a@b.test>  SMTPUTF8", "a@b.test", {{"SMTPUTF8", ""}}},
      {"FROM:<a@b.test> ENVID=q=1", "a@b.test", {{"ENVID", "q=1"}}},
      {"FROM:<@x.test,@y.test:a@b.test>", "a@b.test", {}},
      {"FROM:<a.b+c=d@b.test>", "a.b+c=d@b.test", {}},
      {"FROM:<\"a b\"@b.test>", "\"a b\"@b.test", {}},
      {"FROM:<\"a\\\"b>\"@b.test>", "\"a\\\"b>\"@b.test", {}},
      {"FROM:<a@[192.0.2.1]>", "a@[192.0.2.1]", {}},
      {"FROM:<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", {}},
      {"FROM:<\xc3\xa4@b.test>", "\xc3\xa4@b.test", {}},
      {"FROM:<a@x--y.test>", "a@x--y.test", {}},
      {"FROM:<a@1.test>", "a@1.test", {}},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.argument) {
      auto path = parse_mail(row.argument);
      BOOST_REQUIRE(path.has_value());
      BOOST_TEST(path->mailbox == row.mailbox);
      BOOST_TEST((path->parameters == row.parameters));
    }
  }
}

BOOST_AUTO_TEST_CASE(paths_that_are_refused) {
  const std::string long_local(local_part_bytes_max + 1, 'x');
  const std::string long_domain = std::string(domain_bytes_max, 'x') + ".test";
  const std::string long_path = std::string(60, 'x') + "@" + std::string(195, 'y');
  struct Row {
    std::string argument;
    std::string enhanced;
  };
  const std::vector<Row> rows{
      {"", "5.5.4"},
      {"<a@b.test>", "5.5.4"},
      {"TO:<a@b.test>", "5.5.4"},
      {"FROM:a@b.test", "5.1.7"},
      {"FROM:<a@b.test", "5.1.7"},
      {"FROM:<a>", "5.1.7"},
      {"FROM:<Postmaster>", "5.1.7"},
      {"FROM:<@b.test>", "5.1.7"},
      {"FROM:<a@>", "5.1.7"},
      {"FROM:<a..b@b.test>", "5.1.7"},
      {"FROM:<.a@b.test>", "5.1.7"},
      {"FROM:<a.@b.test>", "5.1.7"},
      {"FROM:<a b@b.test>", "5.1.7"},
      {"FROM:<\"a@b.test>", "5.1.7"},
      {"FROM:<a@-b.test>", "5.1.7"},
      {"FROM:<a@b-.test>", "5.1.7"},
      {"FROM:<a@b..test>", "5.1.7"},
      {"FROM:<a@b.test.>", "5.1.7"},
      {"FROM:<a@b_c.test>", "5.1.7"},
      {"FROM:<a@[192.0.2]>", "5.1.7"},
      {"FROM:<a@[IPv6:xyz]>", "5.1.7"},
      {"FROM:<" + long_local + "@b.test>", "5.1.7"},
      {"FROM:<a@" + long_domain + ">", "5.1.7"},
      {"FROM:<" + long_path + ">", "5.1.7"},
      {"FROM:<a@b.test>SIZE=5", "5.5.4"},
      {"FROM:<a@b.test> SIZE=", "5.5.4"},
      {"FROM:<a@b.test> =5", "5.5.4"},
      {"FROM:<a@b.test> S_Z=5", "5.5.4"},
      {"FROM:<a@b.test> SIZE=5 size=6", "5.5.4"},
      {"FROM:<a@b.test> X=\x01", "5.5.4"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.argument) {
      auto path = parse_mail(row.argument);
      BOOST_REQUIRE(!path.has_value());
      BOOST_TEST(path.error().code == 501);
      BOOST_TEST(path.error().enhanced == row.enhanced);
    }
  }
}

BOOST_AUTO_TEST_CASE(sizes_at_the_limit_are_valid) {
  std::string local(local_part_bytes_max, 'x');
  std::string domain(path_bytes_max - 2 - 1 - local.size(), 'y');
  BOOST_TEST(parse_mail("FROM:<" + local + "@" + domain + ">").has_value());
  BOOST_TEST(!parse_mail("FROM:<" + local + "@" + domain + "y>").has_value());
}

BOOST_AUTO_TEST_CASE(recipients_differ_from_senders) {
  BOOST_TEST(parse_rcpt("TO:<a@b.test> NOTIFY=NEVER")->find("NOTIFY")->value == "NEVER");
  BOOST_TEST(parse_rcpt("TO:<postMaster>")->mailbox == "postMaster");
  BOOST_TEST(parse_rcpt("TO:<>").has_error());
  BOOST_TEST(parse_rcpt("TO:<>").error().enhanced == "5.1.3");
  BOOST_TEST(parse_rcpt("FROM:<a@b.test>").has_error());
}

BOOST_AUTO_TEST_CASE(mailboxes_and_domains_alone) {
  BOOST_TEST(is_mailbox("a@b.test"));
  BOOST_TEST(!is_mailbox("a@b.test "));
  BOOST_TEST(!is_mailbox(""));
  BOOST_TEST(is_domain("b.test"));
  BOOST_TEST(is_domain("[192.0.2.1]"));
  BOOST_TEST(!is_domain("b_c.test"));
  BOOST_TEST(!is_domain(""));
}

BOOST_AUTO_TEST_SUITE_END()
