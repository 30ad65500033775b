// What a receiver answers, read off its rules.
#include "harness/judge/peer.hpp"

#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::SmtpPosition;
using fakes::TlsStage;
using Kind = Answer::Kind;

fakes::ReceiverSpec with(std::vector<fakes::Rule> rules) {
  return {.rules = std::move(rules)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(peer)

BOOST_AUTO_TEST_CASE(an_honest_one) {
  const fakes::ReceiverSpec spec;
  Peer peer(spec, 1);
  BOOST_TEST(peer.answer(SmtpPosition::connect).code == 220);
  BOOST_TEST(announces(peer.answer(SmtpPosition::ehlo).lines, "starttls"));
  BOOST_TEST(peer.answer(SmtpPosition::starttls).code == 220);
  BOOST_TEST((peer.handshake() == Handshake::up));
  BOOST_TEST(!announces(peer.answer(SmtpPosition::ehlo).lines, "STARTTLS"));
  BOOST_TEST(peer.answer(SmtpPosition::starttls).code == 503);
  BOOST_TEST(peer.answer(SmtpPosition::mail).code == 250);
  BOOST_TEST(peer.answer(SmtpPosition::data).code == 354);
  BOOST_TEST(peer.answer(SmtpPosition::end_of_data).code == 250);
  BOOST_TEST(!peer.ended());
}

BOOST_AUTO_TEST_CASE(demanding_tls) {
  const fakes::ReceiverSpec spec{.require_tls = true};
  Peer peer(spec, 1);
  for (const auto position :
       {SmtpPosition::helo, SmtpPosition::mail, SmtpPosition::rcpt, SmtpPosition::data})
    BOOST_TEST(peer.answer(position).code == 530);
  for (const auto position : {SmtpPosition::ehlo, SmtpPosition::noop})
    BOOST_TEST(peer.answer(position).code == 250);
  BOOST_TEST(peer.answer(SmtpPosition::quit).code == 221);
  peer.answer(SmtpPosition::starttls);
  peer.handshake();
  BOOST_TEST(peer.answer(SmtpPosition::mail).code == 250);
}

BOOST_AUTO_TEST_CASE(replies_as_bytes) {
  const struct {
    const char* name;
    std::vector<fakes::Action> actions;
    Kind kind;
    int code;
    bool certain, ends, injected;
  } rows[] = {
      {"line", {line("550 no")}, Kind::permanent, 550, true, false, false},
      {"two lines", {raw("250-a\r\n250 b\r\n")}, Kind::positive, 250, true, false, false},
      {"bare code", {raw("250\r\n")}, Kind::positive, 250, true, false, false},
      {"line feeds", {raw("451-a\n451 b\n")}, Kind::transient, 451, true, false, false},
      {"injected", {raw("220 go\r\n250 more\r\n")}, Kind::positive, 220, true, false, true},
      {"injected by another reply",
       {line("220 go"), raw("x")},
       Kind::positive,
       220,
       true,
       false,
       true},
      {"closed behind", {line("250 ok"), fakes::Close{}}, Kind::positive, 250, true, true, false},
      {"reset behind",
       {line("250 ok"), fakes::Close{fakes::CloseHow::rst}},
       Kind::positive,
       250,
       false,
       true,
       false},
      {"alert", {fakes::Alert{}}, Kind::dropped, 0, true, true, false},
      {"alert behind", {line("250 ok"), fakes::Alert{}}, Kind::positive, 250, true, true, false},
      {"hangs behind", {line("250 ok"), fakes::Hang{}}, Kind::positive, 250, true, true, false},
      {"not behind a close", {fakes::Close{}, line("250 ok")}, Kind::dropped, 0, true, true, false},
      {"alert", {fakes::Alert{}}, Kind::dropped, 0, true, true, false},
      {"nothing", {}, Kind::dropped, 0, true, true, false},
      {"garbage", {raw("HTTP/1.1 400\r\n")}, Kind::garbage, 0, true, false, false},
      {"code without separator", {raw("2500 ok\r\n")}, Kind::garbage, 0, true, false, false},
      {"one yz", {line("150 what")}, Kind::garbage, 150, true, false, false},
      {"half a line", {raw("25"), fakes::Close{}}, Kind::positive, 0, false, true, false},
      {"half a reply", {raw("250-a\r\n"), fakes::Close{}}, Kind::positive, 250, false, true, false},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name) {
      const auto spec = with({on(SmtpPosition::end_of_data, row.actions)});
      Peer peer(spec, 1);
      const Answer answer = peer.answer(SmtpPosition::end_of_data);
      BOOST_TEST((answer.kind == row.kind));
      BOOST_TEST(answer.code == row.code);
      BOOST_TEST(answer.certain == row.certain);
      BOOST_TEST(answer.ends == row.ends);
      BOOST_TEST(answer.injected == row.injected);
      BOOST_TEST(peer.ended() == row.ends);
    }
}

BOOST_AUTO_TEST_CASE(half_a_reply_is_none_elsewhere) {
  const auto spec = with({on(SmtpPosition::mail, {raw("25"), fakes::Close{}})});
  Peer peer(spec, 1);
  BOOST_TEST((peer.answer(SmtpPosition::mail).kind == Kind::dropped));
  BOOST_TEST((peer.answer(SmtpPosition::rcpt).kind == Kind::dropped));
}

BOOST_AUTO_TEST_CASE(selectors) {
  fakes::Rule rule = on(SmtpPosition::rcpt, {line("550 no")});
  const auto code = [&](std::uint32_t connection, int nth, bool tls, const char* argument) {
    const auto spec = with({rule});
    Peer peer(spec, connection);
    if (tls) {
      peer.answer(SmtpPosition::starttls);
      peer.handshake();
    }
    for (int i = 1; i < nth; ++i)
      peer.answer(SmtpPosition::rcpt, "TO:<other@x>");
    return peer.answer(SmtpPosition::rcpt, argument).code;
  };
  BOOST_TEST(code(1, 1, false, "TO:<bob@x>") == 550);
  rule.when.connection = {2, 3};
  BOOST_TEST(code(1, 1, false, "TO:<bob@x>") == 250);
  BOOST_TEST(code(2, 1, false, "TO:<bob@x>") == 550);
  BOOST_TEST(code(4, 1, false, "TO:<bob@x>") == 250);
  rule.when = {.position = SmtpPosition::rcpt, .nth = {2, 2}};
  BOOST_TEST(code(1, 1, false, "TO:<bob@x>") == 250);
  BOOST_TEST(code(1, 2, false, "TO:<bob@x>") == 550);
  rule.when = {.position = SmtpPosition::rcpt, .phase = fakes::Phase::post_tls};
  BOOST_TEST(code(1, 1, false, "TO:<bob@x>") == 250);
  BOOST_TEST(code(1, 1, true, "TO:<bob@x>") == 550);
  rule.when.phase = fakes::Phase::pre_tls;
  BOOST_TEST(code(1, 1, false, "TO:<bob@x>") == 550);
  BOOST_TEST(code(1, 1, true, "TO:<bob@x>") == 250);
  rule.when = {.position = SmtpPosition::rcpt, .argument = "^bob@"};
  BOOST_TEST(code(1, 1, false, "TO:<bob@x>") == 550);
  BOOST_TEST(code(1, 1, false, "TO:<rob@x>") == 250);
  rule.when.argument = "^TO:<bob";
  BOOST_TEST(code(1, 1, false, "TO:<bob@x>") == 550);
  rule.when.argument = "^bob@x NOTIFY";
  BOOST_TEST(code(1, 1, false, "TO:<bob@x> NOTIFY=NEVER") == 550);
  rule.when.argument = "(";
  BOOST_TEST(code(1, 1, false, "TO:<bob@x>") == 250);
}

BOOST_AUTO_TEST_CASE(the_first_rule_acts) {
  const auto spec =
      with({on(SmtpPosition::mail, {line("451 a")}), on(SmtpPosition::mail, {line("550 b")})});
  Peer peer(spec, 1);
  BOOST_TEST(peer.answer(SmtpPosition::mail).code == 451);
}

BOOST_AUTO_TEST_CASE(positions_are_counted_over_the_whole_connection) {
  fakes::Rule rule = on(SmtpPosition::ehlo, {line("421 no")});
  rule.when.nth = {2, 2};
  const auto spec = with({rule});
  Peer peer(spec, 1);
  BOOST_TEST(peer.answer(SmtpPosition::ehlo).code == 250);
  peer.answer(SmtpPosition::starttls);
  peer.handshake();
  BOOST_TEST(peer.answer(SmtpPosition::ehlo).code == 421);
}

BOOST_AUTO_TEST_CASE(handshakes) {
  const auto handshake = [](TlsStage stage, std::vector<fakes::Action> actions) {
    const auto spec = with({on(stage, std::move(actions))});
    Peer peer(spec, 1);
    peer.answer(SmtpPosition::starttls);
    return peer.handshake();
  };
  for (const auto stage : {TlsStage::start, TlsStage::client_hello, TlsStage::server_hello})
    BOOST_TEST((handshake(stage, {fakes::Alert{}}) == Handshake::failed));
  BOOST_TEST((handshake(TlsStage::finished, {fakes::Alert{}}) == Handshake::lost));
  BOOST_TEST((handshake(TlsStage::finished, {line("250 early")}) == Handshake::up));
}

BOOST_AUTO_TEST_CASE(a_reply_sent_too_early_answers_the_next_command) {
  const auto spec = with({on(TlsStage::finished, {line("421 too early")})});
  Peer peer(spec, 1);
  peer.answer(SmtpPosition::starttls);
  peer.handshake();
  BOOST_TEST(peer.answer(SmtpPosition::ehlo).code == 421);
  BOOST_TEST(peer.answer(SmtpPosition::ehlo).code == 250);
}

BOOST_AUTO_TEST_CASE(a_reply_without_text_is_the_honest_one) {
  const auto spec = with({on(SmtpPosition::ehlo, {fakes::Reply{}, fakes::Close{}})});
  Peer peer(spec, 1);
  const Answer answer = peer.answer(SmtpPosition::ehlo);
  BOOST_TEST(announces(answer.lines, "STARTTLS"));
  BOOST_TEST(answer.ends);
}

BOOST_AUTO_TEST_CASE(keywords) {
  const std::vector<std::string> lines = {"250-starttls.example", "250-SIZE 100", "250-AUTH=LOGIN",
                                          "250 StartTLS"};
  for (const char* keyword : {"SIZE", "AUTH", "STARTTLS"})
    BOOST_TEST(announces(lines, keyword));
  BOOST_TEST(!announces(lines, "STARTTLS.EXAMPLE"));
  BOOST_TEST(!announces(lines, "100"));
  BOOST_TEST(!announces({"250 STARTTLS"}, "STARTTLS"));  // the first line is a name
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
