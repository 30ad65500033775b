// The table of senders: class x policy, as text, each class built in code.
// P accepted in clear, E inside TLS, C inside TLS with the client authenticated, R refused by the
// server, G given up by the sender, B handed on and returned.
#include <boost/test/unit_test.hpp>

#include <map>
#include <sstream>

#include "build.hpp"
#include "harness/judge/inbound.hpp"

namespace smtprig::judge::test {
namespace {

using fakes::CertificateClass;
using fakes::Say;
using fakes::SenderSpec;
using fakes::SenderTls;
using fakes::Service;
using fakes::TlsStage;
using fakes::TlsVersion;
using fakes::Utterance;

// Where the facts have "P or G", the sender's own kind decides which: `b` demands STARTTLS.
// row | none | may | encrypt | require-client-cert
constexpr const char* table = R"(
I1   | P   | P     | R   | R
I2   | P   | E     | E   | R
I3   | G   | E     | E   | R
I4   | P   | E     | E   | C
I4b  | G   | E     | E   | C
I5   | P   | E     | E   | R
I5b  | P   | E     | E   | R
I5c  | P   | E     | E   | C/R
I6   | P   | E     | E   | R
I6b  | G   | E     | E   | R
I7   | P   | E     | E   | C/R
I8   | G   | E     | E   | C
I8b  | G   | E     | E   | R
I9   | P   | E     | E   | C
I10  | P   | E     | E   | C
I11  | P   | E     | E   | C
I12  | P/R | E/R   | E/R | C/R
I13  | P   | E/R   | E/R | C/R
I14  | P   | E     | E   | C
I15  | P   | R     | R   | R
I15b | G   | R     | R   | R
I16  | P   | E     | E   | R
I17  | P   | R     | R   | R
I17b | G   | R     | R   | R
I18  | R/G | R/G   | R/G | R/G
I19  | G   | G     | G   | G
I20  | P   | E     | E   | C
I21  | R   | R     | R   | R
I21b | G   | E     | E   | C
I22  | G   | E     | E   | C
I22b | G   | R     | R   | R
I23  | P/B | E/B   | E/B | C/B
I24  | P/B | E/B   | E/B | C/B
I24b | P   | E     | E   | C
I24c | P/R | P/R   | R   | R
I25  | R/G | R/G   | R/G | R/G
I26  | G   | G     | G   | G
I26b | P/G | E/G   | E/G | C/G
I26c | P   | E     | E   | C
)";

struct Variant {
  std::string name;
  SenderSpec spec;
  model::Content content = {};
};

Utterance says(std::vector<Say> what) {
  Utterance step;
  step.says = std::move(what);
  return step;
}

Utterance bytes(std::string raw, std::vector<Say> what = {}) {
  Utterance step;
  step.raw = std::move(raw);
  step.says = std::move(what);
  return step;
}

SenderSpec shows(CertificateClass certificate, SenderTls starttls = SenderTls::if_offered) {
  SenderSpec spec;
  spec.certificate = certificate;
  spec.starttls = starttls;
  return spec;
}

SenderSpec trusted() {
  return shows(CertificateClass::good);
}

SenderSpec with_steps(std::vector<fakes::SenderStep> steps) {
  SenderSpec spec = trusted();
  spec.steps = std::move(steps);
  return spec;
}

template <class Change>
SenderSpec changed(SenderSpec spec, Change change) {
  change(spec);
  return spec;
}

std::vector<fakes::SenderStep> mail_behind(std::vector<fakes::SenderStep> steps) {
  for (const Say what : {Say::mail, Say::rcpt, Say::data, Say::content, Say::quit})
    steps.emplace_back(says({what}));
  return steps;
}

std::vector<Variant> by_certificate(std::vector<CertificateClass> classes,
                                    SenderTls starttls = SenderTls::if_offered) {
  std::vector<Variant> result;
  for (const CertificateClass what : classes)
    result.push_back({std::to_string(static_cast<int>(what)), shows(what, starttls)});
  return result;
}

std::vector<Variant> with_tls(fakes::TlsSpec tls, SenderTls starttls = SenderTls::if_offered) {
  SenderSpec spec;
  spec.tls = std::move(tls);
  spec.starttls = starttls;
  return {{"", spec}};
}

std::vector<Variant> with_auth(SenderTls starttls, bool good_password, bool in_clear) {
  std::vector<Variant> result;
  using enum fakes::AuthMechanism;
  for (const auto mechanism : {plain, login, cram_md5, xoauth2}) {
    SenderSpec spec = shows(CertificateClass::good, starttls);
    spec.service = Service::submission;
    spec.auth = fakes::AuthSpec{mechanism, good_password, in_clear};
    result.push_back({std::to_string(static_cast<int>(mechanism)), std::move(spec)});
  }
  return result;
}

std::vector<Variant> with_content(std::vector<bool model::Content::*> shapes) {
  std::vector<Variant> result;
  for (const auto shape : shapes) {
    Variant variant{std::to_string(result.size()), trusted()};
    variant.content.*shape = true;
    result.push_back(std::move(variant));
  }
  return result;
}

// Leaves behind the first `count` commands of a transaction.
std::vector<Variant> leaving() {
  std::vector<Variant> result;
  const std::vector<fakes::SenderStep> all = {says({Say::open}), says({Say::mail}),
                                              says({Say::rcpt}), says({Say::data})};
  for (std::size_t count = 0; count <= all.size(); ++count) {
    std::vector<fakes::SenderStep> steps(all.begin(),
                                         all.begin() + static_cast<std::ptrdiff_t>(count));
    steps.emplace_back(fakes::Close{});
    result.push_back({std::to_string(count), with_steps(std::move(steps))});
  }
  return result;
}

SenderSpec breaking_off(TlsStage until, fakes::SenderStep end) {
  Utterance starttls = says({Say::starttls});
  starttls.until = until;
  // On a server without TLS the sender goes no further either.
  return with_steps({says({Say::ehlo}), starttls, std::move(end)});
}

std::map<std::string, std::vector<Variant>> transport_classes() {
  using enum CertificateClass;
  using enum TlsVersion;
  const auto never = changed(SenderSpec{}, [](auto& s) { s.starttls = SenderTls::never; });
  const auto implicit = changed(trusted(), [](auto& s) { s.service = Service::submissions; });
  return {
      {"I1", {{"", never}, {"certificate", shows(CertificateClass::good, SenderTls::never)}}},
      {"I2", {{"", {}}}},
      {"I3", {{"", changed(SenderSpec{}, [](auto& s) { s.starttls = SenderTls::required; })}}},
      {"I4", by_certificate({CertificateClass::good, wrong_host, no_subject, rsa_2048})},
      {"I4b", by_certificate({CertificateClass::good}, SenderTls::required)},
      {"I5", by_certificate({self_signed})},
      {"I5b", by_certificate({untrusted_ca})},
      {"I5c", by_certificate({no_intermediate})},
      {"I6", by_certificate({expired, not_yet_valid})},
      {"I6b", by_certificate({expired}, SenderTls::required)},
      {"I7", by_certificate({wrong_purpose})},
      {"I8", {{"", implicit}}},
      {"I8b", {{"", changed(implicit, [](auto& s) { s.certificate.reset(); })}}},
      {"I9", {{"", shows(CertificateClass::good, SenderTls::unasked)}}},
      {"I15", with_tls({tls1_0, tls1_1})},
      {"I15b", with_tls({tls1_0, tls1_0}, SenderTls::required)},
      {"I16", {with_tls({tls1_2, tls1_2})[0], with_tls({tls1_3, tls1_3})[0]}},
      {"I17", with_tls({tls1_2, tls1_2, "NULL-SHA256"})},
      {"I17b", with_tls({tls1_2, tls1_2, "AECDH-AES128-SHA"}, SenderTls::required)},
      {"I20",
       {{"unknown", changed(trusted(), [](auto& s) { s.server_name = "other.example"; })},
        {"none", changed(trusted(), [](auto& s) { s.server_name = ""; })},
        {"address", changed(trusted(), [](auto& s) { s.server_name = "127.0.0.1"; })}}},
      {"I21", with_auth(SenderTls::never, true, true)},
      {"I21b", with_auth(SenderTls::if_offered, true, false)},
      {"I22", with_auth(SenderTls::required, true, false)},
      {"I22b", with_auth(SenderTls::required, false, false)},
  };
}

std::map<std::string, std::vector<Variant>> session_classes() {
  model::Content false_end;
  false_end.false_end = "\n.\n";
  const auto open = says({Say::open});
  Utterance parameter;
  parameter.lines = {"STARTTLS now"};
  Utterance again;
  again.lines = {"STARTTLS"};
  Utterance dot = says({Say::content});
  dot.replies = 0;
  const auto early = [](SenderSpec& spec) {
    spec.waits_for_greeting = false;
    spec.starttls = SenderTls::never;
  };
  auto unanswered = mail_behind({open});
  unanswered.resize(unanswered.size() - 2);
  unanswered.insert(unanswered.end(), {dot, fakes::Close{}});
  return {
      {"I10", {{"", with_steps(mail_behind({parameter, open}))}}},
      {"I11", {{"", with_steps(mail_behind({open, again}))}}},
      {"I12",
       {{"", with_steps(mail_behind(
                 {says({Say::ehlo}), bytes("STARTTLS\r\nNOOP\r\n", {Say::starttls})}))}}},
      {"I13", {{"", changed(trusted(), [](auto& s) { s.second_ehlo = false; })}}},
      {"I14", {{"", changed(trusted(), [](auto& s) { s.helo_in_tls = "second.test"; })}}},
      {"I18", {{"", with_steps({says({Say::ehlo}), again, bytes("NOOP\r\n"), fakes::Close{}})}}},
      {"I19",
       {{"start", breaking_off(TlsStage::start, fakes::Close{})},
        {"client-hello", breaking_off(TlsStage::client_hello, fakes::Close{})},
        {"server-hello", breaking_off(TlsStage::server_hello, fakes::Close{fakes::CloseHow::rst})},
        {"silent", breaking_off(TlsStage::server_hello, fakes::Hang{})}}},
      {"I23", {{"", trusted(), false_end}}},
      {"I24", with_content({&model::Content::long_line, &model::Content::bare_lf,
                            &model::Content::bare_cr, &model::Content::nul})},
      {"I24b", with_content({&model::Content::eight_bit})},
      {"I24c", {{"", changed(SenderSpec{}, early)}}},
      {"I25", {{"", with_steps({bytes("GET / HTTP/1.1\r\n\r\n"), fakes::Close{}})}}},
      {"I26", leaving()},
      {"I26b", {{"", with_steps(std::move(unanswered))}}},
      {"I26c", {{"", with_steps(mail_behind({open}))}}},
  };
}

model::Cell cell_with(const Variant& variant, model::Policy policy) {
  model::Scenario scenario = one_mx({.starttls = fakes::StartTls::no});
  scenario.senders = {{.name = "sender", .spec = variant.spec, .messages = {"m1"}}};
  scenario.messages.front().content = variant.content;
  return cell_of(std::move(scenario), policy);
}

// In the order "PECRGB".
std::string inbound_codes(const model::Ruling& ruling) {
  std::string letters;
  for (const model::Permitted& each : ruling.permitted) {
    using enum model::Delivery;
    if (each.delivery == rejected) letters += 'R';
    if (each.delivery == deferred) letters += 'G';
    if (each.delivery == bounced) letters += 'B';
    if (each.delivery != delivered) continue;
    letters += each.channel == model::Channel::plaintext   ? 'P'
               : each.channel == model::Channel::encrypted ? 'E'
                                                           : 'C';
  }
  std::string result;
  for (const char code : std::string_view("PECRGB"))
    if (letters.find(code) != letters.npos)
      result += (result.empty() ? "" : "/") + std::string(1, code);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inbound_table)

BOOST_AUTO_TEST_CASE(every_class_under_every_policy) {
  auto classes = transport_classes();
  classes.merge(session_classes());
  std::istringstream in(table);
  std::size_t rows = 0;
  for (std::string row; std::getline(in, row);) {
    if (row.empty()) continue;
    const auto cells = split(row);
    BOOST_REQUIRE(cells.size() == 5);
    const auto found = classes.find(cells.front());
    BOOST_REQUIRE_MESSAGE(found != classes.end(), "no sender for row " + cells.front());
    ++rows;
    for (const Variant& variant : found->second)
      for (std::size_t i = 0; i < model::inbound_policies.size(); ++i)
        BOOST_TEST_CONTEXT("row " << cells.front() << " " << variant.name << ", "
                                  << name(model::inbound_policies[i]))
    BOOST_TEST(inbound_codes(inbound_ruling(cell_with(variant, model::inbound_policies[i]))) ==
               cells[i + 1]);
  }
  BOOST_TEST(rows == classes.size());
}

// The row that is printed is that of the class; a letter of the table alone may stand behind it.
BOOST_AUTO_TEST_CASE(every_class_is_named) {
  auto classes = transport_classes();
  classes.merge(session_classes());
  for (const auto& [id, variants] : classes) {
    if (id == "I16") continue;  // as I2
    const std::string number = id.substr(0, id.find_first_of("bc"));
    for (const Variant& variant : variants)
      BOOST_TEST_CONTEXT(id << " " << variant.name) {
        const std::string row = "; " + inbound_ruling(cell_with(variant, model::Policy::may)).row +
                                "; " + inbound_ruling(cell_with(variant, model::Policy::none)).row;
        const bool named =
            row.find("; " + id + " ") != row.npos || row.find("; " + number + " ") != row.npos;
        BOOST_TEST(named, row);
      }
  }
}

BOOST_AUTO_TEST_CASE(ordinary_content_changes_nothing) {
  for (const Variant& variant : with_content({&model::Content::dots, &model::Content::mime}))
    BOOST_TEST(inbound_codes(inbound_ruling(cell_with(variant, model::Policy::may))) == "E");
}

// A message that is not brought because of what came before it.
BOOST_AUTO_TEST_CASE(messages_of_one_connection_share_its_fate) {
  const auto ruled = [](SenderSpec spec, model::Policy policy) {
    model::Scenario scenario = one_mx({.starttls = fakes::StartTls::no});
    scenario.messages = {{.id = "m1"}, {.id = "m2"}};
    scenario.senders = {{.name = "sender", .spec = std::move(spec), .messages = {"m1", "m2"}}};
    return inbound_ruling(cell_of(std::move(scenario), policy));
  };
  BOOST_TEST(texts(ruled({}, model::Policy::may)) == "delivered encrypted");
  BOOST_TEST(texts(ruled({}, model::Policy::require_client_cert)) == "rejected");
  SenderSpec required;
  required.starttls = SenderTls::required;
  BOOST_TEST(texts(ruled(required, model::Policy::none)) == "deferred");
  // Each has its own set where they differ.
  std::vector<fakes::SenderStep> steps = mail_behind({says({Say::open})});
  steps.pop_back();
  steps.emplace_back(fakes::Close{});
  BOOST_TEST(texts(ruled(with_steps(steps), model::Policy::may)) ==
             "m1 delivered encrypted, m2 deferred");
}

BOOST_AUTO_TEST_CASE(a_twin_that_certifies_itself_is_refused) {
  const auto ruled = [](model::Policy policy) {
    model::Cell cell = cell_with({"", trusted()}, policy);
    cell.attacker = model::Attacker::impostor_self_signed;
    return inbound_codes(inbound_ruling(cell));
  };
  BOOST_TEST(ruled(model::Policy::require_client_cert) == "R");
  BOOST_TEST(ruled(model::Policy::encrypt) == "E");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
