// Reports at the sink.
#include "harness/judge/dsn.hpp"

#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {

BOOST_AUTO_TEST_SUITE(dsn)

BOOST_AUTO_TEST_CASE(fields) {
  const auto reports = parse_report(
      "Subject: failed\r\n\r\n"
      "Reporting-MTA: dns; a.test\r\n\r\n"
      "final-recipient : rfc822;bob@b.test\r\nACTION: Failed\r\nStatus: 5.1.1 (no such user)\r\n"
      "\r\n"
      "Final-Recipient: rfc822; <alice@b.test>\r\nAction: delayed\r\nStatus: 4.4.1\r\n");
  BOOST_REQUIRE(reports.size() == 2);
  BOOST_TEST(reports[0].recipient == "bob@b.test");
  BOOST_TEST(reports[0].action == "failed");
  BOOST_TEST(reports[0].status == "5.1.1");
  BOOST_TEST(reports[1].recipient == "alice@b.test");
  BOOST_TEST(reports[1].action == "delayed");
  BOOST_TEST(reports[1].status == "4.4.1");
}

BOOST_AUTO_TEST_CASE(what_is_no_report) {
  BOOST_TEST(parse_report("").empty());
  BOOST_TEST(parse_report("Action: failed\r\nStatus: 5.0.0").empty());
  BOOST_TEST(parse_report("Final-Recipient: rfc822; a@b\r\nStatus: 5.0.0").empty());
  BOOST_TEST(parse_report("Final-Recipient rfc822; a@b\nAction failed\n").empty());
}

BOOST_AUTO_TEST_CASE(only_from_the_sink_only_with_a_null_sender_and_our_token) {
  const model::Cell cell = cell_of(one_mx(), model::Policy::may);
  const std::string fields = "Final-Recipient: rfc822; a@b\r\nAction: failed\r\nStatus: 5.0.0";
  Story story(cell);
  story.report(fields);
  BOOST_TEST(reports_of(story.events, token).size() == 1);
  BOOST_TEST(reports_of(story.events, "another").empty());
  Story elsewhere = story;
  elsewhere.events.front().who = "mx";
  BOOST_TEST(reports_of(elsewhere.events, token).empty());
  Story mail = story;
  std::get<fakes::MessageAccepted>(mail.events.front().body).mail_from = "a@b";
  BOOST_TEST(reports_of(mail.events, token).empty());
  Story by_field = story;
  auto& message = std::get<fakes::MessageAccepted>(by_field.events.front().body);
  message.content = fields;
  message.token = token;
  BOOST_TEST(reports_of(by_field.events, token).size() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
