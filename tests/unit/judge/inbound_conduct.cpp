// Every rule of a server's conduct towards its clients, with a journal that breaks it and innocent
// ones that look alike.
#include <boost/test/unit_test.hpp>

#include "inbound.hpp"

namespace smtprig::judge::test {
namespace {

using model::Policy;

InboundStory begun(const model::Cell& cell, const std::string& keywords = "STARTTLS") {
  return InboundStory(cell).connect().ehlo(keywords);
}
InboundStory inside(const model::Cell& cell) {
  return begun(cell).starttls();
}

const model::Cell& may() {
  static const model::Cell cell = inbound_cell(Policy::may);
  return cell;
}
const model::Cell& encrypt() {
  static const model::Cell cell = inbound_cell(Policy::encrypt);
  return cell;
}

struct Row {
  const char* name;
  InboundStory story;
  const char* expected;
};

void check(const std::vector<Row>& rows) {
  for (const Row& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  // Whether the message was brought is not what these are about.
  BOOST_TEST(InboundStory(row.story).injected(0, "", true).rules() == row.expected);
}

const std::string mail_from = std::string("MAIL FROM:<") + sender + ">";

}  // namespace

BOOST_AUTO_TEST_SUITE(inbound_conduct)

BOOST_AUTO_TEST_CASE(honest_sessions) {
  for (const Policy policy : {Policy::none, Policy::may}) {
    const model::Cell cell = inbound_cell(policy);
    BOOST_TEST(begun(cell, "").mail().injected().arrived().rules() == "");
  }
  for (const Policy policy : {Policy::may, Policy::encrypt, Policy::require_client_cert}) {
    const model::Cell cell = inbound_cell(policy);
    BOOST_TEST(inside(cell).ehlo("AUTH PLAIN").mail().injected().arrived().rules() == "");
  }
}

BOOST_AUTO_TEST_CASE(i1_nothing_in_clear_where_tls_is_demanded) {
  check({
      {"530", begun(encrypt()).say(mail_from, "530 5.7.0 STARTTLS first"), ""},
      {"taken", begun(encrypt()).say(mail_from), "conduct/I1"},
      {"AUTH taken", begun(encrypt()).say("AUTH PLAIN eA==", "235 ok"), "conduct/I1 conduct/I21"},
      {"another code", begun(encrypt()).say(mail_from, "554 5.7.1 no"), "advice/I1"},
      {"no answer", begun(encrypt()).say(mail_from, ""), ""},
      {"inside TLS", inside(encrypt()).ehlo("").say(mail_from), ""},
      {"TLS is offered only", begun(may()).say(mail_from), ""},
      {"NOOP is allowed", begun(encrypt()).say("NOOP").say("QUIT", "221 bye"), ""},
  });
}

BOOST_AUTO_TEST_CASE(i8_starttls_is_not_offered_within_tls) {
  check({
      {"offered", inside(may()).ehlo("STARTTLS"), "conduct/I8"},
      {"not offered", inside(may()).ehlo("PIPELINING"), ""},
      {"another word", inside(may()).ehlo("XSTARTTLS"), ""},
  });
  fakes::SenderSpec spec;
  spec.service = fakes::Service::submissions;
  const model::Cell cell = inbound_cell(Policy::may, spec);
  check({
      {"implicit", InboundStory(cell).connect("").shaken().reply("220 mta").ehlo("STARTTLS"),
       "conduct/I8"},
      {"implicit, honest", InboundStory(cell).connect("").shaken().reply("220 mta").ehlo(""), ""},
  });
}

BOOST_AUTO_TEST_CASE(i9_starttls_that_was_not_offered) {
  const model::Cell none = inbound_cell(Policy::none);
  for (const char* code : {"500", "502", "503", "454"})
    check({{code, begun(none, "").say("STARTTLS", std::string(code) + " no"), ""}});
  check({
      {"granted", begun(none, "").say("STARTTLS", "220 go"), "conduct/I9"},
      {"another code", begun(none, "").say("STARTTLS", "550 no"), "advice/I9"},
      {"offered", begun(none).say("STARTTLS", "550 no"), ""},
      {"no EHLO", InboundStory(none).connect().say("STARTTLS", "550 no"), ""},
  });
}

BOOST_AUTO_TEST_CASE(i10_parameters) {
  check({
      {"501", begun(may()).say("STARTTLS now", "501 5.5.4 no"), ""},
      {"granted", begun(may()).say("STARTTLS now", "220 go"), "conduct/I10"},
      {"another code", begun(may()).say("STARTTLS now", "500 what"), "advice/I10"},
  });
  const model::Cell none = inbound_cell(Policy::none);
  check({{"no TLS at all", begun(none, "").say("STARTTLS now", "502 no"), ""}});
}

BOOST_AUTO_TEST_CASE(i11_starttls_inside_tls) {
  for (const char* code : {"503", "554", "454", "502"})
    check({{code, inside(may()).ehlo("").say("STARTTLS", std::string(code) + " no"), ""}});
  check({
      {"granted", inside(may()).ehlo("").say("STARTTLS", "220 go"), "conduct/I11"},
      {"another code", inside(may()).ehlo("").say("STARTTLS", "550 no"), "advice/I11"},
  });
}

BOOST_AUTO_TEST_CASE(i12_commands_behind_starttls) {
  const auto injected = [](const char* reply) {
    return begun(may()).bytes("STARTTLS\r\nNOOP\r\n", reply);
  };
  check({
      {"answered", injected("220 go").shaken().reply("250 ok").ehlo(""), "conduct/I12"},
      {"dropped", injected("220 go").shaken().ehlo(""), ""},
      {"no TLS: answered rightly", injected("454 no").reply("250 ok").ehlo(""), ""},
      {"farewell", injected("220 go").shaken().reply("421 bye"), ""},
      {"nothing was injected", inside(may()).reply("250 ok").ehlo(""), ""},
  });
}

BOOST_AUTO_TEST_CASE(i13_a_transaction_does_not_outlive_the_handshake) {
  const auto across = [](const char* reply) {
    return begun(may()).say(mail_from).starttls().ehlo("").say("RCPT TO:<a@b>", reply);
  };
  check({
      {"taken", across("250 ok"), "conduct/I13"},
      {"refused", across("503 MAIL first"), ""},
      {"begun anew", inside(may()).ehlo("").say(mail_from).say("RCPT TO:<a@b>"), ""},
  });
}

BOOST_AUTO_TEST_CASE(i14_the_last_name_counts) {
  fakes::SenderSpec spec;
  spec.helo = "first.example";
  spec.helo_in_tls = "second.example";
  const auto told = [&](Policy policy, const std::string& name) {
    const model::Cell cell = inbound_cell(policy, spec);
    return inside(cell)
        .ehlo("")
        .mail()
        .injected()
        .arrived("rcpt", "hash", "Received: from " + name + " (x [127.0.0.1])\r\n")
        .rules();
  };
  BOOST_TEST(told(Policy::may, "first.example") == "conduct/I14");
  BOOST_TEST(told(Policy::may, "second.example") == "");
  BOOST_TEST(told(Policy::none, "first.example") == "");
  spec.helo.clear();
  BOOST_TEST(told(Policy::may, "client.test") == "conduct/I14");
}

BOOST_AUTO_TEST_CASE(i15_old_versions) {
  for (const auto& [version, expected] :
       {std::pair{"TLSv1", "conduct/I15"}, std::pair{"TLSv1.1", "conduct/I15"},
        std::pair{"TLSv1.2", ""}, std::pair{"TLSv1.3", ""}})
    check({{version, begun(may()).say("STARTTLS", "220 go").shaken(version), expected}});
}

BOOST_AUTO_TEST_CASE(i18_garbage_behind_the_220) {
  const auto garbage = [](const char* reply) {
    return begun(may()).say("STARTTLS", "220 go").bytes("NOOP\r\nNOOP\r\n", reply);
  };
  check({
      {"answered", garbage("250 ok"), "conduct/I18"},
      {"closed", garbage(""), ""},
      {"an alert", garbage("").here(fakes::TlsFailed{"server-hello", "alert"}), ""},
      {"refused before", begun(may()).say("STARTTLS", "454 no").bytes("NOOP\r\n", "250 ok"), ""},
  });
}

BOOST_AUTO_TEST_CASE(i21_passwords_in_clear) {
  check({
      {"taken", begun(may()).say("AUTH PLAIN eA==", "235 ok"), "conduct/I21"},
      {"asked for", begun(may()).say("AUTH LOGIN", "334 VXNlcm5hbWU6"), "conduct/I21"},
      {"refused", begun(may()).say("AUTH PLAIN eA==", "538 5.7.11 TLS first"), ""},
      {"offered", begun(may(), "AUTH PLAIN"), "advice/I21"},
      {"inside TLS", inside(may()).ehlo("AUTH PLAIN"), ""},
  });
}

BOOST_AUTO_TEST_CASE(i22_wrong_passwords) {
  fakes::SenderSpec spec;
  spec.auth = fakes::AuthSpec{fakes::AuthMechanism::plain, false};
  const model::Cell bad = inbound_cell(Policy::may, spec);
  spec.auth->good_password = true;
  const model::Cell good = inbound_cell(Policy::may, spec);
  check({
      {"welcomed", inside(bad).ehlo("AUTH PLAIN").say("AUTH PLAIN x", "235 ok"), "conduct/I22"},
      {"refused", inside(bad).ehlo("AUTH PLAIN").say("AUTH PLAIN x", "535 5.7.8 no"), ""},
      {"a right one", inside(good).ehlo("AUTH PLAIN").say("AUTH PLAIN x", "235 ok"), ""},
      {"the challenge answered",
       inside(bad)
           .ehlo("AUTH LOGIN")
           .say("AUTH LOGIN", "334 a")
           .say("eA==", "334 b")
           .say("eA==", "235 ok"),
       "conduct/I22"},
  });
}

BOOST_AUTO_TEST_CASE(i23_smuggling) {
  model::Content content;
  content.false_end = "\n.\n";
  const model::Cell cell = inbound_cell(Policy::may, {}, content);
  const InboundStory sent = inside(cell).ehlo("").mail().injected();
  BOOST_TEST(InboundStory(sent).arrived("rcpt", "other").arrived("smuggled").rules() ==
             "advice/I24 conduct/I23");
  BOOST_TEST(InboundStory(sent).arrived("smuggled").arrived().rules().find("conduct/I23") !=
             std::string::npos);
  BOOST_TEST(InboundStory(sent).arrived().rules() == "");
  BOOST_TEST(InboundStory(sent).arrived().arrived("barrier").rules() == "");
}

BOOST_AUTO_TEST_CASE(i24_and_i26_what_arrives_is_what_was_sent) {
  model::Content odd;
  odd.bare_lf = true;
  const model::Cell odd_cell = inbound_cell(Policy::may, {}, odd);
  BOOST_TEST(inside(odd_cell).ehlo("").mail().injected().arrived("rcpt", "other").rules() ==
             "advice/I24");
  BOOST_TEST(inside(may()).ehlo("").mail().injected().arrived("rcpt", "other").rules() ==
             "invariant/changed");
  // Its content was never sent to the end.
  BOOST_TEST(inside(may())
                 .ehlo("")
                 .say(mail_from)
                 .say("RCPT TO:<" + may().address("rcpt") + ">")
                 .say("DATA", "354 go")
                 .bytes("Subject: half", "")
                 .injected(0, "", true)
                 .arrived()
                 .rules() == "invariant/unfinished");
}

BOOST_AUTO_TEST_CASE(i25_other_protocols) {
  const auto request = [](const char* bytes, const char* reply) {
    return InboundStory(may()).connect().bytes(bytes, reply);
  };
  check({
      {"GET taken", request("GET / HTTP/1.1\r\n\r\n", "250 ok"), "conduct/I25"},
      {"GET refused", request("GET / HTTP/1.1\r\n\r\n", "500 what"), ""},
      {"farewell", request("POST / HTTP/1.1\r\n\r\n", "221 bye"), ""},
      {"no answer", request("PUT / HTTP/1.1\r\n\r\n", ""), ""},
      {"a ClientHello taken", request("\x16\x03\x01\r\n", "250 ok"), "conduct/I25"},
      {"a ClientHello refused", request("\x16\x03\x01\r\n", "500 what"), ""},
      {"SMTP", request("NOOP\r\n", "250 ok"), ""},
  });
}

BOOST_AUTO_TEST_CASE(mail_is_neither_lost_nor_doubled) {
  BOOST_TEST(inside(may()).ehlo("").mail().injected().rules() == "invariant/lost");
  BOOST_TEST(inside(may()).ehlo("").mail().injected().arrived().arrived().rules() ==
             "invariant/duplicated");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
