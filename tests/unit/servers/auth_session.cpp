// The Dovecot authentication protocol, server's side: transcripts, broken clients, limits.
#include "harness/servers/auth_session.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include <fmt/format.h>

#include "fakes/smtp/sasl.hpp"

using namespace smtprig;
using fakes::smtp::to_base64;
using servers::AuthSession;
using namespace std::string_literals;

namespace {

const model::Account account{"tim", "secret"};
const std::string hello = "VERSION\t1\t1\nCPID\t42\n";
const std::string good = to_base64("\0tim\0secret"s);
const std::string bad = to_base64("\0tim\0guess"s);

// What one connection says after the handshake.
std::string answer(const std::string& text) {
  AuthSession session(account, 1);
  BOOST_TEST(session.take(hello) == "");
  return session.take(text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(auth_session)

BOOST_AUTO_TEST_CASE(greeting) {
  const AuthSession session(account, 10);
  BOOST_TEST(session.greeting() ==
             "VERSION\t1\t1\n"
             "MECH\tPLAIN\tplaintext\n"
             "MECH\tLOGIN\tplaintext\n"
             "MECH\tCRAM-MD5\tdictionary\tactive\n"
             "MECH\tXOAUTH2\n"
             "SPID\t1\nCUID\t10\nCOOKIE\t0000000000000000000000000000000a\nDONE\n");
}

BOOST_AUTO_TEST_CASE(answers) {
  struct Row {
    const char* name;
    std::string text;
    std::string expected;
  };
  const std::string ask = "AUTH\t7\tPLAIN\tservice=smtp\tnologin\tlip=::1\trip=::1\tsecured";
  const Row rows[] = {
      {"good", ask + "\tresp=" + good + "\n", "OK\t7\tuser=tim\n"},
      {"bad", ask + "\tresp=" + bad + "\n", "FAIL\t7\tuser=tim\n"},
      {"no response", ask + "\n", "CONT\t7\t\n"},
      {"empty response", ask + "\tresp=\n", "CONT\t7\t\n"},
      {"continued", ask + "\nCONT\t7\t" + good + "\n", "CONT\t7\t\nOK\t7\tuser=tim\n"},
      {"case of the mechanism", "AUTH\t1\tplain\tresp=" + good + "\n", "OK\t1\tuser=tim\n"},
      {"login", "AUTH\t1\tLOGIN\nCONT\t1\tdGlt\nCONT\t1\tc2VjcmV0\n",
       "CONT\t1\tVXNlcm5hbWU6\nCONT\t1\tUGFzc3dvcmQ6\nOK\t1\tuser=tim\n"},
      {"cram", "AUTH\t1\tCRAM-MD5\nAUTH\t2\tCRAM-MD5\n",
       "CONT\t1\t" + to_base64("<1.1@smtprig>") + "\nCONT\t2\t" + to_base64("<1.2@smtprig>") +
           "\n"},
      {"two at once",
       "AUTH\t1\tLOGIN\tresp=dGlt\nAUTH\t2\tLOGIN\tresp=Ym9i\nCONT\t2\teA==\n"
       "CONT\t1\tc2VjcmV0\n",
       "CONT\t1\tUGFzc3dvcmQ6\nCONT\t2\tUGFzc3dvcmQ6\nFAIL\t2\tuser=bob\nOK\t1\tuser=tim\n"},
      {"unknown mechanism", "AUTH\t1\tSCRAM-SHA-1\tresp=\n",
       "FAIL\t1\treason=Unsupported authentication mechanism\n"},
      {"no mechanism", "AUTH\t1\n", "FAIL\t1\treason=Unsupported authentication mechanism\n"},
      {"not base64", "AUTH\t1\tPLAIN\tresp=!\n",
       "FAIL\t1\treason=Invalid base64 data in initial response\n"},
      {"not base64 later", "AUTH\t1\tPLAIN\nCONT\t1\t!\nCONT\t1\t" + good + "\n",
       "CONT\t1\t\nFAIL\t1\treason=Invalid base64 data in continued response\n"
       "FAIL\t1\treason=No such request\n"},
      {"continues nothing", "CONT\t3\t" + good + "\n", "FAIL\t3\treason=No such request\n"},
      {"cancelled", "AUTH\t1\tPLAIN\nCANCEL\t1\nCONT\t1\t" + good + "\n",
       "CONT\t1\t\nFAIL\t1\treason=No such request\n"},
      {"id again", "AUTH\t1\tPLAIN\tresp=" + bad + "\nAUTH\t1\tPLAIN\tresp=" + good + "\n",
       "FAIL\t1\tuser=tim\nOK\t1\tuser=tim\n"},
      {"unknown commands", "SERVICE\tSMTP\n\nXYZ\n\t\nNOOP", ""},
      {"a name with escapes", "AUTH\t1\tPLAIN\tresp=" + to_base64("\0a\tuser=b\0x"s) + "\n",
       "FAIL\t1\n"},
      {"a long name",
       "AUTH\t1\tPLAIN\tresp=" + to_base64("\0"s + std::string(300, 'a') + "\0x"s) + "\n",
       "FAIL\t1\n"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(answer(row.text) == row.expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_segmentation_says_the_same) {
  const std::string text = hello + "AUTH\t1\tLOGIN\nCONT\t1\tdGlt\nCONT\t1\tc2VjcmV0\n";
  AuthSession whole(account, 1), bytewise(account, 1);
  std::string answers;
  for (const char c : text)
    answers += bytewise.take({&c, 1});
  BOOST_TEST(answers == whole.take(text));
}

BOOST_AUTO_TEST_CASE(broken_clients_are_disconnected) {
  const std::pair<const char*, std::string> rows[] = {
      {"no handshake", "AUTH\t1\tPLAIN\n"},
      {"continues before the handshake", "CONT\t1\tAAAA\n"},
      {"another major version", "VERSION\t2\t0\nAUTH\t1\tPLAIN\n"},
      {"no version", "VERSION\n"},
      {"no id", hello + "AUTH\t\tPLAIN\n"},
      {"strange id", hello + "AUTH\t1x\tPLAIN\n"},
      {"long id", hello + "AUTH\t12345678901\tPLAIN\n"},
      {"no id to continue", hello + "CONT\n"},
      {"long line", hello + std::string(16'385, 'a')},
      {"long line that ends", hello + std::string(16'385, 'a') + "\n"},
  };
  for (const auto& [name, text] : rows) {
    BOOST_TEST_CONTEXT(name) {
      AuthSession session(account, 1);
      BOOST_TEST(session.take(text) == "");
      BOOST_TEST(session.over());
      BOOST_TEST(session.take(hello + "AUTH\t5\tPLAIN\n") == "");
    }
  }
  AuthSession session(account, 1);
  BOOST_TEST(session.take(hello + "AUTH\t1\tPLAIN\nAUTH\t1\tPLAIN\n") == "CONT\t1\t\n");
  BOOST_TEST(session.over());
}

BOOST_AUTO_TEST_CASE(the_oldest_of_many_requests_is_forgotten) {
  AuthSession session(account, 1);
  session.take(hello);
  for (int id = 1; id <= 17; ++id)
    BOOST_TEST(session.take(fmt::format("AUTH\t{}\tPLAIN\n", id)) ==
               fmt::format("CONT\t{}\t\n", id));
  BOOST_TEST(session.take("CONT\t1\t" + good + "\n") == "FAIL\t1\treason=No such request\n");
  BOOST_TEST(session.take("CONT\t2\t" + good + "\n") == "OK\t2\tuser=tim\n");
}

BOOST_AUTO_TEST_SUITE_END()
