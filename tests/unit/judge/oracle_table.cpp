// The table of channel and certificate: receiver class x policy, as text, each class built in code.
// P plaintext, E encrypted, A authenticated, D deferred, B bounced; P* is P or D.
#include <boost/test/unit_test.hpp>

#include <functional>
#include <map>
#include <sstream>

#include "build.hpp"
#include "harness/judge/oracle.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::CertificateClass;
using fakes::SmtpPosition;
using fakes::TlsStage;
using fakes::TlsVersion;

// row | none | may | encrypt | fingerprint | verify | secure
constexpr const char* table = R"(
1   | P | P    | D   | D   | D   | D
1b  | P | P    | D   | D   | D   | D
2   | P | E    | E   | A   | A   | A
2b  | B | E    | E   | A   | A   | A
3   | P | E    | E   | A   | D   | D
4   | P | E    | E   | A   | D   | D
5   | P | E    | E   | A   | D   | D
6   | P | E    | E   | A   | D   | D
6b  | P | E    | E   | A   | D   | A
6c  | P | E    | E   | A   | A   | A
6c' | P | E    | E   | A   | A   | D
6d  | P | E    | E   | A   | D   | A
7   | P | E    | E   | A   | D   | D
8   | P | E    | E   | A   | A/D | A/D
9   | P | E    | E   | A   | A/D | A/D
9b  | P | E    | E   | A   | D   | D
16  | P | P*   | D   | D   | D   | D
16b | P | P*   | D/B | D/B | D/B | D/B
17  | P | P    | D   | D   | D   | D
18  | P | P*   | D   | D   | D   | D
18b | P | P*   | D   | D   | D   | D
18c | P | E/P* | E/D | A/D | A/D | A/D
19  | P | E/P* | E/D | A/D | A/D | A/D
19b | P | E    | E   | A   | A   | A
19c | P | E/P* | E/D | A/D | A/D | A/D
19d | P | E/P* | E/D | D   | D   | D
)";

struct Variant {
  std::string name;
  fakes::ReceiverSpec receiver;
  std::function<void(CertificateFacts&)> certificate = {};
};

Variant certificate(CertificateClass what) {
  return {"", {.certificate = what}};
}
Variant rule(const std::string& name, fakes::Rule rule) {
  return {name, {.rules = {rule}}};
}
Variant facts(std::function<void(CertificateFacts&)> change) {
  return {"", {}, change};
}
Variant versions(const std::string& name, TlsVersion min, TlsVersion max) {
  return {name, {.tls = {min, max}}};
}

std::vector<Variant> starttls_refusals(const std::vector<std::string>& replies) {
  std::vector<Variant> result;
  for (const std::string& reply : replies)
    result.push_back(rule(reply, on(SmtpPosition::starttls, {line(reply)})));
  return result;
}

std::vector<Variant> handshake_failures() {
  std::vector<Variant> result;
  for (const TlsStage stage : {TlsStage::start, TlsStage::client_hello, TlsStage::server_hello}) {
    result.push_back(rule("close", on(stage, {fakes::Close{}})));
    result.push_back(rule("rst", on(stage, {fakes::Close{fakes::CloseHow::rst}})));
    result.push_back(rule("hang", on(stage, {fakes::Hang{}})));
    result.push_back(rule("alert", on(stage, {fakes::Alert{}})));
    result.push_back(rule("garbage", on(stage, {raw("not TLS\r\n")})));
  }
  const fakes::Action go = line("220 go");
  result.push_back(rule("220, close", on(SmtpPosition::starttls, {go, fakes::Close{}})));
  result.push_back(rule("close", on(SmtpPosition::starttls, {fakes::Close{}})));
  result.push_back(rule("hang", on(SmtpPosition::starttls, {fakes::Hang{}})));
  return result;
}

std::vector<Variant> failures_after_tls() {
  std::vector<Variant> result;
  result.push_back(rule("close", on(TlsStage::finished, {fakes::Close{}})));
  result.push_back(rule("hang", on(TlsStage::finished, {fakes::Hang{}})));
  const auto post_tls = [](SmtpPosition position, fakes::Action action) {
    fakes::Rule made = on(position, {std::move(action)});
    made.when.phase = fakes::Phase::post_tls;
    return made;
  };
  result.push_back(rule("EHLO 421", post_tls(SmtpPosition::ehlo, line("421 4.3.0 no"))));
  result.push_back(rule("EHLO close", post_tls(SmtpPosition::ehlo, fakes::Close{})));
  result.push_back(rule("MAIL 451", post_tls(SmtpPosition::mail, line("451 4.3.0 no"))));
  result.push_back(rule("RCPT close", post_tls(SmtpPosition::rcpt, fakes::Close{})));
  result.push_back(rule("dot close", post_tls(SmtpPosition::end_of_data, fakes::Close{})));
  return result;
}

std::map<std::string, std::vector<Variant>> receivers() {
  using enum TlsVersion;
  const auto no_starttls = on(SmtpPosition::ehlo, {line("250 mx")});
  return {
      {"1", {{"", {.starttls = fakes::StartTls::no}}}},
      {"1b",
       {rule("500", on(SmtpPosition::ehlo, {line("500 5.5.1 what?")})),
        rule("502", on(SmtpPosition::ehlo, {line("502 5.5.1 no")}))}},
      {"2", {certificate(CertificateClass::good)}},
      {"2b", {{"", {.require_tls = true}}}},
      {"3", {certificate(CertificateClass::self_signed)}},
      {"4", {certificate(CertificateClass::expired)}},
      {"5", {certificate(CertificateClass::not_yet_valid)}},
      {"6", {certificate(CertificateClass::wrong_host)}},
      {"6b", {facts([](CertificateFacts& c) { c.names_host = Truth::no; })}},
      {"6c", {facts([](CertificateFacts&) {})}},
      {"6c'", {facts([](CertificateFacts& c) { c.names_next_hop = Truth::no; })}},
      {"6d", {facts([](CertificateFacts& c) { c.names_host = Truth::no; })}},
      {"7", {certificate(CertificateClass::untrusted_ca)}},
      {"8", {certificate(CertificateClass::no_intermediate)}},
      {"9", {certificate(CertificateClass::revoked)}},
      {"9b", {facts([](CertificateFacts& c) { c.for_servers = false; })}},
      {"16", starttls_refusals({"454 4.7.0 later", "421 4.3.2 later"})},
      {"16b", starttls_refusals({"501 5.5.4 no", "502 5.5.1 no", "554 5.7.0 no"})},
      {"17", {rule("stripped", no_starttls), {"", {.starttls = fakes::StartTls::no}}}},
      {"18", handshake_failures()},
      {"18b", failures_after_tls()},
      {"18c",
       {rule("injected",
             on(SmtpPosition::starttls, {raw("220 go\r\n250-mx\r\n250 AUTH PLAIN\r\n")})),
        rule("second reply", on(SmtpPosition::starttls, {line("220 go"), line("250 mx")}))}},
      {"19", {versions("1.0", tls1_0, tls1_0), versions("1.1", tls1_0, tls1_1)}},
      {"19b", {versions("1.2", tls1_2, tls1_2), versions("1.0-1.2", tls1_0, tls1_2)}},
      {"19c", {versions("1.3", tls1_3, tls1_3)}},
      {"19d", {facts([](CertificateFacts& c) { c.presented = false; })}},
  };
}

model::Ruling ruling_for(const Variant& variant, model::Policy policy) {
  Facts facts = facts_of(cell_of(one_mx(variant.receiver), policy));
  if (variant.certificate) variant.certificate(facts.hosts.front().certificate);
  return ruling_of(facts, policy);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(oracle_table)

BOOST_AUTO_TEST_CASE(every_class_under_every_policy) {
  const auto classes = receivers();
  std::istringstream in(table);
  std::size_t rows = 0;
  for (std::string row; std::getline(in, row);) {
    if (row.empty()) continue;
    const auto cells = split(row);
    BOOST_REQUIRE(cells.size() == 7);
    const auto found = classes.find(cells.front());
    BOOST_REQUIRE_MESSAGE(found != classes.end(), "no receiver for row " + cells.front());
    ++rows;
    for (const Variant& variant : found->second)
      BOOST_TEST_CONTEXT("row " << cells.front() << " " << variant.name) {
        // Without TLSA records, and without DNSSEC.
        BOOST_TEST(codes(ruling_for(variant, model::Policy::dane)) == expanded(cells[2]));
        BOOST_TEST(codes(ruling_for(variant, model::Policy::dane_only)) == "D");
      }
    for (const Variant& variant : found->second)
      for (std::size_t i = 0; i < 6; ++i)
        BOOST_TEST_CONTEXT("row " << cells.front() << " " << variant.name << ", "
                                  << name(model::policies[i]))
    BOOST_TEST(codes(ruling_for(variant, model::policies[i])) == expanded(cells[i + 1]));
  }
  BOOST_TEST(rows == classes.size());
}

BOOST_AUTO_TEST_CASE(a_fingerprint_of_another_certificate_is_refused) {
  Variant other = facts([](CertificateFacts& c) { c.pinned = false; });
  BOOST_TEST(codes(ruling_for(other, model::Policy::fingerprint)) == "D");
  BOOST_TEST(codes(ruling_for(other, model::Policy::verify)) == "A");
}

BOOST_AUTO_TEST_CASE(impostors_are_refused_by_who_authenticates) {
  using enum model::Policy;
  for (const auto attacker :
       {model::Attacker::impostor_self_signed, model::Attacker::impostor_other_name}) {
    for (const model::Policy policy : {fingerprint, verify, secure})
      BOOST_TEST(codes(ruling(cell_of(one_mx(), policy, attacker))) == "D");
    BOOST_TEST(codes(ruling(cell_of(one_mx(), may, attacker))) == "E");
    BOOST_TEST(codes(ruling(cell_of(one_mx(), encrypt, attacker))) == "E");
    BOOST_TEST(codes(ruling(cell_of(one_mx(), none, attacker))) == "P");
  }
}

BOOST_AUTO_TEST_CASE(a_policy_of_the_other_direction_is_a_programmers_error) {
  BOOST_CHECK_THROW(ruling(cell_of(one_mx(), model::Policy::require_client_cert)),
                    std::logic_error);
}

// Which row decides, with its clause and what it would break.
BOOST_AUTO_TEST_CASE(rows_clauses_and_causes) {
  using enum model::Policy;
  const auto expired = ruling_for(certificate(CertificateClass::expired), verify);
  BOOST_TEST(expired.row == "2.4 expired certificate");
  BOOST_TEST(expired.clause == "RFC 5280 6.1.3 (a)(2); RFC 7435 4");
  BOOST_TEST((expired.force == model::Force::meaning));
  BOOST_TEST((expired.causes.front() == model::Cause::certificate_expired));
  const auto delivered = ruling_for(certificate(CertificateClass::expired), may);
  BOOST_TEST(delivered.row == "2.4 expired certificate");
  BOOST_TEST(delivered.causes.empty());
  BOOST_TEST(ruling_for(certificate(CertificateClass::good), none).row ==
             "2.0 policy never uses TLS");
  BOOST_TEST(ruling_for(certificate(CertificateClass::good), may).row ==
             "2.2 STARTTLS and certificate good");
  const auto refused = ruling_for(starttls_refusals({"454 4.7.0 later"}).front(), encrypt);
  BOOST_TEST(refused.row == "2.16 STARTTLS refused for now");
  BOOST_TEST((refused.force == model::Force::should));
  BOOST_TEST(refused.notes.size() == 1);  // a bounce in place of the deferral
  BOOST_TEST(ruling_for(certificate(CertificateClass::good), encrypt).notes.empty());
}

BOOST_AUTO_TEST_CASE(each_certificate_has_its_row) {
  const struct {
    const char* id;
    std::function<void(CertificateFacts&)> change;
  } rows[] = {
      {"2.2", [](CertificateFacts&) {}},
      {"2.3", [](CertificateFacts& c) { c.self_signed = true, c.trusted = Truth::no; }},
      {"2.4", [](CertificateFacts& c) { c.expired = true; }},
      {"2.5", [](CertificateFacts& c) { c.not_yet_valid = true; }},
      {"2.6", [](CertificateFacts& c) { c.names_host = Truth::no, c.names_next_hop = Truth::no; }},
      {"2.6b", [](CertificateFacts& c) { c.names_host = Truth::no; }},
      {"2.6c", [](CertificateFacts& c) { c.names_next_hop = Truth::no; }},
      {"2.7", [](CertificateFacts& c) { c.trusted = Truth::no; }},
      {"2.8", [](CertificateFacts& c) { c.trusted = Truth::maybe; }},
      {"2.9b", [](CertificateFacts& c) { c.for_servers = false; }},
      {"2.19d", [](CertificateFacts& c) { c.presented = false; }},
  };
  for (const auto& row : rows) {
    CertificateFacts certificate;
    row.change(certificate);
    BOOST_TEST(certificate_row(certificate).id == row.id);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
