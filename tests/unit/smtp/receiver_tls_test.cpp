// Rules at the stages of a handshake, after STARTTLS and with implicit TLS.
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "steps.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;
using Strings = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(tls_stages)

namespace {

Rule at(TlsStage stage, std::vector<Action> actions, std::string id = "r") {
  return Rule{std::move(id), Selector{.position = stage}, std::move(actions)};
}

ReceiverSpec with(std::vector<Rule> rules) {
  ReceiverSpec spec;
  spec.rules = std::move(rules);
  return spec;
}

const Strings until_starttls{"", "C:EHLO c"};

// Plays STARTTLS and the handshake until the rule's stage was reached.
std::string reach(TlsStage stage, const std::vector<Action>& actions) {
  Script script(with({at(stage, actions)}));
  script.play(until_starttls);
  std::string said = script.feed("C:STARTTLS");
  if (stage == TlsStage::start) return said.substr(said.find("note:"));
  constexpr const char* names[] = {"start", "client-hello", "server-hello", "finished"};
  std::string name = names[static_cast<int>(stage)];
  BOOST_TEST(said == "220 2.0.0 Ready to start TLS | handshake:" + name);
  return script.feed("T:" + name);
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_done_at_each_stage) {
  Reply garbage{.raw = "garbage"};
  for (TlsStage stage : {TlsStage::start, TlsStage::client_hello, TlsStage::server_hello}) {
    BOOST_TEST_CONTEXT("stage " << static_cast<int>(stage)) {
      // Noise waits until the client has begun its handshake.
      const std::string noise =
          stage == TlsStage::start ? "note:fault(r) | await | " : "note:fault(r) | ";
      BOOST_TEST(reach(stage, {garbage}) == noise + "below:{garbage} | discard");
      BOOST_TEST(reach(stage, {garbage, Close{CloseHow::rst}}) ==
                 noise + "below:{garbage} | end:rst");
      BOOST_TEST(reach(stage, {Close{}}) == "note:fault(r) | end:fin");
      BOOST_TEST(reach(stage, {Alert{2, 80}, Close{}}) == noise + "alert:80 | end:fin");
      BOOST_TEST(reach(stage, {Alert{2, 80}}) == noise + "alert:80 | discard");
      BOOST_TEST(reach(stage, {Hang{}}) == "note:fault(r) | discard");
      BOOST_TEST(reach(stage, {}) == "note:fault(r) | discard");
    }
  }
  BOOST_TEST(reach(TlsStage::finished, {Close{CloseHow::no_notify}}) ==
             "note:fault(r) | end:no-notify");
  BOOST_TEST(reach(TlsStage::finished, {Hang{}}) == "note:fault(r) | line");
  BOOST_TEST(reach(TlsStage::finished, {garbage}) == "note:fault(r) | below:{garbage} | line");
  BOOST_TEST(reach(TlsStage::finished, {Reply{.lines = {"220 again"}}}) ==
             "note:fault(r) | 220 again | line");
}

BOOST_AUTO_TEST_CASE(a_mere_delay_does_not_end_the_handshake) {
  Reply delay{.delay = std::chrono::milliseconds(5)};
  BOOST_TEST(reach(TlsStage::start, {delay}) ==
             "note:fault(r) | below: after 5 | handshake:finished");
  BOOST_TEST(reach(TlsStage::server_hello, {delay}) ==
             "note:fault(r) | below: after 5 | handshake:finished");
}

BOOST_AUTO_TEST_CASE(stages_follow_each_other) {
  Reply delay{.delay = std::chrono::milliseconds(5)};
  Script script(
      with({at(TlsStage::server_hello, {delay}, "two"), at(TlsStage::client_hello, {delay}, "one"),
            at(TlsStage::finished, {Close{}}, "three")}));
  script.play(until_starttls);
  BOOST_TEST(script.feed("C:STARTTLS") == "220 2.0.0 Ready to start TLS | handshake:client-hello");
  BOOST_TEST(script.feed("T:client-hello") ==
             "note:fault(one) | below: after 5 | handshake:server-hello");
  BOOST_TEST(script.feed("T:server-hello") ==
             "note:fault(two) | below: after 5 | handshake:finished");
  BOOST_TEST(script.feed("T:finished") == "note:fault(three) | end:fin");
}

BOOST_AUTO_TEST_CASE(a_stage_of_another_connection_is_honest) {
  ReceiverSpec spec = with({at(TlsStage::client_hello, {Close{}})});
  spec.rules.front().when.connection = {1, 1};
  Script script(spec, 2);
  script.play(until_starttls);
  BOOST_TEST(script.feed("C:STARTTLS") == "220 2.0.0 Ready to start TLS | handshake:finished");
}

BOOST_AUTO_TEST_CASE(implicit_tls_begins_with_the_handshake) {
  ReceiverSpec spec = with({at(TlsStage::start, {Close{CloseHow::rst}})});
  spec.implicit_tls = true;
  BOOST_TEST(Script(spec).feed("") == "note:fault(r) | end:rst");

  spec = with({at(TlsStage::client_hello, {Hang{}})});
  spec.implicit_tls = true;
  Script script(spec);
  BOOST_TEST(script.feed("") == "handshake:client-hello");
  BOOST_TEST(script.feed("T:client-hello") == "note:fault(r) | discard");

  spec = with({at(TlsStage::finished, {Hang{}})});
  spec.implicit_tls = true;
  Script hung(spec);
  hung.feed("");
  BOOST_TEST(hung.feed("T:finished") == "note:fault(r) | line");
}

BOOST_AUTO_TEST_CASE(without_a_certificate_no_handshake_is_tried) {
  ReceiverSpec spec;
  spec.starttls = StartTls::no;
  spec.rules.push_back(
      Rule{"r", Selector{.position = SmtpPosition::starttls}, {Reply{.lines = {"220 go"}}}});
  Script script(spec, 1, false);
  script.play(until_starttls);
  BOOST_TEST(script.feed("C:STARTTLS") == "note:fault(r) | 220 go | discard");
}

BOOST_AUTO_TEST_CASE(the_session_goes_on_inside_tls) {
  Script script({});
  script.play(until_starttls);
  script.feed("C:STARTTLS");
  script.feed("T:finished");
  BOOST_TEST(script.session().tls());
  script.play({"C:EHLO c", "C:MAIL FROM:<a@b>", "C:RCPT TO:<d@e>", "C:DATA"});
  std::size_t used = 0;
  Steps steps = script.session().content("x\r\n.\r\n", used);
  BOOST_TEST(std::get<ContentReceived>(std::get<step::Note>(steps[0]).body).tls);
  BOOST_TEST(std::get<MessageAccepted>(std::get<step::Note>(steps[2]).body).tls);
}

BOOST_AUTO_TEST_SUITE_END()
