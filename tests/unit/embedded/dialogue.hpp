// A dialogue with an inbound session: what a client says, and how the answers begin.
#pragma once

#include "harness/servers/embedded/inbound_session.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace smtprig::embedded::test {

inline InboundSession session_of(InboundSettings settings) {
  settings.hostname = "me.test";
  settings.users = {{"user", "secret"}};
  return {std::make_shared<const InboundSettings>(std::move(settings)), "127.0.0.1"};
}

inline InboundSession session_with(Limits limits = {}) {
  return session_of({.limits = limits});
}

// An established session inside TLS, of a client without a certificate unless told otherwise.
inline InboundTls tls_of(Trust trust = Trust::anonymous) {
  return {.version = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384", .trust = trust};
}

struct Line {
  std::string client;
  std::string reply;  // the beginning of the last line of the reply
};

inline std::string last_line(const std::string& bytes) {
  const std::size_t before =
      bytes.size() < 2 ? std::string::npos : bytes.rfind('\n', bytes.size() - 2);
  return before == std::string::npos ? bytes : bytes.substr(before + 1);
}

inline void talk(InboundSession& session, const std::vector<Line>& lines) {
  for (const Line& line : lines) {
    BOOST_TEST_CONTEXT(line.client) {
      const std::string reply = last_line(session.line(line.client, false).bytes);
      BOOST_TEST(reply.substr(0, line.reply.size()) == line.reply);
    }
  }
}

// Feeds content; all of it must be taken.
inline InboundOutput send_content(InboundSession& session, const std::string& bytes) {
  std::size_t used = 0;
  InboundOutput output = session.content(bytes, used);
  BOOST_TEST(used == bytes.size());
  return output;
}

// STARTTLS, and the handshake.
inline void start_tls(InboundSession& session, Trust trust = Trust::anonymous) {
  const InboundOutput output = session.line("STARTTLS", false);
  BOOST_TEST(output.bytes.substr(0, 4) == "220 ");
  BOOST_REQUIRE(output.start_tls);
  session.tls_up(tls_of(trust));
}

// The content of a message that goes through from here: MAIL, RCPT, DATA and the dot.
inline std::string message_through(InboundSession& session) {
  talk(session, {{"MAIL FROM:<a@b.test>", "250"}, {"RCPT TO:<r@to.test>", "250"}, {"DATA", "354"}});
  InboundOutput output = send_content(session, "Subject: x\r\n\r\nbody\r\n.\r\n");
  return output.message ? output.message->content : output.bytes;
}

}  // namespace smtprig::embedded::test
