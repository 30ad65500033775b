// From hand-made journals to outcomes: delivery, channel, weakest channel, status, health, faults.
#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::Closed;
using fakes::ServerFact;
using model::Channel;
using model::Delivery;
using model::Policy;
using How = Closed::How;

const model::Cell& cell() {
  static const model::Cell result = cell_of(one_mx(), Policy::may);
  return result;
}

model::RecipientOutcome outcome_of(const Story& story) {
  return story.classified(cell()).outcome.recipients.at(0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(classify)

BOOST_AUTO_TEST_CASE(deliveries) {
  const struct {
    const char* name;
    Story story;
    const char* expected;
  } rows[] = {
      {"in clear", Story(cell()).injected().delivery("mx", 1, true), "delivered plaintext via mx"},
      {"in TLS", Story(cell()).injected().delivery(), "delivered encrypted via mx"},
      {"told late: the injector's reply comes last", Story(cell()).delivery().injected(),
       "delivered encrypted via mx"},
      {"no answer at injection, and yet", Story(cell()).delivery().injected("rcpt", 0, "eof"),
       "delivered encrypted via mx"},
      {"and bounced afterwards",
       Story(cell()).injected().delivery().fact(ServerFact::Kind::bounced, "5.0.0"),
       "delivered encrypted via mx"},
      {"refused", Story(cell()).injected("rcpt", 550, "5.1.1 no"), "rejected"},
      {"refused for now", Story(cell()).injected("rcpt", 451, "4.3.0 later"), "rejected"},
      {"bounced", Story(cell()).injected().fact(ServerFact::Kind::bounced, "5.1.1"), "bounced"},
      {"deferred", Story(cell()).injected().deferred_thrice(), "deferred"},
      {"deferred and taken out by the rig",
       Story(cell()).injected().deferred_thrice().removed_by_rig(), "deferred"},
      {"expired",
       Story(cell())
           .injected()
           .deferred()
           .fact(ServerFact::Kind::expired)
           .fact(ServerFact::Kind::removed),
       "deferred"},
      {"gone without a word",
       Story(cell()).injected().deferred_thrice().fact(ServerFact::Kind::removed), "lost"},
      {"said to be delivered, to nobody",
       Story(cell()).injected().fact(ServerFact::Kind::delivered, "2.0.0"), "lost"},
      {"nothing is known of it", Story(cell()).injected(), "lost"},
      {"reported",
       Story(cell()).injected().report("Final-Recipient: rfc822; " + Story(cell()).address() +
                                       "\r\nAction: failed\r\nStatus: 5.1.1"),
       "bounced"},
      {"reported, by time",
       Story(cell()).injected().report("Final-Recipient: rfc822; " + Story(cell()).address() +
                                       "\r\nAction: failed\r\nStatus: 4.4.1"),
       "deferred"},
      {"reported, by time with a 5",
       Story(cell()).injected().report("Final-Recipient: rfc822; " + Story(cell()).address() +
                                       "\r\nAction: failed\r\nStatus: 5.4.7"),
       "deferred"},
      {"reported of another",
       Story(cell()).injected().report(
           "Final-Recipient: rfc822; x@y.test\r\nAction: failed\r\nStatus: 5.1.1"),
       "lost"},
      {"warned only",
       Story(cell()).injected().deferred_thrice().report("Final-Recipient: rfc822; " +
                                                         Story(cell()).address() +
                                                         "\r\nAction: delayed\r\nStatus: 4.4.1"),
       "deferred"},
      {"a copy for somebody else",
       Story(cell()).injected().connect().ehlo({}).mail("other").dot("250 ok", "other").quit(),
       "lost"},
      {"a copy of another message",
       Story(cell()).injected().connect().here(
           fakes::MessageAccepted{sender, {Story(cell()).address()}, "ffff", "", false, ""}),
       "deferred"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(text(outcome_of(row.story)) == row.expected);
}

BOOST_AUTO_TEST_CASE(second_copies) {
  const auto once = [] { return Story(cell()).injected().connect().ehlo({}).mail().dot(); };
  const struct {
    const char* name;
    Story story;
    Delivery expected;
  } rows[] = {
      {"behind QUIT", once().quit().closed().delivery("mx", 2), Delivery::duplicated},
      {"behind an orderly end", once().closed(How::local_fin).delivery("mx", 2),
       Delivery::duplicated},
      {"behind a reset", once().closed(How::local_rst).delivery("mx", 2), Delivery::delivered},
      {"the client was gone", once().closed(How::peer_rst).delivery("mx", 2), Delivery::delivered},
      {"the client gave up", once().closed(How::peer_fin).delivery("mx", 2), Delivery::delivered},
      {"behind a reset, but told as delivered",
       once().closed(How::local_rst).fact(ServerFact::Kind::delivered).delivery("mx", 2),
       Delivery::duplicated},
      {"half a reply, then closed",
       Story(cell())
           .injected()
           .connect()
           .ehlo({})
           .mail()
           .here(fakes::BytesOut{"25", false})
           .here(fakes::MessageAccepted{sender, {Story(cell()).address()}, token, "", false, ""})
           .closed(How::local_fin)
           .delivery("mx", 2),
       Delivery::delivered},
      {"not accepted the first time",
       Story(cell()).injected().connect().ehlo({}).mail().closed(How::local_fin).delivery("mx", 2),
       Delivery::delivered},
      {"refused the first time",
       Story(cell()).injected().connect().ehlo({}).mail().dot("451 later").quit().delivery("mx", 2),
       Delivery::delivered},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST((outcome_of(row.story).delivery == row.expected));
}

BOOST_AUTO_TEST_CASE(the_weakest_channel_counts_every_attempt) {
  const auto failed_in_clear = [](auto&& until) {
    Story story = Story(cell()).injected().connect().ehlo({});
    until(story);
    return story.closed(How::local_fin).deferred().delivery("mx", 2);
  };
  const struct {
    const char* name;
    Story story;
    Channel weakest;
  } rows[] = {
      {"delivered in TLS", Story(cell()).injected().delivery(), Channel::encrypted},
      {"delivered in clear", Story(cell()).injected().delivery("mx", 1, true), Channel::plaintext},
      {"EHLO in clear", failed_in_clear([](Story&) {}), Channel::encrypted},
      {"MAIL in clear", failed_in_clear([](Story& s) {
         s.say(std::string("MAIL FROM:<") + sender + ">", "451 no");
       }),
       Channel::plaintext},
      {"content in clear", failed_in_clear([](Story& s) {
         s.here(fakes::ContentReceived{3, false, false, "", token});
       }),
       Channel::plaintext},
      {"no byte of content", failed_in_clear([](Story& s) {
         s.here(fakes::ContentReceived{0, false, false, "", token});
       }),
       Channel::encrypted},
      {"no transaction", Story(cell()).injected().turned_away().deferred_thrice(), Channel::none},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST((outcome_of(row.story).weakest == row.weakest));
}

BOOST_AUTO_TEST_CASE(the_status_of_the_last_failure) {
  const std::string who = Story(cell()).address();
  const struct {
    const char* name;
    Story story;
    const char* status;
  } rows[] = {
      {"from the log", Story(cell()).injected().deferred_thrice("4.7.5", "not verified"), "4.7.5"},
      {"the last one",
       Story(cell()).injected().deferred("4.4.1").deferred("4.4.1").deferred("4.7.1"), "4.7.1"},
      {"of the bounce",
       Story(cell()).injected().deferred("4.4.1").fact(ServerFact::Kind::bounced, "5.1.1"),
       "5.1.1"},
      {"why it expired",
       Story(cell()).injected().deferred("4.4.2").fact(ServerFact::Kind::expired, "4.4.7"),
       "4.4.2"},
      {"from the report",
       Story(cell()).injected().report("Final-Recipient: rfc822; " + who +
                                       "\r\nAction: failed\r\nStatus: 5.2.2"),
       "5.2.2"},
      {"from the reply",
       Story(cell())
           .injected()
           .connect()
           .ehlo({})
           .say(std::string("MAIL FROM:<") + sender + ">", "550 5.7.1 no")
           .quit()
           .fact(ServerFact::Kind::bounced),
       "5.7.1"},
      {"at injection", Story(cell()).injected("rcpt", 550, "5.1.3 no"), "5.1.3"},
      {"none of a delivery", Story(cell()).injected().deferred("4.4.1").delivery(), ""},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(outcome_of(row.story).status == row.status);
}

BOOST_AUTO_TEST_CASE(what_is_not_complete) {
  const struct {
    const char* name;
    Story story;
    const char* expected;
  } rows[] = {
      {"one attempt", Story(cell()).injected().deferred(), "rcpt: 1 of 3 planned attempts"},
      {"queued only", Story(cell()).injected().fact(ServerFact::Kind::queued),
       "rcpt: 0 of 3 planned attempts"},
      {"all attempts", Story(cell()).injected().deferred_thrice(), ""},
      {"by connections, where there is no log",
       Story(cell()).injected().turned_away("mx", 1).turned_away("mx", 2).turned_away("mx", 3), ""},
      {"too few connections", Story(cell()).injected().turned_away("mx", 1),
       "rcpt: 1 of 3 planned attempts"},
      {"expired early", Story(cell()).injected().deferred().fact(ServerFact::Kind::expired), ""},
      {"no injection", Story(cell()), "rcpt: was not injected"},
      {"no answer at injection", Story(cell()).injected("rcpt", 0, "connect: refused"),
       "rcpt: no answer at injection: connect: refused"},
      {"rejected", Story(cell()).injected("rcpt", 550), ""},
      {"delivered at last", Story(cell()).injected().deferred().delivery(), ""},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(row.story.classified(cell()).incomplete == row.expected);
}

BOOST_AUTO_TEST_CASE(the_health_of_the_server) {
  const struct {
    std::vector<const char*> states;
    model::ServerHealth expected;
  } rows[] = {
      {{}, model::ServerHealth::alive},
      {{"alive"}, model::ServerHealth::alive},
      {{"crashed", "alive"}, model::ServerHealth::crashed},
      {{"hung"}, model::ServerHealth::hung},
      {{"lost-listener"}, model::ServerHealth::lost_listener},
  };
  for (const auto& row : rows) {
    Story story = Story(cell()).injected();
    for (const char* state : row.states)
      story.add("rig", 0, fakes::ServerState{state, "signal 11"});
    const model::Outcome outcome = story.classified(cell()).outcome;
    BOOST_TEST((outcome.server == row.expected));
    // A server that fell has the message in its queue, for all we know.
    const bool alive = row.expected == model::ServerHealth::alive;
    BOOST_TEST((outcome.recipients[0].delivery == (alive ? Delivery::lost : Delivery::deferred)));
  }
}

BOOST_AUTO_TEST_CASE(faults_are_listed_once_and_in_order) {
  const Story story = Story(cell()).injected().connect().fault("b").fault("a").fault("b");
  const std::vector<std::string> expected = {"a", "b"};
  BOOST_TEST(story.classified(cell()).outcome.faults_fired == expected);
}

BOOST_AUTO_TEST_CASE(evidence_points_at_the_deciding_events) {
  const Story story = Story(cell())
                          .injected()
                          .connect()
                          .ehlo({})
                          .fault("smtp=MAIL")
                          .say(std::string("MAIL FROM:<") + sender + ">", "550 5.7.1 no")
                          .quit()
                          .fact(ServerFact::Kind::bounced);
  std::vector<std::string> kinds;
  for (const std::size_t index : story.classified(cell()).evidence) {
    const auto& body = story.events.at(index).body;
    if (std::holds_alternative<fakes::Injected>(body)) kinds.push_back("injected");
    if (std::holds_alternative<fakes::Connected>(body)) kinds.push_back("connected");
    if (std::holds_alternative<fakes::FaultFired>(body)) kinds.push_back("fault");
    if (const auto* line = std::get_if<fakes::LineOut>(&body)) kinds.push_back(line->text);
    if (std::holds_alternative<ServerFact>(body)) kinds.push_back("fact");
  }
  const std::vector<std::string> expected = {"injected", "connected", "fault", "550 5.7.1 no",
                                             "fact"};
  BOOST_TEST(kinds == expected);
}

BOOST_AUTO_TEST_CASE(recipients_of_one_message) {
  model::Scenario scenario = one_mx();
  scenario.messages = {{.recipients = {"alice", "bob"}}};
  const model::Cell two = cell_of(scenario, Policy::may);
  Story story(two);
  story.injected("alice").injected("bob").connect().ehlo({});
  story.say(std::string("MAIL FROM:<") + sender + ">")
      .say("RCPT TO:<" + story.address("alice") + ">");
  story.say("RCPT TO:<" + story.address("bob") + ">", "550 5.1.1 no").say("DATA", "354 go");
  story.here(fakes::ContentReceived{9, true, false, "", token}).dot("250 ok", "alice").quit();
  story.fact(ServerFact::Kind::bounced, "5.1.1", "", "bob");
  const auto outcome = story.classified(two).outcome;
  BOOST_REQUIRE(outcome.recipients.size() == 2);
  BOOST_TEST(text(outcome.recipients[0]) == "delivered plaintext via mx");
  BOOST_TEST(text(outcome.recipients[1]) == "bounced");
  BOOST_TEST(outcome.recipients[1].attempts.at(0).reply == "550 5.1.1 no");
  BOOST_TEST((outcome.recipients[1].attempts.at(0).stage == model::Stage::rcpt));
}

BOOST_AUTO_TEST_CASE(each_recipient_has_its_own_answer_at_injection) {
  model::Scenario scenario = one_mx();
  scenario.messages = {{.recipients = {"alice", "bob"}}};
  const model::Cell two = cell_of(scenario, Policy::may);
  const Story story = Story(two)
                          .injected("alice")
                          .injected("bob", 550, "5.1.1 no")
                          .delivery("mx", 1, false, "alice");
  const auto outcome = story.classified(two).outcome;
  BOOST_TEST(text(outcome.recipients.at(0)) == "delivered encrypted via mx");
  BOOST_TEST(text(outcome.recipients.at(1)) == "rejected");
}

// The token in the content decides, and the envelope sender only where there is no content.
BOOST_AUTO_TEST_CASE(content_of_another_message_is_no_try_of_this_one) {
  Story story = Story(cell()).injected().connect().ehlo({});
  story.say(std::string("MAIL FROM:<") + sender + ">").say("RCPT TO:<" + story.address() + ">");
  story.say("DATA", "354 go").here(fakes::ContentReceived{9, true, false, "", "ffff"}).quit();
  BOOST_TEST(outcome_of(story.deferred_thrice()).attempts.at(0).host == "");
}

BOOST_AUTO_TEST_CASE(a_delivery_does_not_end_the_tries_of_another_message) {
  model::Scenario scenario = one_mx();
  scenario.messages = {{.id = "m1"}, {.id = "m2", .recipients = {"other"}}};
  const model::Cell two = cell_of(scenario, Policy::may);
  Story story = Story(two).injected();
  story.add("injector", 0,
            fakes::Injected{"x@sink.test", story.address("other"), "ffff", "", 250, "ok"});
  story.delivery("mx", 1).turned_away("mx", 2);
  const auto outcome = story.classified(two, 1).outcome;
  BOOST_TEST(outcome.recipients.at(0).attempts.size() == 1);
  BOOST_TEST(outcome.recipients.at(1).attempts.size() == 1);
}

BOOST_AUTO_TEST_CASE(messages_are_told_apart) {
  model::Scenario scenario = one_mx();
  scenario.messages = {{.id = "m1"}, {.id = "m2"}};
  const model::Cell two = cell_of(scenario, Policy::may);
  Story story(two);
  story.injected("rcpt", 250, "queued as Q1");
  const std::string other = "fedcba9876543210";
  story.add("injector", 0,
            fakes::Injected{other + "@sink.test", story.address(), other, "", 250, "queued as Q2"});
  story.delivery("mx", 1, true);
  for (int i = 0; i < 3; ++i)
    story.add("server", 0,
              ServerFact{ServerFact::Kind::deferred, "Q2", story.address(), "", "4.2.0", ""});
  const auto outcome = story.classified(two).outcome;
  BOOST_REQUIRE(outcome.recipients.size() == 2);
  BOOST_TEST(outcome.recipients[0].message == "m1");
  BOOST_TEST(text(outcome.recipients[0]) == "delivered plaintext via mx");
  BOOST_TEST(outcome.recipients[1].message == "m2");
  BOOST_TEST(text(outcome.recipients[1]) == "deferred");
  BOOST_TEST(outcome.recipients[1].status == "4.2.0");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
