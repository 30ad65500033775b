// What a listener's policy and service permit: before TLS, inside it, with a client certificate and
// without; STARTTLS and what it makes forgotten.
#include "dialogue.hpp"

#include <algorithm>

namespace {

using namespace smtprig::embedded;
using namespace smtprig::embedded::test;

constexpr auto none = InboundPolicy::none;
constexpr auto may = InboundPolicy::may;
constexpr auto encrypt = InboundPolicy::encrypt;
constexpr auto require = InboundPolicy::require_client_cert;

bool offers(InboundSession& session, const std::string& keyword) {
  const std::string reply = session.line("EHLO c.test", false).bytes;
  return reply.find("250-" + keyword) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(security)

BOOST_AUTO_TEST_CASE(what_is_offered) {
  struct Row {
    InboundPolicy policy;
    Service service;
    bool starttls;
    bool auth;  // inside TLS
  };
  const std::vector<Row> rows = {
      {none, Service::smtp, false, false},          {may, Service::smtp, true, false},
      {encrypt, Service::smtp, true, false},        {require, Service::smtp, true, false},
      {none, Service::submission, false, false},    {may, Service::submission, true, true},
      {encrypt, Service::submission, true, true},   {may, Service::submissions, false, true},
      {encrypt, Service::submissions, false, true},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(name(row.policy) << " " << name(row.service)) {
      auto session = session_of({.policy = row.policy, .service = row.service});
      BOOST_TEST(session.begins_with_tls() == (row.service == Service::submissions));
      if (session.begins_with_tls()) {
        session.tls_up(tls_of());
      } else {
        BOOST_TEST(offers(session, "STARTTLS\r\n") == row.starttls);
        BOOST_TEST(!offers(session, "AUTH"));
        if (!row.starttls) continue;
        start_tls(session, Trust::trusted);
      }
      BOOST_TEST(!offers(session, "STARTTLS"));
      BOOST_TEST(offers(session, "AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2\r\n") == row.auth);
    }
  }
}

// RFC 3207 4: "every command other than NOOP, EHLO, STARTTLS, or QUIT"
BOOST_AUTO_TEST_CASE(before_tls_little_is_permitted) {
  for (const InboundPolicy policy : {encrypt, require}) {
    auto session = session_of({.policy = policy, .service = Service::submission});
    talk(session, {{"MAIL FROM:<a@b.test>", "530 5.7.0"},
                   {"HELO c.test", "530 5.7.0"},
                   {"EHLO c.test", "250"},
                   {"NOOP", "250"},
                   {"MAIL FROM:<a@b.test>", "530 5.7.0"},
                   {"RCPT TO:<r@to.test>", "530 5.7.0"},
                   {"DATA", "530 5.7.0"},
                   {"RSET", "530 5.7.0"},
                   {"VRFY x", "530 5.7.0"},
                   {"AUTH PLAIN", "530 5.7.0"},
                   {"WHAT", "530 5.7.0"},
                   {"QUIT", "221"}});
  }
  auto open = session_of({.policy = may});
  talk(open, {{"HELO c.test", "250"}, {"MAIL FROM:<a@b.test>", "250"}});
}

// RFC 3207 4.1: "every SMTP command from the client (other than a QUIT command)"
BOOST_AUTO_TEST_CASE(without_the_certificate_nothing_is_permitted) {
  for (const Service service : {Service::smtp, Service::submissions}) {
    for (const Trust trust : {Trust::anonymous, Trust::untrusted, Trust::trusted}) {
      BOOST_TEST_CONTEXT(name(service) << ", " << name(trust)) {
        auto session = session_of({.policy = require, .service = service});
        if (service == Service::smtp) {
          start_tls(session, trust);
        } else {
          session.tls_up(tls_of(trust));
        }
        if (trust == Trust::trusted) {
          talk(session, {{"EHLO c.test", "250"}});
          BOOST_TEST(message_through(session).find("client certificate verified)") !=
                     std::string::npos);
          continue;
        }
        talk(session, {{"EHLO c.test", "554 5.7.0"},
                       {"HELO c.test", "554 5.7.0"},
                       {"MAIL FROM:<a@b.test>", "554 5.7.0"},
                       {"NOOP", "554 5.7.0"},
                       {"STARTTLS", "554 5.7.0"},
                       {"AUTH PLAIN", "554 5.7.0"},
                       {"QUIT", "221"}});
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(starttls_out_of_place) {
  auto session = session_of({.policy = may});
  talk(session, {{"EHLO c.test", "250"}, {"STARTTLS now", "501 5.5.4"}, {"NOOP", "250"}});
  BOOST_TEST(!session.line("STARTTLS now", false).start_tls);
  start_tls(session);
  talk(session, {{"STARTTLS", "503 5.5.1"},
                 {"STARTTLS now", "503 5.5.1"},
                 {"EHLO c.test", "250"},
                 {"STARTTLS", "503 5.5.1"},
                 {"NOOP", "250"}});
  BOOST_TEST(!session.line("STARTTLS", false).start_tls);
}

// RFC 3207 4.2: "The server MUST discard any knowledge obtained from the client".
BOOST_AUTO_TEST_CASE(what_came_before_tls_is_forgotten) {
  auto session = session_of({.policy = may});
  talk(session, {{"EHLO before.test", "250"},
                 {"MAIL FROM:<a@b.test>", "250"},
                 {"RCPT TO:<r@to.test>", "250"}});
  start_tls(session);
  talk(session, {{"RCPT TO:<r@to.test>", "503 5.5.1"},
                 {"DATA", "503 5.5.1"},
                 {"MAIL FROM:<a@b.test>", "503 5.5.1"},  // no EHLO yet
                 {"EHLO after.test", "250"}});
  const std::string content = message_through(session);
  BOOST_TEST(
      content.starts_with("Received: from after.test ([127.0.0.1])\r\n"
                          "\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384, no client "
                          "certificate)\r\n\tby me.test with ESMTPS;\r\n"));
  BOOST_TEST(content.find("before.test") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(certificates_that_are_none_are_refused_at_the_start) {
  BOOST_CHECK_THROW(ServerContexts("nonsense", nullptr, {}), std::runtime_error);
  ServerContexts none_at_all("", nullptr, {});
  BOOST_TEST(!none_at_all.of(may));
}

// RFC 3848, RFC 6531 4.3
BOOST_AUTO_TEST_CASE(protocols_in_the_received_field) {
  struct Row {
    bool tls;
    bool auth;
    std::string hello;
    std::string parameter;
    std::string protocol;
  };
  const std::vector<Row> rows = {
      {false, false, "HELO", "", "SMTP"},
      {false, false, "EHLO", "", "ESMTP"},
      {false, false, "EHLO", " SMTPUTF8", "UTF8SMTP"},
      {true, false, "HELO", "", "SMTP"},
      {true, false, "EHLO", "", "ESMTPS"},
      {true, false, "EHLO", " SMTPUTF8", "UTF8SMTPS"},
      {true, true, "EHLO", "", "ESMTPSA"},
      {true, true, "EHLO", " SMTPUTF8", "UTF8SMTPSA"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.protocol) {
      auto session = session_of({.policy = may, .service = Service::submission});
      if (row.tls) start_tls(session);
      talk(session, {{row.hello + " c.test", "250"}});
      if (row.auth) talk(session, {{"AUTH PLAIN AHVzZXIAc2VjcmV0", "235 2.7.0"}});
      talk(session, {{"MAIL FROM:<a@b.test>" + row.parameter, "250"},
                     {"RCPT TO:<r@to.test>", "250"},
                     {"DATA", "354"}});
      const InboundOutput output = send_content(session, "x\r\n.\r\n");
      BOOST_REQUIRE(output.message.has_value());
      BOOST_TEST(output.message->content.find("by me.test with " + row.protocol + ";") !=
                 std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(auth_out_of_place) {
  auto in_clear = session_of({.policy = may, .service = Service::submission});
  talk(in_clear, {{"EHLO c.test", "250"},
                  {"AUTH PLAIN AHVzZXIAc2VjcmV0", "538 5.7.11"},
                  {"MAIL FROM:<a@b.test> AUTH=<>", "555 5.5.4"}});
  auto without_tls = session_of({.policy = none, .service = Service::submission});
  talk(without_tls, {{"EHLO c.test", "250"}, {"AUTH PLAIN AHVzZXIAc2VjcmV0", "502 5.5.1"}});
  auto elsewhere = session_of({.policy = may, .service = Service::smtp});
  start_tls(elsewhere);
  talk(elsewhere, {{"EHLO c.test", "250"}, {"AUTH PLAIN AHVzZXIAc2VjcmV0", "502 5.5.1"}});

  auto session = session_of({.policy = may, .service = Service::submissions});
  session.tls_up(tls_of());
  talk(session, {{"AUTH PLAIN", "503 5.5.1"},
                 {"EHLO c.test", "250"},
                 {"MAIL FROM:<a@b.test> AUTH=<>", "250"},
                 {"AUTH PLAIN", "503 5.5.1"},
                 {"RSET", "250"},
                 {"AUTH", "504 5.5.4"},
                 {"AUTH NTLM", "504 5.5.4"},
                 {"AUTH PLAIN !", "501 5.5.2"},
                 {"AUTH PLAIN AHVzZXIAc2VjcmV0", "235 2.7.0"},
                 {"AUTH PLAIN AHVzZXIAc2VjcmV0", "503 5.5.1"}});
}

BOOST_AUTO_TEST_CASE(lines_and_their_lengths) {
  auto session = session_of({.policy = may, .service = Service::submissions});
  session.tls_up(tls_of());
  talk(session, {{"EHLO c.test", "250"}});
  BOOST_TEST(session.line_bytes_max() == 4'096u);
  talk(session, {{"AUTH PLAIN", "334 \r\n"}});
  BOOST_TEST(session.line_bytes_max() > 12'288u);  // RFC 4954 4
  talk(session, {{"*", "501 5.7.0"}});
  BOOST_TEST(session.line_bytes_max() == 4'096u);
  talk(session, {{"AUTH PLAIN", "334 "}});
  BOOST_TEST(session.line("AHVzZXIAc2VjcmV0", true).bytes.substr(0, 3) == "500");  // no CRLF
  talk(session, {{"NOOP", "250"}});
}

BOOST_AUTO_TEST_SUITE_END()
