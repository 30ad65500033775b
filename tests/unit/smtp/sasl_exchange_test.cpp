// SASL exchanges of the rig's account: what each mechanism takes and refuses, and base64.
#include "fakes/smtp/sasl_exchange.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "fakes/smtp/sasl.hpp"

using namespace smtprig;
using Mechanism = fakes::AuthMechanism;
using fakes::smtp::SaslExchange;
using Kind = SaslExchange::Step::Kind;
using namespace std::string_literals;

namespace {

const char* const user = "tim";
const char* const password = "tanstaaftanstaaf";

struct Row {
  const char* name;
  Mechanism mechanism;
  std::vector<std::string> responses;  // the first one is initial; empty: none
  Kind kind;
  std::string text;
};

SaslExchange::Step played(const Row& row) {
  SaslExchange exchange(row.mechanism, user, password, "1896.697170952");
  auto step = exchange.begin(row.responses.front());
  for (std::size_t index = 1; index < row.responses.size(); ++index) {
    BOOST_TEST((step.kind == Kind::challenge));
    step = exchange.next(row.responses[index]);
  }
  return step;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sasl_exchange)

BOOST_AUTO_TEST_CASE(mechanisms) {
  const std::string good = "user=tim\1auth=Bearer tanstaaftanstaaf\1\1";
  // HMAC-MD5 of "<1896.697170952@smtprig>", by another implementation.
  const std::string digest = "25cba511c6b1a7652cec2ba76e103291";
  const std::string error =
      R"({"status":"401","schemes":"bearer","scope":"https://mail.google.com/"})";
  const Row rows[] = {
      {"plain", Mechanism::plain, {"\0tim\0tanstaaftanstaaf"s}, Kind::accepted, "tim"},
      {"plain later", Mechanism::plain, {"", "\0tim\0tanstaaftanstaaf"s}, Kind::accepted, "tim"},
      {"plain asks", Mechanism::plain, {""}, Kind::challenge, ""},
      {"plain as oneself",
       Mechanism::plain,
       {"tim\0tim\0tanstaaftanstaaf"s},
       Kind::accepted,
       "tim"},
      {"plain as another", Mechanism::plain, {"bob\0tim\0tanstaaftanstaaf"s}, Kind::refused, "tim"},
      {"plain wrong password", Mechanism::plain, {"\0tim\0x"s}, Kind::refused, "tim"},
      {"plain wrong user", Mechanism::plain, {"\0bob\0tanstaaftanstaaf"s}, Kind::refused, "bob"},
      {"plain nothing", Mechanism::plain, {"", ""}, Kind::refused, ""},
      {"plain one NUL", Mechanism::plain, {"tim\0tanstaaftanstaaf"s}, Kind::refused, ""},
      {"plain three NULs", Mechanism::plain, {"\0tim\0tanstaaftanstaaf\0"s}, Kind::refused, ""},
      {"login asks", Mechanism::login, {""}, Kind::challenge, "Username:"},
      {"login asks again", Mechanism::login, {"", "tim"}, Kind::challenge, "Password:"},
      {"login", Mechanism::login, {"", "tim", "tanstaaftanstaaf"}, Kind::accepted, "tim"},
      {"login short", Mechanism::login, {"tim", "tanstaaftanstaaf"}, Kind::accepted, "tim"},
      {"login wrong", Mechanism::login, {"tim", "x"}, Kind::refused, "tim"},
      {"login nobody", Mechanism::login, {"", "", ""}, Kind::refused, ""},
      {"cram", Mechanism::cram_md5, {"", "tim " + digest}, Kind::accepted, "tim"},
      {"cram asks", Mechanism::cram_md5, {"early"}, Kind::challenge, "<1896.697170952@smtprig>"},
      {"cram upper case",
       Mechanism::cram_md5,
       {"", "tim 25CBA511C6B1A7652CEC2BA76E103291"},
       Kind::refused,
       "tim"},
      {"cram another user", Mechanism::cram_md5, {"", "bob " + digest}, Kind::refused, "bob"},
      {"cram no digest", Mechanism::cram_md5, {"", "tim "}, Kind::refused, "tim"},
      {"cram no space", Mechanism::cram_md5, {"", digest}, Kind::refused, ""},
      {"xoauth2", Mechanism::xoauth2, {good}, Kind::accepted, "tim"},
      {"xoauth2 later", Mechanism::xoauth2, {"", good}, Kind::accepted, "tim"},
      {"xoauth2 explains",
       Mechanism::xoauth2,
       {"user=tim\1auth=Bearer x\1\1"},
       Kind::challenge,
       error},
      {"xoauth2 wrong",
       Mechanism::xoauth2,
       {"user=tim\1auth=Bearer x\1\1", ""},
       Kind::refused,
       "tim"},
      {"xoauth2 no second try",
       Mechanism::xoauth2,
       {"user=tim\1auth=Bearer x\1\1", good},
       Kind::refused,
       "tim"},
      {"xoauth2 wrong user",
       Mechanism::xoauth2,
       {"user=bob\1auth=Bearer tanstaaftanstaaf\1\1", ""},
       Kind::refused,
       "bob"},
      {"xoauth2 cut",
       Mechanism::xoauth2,
       {"user=tim\1auth=Bearer tanstaaftanstaaf\1", ""},
       Kind::refused,
       "tim"},
      {"xoauth2 garbage", Mechanism::xoauth2, {"garbage"}, Kind::refused, ""},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const auto step = played(row);
      BOOST_TEST((step.kind == row.kind));
      BOOST_TEST(step.text == row.text);
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_follows_a_decision) {
  SaslExchange exchange(Mechanism::plain, user, password, "1");
  BOOST_TEST((exchange.begin("\0tim\0x"s).kind == Kind::refused));
  BOOST_TEST((exchange.next("\0tim\0tanstaaftanstaaf"s).kind == Kind::refused));
}

BOOST_AUTO_TEST_CASE(names) {
  for (const Mechanism mechanism : fakes::smtp::auth_mechanisms)
    BOOST_TEST((fakes::smtp::auth_mechanism_named(fakes::name(mechanism)) == mechanism));
  BOOST_TEST((fakes::smtp::auth_mechanism_named("cram-md5") == Mechanism::cram_md5));
  for (const char* unknown : {"", "PLAI", "PLAINS", "SCRAM-SHA-256"})
    BOOST_TEST(!fakes::smtp::auth_mechanism_named(unknown));
}

BOOST_AUTO_TEST_SUITE_END()
