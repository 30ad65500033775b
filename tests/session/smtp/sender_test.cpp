// The sending peer against receiving peers that accept, refuse and break off.
#include "fakes/smtp/sender.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "world.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;
using Strings = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(sender)

using Status = Submission::Status;

namespace {

std::vector<Envelope> envelopes(std::size_t count) {
  std::vector<Envelope> all;
  for (std::size_t i = 1; i <= count; ++i) {
    std::string number = std::to_string(i);
    all.push_back({"a" + number + "@b.test",
                   {"c" + number + "@d.test"},
                   "X-Smtprig-Token: t" + number + "\r\n\r\n.x\r\n"});
  }
  return all;
}

std::string text(const std::vector<Submission>& results) {
  constexpr std::string_view names[] = {"accepted", "refused", "disconnected", "not_tried",
                                        "given_up"};
  std::string all;
  for (const Submission& result : results) {
    if (!all.empty()) all += ", ";
    all += names[static_cast<int>(result.status)];
    if (result.code != 0) all += " " + std::to_string(result.code);
  }
  return all;
}

Rule rule(SmtpPosition position, std::vector<Action> actions, Ordinals nth = {}) {
  return Rule{"r", Selector{.position = position, .nth = nth}, std::move(actions)};
}

Reply line(std::string text) {
  return Reply{.lines = {std::move(text)}};
}

}  // namespace

BOOST_AUTO_TEST_CASE(messages_arrive_with_and_without_pipelining) {
  for (bool pipelining : {true, false}) {
    World world;
    ReceiverSpec spec;
    spec.extensions.pipelining = pipelining;
    auto server = world.start(spec);
    auto results = world.run(send_mail(server, envelopes(3), {}));
    world.settle();
    BOOST_TEST(text(results) == "accepted 250, accepted 250, accepted 250");
    BOOST_TEST(results.front().reply == "2.0.0 Accepted");
    for (const char* event :
         {"accepted a1@b.test > c1@d.test t1", "accepted a2@b.test > c2@d.test t2",
          "accepted a3@b.test > c3@d.test t3", "content 27 whole t1", "in QUIT"})
      BOOST_TEST(world.has_event(event));
    std::size_t connections = 0;
    for (const std::string& event : world.events())
      connections += event == "connected";
    BOOST_TEST(connections == 1u);
  }
}

BOOST_AUTO_TEST_CASE(what_the_receiver_offers_is_used) {
  World world;
  auto server = world.start({});
  std::vector<Envelope> mail{{"", {"\xc3\xa4@d.test", "e@f.test"}, "\xc3\xa4\r\n"}};
  BOOST_TEST(text(world.run(send_mail(server, mail, {}))) == "accepted 250");
  BOOST_TEST(world.has_event("in MAIL FROM:<> SIZE=4 BODY=8BITMIME SMTPUTF8"));
  BOOST_TEST(world.has_event("accepted  > \xc3\xa4@d.test,e@f.test "));
}

BOOST_AUTO_TEST_CASE(failures_are_data) {
  struct Row {
    std::string name;
    std::vector<Rule> rules;
    std::string expected;
  };
  using enum SmtpPosition;
  const std::vector<Row> rows{
      {"greeting refused", {rule(connect, {line("554 no")})}, "refused 554, not_tried"},
      {"dropped at connect", {rule(connect, {Close{}})}, "disconnected, not_tried"},
      {"garbage", {rule(connect, {Reply{.raw = "hi\r\n"}, Close{}})}, "disconnected, not_tried"},
      {"EHLO refused, HELO taken", {rule(ehlo, {line("502 no")})}, "accepted 250, accepted 250"},
      {"EHLO put off", {rule(ehlo, {line("421 no"), Close{}})}, "refused 421, not_tried"},
      {"MAIL refused once", {rule(mail, {line("450 no")}, {1, 1})}, "refused 450, accepted 250"},
      {"RCPT refused once", {rule(rcpt, {line("550 no")}, {1, 1})}, "refused 550, accepted 250"},
      {"RCPT refused, DATA taken all the same",
       {rule(rcpt, {line("550 no")}, {1, 1}), rule(data, {line("354 go")}, {1, 1})},
       "refused 550, accepted 250"},
      {"DATA refused once", {rule(data, {line("451 no")}, {1, 1})}, "refused 451, accepted 250"},
      {"content refused once",
       {rule(end_of_data, {line("554 no")}, {1, 1})},
       "refused 554, accepted 250"},
      {"dropped at RCPT", {rule(rcpt, {Close{}})}, "disconnected, not_tried"},
      {"dropped before the final reply",
       {rule(end_of_data, {Close{CloseHow::rst}})},
       "disconnected, not_tried"},
      {"dropped after the final reply",
       {rule(end_of_data, {Reply{}, Close{}}, {1, 1})},
       "accepted 250, disconnected"},
      {"421 at MAIL", {rule(mail, {line("421 bye"), Close{}})}, "refused 421, not_tried"},
  };
  for (const Row& row : rows) {
    for (bool pipelining : {true, false}) {
      BOOST_TEST_CONTEXT(row.name << (pipelining ? ", pipelining" : "")) {
        World world;
        ReceiverSpec spec;
        spec.rules = row.rules;
        spec.extensions.pipelining = pipelining;
        auto server = world.start(spec);
        BOOST_TEST(text(world.run(send_mail(server, envelopes(2), {}))) == row.expected);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(who_is_accepted_gets_the_message) {
  World world;
  ReceiverSpec spec;
  spec.rules.push_back(Rule{
      "r", Selector{.position = SmtpPosition::rcpt, .argument = "^no@"}, {line("550 5.1.1 no")}});
  auto server = world.start(spec);
  std::vector<Envelope> mail{{"a@b.test", {"yes@d.test", "no@d.test"}, "x\r\n"}};
  auto results = world.run(send_mail(server, mail, {}));
  world.settle();
  BOOST_TEST(text(results) == "accepted 250");
  const std::vector<int> codes = {250, 550};
  BOOST_TEST(results.front().recipient_codes == codes);
  BOOST_TEST(world.has_event("accepted a@b.test > yes@d.test "));
}

BOOST_AUTO_TEST_CASE(nobody_listens_or_answers) {
  World world;
  auto server = world.start({});
  world.listener.reset();
  auto results = world.run(send_mail(server, envelopes(2), {}));
  BOOST_TEST(text(results) == "disconnected, not_tried");
  BOOST_TEST(results.front().reply == "connect: Connection refused");

  World mute;
  ReceiverSpec spec;
  spec.rules.push_back(rule(SmtpPosition::connect, {Hang{}}));
  SenderSettings settings;
  settings.deadline = 30ms;
  server = mute.start(spec);
  results = mute.run(send_mail(server, envelopes(1), settings));
  BOOST_TEST(text(results) == "disconnected");
  BOOST_TEST(results.front().reply == "timed out");
}

BOOST_AUTO_TEST_SUITE_END()
