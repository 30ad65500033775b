// The receiving peer on a socket: whole sessions in clear, after STARTTLS and with implicit TLS, as
// the client sees them and as the journal tells them.
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "world.hpp"

using namespace smtprig::fakes;
using Strings = std::vector<std::string>;
namespace tools = boost::test_tools;

BOOST_AUTO_TEST_SUITE(receiver)

namespace {

const std::string message = "X-Smtprig-Token: tok1/Subject: x//..dot/./";

// One message from MAIL to QUIT.
Strings transaction() {
  return {"C: MAIL FROM:<a@b.test>",
          "S",
          "C: RCPT TO:<c@d.test>",
          "S",
          "C: DATA",
          "S",
          "W: " + message,
          "S",
          "C: QUIT",
          "S",
          "END"};
}

Strings operator+(Strings left, const Strings& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_session_in_clear) {
  World world;
  ReceiverSpec spec;
  spec.extensions = {false, false, false, false, true, 0};
  auto server = world.start(spec);
  Strings script = Strings{"S", "C: EHLO c", "S"} + transaction();
  Strings seen = world.run(chat(server, script, nullptr, 10s));
  world.settle();
  BOOST_TEST(seen == (Strings{"220 mx.peer.test ESMTP", "250 ENHANCEDSTATUSCODES", "250 2.1.0 OK",
                              "250 2.1.5 OK", "354 End data with <CR><LF>.<CR><LF>",
                              "250 2.0.0 Accepted", "221 2.0.0 Bye", "eof"}),
             tools::per_element());
  BOOST_TEST(
      world.events() ==
          (Strings{"connected", "out 220 mx.peer.test ESMTP", "in EHLO c", "out 250-mx.peer.test",
                   "out 250-STARTTLS", "out 250 ENHANCEDSTATUSCODES", "in MAIL FROM:<a@b.test>",
                   "out 250 2.1.0 OK", "in RCPT TO:<c@d.test>", "out 250 2.1.5 OK", "in DATA",
                   "out 354 End data with <CR><LF>.<CR><LF>", "content 43 whole tok1",
                   "out 250 2.0.0 Accepted", "accepted a@b.test > c@d.test tok1", "in QUIT",
                   "out 221 2.0.0 Bye", "closed local_fin"}),
      tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_session_with_starttls) {
  for (TlsVersion version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
    World world;
    auto server = world.start({});
    Strings script =
        Strings{"S", "C: EHLO c", "S", "C: STARTTLS", "S", "TLS", "C: EHLO c", "S"} + transaction();
    Strings seen = world.run(chat(server, script, world.client_context({version, version}), 10s));
    world.settle();
    BOOST_TEST(seen.at(2) == "220 2.0.0 Ready to start TLS");
    BOOST_TEST(seen.at(3) == "tls ok");
    BOOST_TEST(seen.back() == "eof");
    BOOST_TEST(world.has_event("hello mx.peer.test"));
    BOOST_TEST(world.has_event(version == TlsVersion::tls1_2 ? "tls TLSv1.2" : "tls TLSv1.3"));
    BOOST_TEST(world.has_event("in STARTTLS"));
    BOOST_TEST(world.has_event("in+tls EHLO c"));
    BOOST_TEST(!world.has_event("in MAIL FROM:<a@b.test>"));
    BOOST_TEST(world.has_event("content+tls 43 whole tok1"));
    BOOST_TEST(world.has_event("accepted+tls a@b.test > c@d.test tok1"));
    BOOST_TEST(world.events().back() == "closed local_fin");
  }
}

BOOST_AUTO_TEST_CASE(a_session_with_implicit_tls_over_ipv6) {
  World world;
  ReceiverSpec spec;
  spec.implicit_tls = true;
  auto server = world.start(spec, {}, "::1");
  Strings script = Strings{"TLS", "S", "C: EHLO c", "S"} + transaction();
  Strings seen = world.run(chat(server, script, world.client_context(), 10s));
  world.settle();
  BOOST_TEST(seen.at(0) == "tls ok");
  BOOST_TEST(seen.at(1) == "220 mx.peer.test ESMTP");
  BOOST_TEST(world.has_event("accepted+tls a@b.test > c@d.test tok1"));
}

BOOST_AUTO_TEST_CASE(pipelined_commands_are_answered_in_order) {
  World world;
  auto server = world.start({});
  Strings script{"S",
                 "C: EHLO c",
                 "S",
                 "W: MAIL FROM:<a@b.test>/RCPT TO:<c@d.test>/RCPT TO:<bad>/DATA/",
                 "S",
                 "S",
                 "S",
                 "S",
                 "W: x/./MAIL FROM:<>/QUIT/",
                 "S",
                 "S",
                 "S",
                 "END"};
  Strings seen = world.run(chat(server, script, nullptr, 10s));
  BOOST_TEST(
      seen == (Strings{"220 mx.peer.test ESMTP", "250 SMTPUTF8", "250 2.1.0 OK", "250 2.1.5 OK",
                       "501 5.1.3 Bad address syntax", "354 End data with <CR><LF>.<CR><LF>",
                       "250 2.0.0 Accepted", "250 2.1.0 OK", "221 2.0.0 Bye", "eof"}),
      tools::per_element());
}

BOOST_AUTO_TEST_CASE(commands_pipelined_behind_starttls_are_forgotten) {
  World world;
  auto server = world.start({});
  Strings script{"S",       "C: EHLO c", "S",       "W: STARTTLS/MAIL FROM:<evil@b.test>/",
                 "S",       "TLS",       "C: NOOP", "S",
                 "C: QUIT", "S"};
  Strings seen = world.run(chat(server, script, world.client_context(), 10s));
  BOOST_TEST(seen.at(3) == "tls ok");
  BOOST_TEST(seen.at(4) == "250 2.0.0 OK");
  BOOST_TEST(seen.at(5) == "221 2.0.0 Bye");
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves) {
  struct Row {
    std::string name;
    Strings script;
    std::string closed;
    std::string content;  // or empty
  };
  const Strings data{"S", "C: EHLO c", "S", "C: MAIL FROM:<a@b.test>", "S", "C: RCPT TO:<c@d.test>",
                     "S", "C: DATA",   "S"};
  const Strings in_tls{"S", "C: EHLO c", "S", "C: STARTTLS", "S", "TLS"};
  const std::vector<Row> rows{
      {"at the greeting, FIN", {"S", "FIN"}, "closed peer_fin", ""},
      {"at the greeting, RST", {"S", "RST"}, "closed peer_rst", ""},
      {"in the content", data + Strings{"W: X-Smtprig-Token: tok2/a", "FIN"}, "closed peer_fin",
       "content 24 part tok2"},
      {"in the content, RST", data + Strings{"W: X-Smtprig-Token: tok2/a", "RST"},
       "closed peer_rst", "content 24 part tok2"},
      {"before the content", data + Strings{"FIN"}, "closed peer_fin", "content 0 part "},
      {"in TLS", in_tls + Strings{"FIN"}, "closed peer_fin notify", ""},
      {"in TLS without close_notify", in_tls + Strings{"NONOTIFY"}, "closed peer_fin", ""},
      {"instead of the handshake",
       {"S", "C: EHLO c", "S", "C: STARTTLS", "S", "FIN"},
       "closed peer_fin",
       ""},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      World world;
      auto server = world.start({});
      world.run(chat(server, row.script, world.client_context(), 10s));
      world.settle();
      BOOST_TEST(world.has_event(row.closed));
      BOOST_TEST((row.content.empty() || world.has_event(row.content)));
      unsigned closed = 0;
      for (const std::string& event : world.events())
        closed += event.starts_with("closed ");
      BOOST_TEST(closed == 1u);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_speaks_no_tls) {
  World world;
  auto server = world.start({});
  Strings script{"S", "C: EHLO c", "S", "C: STARTTLS", "S", "C: this is no ClientHello", "END"};
  Strings seen = world.run(chat(server, script, nullptr, 10s));
  world.settle();
  BOOST_TEST(world.has_event("tls failed start"));
  BOOST_TEST(seen.back() == "eof");
}

BOOST_AUTO_TEST_CASE(a_client_of_another_version) {
  World world;
  ReceiverSpec spec;
  spec.tls = {TlsVersion::tls1_3, TlsVersion::tls1_3};
  auto server = world.start(spec);
  Strings script{"S", "C: EHLO c", "S", "C: STARTTLS", "S", "TLS", "END"};
  auto old = world.client_context({TlsVersion::tls1_2, TlsVersion::tls1_2});
  Strings seen = world.run(chat(server, script, old, 10s));
  world.settle();
  BOOST_TEST(seen.at(3) == "tls tls_error");
  BOOST_TEST(world.has_event("alert sent protocol_version"));
  BOOST_TEST(world.has_event("tls failed client-hello"));
}

BOOST_AUTO_TEST_CASE(limits_are_kept) {
  smtp::ReceiverLimits limits;
  limits.idle = 50ms;
  limits.handshake = 50ms;
  limits.line_bytes_max = 100;
  {
    World world;
    auto server = world.start({}, limits);
    Strings seen = world.run(chat(server, {"S", "END"}, nullptr, 10s));
    BOOST_TEST(seen.back() == "eof");
    world.settle();
    BOOST_TEST(world.has_event("closed timed_out"));
  }
  {
    World world;
    auto server = world.start({}, limits);
    Strings script{"S", "C: EHLO c", "S", "C: STARTTLS", "S", "END"};
    world.run(chat(server, script, nullptr, 10s));
    world.settle();
    BOOST_TEST(world.has_event("tls failed start"));
    BOOST_TEST(world.has_event("closed timed_out"));
  }
  {
    World world;
    auto server = world.start({}, limits);
    Strings seen = world.run(
        chat(server, {"S", "C: NOOP " + std::string(100, 'x'), "S", "END"}, nullptr, 10s));
    BOOST_TEST(seen.at(1) == "500 5.5.2 Line too long");
    BOOST_TEST(seen.at(2) == "eof");
  }
  {
    World world;
    limits.sessions_max = 0;
    auto server = world.start({}, limits);
    Strings seen = world.run(chat(server, {"S", "END"}, nullptr, 10s));
    BOOST_TEST(seen.at(0) == "421 mx.peer.test Too many connections");
  }
}

BOOST_AUTO_TEST_CASE(stopping_ends_all_sessions) {
  World world;
  auto server = world.start({});
  unsigned called = 0;
  world.receiver->on_progress = [&] {
    if (++called == 1) world.receiver->stop();
  };
  Strings script = Strings{"S", "C: EHLO c", "S"} + transaction();
  Strings seen = world.run(chat(server, script, nullptr, 10s));
  world.settle();
  BOOST_TEST(seen.at(5) == "250 2.0.0 Accepted");
  BOOST_TEST(seen.back() != "timed_out");
  BOOST_TEST(world.has_event("closed cancelled"));
  BOOST_TEST(called == 2u);
}

BOOST_AUTO_TEST_CASE(a_big_message_arrives_whole) {
  World world;
  auto server = world.start({});
  std::string content;
  for (int i = 0; i < 60'000; ++i)
    content += ".line with a dot at its front and no token in it\r\n";
  Strings script{"S",
                 "C: EHLO c",
                 "S",
                 "C: STARTTLS",
                 "S",
                 "TLS",
                 "C: EHLO c",
                 "S",
                 "W: MAIL FROM:<a@b.test>/RCPT TO:<c@d.test>/DATA/",
                 "S",
                 "S",
                 "S",
                 "W: " + smtp::dot_stuff(content),
                 "S"};
  Strings seen = world.run(chat(server, script, world.client_context(), 20s));
  BOOST_TEST(seen.back() == "250 2.0.0 Accepted");
  BOOST_TEST(world.has_event("content+tls " + std::to_string(content.size()) + " whole "));
}

BOOST_AUTO_TEST_SUITE_END()
