// The honest dialogue of a sending peer: greeting, EHLO, STARTTLS, transactions, QUIT.
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "dialogue.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;
using Turns = std::vector<Turn>;

BOOST_AUTO_TEST_SUITE(sender_session)

namespace {

const std::string mail1 = "MAIL FROM:<a1@b.test> | reply";
const std::string rcpt1 = "RCPT TO:<c1@d.test> | reply";
const std::string group1 = "MAIL FROM:<a1@b.test> / RCPT TO:<c1@d.test> / DATA | reply";
const std::string group2 = "MAIL FROM:<a2@b.test> / RCPT TO:<c2@d.test> / DATA | reply";

Turns then(Turns before, const Turns& after) {
  before.insert(before.end(), after.begin(), after.end());
  return before;
}

// Greeting and EHLO; the reply to it offers `keywords`, and `first` is what follows.
Turns opened(const std::string& keywords, const std::string& first) {
  const std::string hello = keywords.empty() ? "250 mx" : "250-mx/250 " + keywords;
  return {{"", "reply"}, {"220 mx", "EHLO me.test | reply"}, {hello, first}};
}

const Turns in_tls = then(opened("STARTTLS", "STARTTLS | reply"),
                          {{"220 go", "handshake:finished"}, {"TLS", "EHLO me.test | reply"}});
// From MAIL's reply to the end, without PIPELINING.
const Turns delivered = {{"250 ok", rcpt1},
                         {"250 ok", "DATA | reply"},
                         {"354 go", "{1/./} | reply"},
                         {"250 queued", "QUIT | reply"},
                         {"221 bye", "drain"}};

SenderSpec starttls(SenderTls how) {
  SenderSpec spec;
  spec.starttls = how;
  return spec;
}

}  // namespace

BOOST_AUTO_TEST_CASE(in_clear) {
  for (const SenderTls how : {SenderTls::never, SenderTls::if_offered})
    check(starttls(how), envelopes(1), then(opened("", mail1), delivered), "accepted 250 [250]");
  check(starttls(SenderTls::never), envelopes(1), then(opened("STARTTLS", mail1), delivered),
        "accepted 250 [250]");
}

BOOST_AUTO_TEST_CASE(starttls_where_it_is_offered) {
  for (const SenderTls how : {SenderTls::if_offered, SenderTls::required, SenderTls::unasked})
    check(starttls(how), envelopes(1), then(then(in_tls, {{"250 mx", mail1}}), delivered),
          "accepted 250 [250]");
  // Once inside TLS it is not sent again, whatever the server says (RFC 3207 4.2).
  check({}, envelopes(1), then(then(in_tls, {{"250-mx/250 STARTTLS", mail1}}), delivered),
        "accepted 250 [250]");
}

BOOST_AUTO_TEST_CASE(starttls_that_is_not_offered) {
  check(starttls(SenderTls::required), envelopes(2),
        then(opened("", "QUIT | reply"), {{"221 bye", "drain"}}), "given_up, given_up");
  check(starttls(SenderTls::unasked), envelopes(1),
        then(then(opened("", "STARTTLS | reply"), {{"502 what", mail1}}), delivered),
        "accepted 250 [250]");
}

BOOST_AUTO_TEST_CASE(starttls_that_is_refused) {
  const Turns asked = opened("STARTTLS", "STARTTLS | reply");
  check({}, envelopes(1), then(then(asked, {{"454 no", mail1}}), delivered), "accepted 250 [250]");
  check(starttls(SenderTls::required), envelopes(2),
        then(asked, {{"454 no", "QUIT | reply"}, {"221 bye", "drain"}}), "given_up 454, given_up");
  check({}, envelopes(2), then(asked, {{"421 closing", "end:fin"}}), "refused 421, not_tried");
  check(starttls(SenderTls::required), envelopes(1), then(asked, {{"421 closing", "end:fin"}}),
        "given_up 421");
}

BOOST_AUTO_TEST_CASE(a_handshake_that_fails_ends_all) {
  for (const SenderTls how : {SenderTls::if_offered, SenderTls::required})
    check(starttls(how), envelopes(2),
          then(opened("STARTTLS", "STARTTLS | reply"),
               {{"220 go", "handshake:finished"}, {"LOST", "end:fin"}}),
          "disconnected, not_tried");
}

BOOST_AUTO_TEST_CASE(implicit_tls) {
  SenderSpec spec;
  spec.service = Service::submissions;
  for (const bool second_ehlo : {true, false}) {
    // There is no first one that could do.
    spec.second_ehlo = second_ehlo;
    check(spec, envelopes(1),
          then({{"", "handshake:finished"},
                {"TLS", "reply"},
                {"220 mx", "EHLO me.test | reply"},
                {"250-mx/250 STARTTLS", mail1}},
               delivered),
          "accepted 250 [250]");
  }
  check(spec, envelopes(1), {{"", "handshake:finished"}, {"LOST", "end:fin"}}, "disconnected");
}

BOOST_AUTO_TEST_CASE(what_was_learnt_before_tls_is_forgotten) {
  const Turns until = {{"", "reply"},
                       {"220 mx", "EHLO me.test | reply"},
                       {"250-mx/250-PIPELINING/250-SIZE/250 STARTTLS", "STARTTLS | reply"},
                       {"220 go", "handshake:finished"}};
  check({}, envelopes(1),
        then(then(until, {{"TLS", "EHLO me.test | reply"}, {"250 mx", mail1}}), delivered),
        "accepted 250 [250]");
  SenderSpec spec;
  spec.second_ehlo = false;
  check(spec, envelopes(1),
        then(until, {{"TLS", "MAIL FROM:<a1@b.test> SIZE=3 / RCPT TO:<c1@d.test> / DATA | reply"},
                     {"503 hello first", "reply"},
                     {"503 hello first", "reply"},
                     {"503 hello first", "RSET | reply"},
                     {"250 ok", "QUIT | reply"}}),
        "refused 503 [503]");
}

BOOST_AUTO_TEST_CASE(pipelining) {
  const Turns first =
      then(opened("PIPELINING", group1),
           {{"250 ok", "reply"}, {"250 ok", "reply"}, {"354 go", "{1/./} | reply"}});
  check({}, envelopes(2),
        then(first, {{"250 queued", group2},
                     {"250 ok", "reply"},
                     {"250 ok", "reply"},
                     {"354 go", "{2/./} | reply"},
                     {"250 queued", "QUIT | reply"},
                     {"221 bye", "drain"}}),
        "accepted 250 [250], accepted 250 [250]");
  SenderSpec without;
  without.pipelining = false;
  check(without, envelopes(1), then(opened("PIPELINING", mail1), delivered), "accepted 250 [250]");
}

BOOST_AUTO_TEST_CASE(several_recipients) {
  auto mail = envelopes(1);
  mail.front().recipients = {"x@d.test", "y@d.test"};
  // DATA waits: it could not be taken back if all were refused.
  const Turns begun =
      then(opened("PIPELINING",
                  "MAIL FROM:<a1@b.test> / RCPT TO:<x@d.test> / RCPT TO:<y@d.test> | reply"),
           {{"250 ok", "reply"}});
  check({}, mail,
        then(begun, {{"250 ok", "reply"},
                     {"550 no", "DATA | reply"},
                     {"354 go", "{1/./} | reply"},
                     {"250 queued", "QUIT | reply"}}),
        "accepted 250 [250,550]");
  check({}, mail,
        then(begun, {{"450 no", "reply"}, {"550 no", "RSET | reply"}, {"250 ok", "QUIT | reply"}}),
        "refused 550 [450,550]");
  check({}, mail,
        then(opened("", mail1), {{"250 ok", "RCPT TO:<x@d.test> | reply"},
                                 {"550 no", "RCPT TO:<y@d.test> | reply"},
                                 {"250 ok", "DATA | reply"},
                                 {"354 go", "{1/./} | reply"},
                                 {"250 queued", "QUIT | reply"}}),
        "accepted 250 [550,250]");
}

BOOST_AUTO_TEST_CASE(a_refused_transaction_is_reset) {
  const struct {
    const char* name;
    Turns turns;
    const char* results;
  } rows[] = {
      {"MAIL", {{"550 no", "RSET | reply"}}, "refused 550, accepted 250 [250]"},
      {"RCPT",
       {{"250 ok", rcpt1}, {"450 no", "RSET | reply"}},
       "refused 450 [450], accepted 250 [250]"},
      {"DATA",
       {{"250 ok", rcpt1}, {"250 ok", "DATA | reply"}, {"451 no", "RSET | reply"}},
       "refused 451 [250], accepted 250 [250]"},
      {"content",
       {{"250 ok", rcpt1},
        {"250 ok", "DATA | reply"},
        {"354 go", "{1/./} | reply"},
        {"554 no", "RSET | reply"}},
       "refused 554 [250], accepted 250 [250]"},
  };
  const Turns second = {{"250 ok", "MAIL FROM:<a2@b.test> | reply"},
                        {"250 ok", "RCPT TO:<c2@d.test> | reply"},
                        {"250 ok", "DATA | reply"},
                        {"354 go", "{2/./} | reply"},
                        {"250 queued", "QUIT | reply"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name)
    check({}, envelopes(2), then(then(opened("", mail1), row.turns), second), row.results);
    BOOST_TEST_CONTEXT(row.name << ", RSET refused")
    check({}, envelopes(2), then(then(opened("", mail1), row.turns), {{"530 no", "QUIT | reply"}}),
          std::string(row.results).substr(0, std::string(row.results).find(',')) + ", not_tried");
    BOOST_TEST_CONTEXT(row.name << ", gone at RSET")
    check({}, envelopes(2), then(then(opened("", mail1), row.turns), {{"421 bye", "end:fin"}}),
          std::string(row.results).substr(0, std::string(row.results).find(',')) + ", not_tried");
  }
}

// RFC 2920 3.1: the data that DATA of the group has asked for is then one dot.
BOOST_AUTO_TEST_CASE(content_is_not_sent_to_nobody) {
  const Turns turns = then(opened("PIPELINING", group1), {{"250 ok", "reply"},
                                                          {"550 no", "reply"},
                                                          {"354 go", "{./} | reply"},
                                                          {"554 nobody", "RSET | reply"},
                                                          {"250 ok", "QUIT | reply"}});
  check({}, envelopes(1), turns, "refused 550 [550]");
  Client client{{}};
  for (const Turn& turn : turns)
    client.feed(turn.server);
  BOOST_TEST(!client.session().results().front().content_sent);
}

BOOST_AUTO_TEST_CASE(a_server_that_closes_is_left) {
  const Turns begun = opened("", mail1);
  const Turns rcpt = then(begun, {{"250 ok", rcpt1}});
  const Turns data = then(rcpt, {{"250 ok", "DATA | reply"}});
  check({}, envelopes(2), {{"", "reply"}, {"421 no", "end:fin"}}, "refused 421, not_tried");
  check({}, envelopes(2),
        {{"", "reply"}, {"220 mx", "EHLO me.test | reply"}, {"421 no", "end:fin"}},
        "refused 421, not_tried");
  check({}, envelopes(2), then(begun, {{"421 no", "end:fin"}}), "refused 421, not_tried");
  check({}, envelopes(2), then(rcpt, {{"421 no", "end:fin"}}), "refused 421 [421], not_tried");
  check({}, envelopes(2), then(data, {{"421 no", "end:fin"}}), "refused 421 [250], not_tried");
  check({}, envelopes(2), then(data, {{"354 go", "{1/./} | reply"}, {"421 no", "end:fin"}}),
        "refused 421 [250], not_tried");
  check({}, envelopes(2), then(in_tls, {{"421 no", "end:fin"}}), "refused 421, not_tried");
}

BOOST_AUTO_TEST_CASE(a_greeting_that_refuses) {
  check({}, envelopes(2), {{"", "reply"}, {"554 no", "QUIT | reply"}, {"221 bye", "drain"}},
        "refused 554, not_tried");
}

BOOST_AUTO_TEST_CASE(ehlo_is_unknown) {
  const Turns asked = {{"", "reply"}, {"220 mx", "EHLO me.test | reply"}};
  check({}, envelopes(1),
        then(then(asked, {{"500 what", "HELO me.test | reply"}, {"250 mx", mail1}}), delivered),
        "accepted 250 [250]");
  check({}, envelopes(1),
        then(asked, {{"502 no", "HELO me.test | reply"}, {"502 no", "QUIT | reply"}}),
        "refused 502");
  check({}, envelopes(1), then(asked, {{"450 later", "QUIT | reply"}}), "refused 450");
  SenderSpec named;
  named.helo = "x.test";
  check(named, envelopes(1),
        {{"", "reply"},
         {"220 mx", "EHLO x.test | reply"},
         {"500 what", "HELO x.test | reply"},
         {"250 mx", mail1}},
        "disconnected");
}

BOOST_AUTO_TEST_CASE(names) {
  SenderSpec spec;
  spec.helo = "first.test";
  spec.helo_in_tls = "second.test";
  check(spec, envelopes(1),
        {{"", "reply"},
         {"220 mx", "EHLO first.test | reply"},
         {"250-mx/250 STARTTLS", "STARTTLS | reply"},
         {"220 go", "handshake:finished"},
         {"TLS", "EHLO second.test | reply"},
         {"250 mx", mail1}},
        "disconnected");
}

BOOST_AUTO_TEST_CASE(early_talker) {
  SenderSpec spec;
  spec.waits_for_greeting = false;
  check(spec, envelopes(1),
        then({{"", "EHLO me.test | reply"}, {"220 mx", "reply"}, {"250 mx", mail1}}, delivered),
        "accepted 250 [250]");
  check(spec, envelopes(1),
        {{"", "EHLO me.test | reply"}, {"554 too early", "QUIT | reply"}, {"221 bye", "drain"}},
        "refused 554");
}

BOOST_AUTO_TEST_CASE(extensions_are_used_where_they_are_offered) {
  auto mail = envelopes(1);
  mail.front().mail_from.clear();
  mail.front().recipients = {"\xc3\xa4@d.test"};
  mail.front().content = "\xc3\xa4\r\n.\r\n";
  const struct {
    const char* offered;
    const char* said;
  } rows[] = {
      {"", "MAIL FROM:<> | reply"},
      {"SIZE", "MAIL FROM:<> SIZE=7 | reply"},
      {"8BITMIME", "MAIL FROM:<> BODY=8BITMIME | reply"},
      {"SMTPUTF8", "MAIL FROM:<> SMTPUTF8 | reply"},
  };
  for (const auto& row : rows)
    check({}, mail, opened(row.offered, row.said), "disconnected");
  check({}, envelopes(1), opened("SMTPUTF8", mail1), "disconnected");
  check({}, envelopes(1), opened("8BITMIME", mail1), "disconnected");
  check({}, mail,
        then(opened("", "MAIL FROM:<> | reply"), {{"250 ok", "RCPT TO:<\xc3\xa4@d.test> | reply"},
                                                  {"250 ok", "DATA | reply"},
                                                  {"354 go", "{\xc3\xa4/.././} | reply"}}),
        "disconnected [250]");
}

BOOST_AUTO_TEST_CASE(content_as_it_stands) {
  auto mail = envelopes(1);
  mail.front().verbatim = true;
  for (const char* content : {"a\r\n.b", "a\r\n.b\r\n"}) {
    mail.front().content = content;
    check({}, mail,
          then(opened("", mail1),
               {{"250 ok", rcpt1}, {"250 ok", "DATA | reply"}, {"354 go", "{a/.b/./} | reply"}}),
          "disconnected [250]");
  }
}

BOOST_AUTO_TEST_CASE(every_write_has_the_pace_and_the_segments) {
  SenderSpec spec;
  spec.segment = Segmentation::per_byte;
  spec.pace = std::chrono::milliseconds(5);
  const std::string how = " after 5 per byte | reply";
  check(spec, envelopes(1),
        {{"", "reply"},
         {"220 mx", "EHLO me.test" + how},
         {"500 what", "HELO me.test" + how},
         {"250 mx", "MAIL FROM:<a1@b.test>" + how},
         {"250 ok", "RCPT TO:<c1@d.test>" + how},
         {"250 ok", "DATA" + how},
         {"354 go", "{1/./}" + how},
         {"250 queued", "QUIT" + how}},
        "accepted 250 [250]");
}

BOOST_AUTO_TEST_CASE(what_is_said_is_noted_behind_it) {
  Client client{{}};
  client.feed("");
  BOOST_TEST(notes(client.acts("220 mx")) == "out EHLO me.test");
  client.feed("250-mx/250 STARTTLS");
  client.feed("220 go");
  client.feed("TLS");
  BOOST_TEST(notes(client.acts("250-mx/250 PIPELINING")) ==
             "out+tls MAIL FROM:<a1@b.test> | out+tls RCPT TO:<c1@d.test> | out+tls DATA");
  client.feed("250 ok");
  client.feed("250 ok");
  const Acts acts = client.acts("354 go");
  BOOST_TEST(notes(acts) == "content+tls 3 t1");
  BOOST_TEST(std::holds_alternative<act::Send>(acts.front()));
  BOOST_TEST(client.session().results().front().content_sent);
  BOOST_TEST(client.session().tls());
}

BOOST_AUTO_TEST_SUITE_END()
