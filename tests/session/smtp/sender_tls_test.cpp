// The sending peer inside TLS, with a receiving peer and with a server that asks for a certificate;
// and what it writes into its journal.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "fakes/smtp/sender.hpp"
#include "world.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;
using Strings = std::vector<std::string>;
using Status = Submission::Status;

BOOST_AUTO_TEST_SUITE(sender_tls)

namespace {

Envelope message() {
  Envelope one;
  one.mail_from = "a@b.test";
  one.recipients = {"c@d.test"};
  one.content = "X-Smtprig-Token: t1\r\n\r\n.x\r\n";
  one.token = "t1";
  return one;
}

// A sender with a journal of its own.
struct Side {
  explicit Side(World& world) {
    settings.deadline = 10s;
    settings.server_name = "mx.peer.test";
    settings.trust = tls::trust_store(world.authority.trusted_pem());
    settings.tap = {&journal, "sender", 1};
  }

  Strings events() const {
    Strings all;
    for (const Event& event : journal.events())
      all.push_back(text(event.body));
    return all;
  }
  bool has(const std::string& wanted) const { return std::ranges::count(events(), wanted) != 0; }
  bool has_start(const std::string& wanted) const {
    return std::ranges::any_of(events(),
                               [&](const std::string& event) { return event.starts_with(wanted); });
  }

  Journal journal;
  SenderSettings settings;
};

std::vector<Submission> send(World& world, Side& side, SenderSpec spec, net::tcp::endpoint server,
                             std::vector<Envelope> mail = {message()}) {
  Sender sender(std::move(spec), side.settings);
  return world.run(sender.send(server, std::move(mail)));
}

// One session of a server that asks for a client certificate; ends behind the handshake.
net::asio::awaitable<void> ask(net::tcp::socket socket, std::shared_ptr<const tls::Context> context,
                               Journal* journal) {
  net::Stream stream(std::move(socket), net::Tap{journal, "server", 1});
  co_await stream.write("220 mx\r\n", 5s);
  co_await stream.read_line(512, 5s);
  co_await stream.write("250-mx\r\n250 STARTTLS\r\n", 5s);
  co_await stream.read_line(512, 5s);
  co_await stream.write("220 go\r\n", 5s);
  co_await stream.handshake(context, 5s);
  // RFC 3207 4.1
  for (;;) {
    const net::ReadResult read = co_await stream.read_line(512, 5s);
    if (read.status != net::IoStatus::ok) break;
    co_await stream.write("554 5.7.0 no\r\n", 5s);
    if (read.bytes == "QUIT") break;
  }
  co_await stream.close(CloseHow::fin);
}

}  // namespace

BOOST_AUTO_TEST_CASE(starttls) {
  World world;
  const auto server = world.start({});
  Side side(world);
  const auto results = send(world, side, {}, server);
  world.settle();
  BOOST_TEST((results.front().status == Status::accepted));
  BOOST_TEST(world.has_event("accepted+tls a@b.test > c@d.test t1"));
  BOOST_TEST(world.has_event("hello mx.peer.test"));
  for (const char* event :
       {"connected", "in 220 mx.peer.test ESMTP", "out EHLO injector.test", "out STARTTLS",
        "in 220 2.0.0 Ready to start TLS", "tls TLSv1.3", "out+tls EHLO injector.test",
        "out+tls DATA", "sent+tls 27 t1", "in+tls 250 2.0.0 Accepted", "out+tls QUIT"})
    BOOST_TEST(side.has(event), event);
  BOOST_TEST(side.has_start("seen "));
  // Nothing of the envelope outside.
  BOOST_TEST(!side.has_start("out MAIL"));
  BOOST_TEST(side.has_start("closed "));
}

BOOST_AUTO_TEST_CASE(implicit_tls) {
  World world;
  ReceiverSpec receiver;
  receiver.implicit_tls = true;
  const auto server = world.start(receiver);
  Side side(world);
  SenderSpec spec;
  spec.service = Service::submissions;
  const auto results = send(world, side, spec, server, {message(), message()});
  world.settle();
  BOOST_TEST((results.back().status == Status::accepted));
  BOOST_TEST(side.has("in+tls 220 mx.peer.test ESMTP"));
  BOOST_TEST(!side.has("out STARTTLS"));
}

BOOST_AUTO_TEST_CASE(names_that_are_asked_for) {
  for (const auto& [asked, seen] :
       {std::pair{"other.test", "hello other.test"}, std::pair{"", "hello "}}) {
    World world;
    const auto server = world.start({});
    Side side(world);
    SenderSpec spec;
    spec.server_name = asked;
    send(world, side, spec, server);
    world.settle();
    BOOST_TEST(world.has_event(seen), seen);
  }
}

BOOST_AUTO_TEST_CASE(each_byte_by_itself) {
  for (const SenderTls how : {SenderTls::never, SenderTls::required}) {
    World world;
    const auto server = world.start({});
    Side side(world);
    SenderSpec spec;
    spec.starttls = how;
    spec.segment = Segmentation::per_byte;
    const auto results = send(world, side, spec, server);
    world.settle();
    BOOST_TEST((results.front().status == Status::accepted));
    BOOST_TEST(world.has_event(how == SenderTls::never ? "accepted a@b.test > c@d.test t1"
                                                       : "accepted+tls a@b.test > c@d.test t1"));
  }
}

BOOST_AUTO_TEST_CASE(a_certificate_is_shown_where_it_is_asked_for) {
  for (const bool shows : {true, false}) {
    World world;
    tls::Settings asking;
    asking.identity = world.authority.issue(CertificateClass::good, {"mx.peer.test", "peer.test"});
    asking.client_certificate = tls::ClientCertificate::asked;
    asking.trust = tls::trust_store(world.authority.trusted_pem());
    const auto context = std::make_shared<tls::Context>(asking);
    net::Listener listener(
        world.io, {net::asio::ip::make_address("127.0.0.1"), 0},
        [&](net::tcp::socket socket) { return ask(std::move(socket), context, &world.journal); });
    Side side(world);
    if (shows)
      side.settings.certificate =
          world.authority.issue_client(CertificateClass::good, {"client.peer.test", "peer.test"});
    const auto results = send(world, side, {}, listener.local());
    BOOST_TEST((results.front().status == Status::refused));
    BOOST_TEST(results.front().code == 554);
    BOOST_TEST(side.has_start("certificate ") == shows);
    const Strings seen = world.events();
    const bool trusted = std::ranges::any_of(seen, [](const std::string& event) {
      return event.starts_with("seen ") && event.ends_with(", trusted");
    });
    BOOST_TEST(trusted == shows);
  }
}

BOOST_AUTO_TEST_CASE(handshakes_that_fail_are_told) {
  World world;
  const auto server = world.start({});
  Side side(world);
  SenderSpec spec;
  spec.tls = {TlsVersion::tls1_0, TlsVersion::tls1_1};
  const auto results = send(world, side, spec, server);
  world.settle();
  BOOST_TEST((results.front().status == Status::disconnected));
  BOOST_TEST(results.front().reply.starts_with("no TLS: "), results.front().reply);
  BOOST_TEST(side.has_start("tls failed "));
}

BOOST_AUTO_TEST_CASE(handshakes_that_are_broken_off) {
  for (const TlsStage until :
       {TlsStage::start, TlsStage::client_hello, TlsStage::server_hello, TlsStage::finished}) {
    BOOST_TEST_CONTEXT(static_cast<int>(until)) {
      World world;
      const auto server = world.start({});
      Side side(world);
      Utterance ehlo;
      ehlo.says = {Say::ehlo};
      Utterance starttls;
      starttls.says = {Say::starttls};
      starttls.until = until;
      SenderSpec spec;
      spec.steps = {ehlo, starttls, Close{}};
      const auto results = send(world, side, spec, server);
      world.settle();
      BOOST_TEST((results.front().status == Status::given_up));
      BOOST_TEST(side.has("tls TLSv1.3") == (until == TlsStage::finished));
      BOOST_TEST(world.has_event("hello mx.peer.test") == (until != TlsStage::start));
      BOOST_TEST(world.has_event("tls failed start") == (until == TlsStage::start));
    }
  }
}

BOOST_AUTO_TEST_CASE(one_that_hangs_stays_until_it_is_stopped) {
  for (const bool before_the_greeting : {true, false}) {
    World world;
    const auto server = world.start({});
    Side side(world);
    SenderSpec spec;
    spec.waits_for_greeting = !before_the_greeting;
    spec.steps = {Hang{}};
    Sender sender(spec, side.settings);
    bool hung = false;
    sender.on_hang = [&] {
      hung = true;
      net::asio::post(world.io, [&] { sender.stop(); });
    };
    const auto begin = std::chrono::steady_clock::now();
    const auto results = world.run(sender.send(server, {message()}));
    BOOST_TEST(hung);
    BOOST_TEST((results.front().status == Status::given_up));
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 5s));
    world.settle();
  }
}

BOOST_AUTO_TEST_CASE(stopped_before_it_has_begun) {
  World world;
  const auto server = world.start({});
  Side side(world);
  Sender sender({}, side.settings);
  sender.stop();
  const auto results = world.run(sender.send(server, {message()}));
  BOOST_TEST((results.front().status != Status::accepted));
  world.settle();
}

BOOST_AUTO_TEST_SUITE_END()
