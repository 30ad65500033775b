// An attacker on the path, between a client and an honest receiver: what each side sees, what the
// attacker holds, and how the end of one side becomes the end of the other.
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

#include "fakes/attacker/relay.hpp"
#include "fakes/attacker/stripper.hpp"
#include "world.hpp"

using namespace smtprig::fakes;
using attacker::Meddling;
using Strings = std::vector<std::string>;
namespace tools = boost::test_tools;

BOOST_AUTO_TEST_SUITE(relay)

namespace {

// A World whose receiver stands behind a relay.
struct Path {
  Path(Meddling meddling, ReceiverSpec spec) {
    world.start(std::move(spec));
    if (meddling == Meddling::strips) world.receiver->tell(attacker::as_stripped);
    relay = std::make_unique<attacker::Relay>(
        world.io, meddling,
        [this](net::tcp::socket back, Connected seen) {
          return world.receiver->serve(std::move(back), std::move(seen));
        },
        recording);
    const net::tcp::endpoint local(net::asio::ip::make_address("127.0.0.1"), 0);
    front = std::make_unique<net::Listener>(world.io, local, [this](net::tcp::socket socket) {
      return relay->serve(std::move(socket));
    });
  }
  ~Path() { front.reset(); }

  Strings chat(Strings script) {
    Strings seen = world.run(
        smtprig::fakes::chat(front->local(), std::move(script), world.client_context(), 10s));
    world.settle();
    return seen;
  }

  World world;
  std::shared_ptr<net::Recording> recording = std::make_shared<net::Recording>();
  std::unique_ptr<attacker::Relay> relay;
  std::unique_ptr<net::Listener> front;
};

const Strings greeting = {"S", "C: EHLO c", "S"};
const Strings transaction = {"C: MAIL FROM:<a@b.test>",
                             "S",
                             "C: RCPT TO:<c@d.test>",
                             "S",
                             "C: DATA",
                             "S",
                             "W: Subject: secret/./",
                             "S",
                             "C: QUIT",
                             "S",
                             "END"};

Strings operator+(Strings left, const Strings& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// How a client sees the end of the relay, behind the greeting.
net::asio::awaitable<std::string> lose_relay(Path& path) {
  net::ConnectResult connection = co_await net::connect(path.front->local(), 10s);
  net::Stream stream(std::move(*connection.socket), net::Tap{});
  co_await stream.read_line(1000, 10s);
  path.relay.reset();
  net::ReadResult read = co_await stream.read_some(10s);
  co_await stream.close(CloseHow::fin);
  co_return std::string(text(read.status));
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_listener_changes_nothing_and_reads_what_is_in_clear) {
  Path path(Meddling::none, {});
  const Strings seen = path.chat(greeting + transaction);
  BOOST_TEST(seen.at(seen.size() - 3) == "250 2.0.0 Accepted");
  BOOST_TEST(seen.back() == "eof");
  BOOST_TEST(path.world.has_event("out 250-STARTTLS"));
  BOOST_TEST(path.recording->holds("RCPT TO:<c@d.test>"));
  BOOST_TEST(path.recording->holds("secret"));
  BOOST_TEST(path.recording->holds("250 2.0.0 Accepted"));
}

BOOST_AUTO_TEST_CASE(a_listener_reads_nothing_inside_tls) {
  Path path(Meddling::none, {});
  const Strings seen =
      path.chat(greeting + Strings{"C: STARTTLS", "S", "TLS", "C: EHLO c", "S"} + transaction);
  BOOST_TEST(seen.at(3) == "tls ok");
  BOOST_TEST(path.world.has_event("accepted+tls a@b.test > c@d.test "));
  BOOST_TEST(path.recording->holds("STARTTLS"));
  BOOST_TEST(!path.recording->holds("c@d.test"));
  BOOST_TEST(!path.recording->holds("secret"));
}

BOOST_AUTO_TEST_CASE(starttls_is_neither_offered_nor_had) {
  Path path(Meddling::strips, {});
  const Strings seen = path.chat(greeting + Strings{"C: STARTTLS", "S"} + transaction);
  BOOST_TEST(seen.at(2) == "500 5.5.2 Command not recognized");
  BOOST_TEST(path.world.has_event("out 250-XXXXXXXX"));
  BOOST_TEST(!path.world.has_event("out 250-STARTTLS"));
  BOOST_TEST(path.world.has_event("in STARTTLS"));
  BOOST_TEST(path.recording->holds("c@d.test"));
  BOOST_TEST(path.recording->holds("secret"));
}

BOOST_AUTO_TEST_CASE(the_client_s_endpoints_are_told) {
  Path path(Meddling::none, {});
  path.chat({"S", "FIN"});
  const auto* connected = std::get_if<Connected>(&path.world.journal.events().front().body);
  BOOST_REQUIRE(connected);
  BOOST_TEST(connected->local == net::text(path.front->local()));
}

BOOST_AUTO_TEST_CASE(each_end_is_handed_on) {
  const auto rule = [](CloseHow how) {
    ReceiverSpec spec;
    spec.rules = {{.id = "r", .when = {.position = SmtpPosition::ehlo}, .actions = {Close{how}}}};
    return spec;
  };
  for (const Meddling meddling : {Meddling::none, Meddling::strips}) {
    Path fin(meddling, rule(CloseHow::fin));
    BOOST_TEST(fin.chat({"S", "C: EHLO c", "END"}).back() == "eof");
    Path rst(meddling, rule(CloseHow::rst));
    BOOST_TEST(rst.chat({"S", "C: EHLO c", "END"}).back() == "reset");
    Path left(meddling, {});
    left.chat({"S", "FIN"});
    BOOST_TEST(left.world.has_event("closed peer_fin"));
    Path broke(meddling, {});
    broke.chat({"S", "RST"});
    BOOST_TEST(broke.world.has_event("closed peer_rst"));
  }
}

BOOST_AUTO_TEST_CASE(half_a_line_comes_before_the_end) {
  ReceiverSpec spec;
  spec.rules = {{.id = "r",
                 .when = {.position = SmtpPosition::ehlo},
                 .actions = {Reply{.raw = "250-half"}, Close{CloseHow::fin}}}};
  Path path(Meddling::strips, spec);
  path.chat({"S", "C: EHLO c", "END"});
  BOOST_TEST(path.recording->holds("250-half"));
}

BOOST_AUTO_TEST_CASE(an_attacker_that_leaves_ends_all_connections) {
  Path path(Meddling::none, {});
  BOOST_TEST(path.world.run(lose_relay(path)) == "reset");
  path.world.settle();
}

BOOST_AUTO_TEST_CASE(an_impostor_keeps_what_it_decrypts) {
  World world;
  auto server = world.start({});
  const auto recording = std::make_shared<net::Recording>();
  world.receiver->record(recording);
  world.run(chat(server,
                 greeting + Strings{"C: STARTTLS", "S", "TLS", "C: EHLO c", "S"} + transaction,
                 world.client_context(), 10s));
  world.settle();
  BOOST_TEST(recording->holds("RCPT TO:<c@d.test>"));
  BOOST_TEST(recording->holds("secret"));
}

BOOST_AUTO_TEST_SUITE_END()
