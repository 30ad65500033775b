// What goes to a peer by the extensions that it offers, and the planted defects in that.
#include "harness/servers/embedded/delivery.hpp"
#include "harness/servers/embedded/dsn.hpp"
#include "harness/servers/embedded/log.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace smtprig::embedded;
using Keywords = std::vector<std::string>;

Message rich_message() {
  Message message;
  message.id = "E1";
  message.sender = "a@from.test";
  message.content = "Subject: x\r\n\r\n.dot\r\n";
  message.eight_bit = true;
  message.returned = "HDRS";
  message.envelope_id = "QQ";
  message.recipients.push_back({.address = "r@to.test",
                                .notify = {.given = true, .success = true},
                                .original = "rfc822;r@to.test"});
  return message;
}

class Dialogue {
 public:
  Dialogue(Message message, Keywords keywords, const Mutants& mutants = {})
      : message_(std::move(message)),
        delivery_({.hostname = "me.test",
                   .policy = smtprig::model::Policy::none,
                   .message = &message_,
                   .recipients = {0}},
                  mutants) {
    delivery_.start();
    answer(220, {"mx"});
    keywords.insert(keywords.begin(), "mx");
    first = answer(250, keywords);
  }

  Action answer(int code, Keywords lines) {
    ServerReply reply;
    reply.code = code;
    reply.lines = std::move(lines);
    return delivery_.reply(reply);
  }
  Action ok() { return answer(250, {"ok"}); }
  const RecipientResult& fate() { return delivery_.result().recipients.front(); }

  Action first;  // behind EHLO

 private:
  Message message_;
  Delivery delivery_;
};

const std::string plain_mail = "MAIL FROM:<a@from.test>\r\n";
const std::string full_mail = "MAIL FROM:<a@from.test> SIZE=20 BODY=8BITMIME RET=HDRS ENVID=QQ\r\n";
const std::string full_rcpt =
    "RCPT TO:<r@to.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;r@to.test\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(extensions)

BOOST_AUTO_TEST_CASE(parameters_go_where_they_are_offered) {
  Dialogue bare(rich_message(), {});
  BOOST_TEST(bare.first.bytes == plain_mail);
  BOOST_TEST(bare.ok().bytes == "RCPT TO:<r@to.test>\r\n");
  Dialogue rich(rich_message(), {"SIZE 1000", "8BITMIME", "DSN"});
  BOOST_TEST(rich.first.bytes == full_mail);
  BOOST_TEST(rich.ok().bytes == full_rcpt);

  Dialogue unasked(rich_message(), {}, {.parameters_unasked = true});
  BOOST_TEST(unasked.first.bytes == full_mail);
  BOOST_TEST(unasked.ok().bytes == full_rcpt);
  Dialogue drops(rich_message(), {"DSN"}, {.drops_dsn_parameters = true});
  BOOST_TEST(drops.first.bytes == plain_mail);
  BOOST_TEST(drops.ok().bytes == "RCPT TO:<r@to.test>\r\n");
}

BOOST_AUTO_TEST_CASE(content_goes_in_a_chunk) {
  const auto sent = [](const Keywords& keywords, const Mutants& mutants) {
    Dialogue dialogue(rich_message(), keywords, mutants);
    dialogue.ok();
    const Action action = dialogue.ok();
    dialogue.ok();
    BOOST_TEST((dialogue.fate().fate == Fate::delivered));
    return action.bytes;
  };
  BOOST_TEST(sent({"CHUNKING"}, {}) == "BDAT 20 LAST\r\nSubject: x\r\n\r\n.dot\r\n");
  BOOST_TEST(sent({"CHUNKING"}, {.stuffs_chunks = true}) ==
             "BDAT 21 LAST\r\nSubject: x\r\n\r\n..dot\r\n");

  // In a group too: BDAT waits until somebody takes the message.
  Dialogue grouped(rich_message(), {"CHUNKING", "PIPELINING"});
  BOOST_TEST(grouped.first.bytes == plain_mail + "RCPT TO:<r@to.test>\r\n");
  BOOST_TEST((grouped.ok().kind == Action::Kind::read));
  BOOST_TEST((grouped.answer(550, {"no"}).kind == Action::Kind::finish));
  BOOST_TEST((grouped.fate().fate == Fate::bounced));
}

BOOST_AUTO_TEST_CASE(binary_content_needs_both) {
  Message message = rich_message();
  message.content = "Subject: x\r\n\r\na\nb";
  message.binary = true;
  for (const Keywords& keywords : {Keywords{"CHUNKING"}, Keywords{"8BITMIME"}, Keywords{}}) {
    Dialogue dialogue(message, keywords);
    BOOST_TEST((dialogue.fate().fate == Fate::bounced));
    BOOST_TEST(dialogue.fate().failure.status == "5.6.3");
  }
  Dialogue dialogue(message, {"CHUNKING", "BINARYMIME"});
  BOOST_TEST(dialogue.first.bytes == "MAIL FROM:<a@from.test> BODY=BINARYMIME\r\n");
  dialogue.ok();
  BOOST_TEST(dialogue.ok().bytes == "BDAT 17 LAST\r\nSubject: x\r\n\r\na\nb");
}

BOOST_AUTO_TEST_CASE(utf8_needs_smtputf8) {
  Message address = rich_message();
  address.smtputf8 = true;
  address.recipients.front().address =
      "gr\xc3\xbc\xc3\x9f"
      "e@to.test";
  Message header = rich_message();
  header.smtputf8 = true;
  header.content = "Subject: \xc3\xbc\r\n\r\nbody\r\n";
  for (const Message& message : {address, header}) {
    Dialogue refused(message, {"8BITMIME"});
    BOOST_TEST((refused.fate().fate == Fate::bounced));
    BOOST_TEST(refused.fate().failure.status == "5.6.7");
    Dialogue taken(message, {"8BITMIME", "SMTPUTF8"});
    BOOST_TEST(taken.first.bytes.ends_with(" BODY=8BITMIME SMTPUTF8\r\n"));
    Dialogue ignored(message, {"8BITMIME"}, {.ignores_smtputf8 = true});
    BOOST_TEST((ignored.first.kind == Action::Kind::send));
  }
}

BOOST_AUTO_TEST_CASE(auth_is_left_alone) {
  BOOST_TEST(Dialogue(rich_message(), {"AUTH PLAIN"}).first.bytes == plain_mail);
  Dialogue tries(rich_message(), {"AUTH PLAIN"}, {.auth_where_offered = true});
  BOOST_TEST(tries.first.bytes.starts_with("AUTH PLAIN "));
  tries.answer(535, {"no"});
  BOOST_TEST((tries.fate().fate == Fate::refused));
}

BOOST_AUTO_TEST_CASE(what_comes_back_with_a_report) {
  const auto returned = [](const char* ret) {
    Message message = rich_message();
    message.returned = ret;
    const auto dsn = make_dsn(message, {{.recipient = 0, .status = "5.1.1"}}, "me.test", {});
    return dsn.value().content;
  };
  for (const char* ret : {"", "HDRS"}) {
    BOOST_TEST(returned(ret).find("text/rfc822-headers") != std::string::npos);
    BOOST_TEST(returned(ret).find(".dot") == std::string::npos);
  }
  BOOST_TEST(returned("FULL").find("message/rfc822") != std::string::npos);
  BOOST_TEST(returned("FULL").find(".dot") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(addresses_in_the_log) {
  BOOST_TEST(escaped("gr\xc3\xbc@x", true) == "gr\xc3\xbc@x");
  for (const char* broken : {"a\xc3@x", "a\xff@x", "a\xc3"})
    BOOST_TEST(escaped(broken, true).find("\\x") != std::string::npos);
  BOOST_TEST(escaped("gr\xc3\xbc", false) == "gr\\xc3\\xbc");
}

BOOST_AUTO_TEST_SUITE_END()
