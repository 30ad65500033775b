// Rules of a policy host: what happens instead at each stage of TLS, at a request and in a body.
#include <boost/test/unit_test.hpp>

#include "world.hpp"

using namespace smtprig::fakes;
namespace tools = boost::test_tools;

BOOST_AUTO_TEST_SUITE(faults)

namespace {

using Position = std::variant<HttpsPosition, TlsStage>;

HttpsRule rule(Position position, std::vector<Action> actions) {
  return {.id = "r", .when = {.position = position}, .actions = std::move(actions)};
}

PolicyHostSpec with(std::vector<HttpsRule> rules) {
  PolicyHostSpec spec;
  spec.answers[0].mx = {"mx.rcpt.test"};
  spec.https.rules = std::move(rules);
  return spec;
}

Reply raw(std::string bytes) {
  Reply reply;
  reply.raw = std::move(bytes);
  return reply;
}

Reply wait(std::chrono::milliseconds time) {
  Reply reply;
  reply.delay = time;
  return reply;
}

const Strings fetch = {"TLS", "W: " + policy_request + "Connection: close||", "S", "END"};

}  // namespace

BOOST_AUTO_TEST_CASE(close_at_each_place) {
  struct Row {
    std::string name;
    Position position;
    CloseHow how;
    std::string tls;  // what the client sees of the handshake
    std::string answer;
  };
  const std::vector<Row> rows = {
      {"start", TlsStage::start, CloseHow::fin, "tls eof", ""},
      {"start, reset", TlsStage::start, CloseHow::rst, "tls reset", ""},
      {"client hello", TlsStage::client_hello, CloseHow::fin, "tls eof", ""},
      {"client hello, reset", TlsStage::client_hello, CloseHow::rst, "tls reset", ""},
      {"request", HttpsPosition::request, CloseHow::fin, "tls ok", "eof after 0"},
      {"request, reset", HttpsPosition::request, CloseHow::rst, "tls ok", "reset after 0"},
      {"request, alert", HttpsPosition::request, CloseHow::alert, "tls ok", "tls_error after 0"},
      {"body", HttpsPosition::body, CloseHow::fin, "tls ok", "eof after 33"},
      {"body, no close_notify", HttpsPosition::body, CloseHow::no_notify, "tls ok", "eof after 33"},
      {"finished", TlsStage::finished, CloseHow::fin, "tls ok", "eof after 0"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      World world;
      world.start(with({rule(row.position, {Close{row.how}})}));
      const Talk talk = world.talk(fetch);
      world.settle();
      BOOST_TEST(talk.seen.at(0) == row.tls);
      if (!row.answer.empty()) BOOST_TEST(talk.seen.at(1) == row.answer);
      BOOST_TEST(world.events_of("fault").size() == 1u);
    }
  }
}

// In TLS 1.3 the client is done before the server has read its Finished.
BOOST_AUTO_TEST_CASE(close_behind_the_server_hello) {
  World world;
  world.start(with({rule(TlsStage::server_hello, {Close{CloseHow::rst}})}));
  const TlsSpec old{.max = TlsVersion::tls1_2};
  BOOST_TEST(world.talk({"TLS"}, world.client_context(policy_host_name, old)).seen.at(0) ==
             "tls reset");
  world.settle();
  BOOST_TEST(world.events_of("fault") == Strings{"fault r"});
  BOOST_TEST(world.events_of("tls").empty());
}

BOOST_AUTO_TEST_CASE(the_journal_tells_what_was_not_answered) {
  struct Row {
    HttpsPosition position;
    Action action;
    std::string request;
  };
  const std::string head = "request GET /.well-known/mta-sts.txt mta-sts.rcpt.test ";
  const std::vector<Row> rows = {
      {HttpsPosition::request, Close{}, head + "0 #1 0"},
      {HttpsPosition::request, Hang{}, head + "0 #1 0"},
      {HttpsPosition::request, Alert{}, head + "0 #1 0"},
      {HttpsPosition::request, raw("garbage"), head + "0 #1 0"},
      {HttpsPosition::body, Close{}, head + "200 #1 33"},
      {HttpsPosition::body, Hang{}, head + "200 #1 33"},
      {HttpsPosition::body, raw("garbage"), head + "200 #1 66"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(static_cast<int>(row.position) << " " << row.action.index()) {
      World world;
      world.start(with({rule(row.position, {row.action})}));
      world.talk({"TLS", "W: " + policy_request + "|", "FIN"});
      world.settle();
      BOOST_TEST(world.events_of("request") == Strings{row.request}, tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(hangs_until_the_client_leaves) {
  for (const Position position :
       {Position(TlsStage::start), Position(TlsStage::client_hello), Position(TlsStage::finished),
        Position(HttpsPosition::request), Position(HttpsPosition::body)}) {
    World world;
    world.start(with({rule(position, {Hang{}})}), {.handshake = 200ms, .idle = 200ms});
    const Talk talk = world.talk(fetch);
    world.settle();
    BOOST_TEST(world.events_of("fault") == Strings{"fault r"});
    BOOST_TEST(talk.seen.size() >= 1u);
    BOOST_TEST(talk.seen.back().find("ok") == std::string::npos);
  }
  // The journal has the request while the client still waits.
  World world;
  world.start(with({rule(HttpsPosition::request, {Hang{}})}));
  bool logged_while_open = false;
  world.policy_host->host().on_progress = [&] {
    logged_while_open = logged_while_open || (world.events_of("closed").empty() &&
                                              world.events_of("request").size() == 1);
  };
  world.talk({"TLS", "W: " + policy_request + "|", "FIN"});
  world.settle();
  BOOST_TEST(logged_while_open);
}

BOOST_AUTO_TEST_CASE(waiting_changes_nothing_else) {
  for (const Position position :
       {Position(TlsStage::start), Position(TlsStage::client_hello),
        Position(TlsStage::server_hello), Position(TlsStage::finished),
        Position(HttpsPosition::request), Position(HttpsPosition::body)}) {
    World world;
    world.start(with({rule(position, {wait(30ms)})}));
    const auto begin = std::chrono::steady_clock::now();
    const Talk talk = world.talk(fetch);
    BOOST_TEST((std::chrono::steady_clock::now() - begin >= 30ms));
    BOOST_TEST(talk.seen == (Strings{"tls ok", "200 text/plain", "eof after 0"}),
               tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(other_bytes) {
  {
    World world;
    world.start(with({rule(TlsStage::start, {raw("HTTP/1.1 400 Bad Request\r\n\r\n")})}));
    BOOST_TEST(world.talk({"TLS"}).seen.at(0) == "tls tls_error");
    world.settle();
    BOOST_TEST(world.events_of("bytes") == Strings{"bytes HTTP/1.1 400 Bad Request\r\n\r\n"});
  }
  {
    World world;
    world.start(with({rule(TlsStage::client_hello, {Alert{2, 40}})}));
    BOOST_TEST(world.talk({"TLS"}).seen.at(0) == "tls tls_error");
    world.settle();
    BOOST_TEST(world.events_of("alert").at(0) == "alert sent handshake_failure");
  }
  {
    World world;
    world.start(with({rule(HttpsPosition::request,
                           {raw("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), wait(0ms)})}));
    const std::string ask = "W: " + policy_request + "|";
    const Talk talk = world.talk({"TLS", ask, "S", ask, "S"});
    BOOST_TEST(talk.seen == (Strings{"tls ok", "200 ", "200 "}), tools::per_element());
    BOOST_TEST(talk.bodies == (Strings{"hi", "hi"}), tools::per_element());
  }
  {
    World world;
    Reply lines;
    lines.lines = {"HTTP/1.1 200 OK", "Content-Length: 0", ""};
    lines.segment = Segmentation::per_byte;
    world.start(with({rule(HttpsPosition::request, {lines, Close{}})}));
    BOOST_TEST(world.talk(fetch).seen == (Strings{"tls ok", "200 ", "eof after 0"}),
               tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(selectors) {
  HttpsRule second = rule(HttpsPosition::request, {Close{}});
  second.when.nth = {2, 2};
  HttpsRule third_connection = rule(TlsStage::start, {Close{}});
  third_connection.when.connection = {3, 3};
  World world;
  world.start(with({second, third_connection}));
  const std::string ask = "W: " + policy_request + "|";
  BOOST_TEST(world.talk({"TLS", ask, "S", ask, "S"}).seen ==
                 (Strings{"tls ok", "200 text/plain", "eof after 0"}),
             tools::per_element());
  BOOST_TEST(world.talk({"TLS", ask, "S"}).seen == (Strings{"tls ok", "200 text/plain"}),
             tools::per_element());
  BOOST_TEST(world.talk({"TLS"}).seen == Strings{"tls eof"}, tools::per_element());
  BOOST_TEST(world.talk({"TLS", ask, "S"}).seen == (Strings{"tls ok", "200 text/plain"}),
             tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
