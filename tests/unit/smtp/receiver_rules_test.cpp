// Rules of a receiving peer: which one acts, what it does, and what the session makes of it.
#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include "steps.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;
using Strings = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(rules)

namespace {

using Position = SmtpPosition;

Reply line(std::string text) {
  return Reply{.lines = {std::move(text)}};
}

Rule rule(Position position, std::vector<Action> actions, std::string id = "r") {
  Rule made;
  made.id = std::move(id);
  made.when.position = position;
  made.actions = std::move(actions);
  return made;
}

ReceiverSpec with(std::vector<Rule> rules) {
  ReceiverSpec spec;
  spec.rules = std::move(rules);
  return spec;
}

const Strings rcpt{"", "C:EHLO c", "C:MAIL FROM:<a@b>", "C:RCPT TO:<d@e>"};

// What leads up to each position, and the input that reaches it.
struct Way {
  Position position;
  Strings before;
  std::string input;
};

const std::vector<Way>& ways() {
  static const Strings data{"", "C:EHLO c", "C:MAIL FROM:<a@b>", "C:RCPT TO:<d@e>", "C:DATA"};
  static const std::vector<Way> all{
      {Position::connect, {}, ""},
      {Position::ehlo, {""}, "C:EHLO c"},
      {Position::helo, {""}, "C:HELO c"},
      {Position::starttls, {"", "C:EHLO c"}, "C:STARTTLS"},
      {Position::auth, {"", "C:EHLO c"}, "C:AUTH PLAIN x"},
      {Position::mail, {"", "C:EHLO c"}, "C:MAIL FROM:<a@b>"},
      {Position::rcpt, {"", "C:EHLO c", "C:MAIL FROM:<a@b>"}, "C:RCPT TO:<d@e>"},
      {Position::data, rcpt, "C:DATA"},
      {Position::end_of_data, data, "D:x/./"},
      {Position::rset, {""}, "C:RSET"},
      {Position::noop, {""}, "C:NOOP"},
      {Position::vrfy, {""}, "C:VRFY a"},
      {Position::quit, {""}, "C:QUIT"},
      {Position::bdat, {""}, "C:BDAT 1"},
      {Position::unknown, {""}, "C:FOO"},
  };
  return all;
}

// The note that always comes first at the end of data.
std::string before(Position position) {
  return position == Position::end_of_data ? "note:content(3,whole) | " : "";
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_position_can_be_refused_dropped_or_hung) {
  BOOST_TEST(ways().size() == smtp_positions);
  for (const Way& way : ways()) {
    BOOST_TEST_CONTEXT("position " << static_cast<int>(way.position)) {
      std::string fired = before(way.position) + "note:fault(r) | ";
      auto play = [&](std::vector<Action> actions) {
        Script script(with({rule(way.position, std::move(actions))}));
        script.play(way.before);
        return script.feed(way.input);
      };
      BOOST_TEST(play({line("451 4.0.0 later")}) == fired + "451 4.0.0 later | line");
      BOOST_TEST(play({Reply{.raw = "junk"}}) == fired + "{junk} | line");
      BOOST_TEST(play({Close{}}) == fired + "end:fin");
      BOOST_TEST(play({Close{CloseHow::rst}}) == fired + "end:rst");
      BOOST_TEST(play({Alert{}}) == fired + "alert:40 | line");
      BOOST_TEST(play({line("421 a"), Close{CloseHow::no_notify}}) ==
                 fired + "421 a | end:no-notify");
      BOOST_TEST(play({Hang{}}) == fired + "line");
      BOOST_TEST(play({}) == fired + "line");
    }
  }
}

BOOST_AUTO_TEST_CASE(after_a_hang_nothing_is_said) {
  Script script(with({rule(Position::mail, {line("250 ok"), Hang{}})}));
  BOOST_TEST(script.play({"", "C:EHLO c", "C:MAIL FROM:<a@b>"}) == "note:fault(r) | 250 ok | line");
  for (const char* input : {"C:RCPT TO:<d@e>", "C:DATA", "C:QUIT", "C:FOO", "C:EHLO c"})
    BOOST_TEST(script.feed(input) == "line");
  BOOST_TEST(script.feed("long") == "end:fin");
}

BOOST_AUTO_TEST_CASE(content_into_a_hang_is_still_told) {
  Script whole(with({rule(Position::data, {line("354 go"), Hang{}})}));
  whole.play(rcpt);
  BOOST_TEST(whole.feed("C:DATA") == "note:fault(r) | 354 go | content");
  BOOST_TEST(whole.feed("D:x/") == "content");
  BOOST_TEST(whole.feed("D:./") == "note:content(3,whole) | line");

  Script part(with({rule(Position::data, {line("354 go"), Hang{}})}));
  part.play(rcpt);
  part.feed("C:DATA");
  part.feed("D:x");
  BOOST_TEST(part.feed("gone") == "note:content(1,part)");
}

BOOST_AUTO_TEST_CASE(the_first_digit_moves_the_session) {
  struct Row {
    std::string name;
    Rule rule;
    Strings inputs;
    std::string expected;
  };
  const std::string need_mail = "503 5.5.1 Need MAIL first | line";
  const std::vector<Row> rows{
      {"554 greeting: all but QUIT is out of order",
       rule(Position::connect, {line("554 no")}),
       {"", "C:EHLO c"},
       "503 5.5.1 Not accepting mail | line"},
      {"554 greeting, QUIT",
       rule(Position::connect, {line("554 no")}),
       {"", "C:QUIT"},
       "221 2.0.0 Bye | end:fin"},
      {"garbage greeting",
       rule(Position::connect, {Reply{.raw = "SSH-2.0-x\r\n"}}),
       {"", "C:HELO c"},
       "250 mx.test | line"},
      {"EHLO refused",
       rule(Position::ehlo, {line("502 no")}),
       {"", "C:EHLO c", "C:MAIL FROM:<a@b>"},
       "503 5.5.1 Send EHLO first | line"},
      {"EHLO accepted by a rule",
       rule(Position::ehlo, {line("250 mx")}),
       {"", "C:EHLO c", "C:MAIL FROM:<a@b>"},
       "250 2.1.0 OK | line"},
      {"MAIL refused",
       rule(Position::mail, {line("450 no")}),
       {"", "C:EHLO c", "C:MAIL FROM:<a@b>", "C:RCPT TO:<d@e>"},
       need_mail},
      {"MAIL accepted though malformed",
       rule(Position::mail, {line("250 ok")}),
       {"", "C:EHLO c", "C:MAIL FROM:a@b", "C:RCPT TO:<d@e>"},
       "250 2.1.5 OK | line"},
      {"RCPT refused",
       rule(Position::rcpt, {line("550 no")}),
       {"", "C:EHLO c", "C:MAIL FROM:<a@b>", "C:RCPT TO:<d@e>", "C:DATA"},
       "554 5.5.1 No valid recipients | line"},
      {"DATA refused",
       rule(Position::data, {line("451 no")}),
       {"", "C:EHLO c", "C:MAIL FROM:<a@b>", "C:RCPT TO:<d@e>", "C:DATA", "C:NOOP"},
       "250 2.0.0 OK | line"},
      {"354 without recipients",
       rule(Position::data, {line("354 go")}),
       {"", "C:DATA"},
       "note:fault(r) | 354 go | content"},
      {"STARTTLS refused",
       rule(Position::starttls, {line("454 no")}),
       {"", "C:EHLO c", "C:STARTTLS", "C:MAIL FROM:<a@b>"},
       "250 2.1.0 OK | line"},
      {"STARTTLS answered by a rule",
       rule(Position::starttls, {line("220 go")}),
       {"", "C:EHLO c", "C:STARTTLS"},
       "note:fault(r) | 220 go | handshake:finished"},
      {"injected reply behind the 220",
       rule(Position::starttls, {Reply{.raw = "220 go\r\n250 AUTH PLAIN\r\n"}}),
       {"", "C:EHLO c", "C:STARTTLS"},
       "note:fault(r) | {220 go\r\n250 AUTH PLAIN\r\n} | handshake:finished"},
      {"silence behind the 220",
       rule(Position::starttls, {line("220 go"), Hang{}}),
       {"", "C:EHLO c", "C:STARTTLS"},
       "note:fault(r) | 220 go | discard"},
      {"220 inside TLS starts nothing",
       rule(Position::starttls, {line("220 go")}),
       {"", "C:EHLO c", "C:STARTTLS", "T:finished", "C:STARTTLS"},
       "note:fault(r) | 220 go | line"},
      {"closed behind the 220",
       rule(Position::starttls, {line("220 go"), Close{}}),
       {"", "C:EHLO c", "C:STARTTLS"},
       "note:fault(r) | 220 go | end:fin"},
      {"QUIT refused",
       rule(Position::quit, {line("500 no")}),
       {"", "C:QUIT", "C:NOOP"},
       "250 2.0.0 OK | line"},
      {"QUIT accepted",
       rule(Position::quit, {line("221 x")}),
       {"", "C:QUIT"},
       "note:fault(r) | 221 x | end:fin"},
      {"RSET refused",
       rule(Position::rset, {line("500 no")}),
       {"", "C:EHLO c", "C:MAIL FROM:<a@b>", "C:RSET", "C:RCPT TO:<d@e>"},
       "250 2.1.5 OK | line"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      Script script(with({row.rule}));
      BOOST_TEST(script.play(row.inputs) == row.expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_final_reply_decides_over_the_message) {
  const std::string content = "note:content(3,whole) | note:fault(r) | ";
  const std::string accepted = " | note:accepted(a@b>d@e)";
  auto end = [](std::vector<Action> actions) {
    Script script(with({rule(Position::end_of_data, std::move(actions))}));
    script.play(rcpt);
    script.feed("C:DATA");
    return script.feed("D:x/./");
  };
  BOOST_TEST(end({line("250 ok")}) == content + "250 ok" + accepted + " | line");
  BOOST_TEST(end({line("451 no")}) == content + "451 no | line");
  BOOST_TEST(end({line("550 no")}) == content + "550 no | line");
  BOOST_TEST(end({Reply{.raw = "?"}}) == content + "{?} | line");
  // Held, although the client may never learn of it, or not held.
  BOOST_TEST(end({line("250 ok"), Close{CloseHow::rst}}) ==
             content + "250 ok" + accepted + " | end:rst");
  BOOST_TEST(end({Reply{}, Close{}}) == content + "250 2.0.0 Accepted" + accepted + " | end:fin");
  BOOST_TEST(end({Close{CloseHow::rst}}) == content + "end:rst");
  BOOST_TEST(end({line("450 no"), Close{}}) == content + "450 no | end:fin");
  // The first reply counts.
  BOOST_TEST(end({line("450 no"), line("250 ok")}) == content + "450 no | 250 ok | line");
}

BOOST_AUTO_TEST_CASE(an_empty_reply_is_the_honest_one) {
  Reply slow{.segment = Segmentation::per_byte, .delay = std::chrono::milliseconds(20)};
  Script script(with({rule(Position::mail, {slow, Close{}})}));
  script.play({"", "C:EHLO c"});
  BOOST_TEST(script.feed("C:MAIL FROM:<a@b>") ==
             "note:fault(r) | 250 2.1.0 OK after 20 per byte | end:fin");
}

BOOST_AUTO_TEST_CASE(the_first_rule_that_matches_acts) {
  Script script(with({rule(Position::mail, {line("450 first")}, "one"),
                      rule(Position::mail, {line("550 second")}, "two")}));
  script.play({"", "C:EHLO c"});
  BOOST_TEST(script.feed("C:MAIL FROM:<a@b>") == "note:fault(one) | 450 first | line");
}

BOOST_AUTO_TEST_CASE(selectors) {
  struct Row {
    std::string name;
    Selector when;
    std::uint32_t connection;
    Strings before;
    std::string input;
    bool fires;
  };
  auto at = [](Position position) { return Selector{.position = position}; };
  auto argument = [](Position position, std::string text) {
    return Selector{.position = position, .argument = std::move(text)};
  };
  const Strings hello{"", "C:EHLO c"};
  const Strings mail{"", "C:EHLO c", "C:MAIL FROM:<a@b>"};
  const Strings in_tls{"", "C:EHLO c", "C:STARTTLS", "T:finished"};
  Selector second = at(Position::rcpt);
  second.nth = {2, 2};
  Selector third_connection = at(Position::ehlo);
  third_connection.connection = {3, 4};
  Selector before_tls{.position = Position::ehlo, .phase = Phase::pre_tls};
  Selector after_tls{.position = Position::ehlo, .phase = Phase::post_tls};
  const std::vector<Row> rows{
      {"other position", at(Position::rcpt), 1, hello, "C:MAIL FROM:<a@b>", false},
      {"first of the second", second, 1, mail, "C:RCPT TO:<d@e>", false},
      {"second", second, 1, rcpt, "C:RCPT TO:<d@e>", true},
      {"connection below", third_connection, 2, {""}, "C:EHLO c", false},
      {"connection at", third_connection, 3, {""}, "C:EHLO c", true},
      {"connection above", third_connection, 5, {""}, "C:EHLO c", false},
      {"before TLS", before_tls, 1, {""}, "C:EHLO c", true},
      {"before TLS, inside", before_tls, 1, in_tls, "C:EHLO c", false},
      {"inside TLS", after_tls, 1, in_tls, "C:EHLO c", true},
      {"inside TLS, before", after_tls, 1, {""}, "C:EHLO c", false},
      {"argument", argument(Position::rcpt, "bob"), 1, mail, "C:RCPT TO:<bob@e>", true},
      {"other argument", argument(Position::rcpt, "bob"), 1, mail, "C:RCPT TO:<alice@e>", false},
      {"address", argument(Position::rcpt, "^bob@"), 1, mail, "C:RCPT TO:<bob@e>", true},
      {"address in the middle", argument(Position::rcpt, "^bob@"), 1, mail, "C:RCPT TO:<xbob@e>",
       false},
      {"text behind the verb", argument(Position::rcpt, "^TO:<bob@e>$"), 1, mail,
       "C:RCPT TO:<bob@e>", true},
      {"parameter", argument(Position::mail, " SIZE=5$"), 1, hello, "C:MAIL FROM:<a@b> SIZE=5",
       true},
      {"EHLO argument", argument(Position::ehlo, "^c$"), 1, {""}, "C:EHLO c", true},
      {"without a command", argument(Position::connect, "^$"), 1, {}, "", true},
      {"any byte", argument(Position::noop, "\\xff"), 1, {""}, "C:NOOP \xff", true},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      ReceiverSpec spec = with({Rule{"r", row.when, {line("250 rule")}}});
      Script script(spec, row.connection);
      script.play(row.before);
      bool fired = script.feed(row.input).find("note:fault(r)") != std::string::npos;
      BOOST_TEST(fired == row.fires);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_pattern_that_is_not_valid_is_named) {
  ReceiverSpec spec = with({rule(Position::mail, {}, "smtp=MAIL")});
  spec.rules.front().when.argument = "(";
  BOOST_CHECK_EXCEPTION(ReceiverRules{spec}, std::invalid_argument,
                        [](const std::invalid_argument& error) {
                          return std::string(error.what()).find("smtp=MAIL") != std::string::npos;
                        });
}

BOOST_AUTO_TEST_SUITE_END()
