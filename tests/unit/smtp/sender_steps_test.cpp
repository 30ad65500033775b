// A sending peer that does what its steps say, and one that is spoken to at the wrong time.
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "dialogue.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;
using Turns = std::vector<Turn>;

BOOST_AUTO_TEST_SUITE(sender_steps)

namespace {

Utterance says(std::vector<Say> what) {
  Utterance step;
  step.says = std::move(what);
  return step;
}

Utterance line(std::string text) {
  Utterance step;
  step.lines.push_back(std::move(text));
  return step;
}

Utterance raw(std::string bytes, std::vector<Say> what = {}) {
  Utterance step;
  step.raw = std::move(bytes);
  step.says = std::move(what);
  return step;
}

SenderSpec steps(std::vector<SenderStep> all) {
  SenderSpec spec;
  spec.steps = std::move(all);
  return spec;
}

Utterance starttls(TlsStage until) {
  Utterance step = says({Say::starttls});
  step.until = until;
  return step;
}

Turns then(Turns before, const Turns& after) {
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

const SenderStep transaction[] = {says({Say::mail}), says({Say::rcpt}), says({Say::data}),
                                  says({Say::content})};

}  // namespace

BOOST_AUTO_TEST_CASE(each_command_by_itself) {
  check(steps({says({Say::ehlo}), says({Say::noop}), says({Say::vrfy}), says({Say::rset}),
               says({Say::mail}), says({Say::rcpt}), says({Say::data}), says({Say::content}),
               says({Say::quit})}),
        envelopes(1),
        {{"", "reply"},
         {"220 mx", "EHLO me.test | reply"},
         {"250 mx", "NOOP | reply"},
         {"250 ok", "VRFY postmaster | reply"},
         {"252 may be", "RSET | reply"},
         {"250 ok", "MAIL FROM:<a1@b.test> | reply"},
         {"250 ok", "RCPT TO:<c1@d.test> | reply"},
         {"250 ok", "DATA | reply"},
         {"354 go", "{1/./} | reply"},
         {"250 queued", "QUIT | reply"},
         {"221 bye", "drain"}},
        "accepted 250 [250]");
}

// A step's refusal does not end the session: the next step follows.
BOOST_AUTO_TEST_CASE(steps_go_on_behind_refusals) {
  check(steps({says({Say::rset}), says({Say::mail}), says({Say::rcpt}), says({Say::data}),
               says({Say::content}), says({Say::mail}), Close{}}),
        envelopes(2),
        {{"", "reply"},
         {"220 mx", "RSET | reply"},
         {"530 no", "MAIL FROM:<a1@b.test> | reply"},
         {"530 no", "RCPT TO:<c1@d.test> | reply"},
         {"503 no", "DATA | reply"},
         // Without a 354 the content is left out, and the next message is due.
         {"503 no", "MAIL FROM:<a2@b.test> | reply"},
         {"250 ok", "end:fin"}},
        "refused 530 [503], given_up");
}

BOOST_AUTO_TEST_CASE(a_message_that_is_said_again_counts_as_it_ends) {
  check(steps({says({Say::mail}), says({Say::mail, Say::rcpt, Say::data}), says({Say::content}),
               Close{}}),
        envelopes(1),
        {{"", "reply"},
         {"220 mx", "MAIL FROM:<a1@b.test> | reply"},
         {"451 later", "MAIL FROM:<a1@b.test> / RCPT TO:<c1@d.test> / DATA | reply"},
         {"250 ok", "reply"},
         {"250 ok", "reply"},
         {"354 go", "{1/./} | reply"},
         {"250 queued", "end:fin"}},
        "accepted 250 [250]");
}

BOOST_AUTO_TEST_CASE(groups) {
  auto mail = envelopes(2);
  mail.front().recipients.emplace_back("e@d.test");
  const std::string sent =
      "{MAIL FROM:<a1@b.test>/RCPT TO:<c1@d.test>/RCPT TO:<e@d.test>/DATA/1/./QUIT/} | reply";
  const SenderSpec spec = steps({says({Say::mail, Say::rcpt, Say::data, Say::content, Say::quit})});
  check(spec, mail,
        {{"", "reply"},
         {"220 mx", sent},
         {"250 ok", "reply"},
         {"250 ok", "reply"},
         {"550 no", "reply"},
         {"354 go", "reply"},
         {"250 queued", "reply"},
         {"221 bye", "drain"}},
        "accepted 250 [250,550], given_up");
  Client client(spec, mail);
  client.feed("");
  BOOST_TEST(notes(client.acts("220 mx")) ==
             "out MAIL FROM:<a1@b.test> | out RCPT TO:<c1@d.test> | out RCPT TO:<e@d.test> | "
             "out DATA | content 3 t1 | out QUIT");
}

BOOST_AUTO_TEST_CASE(own_bytes) {
  check(steps({line("STARTTLS now"), raw("GET /\r\n\r\n"), Close{CloseHow::rst}}), envelopes(1),
        {{"", "reply"},
         {"220 mx", "STARTTLS now | reply"},
         // Without a meaning, a 220 is no more than a reply.
         {"220 go", "{GET ///} | reply"},
         {"500 what", "end:rst"}},
        "given_up");
  Client client(steps({raw("a\r\nb")}));
  client.feed("");
  BOOST_TEST(notes(client.acts("220 mx")) == "bytes a/b");
  // The words of a command may be others: what they mean stays.
  check(steps({raw("mail from:<x@y>\r\n", {Say::mail}), Close{}}), envelopes(1),
        {{"", "reply"}, {"220 mx", "{mail from:<x@y>/} | reply"}, {"550 no", "end:fin"}},
        "refused 550");
}

BOOST_AUTO_TEST_CASE(timing_and_segments_of_a_step) {
  Utterance slow = says({Say::noop});
  slow.delay = std::chrono::milliseconds(7);
  slow.segment = Segmentation::per_byte;
  SenderSpec spec = steps({slow, says({Say::noop}), Close{}});
  spec.segment = Segmentation::per_line;
  check(spec, envelopes(0),
        {{"", "reply"},
         {"220 mx", "NOOP after 7 per byte | reply"},
         {"250 ok", "NOOP per line | reply"},
         {"250 ok", "end:fin"}},
        "");
}

BOOST_AUTO_TEST_CASE(how_many_replies_are_awaited) {
  Utterance none = says({Say::noop});
  none.replies = 0;
  Utterance two = line("A");
  two.replies = 2;
  check(
      steps({none, two, Close{}}), envelopes(0),
      {{"", "reply"}, {"220 mx", "NOOP | A | reply"}, {"250 ok", "reply"}, {"500 what", "end:fin"}},
      "");
  // A content whose reply nobody waits for: who holds it is not known.
  Utterance content = says({Say::content});
  content.replies = 0;
  const SenderSpec spec =
      steps({says({Say::mail, Say::rcpt}), says({Say::data}), content, Close{}});
  check(spec, envelopes(1),
        {{"", "reply"},
         {"220 mx", "MAIL FROM:<a1@b.test> / RCPT TO:<c1@d.test> | reply"},
         {"250 ok", "reply"},
         {"250 ok", "DATA | reply"},
         {"354 go", "{1/./} | end:fin"}},
        "given_up [250]");
}

BOOST_AUTO_TEST_CASE(endings) {
  const Turns begun = {{"", "reply"}, {"220 mx", "NOOP | reply"}};
  for (const auto& [how, expected] :
       {std::pair{CloseHow::fin, "end:fin"}, std::pair{CloseHow::rst, "end:rst"},
        std::pair{CloseHow::no_notify, "end:no-notify"}, std::pair{CloseHow::alert, "end:alert"}}) {
    Client client(steps({says({Say::noop}), Close{how}}));
    client.feed("");
    client.feed("220 mx");
    BOOST_TEST(client.feed("250 ok") == expected);
    BOOST_TEST(client.results() == "given_up");
  }
  check(steps({says({Say::noop}), Hang{}}), envelopes(2), then(begun, {{"250 ok", "hang"}}),
        "given_up, given_up");
  // The end of the steps is an end that the peer chose.
  check(steps({says({Say::noop})}), envelopes(2), then(begun, {{"250 ok", "end:fin"}}),
        "given_up, given_up");
  // The connection that breaks under the peer is not.
  check(steps({says({Say::noop}), Close{}}), envelopes(2), begun, "disconnected, given_up");
}

BOOST_AUTO_TEST_CASE(nothing_is_said_before_the_first_step_but_open_says_all) {
  SenderSpec spec = steps({says({Say::open}), says({Say::noop}), Close{}});
  check(spec, envelopes(1),
        {{"", "reply"},
         {"220 mx", "EHLO me.test | reply"},
         {"250-mx/250 STARTTLS", "STARTTLS | reply"},
         {"220 go", "handshake:finished"},
         {"TLS", "EHLO me.test | reply"},
         {"250 mx", "NOOP | reply"},
         {"250 ok", "end:fin"}},
        "given_up");
  spec.starttls = SenderTls::required;
  check(spec, envelopes(2),
        {{"", "reply"}, {"220 mx", "EHLO me.test | reply"}, {"250 mx", "QUIT | reply"}},
        "given_up, given_up");
}

BOOST_AUTO_TEST_CASE(handshakes_that_are_not_finished) {
  const struct {
    TlsStage until;
    const char* expected;
  } rows[] = {{TlsStage::start, "handshake:start"},
              {TlsStage::client_hello, "handshake:client-hello"},
              {TlsStage::server_hello, "handshake:server-hello"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.expected) {
      check(steps({starttls(row.until), Close{}}), envelopes(1),
            {{"", "reply"},
             {"220 mx", "STARTTLS | reply"},
             {"220 go", row.expected},
             {"TLS", "end:fin"}},
            "given_up");
      Client client(steps({starttls(row.until), Hang{}}));
      for (const char* turn : {"", "220 mx", "220 go"})
        client.feed(turn);
      BOOST_TEST(client.feed("TLS") == "hang");
      BOOST_TEST(!client.session().tls());
    }
  }
}

BOOST_AUTO_TEST_CASE(lines_behind_starttls) {
  const SenderSpec spec =
      steps({raw("STARTTLS\r\nNOOP\r\nNOOP\r\n", {Say::starttls}), says({Say::ehlo}), Close{}});
  check(spec, envelopes(1),
        {{"", "reply"},
         {"220 mx", "{STARTTLS/NOOP/NOOP/} | reply"},
         {"220 go", "handshake:finished"},
         {"TLS", "EHLO me.test | reply"},
         {"250 mx", "end:fin"}},
        "given_up");
  // Where no TLS begins they are answered.
  check(spec, envelopes(1),
        {{"", "reply"},
         {"220 mx", "{STARTTLS/NOOP/NOOP/} | reply"},
         {"502 no", "reply"},
         {"250 first", "reply"},
         {"250 second", "EHLO me.test | reply"},
         {"250 mx", "end:fin"}},
        "given_up");
  // Who counts the replies by itself has counted these.
  Utterance counted = raw("STARTTLS\r\nNOOP\r\n", {Say::starttls});
  counted.replies = 2;
  check(steps({counted, Close{}}), envelopes(1),
        {{"", "reply"},
         {"220 mx", "{STARTTLS/NOOP/} | reply"},
         {"502 no", "reply"},
         {"250 ok", "end:fin"}},
        "given_up");
}

BOOST_AUTO_TEST_CASE(an_early_talker_with_steps) {
  SenderSpec spec = steps({raw("GET /\r\n\r\n"), Close{}});
  spec.waits_for_greeting = false;
  check(spec, envelopes(1), {{"", "{GET ///} | reply"}, {"220 mx", "reply"}, {"500 no", "end:fin"}},
        "given_up");
  spec.steps = {Hang{}};
  check(spec, envelopes(1), {{"", "hang"}}, "given_up");
  spec.steps = {Close{CloseHow::rst}};
  check(spec, envelopes(1), {{"", "end:rst"}}, "given_up");
}

BOOST_AUTO_TEST_CASE(commands_without_a_message) {
  std::vector<SenderStep> all(std::begin(transaction), std::end(transaction));
  check(steps(all), envelopes(0),
        {{"", "reply"},
         {"220 mx", "MAIL FROM:<> | reply"},
         {"250 ok", "RCPT TO:<> | reply"},
         {"250 ok", "DATA | reply"},
         {"354 go", "end:fin"}},
        "");
  auto mail = envelopes(1);
  mail.front().recipients.clear();
  check(steps({says({Say::mail, Say::rcpt, Say::data})}), mail,
        {{"", "reply"},
         {"220 mx", "MAIL FROM:<a1@b.test> / DATA | reply"},
         {"250 ok", "reply"},
         {"554 nobody", "end:fin"}},
        "refused 554");
}

// Each input at each point of a dialogue that did not ask for it: the answer has its shape (which
// Client checks), and lost() still ends all.
BOOST_AUTO_TEST_CASE(inputs_at_the_wrong_time) {
  std::vector<SenderSpec> specs(3);
  specs[1].service = Service::submissions;
  specs[2] = steps({says({Say::ehlo}), starttls(TlsStage::finished), says({Say::mail, Say::rcpt}),
                    says({Say::data}), says({Say::content}), Hang{}});
  const std::vector<std::string> inputs = {"",       "TLS",    "LOST",     "220 mx",
                                           "354 go", "421 no", "334 dA==", "550 no"};
  const std::vector<std::string> honest = {"",       "220 mx", "250-mx/250 STARTTLS",
                                           "220 go", "TLS",    "250 mx",
                                           "250 ok", "250 ok", "354 go",
                                           "250 ok", "221 bye"};
  for (const SenderSpec& spec : specs)
    for (std::size_t played = 0; played <= honest.size(); ++played)
      for (const std::string& first : inputs)
        for (const std::string& second : inputs) {
          BOOST_TEST_CONTEXT(played << " turns, then " << first << ", " << second) {
            Client client(spec, envelopes(2));
            for (std::size_t i = 0; i < played; ++i)
              client.feed(honest[i]);
            client.feed(first);
            client.feed(second);
            BOOST_TEST(client.feed("LOST") == "end:fin");
          }
        }
}

BOOST_AUTO_TEST_SUITE_END()
