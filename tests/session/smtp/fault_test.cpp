// Each kind of fault on a socket: what the client sees, and that the journal names the rule.
#include <boost/test/unit_test.hpp>

#include <string>
#include <variant>
#include <vector>

#include "world.hpp"

using namespace smtprig::fakes;
using Strings = std::vector<std::string>;
namespace tools = boost::test_tools;

BOOST_AUTO_TEST_SUITE(faults)

namespace {

using Position = std::variant<SmtpPosition, TlsStage>;

struct Row {
  std::string name;
  Position position;
  std::vector<Action> actions;
  Strings script;
  Strings seen;
  std::string event;  // that must be in the journal
};

const Strings until_content{
    "S",       "C: HELO c", "S",      "C: MAIL FROM:<a@b.test>", "S", "C: RCPT TO:<c@d.test>", "S",
    "C: DATA", "S",         "W: x/./"};
const Strings before_tls{"S", "C: HELO c", "S", "C: STARTTLS", "S"};

Strings operator+(Strings left, const Strings& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Reply line(std::string text) {
  return Reply{.lines = {std::move(text)}};
}

// Runs each row in a world of its own and compares the end of what the client saw.
void check(const std::vector<Row>& rows, bool implicit = false, net::Duration deadline = 10s) {
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      World world;
      ReceiverSpec spec;
      spec.implicit_tls = implicit;
      spec.rules.push_back(Rule{"r", Selector{.position = row.position}, row.actions});
      auto server = world.start(spec);
      Strings seen = world.run(chat(server, row.script, world.client_context(), deadline));
      world.settle();
      BOOST_REQUIRE(seen.size() >= row.seen.size());
      seen.erase(seen.begin(), seen.end() - static_cast<std::ptrdiff_t>(row.seen.size()));
      BOOST_TEST(seen == row.seen, tools::per_element());
      BOOST_TEST(world.has_event("fault r"));
      BOOST_TEST((row.event.empty() || world.has_event(row.event)));
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(in_smtp) {
  using enum SmtpPosition;
  Reply drip{.segment = Segmentation::per_byte};
  Reply late{.delay = 20ms};
  check({
      {"dropped at connect", connect, {Close{}}, {"S"}, {"eof"}, "closed local_fin"},
      {"reset at connect", connect, {Close{CloseHow::rst}}, {"S"}, {"reset"}, "closed local_rst"},
      {"refused at connect", connect, {line("554 no"), Close{}}, {"S", "S"}, {"554 no", "eof"}, ""},
      {"garbage at connect",
       connect,
       {Reply{.raw = "\x01\x02\n"}},
       {"S"},
       {"malformed \x01\x02"},
       "bytes \x01\x02\n"},
      {"EHLO dripped", ehlo, {drip}, {"S", "C: EHLO c", "S"}, {"250 SMTPUTF8"}, ""},
      {"EHLO late", ehlo, {late}, {"S", "C: EHLO c", "S"}, {"250 SMTPUTF8"}, ""},
      {"MAIL dropped",
       mail,
       {Close{}},
       {"S", "C: HELO c", "S", "C: MAIL FROM:<>", "S"},
       {"eof"},
       ""},
      {"MAIL 421",
       mail,
       {line("421 4.3.2 bye"), Close{}},
       {"S", "C: HELO c", "S", "C: MAIL FROM:<>", "S", "END"},
       {"421 4.3.2 bye", "eof"},
       ""},
      {"STARTTLS 454",
       starttls,
       {line("454 4.7.0 later")},
       before_tls + Strings{"C: NOOP", "S"},
       {"454 4.7.0 later", "250 2.0.0 OK"},
       ""},
      {"final reply lost",
       end_of_data,
       {Close{CloseHow::rst}},
       until_content + Strings{"S"},
       {"reset"},
       "content 3 whole "},
      {"reset behind the final reply",
       end_of_data,
       {Reply{}, Close{CloseHow::rst}},
       until_content + Strings{"S", "S"},
       {"250 2.0.0 Accepted", "reset"},
       "accepted a@b.test > c@d.test "},
      {"closed behind the final reply",
       end_of_data,
       {Reply{}, Close{}},
       until_content + Strings{"S", "S"},
       {"250 2.0.0 Accepted", "eof"},
       "accepted a@b.test > c@d.test "},
      {"QUIT without answer", quit, {Close{}}, {"S", "C: QUIT", "S"}, {"eof"}, ""},
  });
}

BOOST_AUTO_TEST_CASE(in_the_handshake) {
  using enum TlsStage;
  const Strings script = before_tls + Strings{"TLS"};
  Reply garbage{.raw = "250 this is no TLS record, but as long as a record header\r\n"};
  check({
      {"garbage instead of TLS", start, {garbage}, script, {"tls tls_error"}, ""},
      {"closed at the start", start, {Close{}}, script, {"tls eof"}, "closed local_fin"},
      {"closed after ClientHello",
       client_hello,
       {Close{}},
       script,
       {"tls eof"},
       "hello mx.peer.test"},
      {"reset after ClientHello", client_hello, {Close{CloseHow::rst}}, script, {"tls reset"}, ""},
      {"alert after ClientHello",
       client_hello,
       {Alert{2, 40}, Close{}},
       script,
       {"tls tls_error"},
       "alert sent handshake_failure"},
      {"garbage after ClientHello", client_hello, {garbage}, script, {"tls tls_error"}, ""},
      // In TLS 1.3 the client is done when the server's flight has come.
      {"closed after ServerHello",
       server_hello,
       {Close{}},
       script + Strings{"END"},
       {"tls ok", "eof"},
       ""},
      {"reset after ServerHello",
       server_hello,
       {Close{CloseHow::rst}},
       script + Strings{"END"},
       {"tls ok", "reset"},
       ""},
      {"closed when finished",
       finished,
       {Close{}},
       script + Strings{"END"},
       {"tls ok", "eof"},
       "tls TLSv1.3"},
      {"reset when finished",
       finished,
       {Close{CloseHow::rst}},
       script + Strings{"END"},
       {"tls ok", "reset"},
       ""},
      {"an SMTP line when finished",
       finished,
       {line("220 again")},
       script + Strings{"S"},
       {"tls ok", "220 again"},
       "out+tls 220 again"},
      {"a late ServerHello", client_hello, {Reply{.delay = 20ms}}, script, {"tls ok"}, ""},
  });
  check({{"implicit, closed after ClientHello", client_hello, {Close{}}, {"TLS"}, {"tls eof"}, ""},
         {"implicit, garbage", start, {garbage}, {"TLS"}, {"tls tls_error"}, ""}},
        true);
}

BOOST_AUTO_TEST_CASE(in_the_middle_of_a_handshake_of_tls_1_2) {
  const Strings script = before_tls + Strings{"TLS"};
  for (CloseHow how : {CloseHow::fin, CloseHow::rst}) {
    World world;
    ReceiverSpec spec;
    spec.tls = {TlsVersion::tls1_2, TlsVersion::tls1_2};
    spec.rules.push_back(Rule{"r", Selector{.position = TlsStage::server_hello}, {Close{how}}});
    auto server = world.start(spec);
    Strings seen = world.run(chat(server, script, world.client_context(), 10s));
    world.settle();
    BOOST_TEST(seen.back() == (how == CloseHow::fin ? "tls eof" : "tls reset"));
    BOOST_TEST(world.has_event("fault r"));
  }
}

BOOST_AUTO_TEST_CASE(silence) {
  using enum TlsStage;
  const Strings handshake = before_tls + Strings{"TLS"};
  check(
      {
          {"hang at connect",
           SmtpPosition::connect,
           {Hang{}},
           {"S"},
           {"timed_out"},
           "closed peer_fin"},
          {"hang at MAIL",
           SmtpPosition::mail,
           {Hang{}},
           {"S", "C: HELO c", "S", "C: MAIL FROM:<>", "S"},
           {"timed_out"},
           "closed peer_fin"},
          {"hang at the final reply",
           SmtpPosition::end_of_data,
           {Hang{}},
           until_content + Strings{"S"},
           {"timed_out"},
           "content 3 whole "},
          {"a reply that comes too late",
           SmtpPosition::mail,
           {Reply{.delay = 20s}},
           {"S", "C: HELO c", "S", "C: MAIL FROM:<>", "S"},
           {"timed_out"},
           "closed peer_fin"},
          {"hang at the start", start, {Hang{}}, handshake, {"tls timed_out"}, "closed peer_fin"},
          {"hang after ClientHello", client_hello, {Hang{}}, handshake, {"tls timed_out"}, ""},
          {"hang after ServerHello",
           server_hello,
           {Hang{}},
           handshake,
           // TLS 1.3: the server's whole flight is out, so the client is done.
           {"tls ok"},
           ""},
          {"hang when finished",
           finished,
           {Hang{}},
           handshake + Strings{"C: EHLO c", "S"},
           {"tls ok", "timed_out"},
           "in+tls EHLO c"},
      },
      false, 300ms);
}

BOOST_AUTO_TEST_CASE(connections_are_counted_over_the_host) {
  World world;
  ReceiverSpec spec;
  Selector second{.position = SmtpPosition::connect, .connection = {2, 2}};
  spec.rules.push_back(Rule{"second", second, {Close{}}});
  auto server = world.start(spec);
  for (const char* expected : {"220 mx.peer.test ESMTP", "eof", "220 mx.peer.test ESMTP"})
    BOOST_TEST(world.run(chat(server, {"S"}, nullptr, 10s)).at(0) == expected);
}

BOOST_AUTO_TEST_CASE(close_notify_is_sent_or_not) {
  for (bool notify : {true, false}) {
    World world;
    ReceiverSpec spec;
    CloseHow how = notify ? CloseHow::fin : CloseHow::no_notify;
    spec.rules.push_back(Rule{"r", Selector{.position = TlsStage::finished}, {Close{how}}});
    auto server = world.start(spec);
    world.run(chat(server, before_tls + Strings{"TLS", "END"}, world.client_context(), 10s));
    world.settle();
    BOOST_TEST(world.has_event("alert sent close_notify") == notify);
  }
}

BOOST_AUTO_TEST_SUITE_END()
