// Sessions that the server resumes as a client, or does not: one message that is deferred inside
// TLS, so that it is brought by several connections.
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "world.hpp"

namespace {

using namespace smtprig;
using namespace smtprig::fakes;
using embedded::test::World;
using model::Policy;

ReceiverSpec receiver(Tickets tickets, TlsVersion version) {
  ReceiverSpec spec;
  spec.tls.min = spec.tls.max = version;
  spec.tls.tickets = tickets;
  Reply later;
  later.lines = {"451 4.3.0 later"};
  spec.rules.push_back(
      {.id = "later",
       .when = {.position = SmtpPosition::mail, .phase = Phase::post_tls, .connection = {1, 2}},
       .actions = {later}});
  return spec;
}

// By connection to the receiver: "full", "resumed" or "failed", with "offered" where the client
// brought a session back.
std::string handshakes(const World& world) {
  std::string text;
  for (const Event& event : world.journal().events()) {
    if (event.who != "mx1") continue;
    const char* word = nullptr;
    if (const auto* hello = std::get_if<ClientHelloSeen>(&event.body))
      word = hello->session ? "offered:" : "";
    if (const auto* tls = std::get_if<TlsEstablished>(&event.body))
      word = tls->resumed ? "resumed " : "full ";
    if (std::holds_alternative<TlsFailed>(event.body)) word = "failed ";
    if (word) text += word;
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resumption)

BOOST_AUTO_TEST_CASE(by_what_the_receiver_makes_of_tickets) {
  struct Row {
    const char* name;
    Tickets tickets;
    const char* handshakes;
    const char* copies;
  };
  const Row rows[] = {
      {"none", Tickets::none, "full full full ", "mx1:tls"},
      {"resumed", Tickets::resumed, "full offered:resumed offered:resumed ", "mx1:tls"},
      {"ignored", Tickets::ignored, "full offered:full offered:full ", "mx1:tls"},
      // At once, and without the session.
      {"refused", Tickets::refused, "full offered:failed full ", "mx1:tls"},
  };
  for (const Row& row : rows) {
    for (const TlsVersion version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
      BOOST_TEST_CONTEXT(row.name << ", version " << static_cast<int>(version)) {
        World world(Policy::verify);
        ReceiverSpec spec = receiver(row.tickets, version);
        // The refused handshake is the second connection.
        if (row.tickets == Tickets::refused) spec.rules.front().when.connection = {1, 1};
        world.add_receiver(spec);
        world.deliver();
        BOOST_TEST(handshakes(world) == row.handshakes);
        BOOST_TEST(world.copies() == row.copies);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_bad_certificate_stays_bad) {
  for (const TlsVersion version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
    World world(Policy::verify);
    ReceiverSpec spec = receiver(Tickets::resumed, version);
    spec.certificate = CertificateClass::expired;
    world.add_receiver(spec);
    world.deliver();
    BOOST_TEST(handshakes(world) == "full offered:resumed offered:resumed ");
    BOOST_TEST(world.copies() == "");
  }
}

BOOST_AUTO_TEST_SUITE_END()
