// Notifications: who gets one, and what it holds.
#include "harness/servers/embedded/dsn.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace smtprig::embedded;

constexpr Notify never{.given = true, .failure = false};
constexpr Notify only_success{.given = true, .success = true, .failure = false};

Message original() {
  Message message;
  message.id = "E000001";
  message.sender = "a@from.test";
  message.content =
      "Subject: x\r\nX-Smtprig-Token: 0123abcd\r\n\r\nX-Smtprig-Token: body\r\nsecret body\r\n";
  message.recipients = {{.address = "r@to.test"}, {.address = "s@to.test", .notify = never}};
  return message;
}

DsnEntry failed(std::size_t recipient) {
  return {.recipient = recipient,
          .status = "5.1.1",
          .relay = "mx.to.test",
          .diagnostic = "550 5.1.1 no such\nuser",
          .from_peer = true};
}

bool holds(const Message& message, std::string_view text) {
  return message.content.find(text) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dsn)

BOOST_AUTO_TEST_CASE(who_is_told) {
  struct Row {
    std::string name;
    Notify notify;
    DsnAction action;
    bool told;
  };
  const std::vector<Row> rows = {
      {"silent sender, failure", {}, DsnAction::failed, true},
      {"silent sender, success", {}, DsnAction::relayed, false},
      {"NEVER, failure", never, DsnAction::failed, false},
      {"NEVER, success", never, DsnAction::relayed, false},
      {"SUCCESS, failure", only_success, DsnAction::failed, false},
      {"SUCCESS, success", only_success, DsnAction::relayed, true},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(wanted(row.notify, row.action) == row.told);
    }
  }
}

BOOST_AUTO_TEST_CASE(report) {
  Message message = original();
  message.envelope_id = "QQ+2B314";
  const auto dsn = make_dsn(message, {failed(0), failed(1)}, "me.test", {});
  BOOST_REQUIRE(dsn.has_value());
  BOOST_TEST(dsn->sender.empty());
  BOOST_REQUIRE(dsn->recipients.size() == 1u);
  BOOST_TEST(dsn->recipients[0].address == "a@from.test");
  for (const std::string_view text :
       {"multipart/report; report-type=delivery-status;",
        "Content-Type: message/delivery-status\r\n", "Reporting-MTA: dns; me.test\r\n",
        "Original-Envelope-Id: QQ+314\r\n", "Final-Recipient: rfc822;r@to.test\r\n",
        "Action: failed\r\n", "Status: 5.1.1\r\n", "Remote-MTA: dns; mx.to.test\r\n",
        "Diagnostic-Code: smtp; 550 5.1.1 no such?user\r\n",
        "Content-Type: text/rfc822-headers\r\n", "X-Smtprig-Token: 0123abcd\r\n",
        "Auto-Submitted: auto-replied\r\n"}) {
    BOOST_TEST(holds(*dsn, text), text << " is missing");
  }
  BOOST_TEST(!holds(*dsn, "secret body"));
  BOOST_TEST(!holds(*dsn, "s@to.test"));
}

BOOST_AUTO_TEST_CASE(none_is_due) {
  Message null_sender = original();
  null_sender.sender.clear();
  BOOST_TEST(!make_dsn(null_sender, {failed(0)}, "me.test", {}).has_value());
  BOOST_TEST(!make_dsn(original(), {failed(1)}, "me.test", {}).has_value());
  BOOST_TEST(!make_dsn(original(), {}, "me.test", {}).has_value());
}

BOOST_AUTO_TEST_CASE(utf8_address) {
  Message message = original();
  message.recipients[0].address = "j\xc3\xb8rn@to.test";
  const auto dsn = make_dsn(message, {failed(0)}, "me.test", {});
  BOOST_REQUIRE(dsn.has_value());
  BOOST_TEST(dsn->smtputf8);
  BOOST_TEST(holds(*dsn, "Final-Recipient: utf-8;j\xc3\xb8rn@to.test"));
  BOOST_TEST(holds(*dsn, "Content-Type: message/global-delivery-status"));
}

BOOST_AUTO_TEST_SUITE_END()
