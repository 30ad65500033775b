// Relays of the embedded server: the two files that name them, and the client's side of AUTH.
#include "harness/servers/embedded/relay_table.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "fakes/smtp/sasl.hpp"

using namespace smtprig::embedded;
using smtprig::fakes::AuthMechanism;
using smtprig::fakes::Service;
using smtprig::fakes::smtp::to_base64;

BOOST_AUTO_TEST_SUITE(relay)

namespace {

const Login tim{"tim", "a secret"};

std::string error_of(const boost::system::result<void, ConfigError>& added) {
  return added ? "" : added.error().message;
}

}  // namespace

BOOST_AUTO_TEST_CASE(tables) {
  RelayTable table;
  BOOST_TEST(error_of(table.add_lines("# none\nA.test submissions Relay.test:465\n"
                                      "b.test lmtp box.test:24\n")) == "");
  BOOST_TEST(error_of(table.add_logins("relay.test:465 tim:a  secret : here\n")) == "");
  BOOST_TEST(table.size() == 2u);
  const RelayEntry* const entry = table.find("a.TEST");
  BOOST_REQUIRE(entry);
  BOOST_TEST((entry->service == Service::submissions));
  BOOST_TEST(entry->host == "relay.test");
  BOOST_TEST(entry->port == 465);
  BOOST_TEST((entry->tls_first() && !entry->lmtp()));
  BOOST_REQUIRE(entry->login);
  BOOST_TEST(entry->login->user == "tim");
  BOOST_TEST(entry->login->password == "a secret : here");
  BOOST_TEST((table.find("b.test")->lmtp() && !table.find("b.test")->login));
  BOOST_TEST(!table.find("c.test"));
}

BOOST_AUTO_TEST_CASE(errors) {
  const std::pair<const char*, const char*> relays[] = {
      {"a.test smtp", "line 1: expected: domain service host:port"},
      {"\na.test esmtp r:25",
       "line 2: unknown service \"esmtp\" (smtp, submission, submissions, lmtp)"},
      {"a.test smtp r", "line 1: \"r\" is not a host and port (mx.test:25)"},
      {"a.test smtp :25", "line 1: \":25\" is not a host and port (mx.test:25)"},
      {"a.test smtp r.:25", "line 1: \"r.:25\" is not a host and port (mx.test:25)"},
      {"a.test smtp r:0", "line 1: \"r:0\" is not a host and port (mx.test:25)"},
      {"a.test smtp r:65536", "line 1: \"r:65536\" is not a host and port (mx.test:25)"},
      {"a.test smtp r:25\nA.test lmtp r:24", "line 2: domain a.test has two relays"},
  };
  for (const auto& [text, expected] : relays)
    BOOST_TEST(error_of(RelayTable().add_lines(text)) == expected);
  const std::pair<const char*, const char*> logins[] = {
      {"r:25", "line 1: expected: host:port user:password"},
      {"r:25 tim", "line 1: expected: host:port user:password"},
      {"r:25 :x", "line 1: expected: host:port user:password"},
      {"r:25 tim:", "line 1: expected: host:port user:password"},
      {"s:25 tim:x", "line 1: no relay is at s:25"},
      {"r:25 tim:x\nr:25 tim:y", "line 2: r:25 has two logins"},
  };
  for (const auto& [text, expected] : logins) {
    RelayTable table;
    BOOST_TEST(error_of(table.add_lines("a.test smtp r:25")) == "");
    BOOST_TEST(error_of(table.add_logins(text)) == expected);
  }
}

BOOST_AUTO_TEST_CASE(mechanisms) {
  using enum AuthMechanism;
  const struct {
    std::vector<AuthMechanism> offered;
    bool may_tell;
    const char* command;  // empty: none is left
  } rows[] = {
      {{login, plain}, true, "AUTH PLAIN AHRpbQBhIHNlY3JldA==\r\n"},
      {{cram_md5, login}, true, "AUTH LOGIN\r\n"},
      {{cram_md5, plain}, false, "AUTH CRAM-MD5\r\n"},
      {{plain, login}, false, ""},
      {{xoauth2}, true, ""},
      {{}, true, ""},
  };
  for (const auto& row : rows) {
    const auto client = AuthClient::choose({"tim", "a secret"}, row.offered, row.may_tell);
    BOOST_TEST((client ? client->command() : "") == row.command);
  }
}

BOOST_AUTO_TEST_CASE(responses) {
  auto by_login = *AuthClient::choose(tim, {AuthMechanism::login}, true);
  BOOST_TEST(by_login.respond("VXNlcm5hbWU6") == to_base64("tim") + "\r\n");
  BOOST_TEST(by_login.respond("anything") == to_base64("a secret") + "\r\n");
  BOOST_TEST(by_login.respond("more") == "*\r\n");
  // RFC 2195 2 has this exchange.
  auto by_digest =
      *AuthClient::choose({"tim", "tanstaaftanstaaf"}, {AuthMechanism::cram_md5}, false);
  BOOST_TEST(by_digest.respond("PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+") ==
             "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw\r\n");
  auto garbage = *AuthClient::choose(tim, {AuthMechanism::cram_md5}, false);
  BOOST_TEST(garbage.respond("!!!") == "*\r\n");
  auto plain = *AuthClient::choose(tim, {AuthMechanism::plain}, true);
  BOOST_TEST(plain.respond("") == "*\r\n");
}

BOOST_AUTO_TEST_SUITE_END()
