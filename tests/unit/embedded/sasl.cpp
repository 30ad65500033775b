// Authentication exchanges by mechanism, over the commands that carry them (RFC 4954).
#include "harness/servers/embedded/sasl.hpp"

#include "dialogue.hpp"
#include "fakes/smtp/sasl.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <fmt/format.h>

namespace {

using smtprig::fakes::smtp::from_base64;
using smtprig::fakes::smtp::to_base64;

using namespace smtprig::embedded;
using namespace smtprig::embedded::test;
using namespace std::string_literals;

InboundSession inside_tls() {
  auto session = session_of({.policy = InboundPolicy::may, .service = Service::submissions});
  session.tls_up(tls_of());
  talk(session, {{"EHLO c.test", "250"}});
  return session;
}

std::string said(InboundSession& session, const std::string& line) {
  return session.line(line, false).bytes;
}

std::string hmac_hex(const std::string& key, const std::string& text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_md5(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i)
    hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sasl)

BOOST_AUTO_TEST_CASE(plain) {
  struct Row {
    std::string response;
    std::string reply;
  };
  const Row rows[] = {
      {"\0user\0secret"s, "235 2.7.0"},
      {"user\0user\0secret"s, "235 2.7.0"},
      {"\0user\0wrong"s, "535 5.7.8"},
      {"\0nobody\0secret"s, "535 5.7.8"},
      {"other\0user\0secret"s, "535 5.7.8"},
      {"user\0secret"s, "501 5.5.2"},
      {"\0user\0"s, "501 5.5.2"},
      {"\0\0secret"s, "501 5.5.2"},
      {"\0user\0secret\0"s, "501 5.5.2"},
      {"", "501 5.5.2"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.reply) {
      auto at_once = inside_tls();
      const std::string text = row.response.empty() ? "=" : to_base64(row.response);
      BOOST_TEST(said(at_once, "auth plain " + text).substr(0, 9) == row.reply);
      auto later = inside_tls();
      BOOST_TEST(said(later, "AUTH PLAIN") == "334 \r\n");
      BOOST_TEST(said(later, to_base64(row.response)).substr(0, 9) == row.reply);
      talk(later, {{"NOOP", "250"}});
    }
  }
}

BOOST_AUTO_TEST_CASE(login) {
  for (const bool initial : {false, true}) {
    for (const std::string password : {"secret", "wrong"}) {
      auto session = inside_tls();
      if (initial) {
        BOOST_TEST(said(session, "AUTH LOGIN " + to_base64("user")) == "334 UGFzc3dvcmQ6\r\n");
      } else {
        BOOST_TEST(said(session, "AUTH LOGIN") == "334 VXNlcm5hbWU6\r\n");
        BOOST_TEST(said(session, to_base64("user")) == "334 UGFzc3dvcmQ6\r\n");
      }
      BOOST_TEST(said(session, to_base64(password)).substr(0, 9) ==
                 (password == "secret" ? "235 2.7.0" : "535 5.7.8"));
    }
  }
}

BOOST_AUTO_TEST_CASE(cram_md5) {
  std::string before;
  for (const std::string password : {"secret", "wrong"}) {
    auto session = inside_tls();
    const std::string reply = said(session, "AUTH CRAM-MD5");
    BOOST_REQUIRE(reply.starts_with("334 "));
    const auto challenge = from_base64(reply.substr(4, reply.size() - 6));
    BOOST_REQUIRE(challenge.has_value());
    BOOST_TEST((challenge->starts_with("<") && challenge->ends_with("@me.test>")));
    BOOST_TEST(*challenge != before);
    before = *challenge;
    const std::string response = to_base64("user " + hmac_hex(password, *challenge));
    BOOST_TEST(said(session, response).substr(0, 9) ==
               (password == "secret" ? "235 2.7.0" : "535 5.7.8"));
  }
  auto session = inside_tls();
  BOOST_TEST(said(session, "AUTH CRAM-MD5 dXNlcg==").substr(0, 9) == "501 5.7.0");
  said(session, "AUTH CRAM-MD5");
  BOOST_TEST(said(session, to_base64("user")).substr(0, 9) == "501 5.5.2");
}

BOOST_AUTO_TEST_CASE(xoauth2) {
  auto session = inside_tls();
  BOOST_TEST(said(session, "AUTH XOAUTH2 " + to_base64("user=user\1auth=Bearer wrong\1\1"))
                 .starts_with("334 "));
  BOOST_TEST(said(session, "").substr(0, 9) == "535 5.7.8");
  BOOST_TEST(said(session, "AUTH XOAUTH2 " + to_base64("user=user")).substr(0, 9) == "501 5.5.2");
  BOOST_TEST(said(session, "AUTH XOAUTH2") == "334 \r\n");
  BOOST_TEST(said(session, to_base64("user=user\1auth=Bearer secret\1\1")).substr(0, 9) ==
             "235 2.7.0");
}

BOOST_AUTO_TEST_CASE(cancelled_and_damaged_exchanges_leave_the_session_usable) {
  for (const std::string mechanism : {"PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"}) {
    BOOST_TEST_CONTEXT(mechanism) {
      auto session = inside_tls();
      BOOST_TEST(said(session, "AUTH " + mechanism).starts_with("334 "));
      BOOST_TEST(said(session, "*").substr(0, 9) == "501 5.7.0");
      BOOST_TEST(said(session, "AUTH " + mechanism).starts_with("334 "));
      BOOST_TEST(said(session, "not base64").substr(0, 9) == "501 5.5.2");
      talk(session, {{"AUTH PLAIN " + to_base64("\0user\0secret"s), "235"}});
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
