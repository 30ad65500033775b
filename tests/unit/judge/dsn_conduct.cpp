// What a sender wished to be told, and what it was told: each rule with a journal that breaks it.
#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::ServerFact;
using model::Policy;

model::Cell cell_with(model::Dsn dsn) {
  model::Scenario scenario = one_mx();
  scenario.messages.front().dsn = std::move(dsn);
  return cell_of(scenario, Policy::none);
}

std::string fields(const Story& story, const std::string& action) {
  return "Final-Recipient: rfc822; " + story.address() + "\r\nAction: " + action +
         "\r\nStatus: 2.0.0\r\n";
}

// Taken by a receiver that announces DSN or not; MAIL and RCPT have these parameters, and these
// reports came back.
std::string delivered(const model::Dsn& dsn, bool announces, const std::string& mail,
                      const std::string& rcpt, const std::vector<std::string>& reports = {}) {
  const model::Cell cell = cell_with(dsn);
  Story story(cell);
  story.injected().connect().ehlo(announces ? std::vector<std::string>{"DSN"}
                                            : std::vector<std::string>{});
  story.say(std::string("MAIL FROM:<") + sender + ">" + mail);
  story.say("RCPT TO:<" + story.address() + ">" + rcpt).say("DATA", "354 go");
  story.here(fakes::ContentReceived{1, true, false, "hash", token}).dot().quit();
  for (const std::string& action : reports)
    story.report(fields(story, action));
  return rules(story.classified(cell).outcome);
}

std::string failed(const model::Dsn& dsn, const std::string& report) {
  const model::Cell cell = cell_with(dsn);
  Story story(cell);
  story.injected().fact(ServerFact::Kind::bounced, "5.1.1");
  if (!report.empty()) story.report(fields(story, "failed") + report);
  return rules(story.classified(cell).outcome);
}

const model::Dsn silent{};
const model::Dsn never{.notify = "NEVER"};
const model::Dsn success{.notify = "SUCCESS"};
const model::Dsn failure{.notify = "FAILURE"};

}  // namespace

BOOST_AUTO_TEST_SUITE(dsn_conduct)

BOOST_AUTO_TEST_CASE(c15_nothing_unwished) {
  BOOST_TEST(failed(never, "X: y") == "conduct/C15");
  BOOST_TEST(failed(success, "X: y") == "conduct/C15");
  BOOST_TEST(failed(silent, "X: y") == "");
  BOOST_TEST(failed(failure, "X: y") == "");
  BOOST_TEST(failed(never, "") == "");
  for (const auto& dsn : {silent, never, failure}) {
    const std::string rcpt = dsn.notify.empty() ? "" : " NOTIFY=" + dsn.notify;
    BOOST_TEST(delivered(dsn, true, "", rcpt, {"relayed"}) == "conduct/C15");
    BOOST_TEST(delivered(dsn, true, "", rcpt) == "");
  }
  BOOST_TEST(delivered(never, true, "", " NOTIFY=NEVER", {"delayed"}) == "conduct/C15");
  BOOST_TEST(delivered(silent, true, "", "", {"delayed"}) == "");
}

BOOST_AUTO_TEST_CASE(c16_nothing_withheld) {
  BOOST_TEST(failed(silent, "") == "conduct/C16");
  BOOST_TEST(failed(failure, "") == "conduct/C16");
  BOOST_TEST(delivered(success, false, "", "") == "conduct/C16");
  BOOST_TEST(delivered(success, false, "", "", {"relayed"}) == "");
  BOOST_TEST(delivered(success, true, "", " NOTIFY=SUCCESS") == "");
}

BOOST_AUTO_TEST_CASE(c17_wishes_are_passed_on) {
  const model::Dsn all{
      .notify = "SUCCESS,DELAY", .returned = "HDRS", .envelope_id = "Qq", .original = true};
  const std::string mail = " RET=hdrs ENVID=Qq";
  const std::string notify = " NOTIFY=delay,success";
  const std::string orcpt = " ORCPT=rfc822;" + Story(cell_with(all)).address();
  BOOST_TEST(delivered(all, true, mail, notify + orcpt) == "");
  BOOST_TEST(delivered(all, true, " ENVID=Qq", notify + orcpt) == "conduct/C17");
  BOOST_TEST(delivered(all, true, " RET=HDRS", notify + orcpt) == "conduct/C17");
  BOOST_TEST(delivered(all, true, " RET=HDRS ENVID=QQ", notify + orcpt) == "conduct/C17");
  BOOST_TEST(delivered(all, true, mail, orcpt) == "conduct/C17");
  BOOST_TEST(delivered(all, true, mail, " NOTIFY=SUCCESS" + orcpt) == "conduct/C17");
  BOOST_TEST(delivered(all, true, mail, notify) == "conduct/C17");
  BOOST_TEST(delivered(all, true, mail, notify + " ORCPT=rfc822;other@x") == "conduct/C17");
  // One that was not there may be added, and nothing else.
  BOOST_TEST(delivered(silent, true, "", orcpt) == "");
  BOOST_TEST(delivered(silent, true, "", " NOTIFY=FAILURE") == "conduct/C17");
  BOOST_TEST(delivered(silent, true, " ENVID=mine", "") == "conduct/C17");
}

BOOST_AUTO_TEST_CASE(c18_what_a_report_tells) {
  const std::string whole = "\r\n\r\nWhoever can read this line could read the message: x\r\n";
  BOOST_TEST(failed({.returned = "HDRS"}, whole) == "conduct/C18");
  BOOST_TEST(failed({.returned = "HDRS"}, "X: y") == "");
  BOOST_TEST(failed({.returned = "FULL"}, "X: y") == "conduct/C18");
  BOOST_TEST(failed({.returned = "FULL"}, whole) == "");
  BOOST_TEST(failed({.envelope_id = "Qq"}, "X: y") == "conduct/C18");
  BOOST_TEST(failed({.envelope_id = "Qq"}, "Original-Envelope-Id: Qq") == "");
  BOOST_TEST(failed({.original = true}, "X: y") == "conduct/C18");
  BOOST_TEST(failed({.original = true}, "Original-Recipient: rfc822;a@b") == "");
  BOOST_TEST(failed(silent, whole) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
