// RFC 8689 in the embedded server: how a message is tagged, what a host must show for it, and what
// its sender is told.
#include "dialogue.hpp"
#include "harness/servers/embedded/attempt.hpp"
#include "harness/servers/embedded/delivery.hpp"
#include "harness/servers/embedded/dsn.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace smtprig::embedded;
using namespace smtprig::embedded::test;
using smtprig::model::Policy;

Message message_with(const std::string& header, bool requiretls = false) {
  Message message{.id = "E1", .sender = "a@from.test", .requiretls = requiretls};
  message.recipients.push_back({.address = "r@to.test"});
  message.content = header + "Subject: x\r\n\r\nTLS-Required: No\r\n";
  return message;
}

MessageTls wish(const std::string& header, bool requiretls = false) {
  return wish_of(message_with(header, requiretls), {});
}

// A session inside TLS with a peer that offers these.
class Peer {
 public:
  explicit Peer(const CertificateCheck& check, const std::vector<std::string>& keywords)
      : delivery_({.hostname = "me.test",
                   .policy = Policy::verify,
                   .message = &message_,
                   .recipients = {0},
                   .requiretls = true},
                  {}) {
    delivery_.start();
    answer(220, {"mx"});
    if (answer(250, {"mx", "STARTTLS"}).bytes != "STARTTLS\r\n") return;
    answer(220, {"go"});
    last = delivery_.tls_up(check);
    if (last.kind == Action::Kind::finish) return;
    auto lines = keywords;
    lines.insert(lines.begin(), "mx");
    last = answer(250, lines);
  }

  Action answer(int code, std::vector<std::string> lines) {
    ServerReply reply;
    reply.code = code;
    reply.lines = std::move(lines);
    return delivery_.reply(reply);
  }
  std::string status() const { return delivery_.result().recipients.front().failure.status; }
  Fate fate() const { return delivery_.result().recipients.front().fate; }

  Action last;

 private:
  Message message_ = message_with("", true);
  Delivery delivery_;
};

const CertificateCheck verified{.trust = Trust::verified, .satisfied = true};

}  // namespace

BOOST_AUTO_TEST_SUITE(requiretls)

BOOST_AUTO_TEST_CASE(tags) {
  BOOST_TEST((wish("") == MessageTls::as_policy));
  BOOST_TEST((wish("", true) == MessageTls::required));
  BOOST_TEST((wish("TLS-Required: No\r\n") == MessageTls::optional));
  BOOST_TEST((wish("tls-required:no\r\n") == MessageTls::optional));
  BOOST_TEST((wish("TLS-Required:\r\n No\r\n") == MessageTls::optional));
  BOOST_TEST((wish("TLS-Required: Yes\r\n") == MessageTls::as_policy));
  BOOST_TEST((wish("X-TLS-Required: No\r\n") == MessageTls::as_policy));
  BOOST_TEST((wish("TLS-Required: No\r\nTLS-Required: No\r\n") == MessageTls::as_policy));
  // RFC 8689 4.1: the parameter of MAIL counts more.
  BOOST_TEST((wish("TLS-Required: No\r\n", true) == MessageTls::required));
  // RFC 8689 4.2.1: a notification is not held back.
  Message notification = message_with("", true);
  notification.sender.clear();
  BOOST_TEST((wish_of(notification, {}) == MessageTls::as_policy));
}

BOOST_AUTO_TEST_CASE(a_host_that_offers_it) {
  Peer peer(verified, {"REQUIRETLS"});
  BOOST_TEST(peer.last.bytes == "MAIL FROM:<a@from.test> REQUIRETLS\r\n");
}

BOOST_AUTO_TEST_CASE(a_host_that_does_not) {
  Peer peer(verified, {"DSN"});
  BOOST_TEST((peer.fate() == Fate::refused));
  BOOST_TEST(peer.status() == "5.7.30");
}

BOOST_AUTO_TEST_CASE(a_host_that_proves_nothing) {
  Peer peer({.trust = Trust::untrusted, .cause = "certificate-not-trusted"}, {"REQUIRETLS"});
  BOOST_TEST((peer.fate() == Fate::refused));
  BOOST_TEST(peer.status() == "5.7.10");
}

BOOST_AUTO_TEST_CASE(taken_inside_tls_alone) {
  InboundSession session = session_of({.policy = InboundPolicy::may});
  talk(session, {{"EHLO c", "250"}, {"MAIL FROM:<a@b.test> REQUIRETLS", "555"}});
  start_tls(session);
  BOOST_TEST(session.line("EHLO c", false).bytes.find("REQUIRETLS\r\n") != std::string::npos);
  talk(session,
       {{"MAIL FROM:<a@b.test> REQUIRETLS=1", "501"}, {"MAIL FROM:<a@b.test> REQUIRETLS", "250"}});
}

BOOST_AUTO_TEST_CASE(reports_return_the_header_alone) {
  Message message = message_with("", true);
  message.returned = "FULL";
  const auto dsn = make_dsn(message, {{.recipient = 0, .status = "5.7.30"}}, "me.test", {});
  BOOST_REQUIRE(dsn.has_value());
  BOOST_TEST(dsn->requiretls);
  BOOST_TEST(dsn->content.find("text/rfc822-headers") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
