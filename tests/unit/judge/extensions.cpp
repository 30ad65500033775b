// Rules about the extensions of SMTP, in both directions: a journal that breaks each, and innocent
// ones that look alike. And what the oracle permits where a receiver announces less.
#include <boost/test/unit_test.hpp>

#include "harness/judge/extensions.hpp"
#include "harness/judge/peer.hpp"
#include "inbound.hpp"

namespace smtprig::judge::test {
namespace {

using model::Policy;
using Keywords = std::vector<std::string>;

const model::Cell& clear_cell() {
  static const model::Cell cell = cell_of(one_mx(), Policy::none);
  return cell;
}

// The rules that an outbound session breaks which says this behind EHLO.
std::string broken(const Keywords& keywords, const std::vector<std::string>& lines) {
  Story story(clear_cell());
  story.injected().connect().ehlo(keywords);
  for (const std::string& line : lines)
    story.say(line);
  story.quit().deferred_thrice();
  return rules(story.classified(clear_cell()).outcome);
}

const std::string mail = std::string("MAIL FROM:<") + sender + ">";

// A copy of that content, taken by a receiver that announces these.
std::string broken_by(const Keywords& keywords, const std::string& content) {
  Story story(clear_cell());
  story.injected().connect().ehlo(keywords).mail().dot().quit();
  for (fakes::Event& event : story.events)
    if (auto* accepted = std::get_if<fakes::MessageAccepted>(&event.body))
      accepted->content = content;
  return rules(story.classified(clear_cell()).outcome);
}

std::string permitted(fakes::Extensions extensions, model::Message message) {
  fakes::ReceiverSpec receiver;
  receiver.extensions = extensions;
  model::Scenario scenario = one_mx(receiver);
  scenario.messages = {std::move(message)};
  return codes(ruling(cell_of(scenario, Policy::none)));
}

std::string inbound_rules(const std::string& keywords, const std::vector<std::string>& said,
                          const std::string& answer = "250 2.0.0 ok") {
  const model::Cell cell = inbound_cell(Policy::none);
  InboundStory story(cell);
  story.connect().say("EHLO c", "250-mta/" + keywords);
  for (const std::string& line : said)
    story.say(line, line == "DATA" ? "354 go" : answer);
  return story.injected(0, "", true).rules();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(extensions)

BOOST_AUTO_TEST_CASE(c12_only_what_was_announced) {
  const struct {
    const char* keyword;
    std::string line;
  } rows[] = {{"SIZE 100", mail + " SIZE=5"},
              {"8BITMIME", mail + " BODY=8BITMIME"},
              {"BINARYMIME", mail + " BODY=BINARYMIME"},
              {"SMTPUTF8", mail + " SMTPUTF8"},
              {"DSN", mail + " RET=HDRS"},
              {"DSN", mail + " ENVID=QQ"},
              {"DSN", "RCPT TO:<x@y> NOTIFY=NEVER"},
              {"DSN", "RCPT TO:<x@y> ORCPT=rfc822;x@y"},
              {"REQUIRETLS", mail + " REQUIRETLS"},
              {"AUTH PLAIN", mail + " AUTH=<>"},
              {"CHUNKING", "BDAT 0"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.line) {
      BOOST_TEST(broken({}, {row.line}) == "conduct/C12");
      BOOST_TEST(broken({"X-OTHER", row.keyword}, {row.line}).find("C12") == std::string::npos);
    }
  }
  BOOST_TEST(broken({}, {mail, "RCPT TO:<x@y>"}) == "");
  BOOST_TEST(broken({}, {mail + " BODY=7BIT"}) == "");
  BOOST_TEST(broken({}, {"MAIL FROM:<ret=x@size=y>"}) == "");         // in the path
  BOOST_TEST(broken({"SMTPUTF8"}, {mail + " BODY=8BITMIME"}) == "");  // RFC 6531 3.1
  // HELO takes back what EHLO had announced, and so says a reply that announces nothing.
  Story story(clear_cell());
  story.injected().connect().say("HELO x", "250 mx").say(mail + " SIZE=5").quit();
  story.deferred_thrice();
  BOOST_TEST(rules(story.classified(clear_cell()).outcome) == "conduct/C12");
}

BOOST_AUTO_TEST_CASE(c13_utf8) {
  const std::string address = "RCPT TO:<gr\xc3\xbc@y>";
  BOOST_TEST(broken({"8BITMIME"}, {mail, address}) == "conduct/C13");
  BOOST_TEST(broken({"8BITMIME"}, {"MAIL FROM:<gr\xc3\xbc@y>"}) == "conduct/C13");
  BOOST_TEST(broken({"SMTPUTF8"}, {mail, address}) == "");
  const std::string header = "Subject: gr\xc3\xbc\r\n\r\nbody\r\n";
  BOOST_TEST(broken_by({"8BITMIME"}, header) == "conduct/C13");
  BOOST_TEST(broken_by({"SMTPUTF8", "8BITMIME"}, header) == "");
}

BOOST_AUTO_TEST_CASE(c14_eight_bit) {
  const std::string body = "Subject: x\r\n\r\ngr\xc3\xbc\r\n";
  BOOST_TEST(broken_by({}, body) == "advice/C14");
  for (const char* keyword : {"8BITMIME", "SMTPUTF8", "BINARYMIME"})
    BOOST_TEST(broken_by({keyword}, body) == "");
  BOOST_TEST(broken_by({}, "Subject: x\r\n\r\nbody\r\n") == "");
}

BOOST_AUTO_TEST_CASE(content_by_bdat) {
  // The last chunk's command is the end of the content, answered once.
  Story story(clear_cell());
  story.injected().connect().ehlo({"CHUNKING"}).say(mail).say("RCPT TO:<" + story.address() + ">");
  story.say("BDAT 3", "250 ok").here(fakes::LineIn{"BDAT 4 LAST", false});
  story.here(fakes::ContentReceived{7, true, false, "hash", token});
  story.reply("250 2.0.0 queued");
  story.here(fakes::MessageAccepted{sender, {story.address()}, token, "hash", false, ""}).quit();
  const auto outcome = story.classified(clear_cell()).outcome;
  BOOST_TEST(rules(outcome) == "");
  BOOST_TEST((outcome.recipients.front().delivery == model::Delivery::delivered));
  BOOST_TEST(outcome.recipients.front().attempts.front().reply == "250 2.0.0 queued");
}

BOOST_AUTO_TEST_CASE(limits_of_size) {
  BOOST_TEST(size_limit({"250-mx", "250-size 100", "250 X"}).value_or(0) == 100u);
  for (const char* line : {"250 SIZE", "250 SIZE 0", "250 SIZES 5", "250 SIZE x"})
    BOOST_TEST(!size_limit({"250-mx", line}).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_permitted) {
  model::Message eight_bit, header, address, large;
  eight_bit.content.eight_bit = true;
  header.content.utf8_header = true;
  address.recipients = {"gr\xc3\xbc"};
  large.content.bytes_min = 1'000;
  fakes::Extensions none;
  none.eight_bit_mime = none.smtputf8 = false;
  for (const auto& message : {eight_bit, header, address, large})
    BOOST_TEST(permitted({}, message) == "P");
  BOOST_TEST(permitted(none, {}) == "P");
  BOOST_TEST(permitted(none, eight_bit) == "P/D/B");
  BOOST_TEST(permitted(none, header) == "D/B");
  BOOST_TEST(permitted(none, address) == "D/B");
  fakes::Extensions small;
  small.size_bytes = 999;
  BOOST_TEST(permitted(small, large) == "D/B");
  small.size_bytes = 1'000;
  BOOST_TEST(permitted(small, large) == "P");
}

BOOST_AUTO_TEST_CASE(i29_what_is_not_announced_is_refused) {
  for (const std::string& line : {mail + " BODY=BINARYMIME", mail + " REQUIRETLS",
                                  mail + " RET=FULL", std::string("RCPT TO:<a@b> NOTIFY=NEVER")}) {
    BOOST_TEST_CONTEXT(line) {
      BOOST_TEST(inbound_rules("250 SIZE 5", {line}) == "conduct/I29");
      BOOST_TEST(inbound_rules("250 SIZE 5", {line}, "555 5.5.4 no") == "");
      BOOST_TEST(inbound_rules("250-BINARYMIME/250-DSN/250 REQUIRETLS", {line}) == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(i30_binary_by_data) {
  const std::string binary = mail + " BODY=BINARYMIME", rcpt = "RCPT TO:<a@b>";
  BOOST_TEST(inbound_rules("250 BINARYMIME", {binary, rcpt, "DATA"}) == "conduct/I30");
  BOOST_TEST(inbound_rules("250 BINARYMIME", {binary, rcpt}) == "");
  BOOST_TEST(inbound_rules("250 8BITMIME", {mail + " BODY=8BITMIME", rcpt, "DATA"}) == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
