// The running server against receivers and DNS on loopback: what is delivered, over which channel,
// what is deferred and expires, and what the sender is told.
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "world.hpp"

namespace {

using namespace smtprig;
using namespace smtprig::embedded;
using namespace smtprig::fakes;
using namespace std::chrono_literals;
using embedded::test::World;
using model::Policy;

Rule rule(SmtpPosition position, std::vector<Action> actions, Phase phase = Phase::any) {
  return {
      .id = "rule", .when = {.position = position, .phase = phase}, .actions = std::move(actions)};
}

Rule rule(TlsStage stage, std::vector<Action> actions) {
  return {.id = "rule", .when = {.position = stage}, .actions = std::move(actions)};
}

Reply says(const std::string& line) {
  Reply reply;
  reply.lines.push_back(line);
  return reply;
}

Reply raw(const std::string& bytes) {
  Reply reply;
  reply.raw = bytes;
  return reply;
}

ReceiverSpec with(Rule one) {
  ReceiverSpec spec;
  spec.rules.push_back(std::move(one));
  return spec;
}

struct Row {
  std::string name;
  Policy policy;
  ReceiverSpec spec;
  std::string story;
  std::string copies;
};

void run_all(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name << ", policy " << model::name(row.policy)) {
      World world(row.policy);
      world.add_receiver(row.spec);
      world.deliver();
      BOOST_TEST(world.story() == row.story);
      BOOST_TEST(world.copies() == row.copies);
    }
  }
}

const std::string thrice_4_7_5 = "deferred:4.7.5 deferred:4.7.5 deferred:4.7.5 expired:4.7.5";

std::string thrice(const std::string& status, const std::string& before = "") {
  std::string text;
  for (int i = 0; i < 3; ++i)
    text += before + "deferred:" + status + " ";
  return text + "expired:" + status;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(relay)

BOOST_AUTO_TEST_CASE(honest_receiver) {
  run_all({
      {"honest", Policy::none, {}, "delivered:2.0.0", "mx1:clear"},
      {"honest", Policy::may, {}, "tls:Trus delivered:2.0.0", "mx1:tls"},
      {"honest", Policy::encrypt, {}, "tls:Trus delivered:2.0.0", "mx1:tls"},
      {"honest", Policy::fingerprint, {}, "tls:Veri delivered:2.0.0", "mx1:tls"},
      {"honest", Policy::verify, {}, "tls:Veri delivered:2.0.0", "mx1:tls"},
      {"honest", Policy::secure, {}, "tls:Veri delivered:2.0.0", "mx1:tls"},
  });
}

BOOST_AUTO_TEST_CASE(no_tls) {
  const ReceiverSpec plain{.starttls = StartTls::no};
  const ReceiverSpec refusing = with(rule(SmtpPosition::starttls, {says("454 4.7.0 later")}));
  const ReceiverSpec garbage = with(rule(TlsStage::start, {raw("what is this?\r\n"), Close{}}));
  const ReceiverSpec dying = with(rule(SmtpPosition::ehlo, {Close{}}, Phase::post_tls));
  run_all({
      {"plain", Policy::may, plain, "delivered:2.0.0", "mx1:clear"},
      {"plain", Policy::encrypt, plain, thrice("4.7.4"), ""},
      {"plain", Policy::secure, plain, thrice("4.7.4"), ""},
      {"454", Policy::may, refusing, "delivered:2.0.0", "mx1:clear"},
      {"454", Policy::encrypt, refusing, thrice("4.7.0"), ""},
      {"garbage", Policy::may, garbage, "delivered:2.0.0", "mx1:clear"},
      {"garbage", Policy::fingerprint, garbage, thrice("4.7.5"), ""},
      {"dies behind the handshake", Policy::may, dying, "tls:Trus delivered:2.0.0", "mx1:clear"},
      {"dies behind the handshake", Policy::encrypt, dying, thrice("4.4.2", "tls:Trus "), ""},
      {"TLS 1.0 only",
       Policy::may,
       {.tls = {TlsVersion::tls1_0, TlsVersion::tls1_0}},
       "tls:Trus delivered:2.0.0",
       "mx1:tls"},
      {"TLS 1.0 only",
       Policy::verify,
       {.tls = {TlsVersion::tls1_0, TlsVersion::tls1_0}},
       thrice("4.7.5"),
       ""},
      {"TLS 1.3 only",
       Policy::verify,
       {.tls = {TlsVersion::tls1_3, TlsVersion::tls1_3}},
       "tls:Veri delivered:2.0.0",
       "mx1:tls"},
  });
}

BOOST_AUTO_TEST_CASE(bad_certificates) {
  const ReceiverSpec self_signed{.certificate = CertificateClass::self_signed};
  const ReceiverSpec wrong_host{.certificate = CertificateClass::wrong_host};
  run_all({
      {"self-signed", Policy::may, self_signed, "tls:Untr delivered:2.0.0", "mx1:tls"},
      {"self-signed", Policy::fingerprint, self_signed, "tls:Veri delivered:2.0.0", "mx1:tls"},
      {"self-signed", Policy::verify, self_signed, thrice("4.7.5", "tls:Untr "), ""},
      {"wrong host", Policy::secure, wrong_host, thrice("4.7.5", "tls:Trus "), ""},
  });
  World world(Policy::verify);
  world.add_receiver(self_signed);
  world.deliver();
  // RFC 3207 4.1: QUIT at once, inside TLS; RFC 5321 4.1.1.10: as the last command.
  const std::vector<std::string> expected = {"EHLO me.test", "STARTTLS", "*QUIT"};
  const std::vector<std::string> lines = world.lines_in("mx1");
  BOOST_REQUIRE(lines.size() == 9u);
  for (std::size_t i = 0; i < lines.size(); ++i)
    BOOST_TEST(lines[i] == expected[i % 3]);
}

BOOST_AUTO_TEST_CASE(replies) {
  run_all({
      {"RCPT 451", Policy::none, with(rule(SmtpPosition::rcpt, {says("451 4.2.1 later")})),
       thrice("4.2.1"), ""},
      {"RCPT 550", Policy::none, with(rule(SmtpPosition::rcpt, {says("550 5.1.1 no")})),
       "bounced:5.1.1", ""},
      {"greeting 554", Policy::none, with(rule(SmtpPosition::connect, {says("554 5.3.2 no")})),
       "bounced:5.3.2", ""},
      {"greeting 554", Policy::encrypt, with(rule(SmtpPosition::connect, {says("554 5.3.2 no")})),
       thrice("4.3.2"), ""},
      {"dot 452", Policy::may, with(rule(SmtpPosition::end_of_data, {says("452 4.3.1 full")})),
       thrice("4.3.1", "tls:Trus "), ""},
      {"closed before the reply to the dot", Policy::none,
       with(rule(SmtpPosition::end_of_data, {Close{}})), thrice("4.4.2"), ""},
      {"closed at QUIT: delivered once", Policy::none, with(rule(SmtpPosition::quit, {Close{}})),
       "delivered:2.0.0", "mx1:clear"},
      {"drip", Policy::none,
       with(rule(SmtpPosition::ehlo,
                 {Reply{.lines = {"250-mx", "250 SIZE"}, .segment = Segmentation::per_byte}})),
       "delivered:2.0.0", "mx1:clear"},
  });
}

BOOST_AUTO_TEST_CASE(injected_reply_is_dropped) {
  const ReceiverSpec injecting =
      with(rule(SmtpPosition::starttls, {raw("220 go\r\n250-mx\r\n250 AUTH PLAIN\r\n")}));
  run_all({{"injected", Policy::verify, injecting, "tls:Veri delivered:2.0.0", "mx1:tls"}});
}

BOOST_AUTO_TEST_CASE(several_hosts) {
  struct Case {
    std::string name;
    std::function<void(World&)> build;
    std::string story;
    std::string copies;
  };
  const std::vector<Case> cases = {
      {"first refuses connections",
       [](World& world) {
         world.add_dead_host(10);
         world.add_receiver({}, 20);
       },
       "tls:Veri delivered:2.0.0", "mx2:tls"},
      {"first fails the policy",
       [](World& world) {
         world.add_receiver({.certificate = CertificateClass::expired}, 10);
         world.add_receiver({}, 20);
       },
       "tls:Untr tls:Veri delivered:2.0.0", "mx2:tls"},
      {"order by preference",
       [](World& world) {
         world.add_receiver({}, 20);
         world.add_receiver({}, 10);
       },
       "tls:Veri delivered:2.0.0", "mx2:tls"},
      {"first says 4yz to RCPT",
       [](World& world) {
         world.add_receiver(with(rule(SmtpPosition::rcpt, {says("450 4.2.0 later")})), 10);
         world.add_receiver({}, 20);
       },
       "tls:Veri tls:Veri delivered:2.0.0", "mx2:tls"},
      {"5yz to RCPT is not asked twice",
       [](World& world) {
         world.add_receiver(with(rule(SmtpPosition::rcpt, {says("550 5.1.1 no")})), 10);
         world.add_receiver({}, 20);
       },
       "tls:Veri bounced:5.1.1", ""},
      {"all dead",
       [](World& world) {
         world.add_dead_host(10);
         world.add_dead_host(20);
       },
       thrice("4.4.1"), ""},
  };
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.name) {
      World world(Policy::verify);
      one.build(world);
      world.deliver();
      BOOST_TEST(world.story() == one.story);
      BOOST_TEST(world.copies() == one.copies);
    }
  }
}

BOOST_AUTO_TEST_CASE(names) {
  struct Case {
    std::string name;
    std::function<void(World&)> build;
    std::string story;
  };
  const std::vector<Case> cases = {
      {"null MX",
       [](World& world) { world.dns().add({.name = "to.test", .type = "MX", .data = "0 ."}); },
       "bounced:5.1.10"},
      {"no domain", [](World&) {}, "bounced:5.1.2"},
      {"MX without address",
       [](World& world) {
         world.dns().add({.name = "to.test", .type = "MX", .data = "10 none.to.test."});
       },
       "bounced:5.4.4"},
      {"SERVFAIL",
       [](World& world) {
         world.dns().add(
             dns::Fault{.name = "to.test", .type = "MX", .reply = fakes::DnsReply::servfail});
       },
       thrice("4.4.3")},
      {"SERVFAIL, then well",
       [](World& world) {
         world.add_receiver({});
         world.dns().add(dns::Fault{
             .name = "to.test", .type = "MX", .reply = fakes::DnsReply::servfail, .nth = {1, 1}});
       },
       "deferred:4.4.3 delivered:2.0.0"},
      {"address only",
       [](World& world) {
         world.add_receiver({}, 0);
         world.dns().add({.name = "to.test", .type = "A", .data = "127.0.2.1"});
       },
       "delivered:2.0.0"},
      {"alias",
       [](World& world) {
         world.add_receiver({}, 0);
         world.dns().add({.name = "to.test", .type = "CNAME", .data = "real.test."});
         world.dns().add({.name = "real.test", .type = "MX", .data = "1 mx1.to.test."});
       },
       "delivered:2.0.0"},
      {"an answer too large for UDP",
       [](World& world) {
         world.add_receiver({});
         for (int i = 0; i < 120; ++i) {
           world.dns().add({.name = "to.test",
                            .type = "MX",
                            .data = "60 a-rather-long-name-" + std::to_string(i) + ".to.test."});
         }
       },
       "delivered:2.0.0"},
  };
  for (const Case& one : cases) {
    BOOST_TEST_CONTEXT(one.name) {
      World world(Policy::none);
      one.build(world);
      world.deliver();
      BOOST_TEST(world.story() == one.story);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_sender_is_told) {
  World world(Policy::none);
  world.add_receiver({.rules = {{.id = "no",
                                 .when = {.position = SmtpPosition::rcpt, .argument = "bad"},
                                 .actions = {says("550 5.1.1 no such user")}}}});
  world.deliver({"good@to.test", "bad@to.test", "bad2@nowhere.test"});
  BOOST_TEST(world.copies() == "mx1:clear");
  const auto notifications = world.notifications();
  BOOST_REQUIRE(notifications.size() == 2u);  // one per domain
  std::string all;
  for (const MessageAccepted& one : notifications) {
    BOOST_TEST(one.mail_from == "");
    BOOST_TEST(one.token == "0123abcd");
    all += one.content;
  }
  for (const std::string text : {"Final-Recipient: rfc822;bad@to.test", "Status: 5.1.1",
                                 "Final-Recipient: rfc822;bad2@nowhere.test", "Status: 5.1.2",
                                 "Remote-MTA: dns; mx1.to.test"}) {
    BOOST_TEST(all.find(text) != std::string::npos, text << " is missing");
  }
  BOOST_TEST(all.find("good@to.test") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(silence_is_bounded) {
  for (const Policy policy : {Policy::may, Policy::encrypt}) {
    Timeouts timeouts = World::short_timeouts();
    timeouts.handshake = 100ms;
    World world(policy, {}, timeouts);
    world.add_receiver(with(rule(TlsStage::client_hello, {Hang{}})));
    world.deliver();
    BOOST_TEST(world.copies() == (policy == Policy::may ? "mx1:clear" : ""));
  }
}

BOOST_AUTO_TEST_SUITE_END()
