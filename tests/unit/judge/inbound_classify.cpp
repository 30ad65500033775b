// What became of mail that senders brought: how it ended, by which channel, how far each try came.
#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include "inbound.hpp"

namespace smtprig::judge::test {
namespace {

using model::Policy;
using model::Stage;

const model::Cell& may() {
  static const model::Cell cell = inbound_cell(Policy::may);
  return cell;
}

InboundStory begun() {
  return InboundStory(may()).connect().ehlo();
}
InboundStory inside() {
  return begun().starttls().ehlo("");
}

std::string attempts(const Classified& classified, std::size_t recipient = 0) {
  std::string result;
  for (const model::Attempt& each : classified.outcome.recipients[recipient].attempts)
    result += fmt::format("{}{} {} {} {} \"{}\"", result.empty() ? "" : ", ", each.host,
                          name(each.stage), name(each.channel), name(each.finality), each.reply);
  return result;
}

const std::string mail_from = std::string("MAIL FROM:<") + sender + ">";
const std::string rcpt_to = "RCPT TO:<rcpt@" + may().domain() + ">";

}  // namespace

BOOST_AUTO_TEST_SUITE(inbound_classify)

BOOST_AUTO_TEST_CASE(delivered) {
  BOOST_TEST(inside().mail().injected().arrived().fate() ==
             "delivered encrypted weakest encrypted");
  BOOST_TEST(begun().mail().injected().arrived().fate() == "delivered plaintext weakest plaintext");
  // The way on is not what the cell is about: it is in clear in all of these.
  const Classified classified = inside().mail().injected().arrived().classified();
  BOOST_TEST(classified.outcome.recipients.front().via == "");
  BOOST_TEST(classified.incomplete == "");
  BOOST_TEST(attempts(classified) ==
             "sender accepted encrypted success \"250 2.0.0 queued as Q1\"");
}

BOOST_AUTO_TEST_CASE(an_envelope_in_clear_weakens_what_is_sent_inside_tls) {
  const auto story = begun().say(mail_from).starttls().ehlo("").say(rcpt_to).say("DATA", "354 go");
  BOOST_TEST(InboundStory(story).content().injected().arrived().fate() ==
             "delivered encrypted weakest plaintext");
}

BOOST_AUTO_TEST_CASE(rejected) {
  BOOST_TEST(begun()
                 .say(mail_from, "530 5.7.0 STARTTLS first")
                 .injected(530, "5.7.0 STARTTLS first")
                 .fate() == "rejected weakest plaintext 5.7.0");
  BOOST_TEST(inside().mail("554 5.6.0 no").injected(554, "5.6.0 no").fate() ==
             "rejected weakest encrypted 5.6.0");
  // A server that goes away has refused; nobody else did.
  BOOST_TEST(inside().injected(0, "connection closed by the server").fate() == "rejected");
}

BOOST_AUTO_TEST_CASE(deferred_is_what_the_sender_gave_up) {
  BOOST_TEST(begun().injected(0, "STARTTLS was not offered", true).fate() == "deferred");
  BOOST_TEST(InboundStory(may()).injected(0, "connect: Connection refused", true).fate() ==
             "deferred");
}

BOOST_AUTO_TEST_CASE(a_copy_outweighs_what_the_sender_knows) {
  // The final reply never came, and the server had taken it.
  BOOST_TEST(inside().mail("").injected(0, "", true).arrived().fate() ==
             "delivered encrypted weakest encrypted");
  BOOST_TEST(inside().mail("").injected(0, "timed out").arrived().fate() ==
             "delivered encrypted weakest encrypted");
}

BOOST_AUTO_TEST_CASE(bounced_lost_and_duplicated) {
  const auto taken = inside().mail().injected();
  BOOST_TEST(InboundStory(taken).fate() == "lost weakest encrypted");
  using Kind = fakes::ServerFact::Kind;
  BOOST_TEST(InboundStory(taken)
                 .add("server", fakes::ServerFact{Kind::bounced, "Q1", may().address("rcpt"), "",
                                                  "5.6.0", "NUL"})
                 .fate() == "bounced weakest encrypted 5.6.0");
  BOOST_TEST(InboundStory(taken)
                 .add("server", fakes::ServerFact{Kind::deferred, "Q1", may().address("rcpt"), "",
                                                  "4.4.1", "later"})
                 .fate() == "deferred weakest encrypted 4.4.1");
  BOOST_TEST(InboundStory(taken).arrived().arrived().fate() ==
             "duplicated encrypted weakest encrypted");
}

BOOST_AUTO_TEST_CASE(stages) {
  const struct {
    const char* name;
    InboundStory story;
    const char* expected;
  } rows[] = {
      {"no connection", InboundStory(may()), "sender none none unknown \"\""},
      {"no greeting", InboundStory(may()).connect(""), "sender connect plaintext unknown \"\""},
      {"greeting", InboundStory(may()).connect(), "sender greeting plaintext unknown \"\""},
      {"greeting refuses", InboundStory(may()).connect("554 5.3.2 no"),
       "sender greeting plaintext permanent \"554 5.3.2 no\""},
      {"EHLO", begun(), "sender ehlo plaintext unknown \"\""},
      {"STARTTLS refused", begun().say("STARTTLS", "454 4.7.0 later"),
       "sender starttls plaintext temporary \"454 4.7.0 later\""},
      {"handshake", begun().starttls(), "sender tls encrypted unknown \"\""},
      {"AUTH refused", inside().say("AUTH PLAIN eA==", "535 5.7.8 no"),
       "sender tls encrypted permanent \"535 5.7.8 no\""},
      {"MAIL", inside().say(mail_from), "sender mail encrypted unknown \"\""},
      {"MAIL refused", inside().say(mail_from, "451 4.3.0 later"),
       "sender mail encrypted temporary \"451 4.3.0 later\""},
      {"RCPT refused", inside().say(mail_from).say(rcpt_to, "550 5.1.1 no"),
       "sender rcpt encrypted permanent \"550 5.1.1 no\""},
      {"DATA", inside().say(mail_from).say(rcpt_to).say("DATA", "354 go"),
       "sender data encrypted unknown \"\""},
      {"content without an answer", inside().mail(""), "sender final-dot encrypted unknown \"\""},
      {"content refused", inside().mail("554 5.6.0 no"),
       "sender final-dot encrypted permanent \"554 5.6.0 no\""},
      {"content taken", inside().mail(),
       "sender accepted encrypted success \"250 2.0.0 queued as Q1\""},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(attempts(InboundStory(row.story).injected(0, "", true).classified()) == row.expected);
}

BOOST_AUTO_TEST_CASE(a_handshake_that_fails_is_the_cause) {
  const Classified classified = begun()
                                    .say("STARTTLS", "220 go")
                                    .here(fakes::TlsFailed{"server-hello", "alert"})
                                    .injected(0, "no TLS: alert")
                                    .classified();
  const model::RecipientOutcome& one = classified.outcome.recipients.front();
  BOOST_TEST((one.cause == model::Cause::validation_failure));
  BOOST_TEST((one.delivery == model::Delivery::rejected));
  BOOST_TEST(attempts(classified) == "sender starttls plaintext unknown \"\"");
}

// RFC 2920: replies come in the order of the commands, whatever stands in one segment.
BOOST_AUTO_TEST_CASE(groups) {
  const auto story = inside()
                         .say(mail_from, "")
                         .say(rcpt_to, "")
                         .say("DATA", "")
                         .reply("250 ok")
                         .reply("550 5.1.1 no")
                         .reply("503 5.5.1 no");
  BOOST_TEST(attempts(InboundStory(story).injected(550, "5.1.1 no").classified()) ==
             "sender data encrypted permanent \"550 5.1.1 no\"");
}

BOOST_AUTO_TEST_CASE(one_sender_that_is_refused_and_one_that_is_not) {
  model::Scenario scenario = one_mx({.starttls = fakes::StartTls::no});
  scenario.messages = {{.id = "m1"}, {.id = "m2"}};
  scenario.senders = {{.name = "sender:a", .messages = {"m1"}},
                      {.name = "sender:b", .messages = {"m2"}}};
  const model::Cell cell = cell_of(std::move(scenario), Policy::encrypt);
  InboundStory story(cell);
  story.connect("220 mta", "sender:a").say(mail_from, "530 5.7.0 no").injected(530, "5.7.0 no");
  story.connect("220 mta", "sender:b").ehlo().starttls().ehlo("").mail();
  story.add("sender:b",
            fakes::Injected{sender, cell.address("rcpt"), "other", "hash", 554, "5.6.0 no"});
  const Classified classified = story.classified();
  BOOST_REQUIRE(classified.outcome.recipients.size() == 2);
  BOOST_TEST(attempts(classified, 0) == "sender:a mail plaintext permanent \"530 5.7.0 no\"");
  BOOST_TEST(attempts(classified, 1) ==
             "sender:b accepted encrypted success \"250 2.0.0 queued as Q1\"");
  BOOST_TEST((classified.outcome.recipients[0].weakest == model::Channel::plaintext));
  BOOST_TEST((classified.outcome.recipients[1].weakest == model::Channel::encrypted));
}

// An `authenticated` client is one whose twin, with a certificate of its own making, was refused.
BOOST_AUTO_TEST_CASE(authenticated_by_the_twin) {
  const model::Cell cell = inbound_cell(Policy::require_client_cert);
  const auto brought = [&] {
    return InboundStory(cell).connect().ehlo().starttls().ehlo("").mail().injected().arrived();
  };
  const model::Outcome taken = brought().classified().outcome;
  const model::Outcome refused = InboundStory(cell)
                                     .connect()
                                     .ehlo()
                                     .starttls()
                                     .ehlo("")
                                     .mail("554 5.7.0 no")
                                     .injected(554, "5.7.0 no")
                                     .classified()
                                     .outcome;
  const auto channel_with = [&](const model::Outcome* twin) {
    model::Outcome outcome = taken;
    authenticate_client(outcome, twin);
    BOOST_TEST((outcome.recipients[0].channel == outcome.recipients[0].weakest));
    return std::string(name(outcome.recipients[0].channel));
  };
  BOOST_TEST(channel_with(&refused) == "authenticated");
  BOOST_TEST(channel_with(&taken) == "encrypted");
  BOOST_TEST(channel_with(nullptr) == "encrypted");
  model::Outcome fallen = refused;
  fallen.server = model::ServerHealth::crashed;
  BOOST_TEST(channel_with(&fallen) == "encrypted");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
