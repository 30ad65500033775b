// Connections and log facts joined to attempts.
#include "harness/judge/attempts.hpp"

#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::ServerFact;
using model::Attempt;
using model::Finality;
using model::Policy;
using model::Stage;
using How = fakes::Closed::How;

const model::Cell& cell() {
  static const model::Cell result = cell_of(several_mx({{}, {}}), Policy::may);
  return result;
}

std::string text(const Attempt& attempt) {
  std::string result = attempt.host + " " + std::string(name(attempt.stage)) + " " +
                       std::string(name(attempt.channel)) + " " +
                       std::string(name(attempt.finality));
  return attempt.reply.empty() ? result : result + " " + attempt.reply;
}

std::string texts(const Story& story) {
  const auto classified = story.classified(cell());
  std::string result;
  for (const Attempt& each : classified.outcome.recipients.at(0).attempts)
    result += (result.empty() ? "" : "; ") + text(each);
  return result;
}

Story begun() {
  return Story(cell()).injected().connect("mx1").ehlo();
}
const std::string mail_from = std::string("MAIL FROM:<") + sender + ">";
std::string rcpt_to() {
  return "RCPT TO:<" + Story(cell()).address() + ">";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attempts)

BOOST_AUTO_TEST_CASE(stages) {
  const struct {
    const char* name;
    Story story;
    const char* expected;
  } rows[] = {
      {"no greeting", Story(cell()).injected().connect("mx1", 1, ""),
       "mx1 connect plaintext unknown"},
      {"greeting", Story(cell()).injected().connect("mx1", 1, "554 no"),
       "mx1 greeting plaintext permanent 554 no"},
      {"EHLO", begun(), "mx1 ehlo plaintext unknown"},
      {"HELO", Story(cell()).injected().connect("mx1").say("HELO x", "421 no"),
       "mx1 ehlo plaintext temporary 421 no"},
      {"STARTTLS", begun().say("STARTTLS", "454 4.7.0 no").quit(),
       "mx1 starttls plaintext temporary 454 4.7.0 no"},
      {"TLS", begun().starttls().quit(), "mx1 tls encrypted unknown"},
      {"MAIL", begun().starttls().ehlo({}).say(mail_from, "451 no"),
       "mx1 mail encrypted temporary 451 no"},
      {"RCPT", begun().say(mail_from).say(rcpt_to(), "550 no"),
       "mx1 rcpt plaintext permanent 550 no"},
      {"RCPT behind a refused MAIL",
       begun().say(mail_from, "550 no").say(rcpt_to(), "503 sequence"),
       "mx1 mail plaintext permanent 550 no"},
      {"DATA", begun().say(mail_from).say(rcpt_to()).say("DATA", "451 no"),
       "mx1 data plaintext temporary 451 no"},
      {"DATA behind a refused RCPT",
       begun().say(mail_from).say(rcpt_to(), "550 no").say("DATA", "503 sequence"),
       "mx1 rcpt plaintext permanent 550 no"},
      {"content",
       begun()
           .say(mail_from)
           .say(rcpt_to())
           .say("DATA", "354 go")
           .here(fakes::ContentReceived{5, false, false, "", token}),
       "mx1 content plaintext unknown"},
      {"no content",
       begun()
           .say(mail_from)
           .say(rcpt_to())
           .say("DATA", "354 go")
           .here(fakes::ContentReceived{0, false, false, "", token}),
       "mx1 data plaintext unknown"},
      {"dot", begun().mail().dot("552 no"), "mx1 final-dot plaintext permanent 552 no"},
      {"accepted", begun().mail().dot("250 queued").quit(),
       "mx1 accepted plaintext success 250 queued"},
      {"dropped", begun().say(mail_from, "").closed(How::local_fin),
       "mx1 mail plaintext temporary"},
      {"reset", begun().say(mail_from, "").closed(How::local_rst), "mx1 mail plaintext temporary"},
      {"left", begun().closed(How::peer_fin), "mx1 ehlo plaintext unknown"},
      {"pipelined",
       begun()
           .here(fakes::LineIn{mail_from})
           .here(fakes::LineIn{rcpt_to()})
           .here(fakes::LineIn{"DATA"})
           .reply("250 ok")
           .reply("550 no")
           .reply("503 no"),
       "mx1 rcpt plaintext permanent 550 no"},
      {"in several lines", begun().say(mail_from, "451-a").reply("451 b"),
       "mx1 mail plaintext temporary 451 b"},
      {"as raw bytes",
       begun().say(mail_from, "").here(fakes::BytesOut{"451-a\r\n451 b\r\n", false}),
       "mx1 mail plaintext temporary 451 b"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(texts(row.story) == row.expected);
}

BOOST_AUTO_TEST_CASE(facts_end_attempts) {
  const std::string relay = "mx1." + Story(cell()).domain() + "[127.0.0.9]:25";
  const struct {
    const char* name;
    Story story;
    const char* expected;
  } rows[] = {
      {"never reached",
       Story(cell()).injected().fact(ServerFact::Kind::deferred, "4.4.1", "refused", "rcpt", relay),
       "mx1 none none temporary refused"},
      {"nobody named",
       Story(cell()).injected().fact(ServerFact::Kind::deferred, "4.4.3", "lookup", "rcpt", "none"),
       " none none temporary lookup"},
      {"the domain itself",
       Story(cell()).injected().fact(ServerFact::Kind::bounced, "5.1.2", "gone", "rcpt",
                                     Story(cell()).domain()),
       "@ none none permanent gone"},
      {"turned away", Story(cell()).injected().turned_away("mx1").deferred(),
       "mx1 tls encrypted temporary"},
      {"bounced all the same",
       Story(cell()).injected().turned_away("mx1").fact(ServerFact::Kind::bounced),
       "mx1 tls encrypted permanent"},
      {"two connections, one attempt",
       Story(cell()).injected().turned_away("mx1").turned_away("mx2").deferred(),
       "mx1 tls encrypted unknown; mx2 tls encrypted temporary"},
      {"two attempts",
       Story(cell()).injected().turned_away("mx1").deferred().deferred("4.4.1", "refused"),
       "mx1 tls encrypted temporary;  none none temporary refused"},
      {"delivered", begun().mail().dot().quit().fact(ServerFact::Kind::delivered),
       "mx1 accepted plaintext success 250 2.0.0 queued"},
      {"the server calls a 5yz temporary", begun().say("STARTTLS", "554 no").quit().deferred(),
       "mx1 starttls plaintext temporary 554 no"},
      {"another recipient's",
       Story(cell()).injected().turned_away("mx1").fact(ServerFact::Kind::bounced, "", "", "other"),
       "mx1 tls encrypted unknown"},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(texts(row.story) == row.expected);
}

BOOST_AUTO_TEST_CASE(the_sink_and_the_injector_are_no_receivers) {
  Story story = Story(cell()).injected();
  story.add("sink", 1, fakes::Connected{"a", "b"}).add("injector", 1, fakes::Connected{"a", "b"});
  BOOST_TEST(texts(story) == "");
}

BOOST_AUTO_TEST_CASE(connections_made_when_all_was_over_do_not_count) {
  const Story story = begun().mail().dot().quit().connect("mx1", 2).ehlo().quit();
  BOOST_TEST(texts(story) == "mx1 accepted plaintext success 250 2.0.0 queued");
}

BOOST_AUTO_TEST_CASE(addresses_and_codes) {
  BOOST_TEST(same_address("a@b.test", "a@B.TEST"));
  BOOST_TEST(!same_address("a@b.test", "A@b.test"));
  BOOST_TEST(!same_address("a@b.test", "a"));
  BOOST_TEST(path_of("TO:<a@b> NOTIFY=NEVER") == "a@b");
  BOOST_TEST(path_of("a@b") == "a@b");
  BOOST_TEST(path_of("TO:<a@b") == "TO:<a@b");
  BOOST_TEST(enhanced_code("550 5.1.1 no") == "5.1.1");
  BOOST_TEST(enhanced_code("550 5.1.10 no") == "5.1.10");
  BOOST_TEST(enhanced_code("550 4.1.1 no") == "");
  BOOST_TEST(enhanced_code("550 no") == "");
  BOOST_TEST(enhanced_code("550") == "");
  BOOST_TEST(enhanced_code("550 5.1 no") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
