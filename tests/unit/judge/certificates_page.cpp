// docs/certificates.md is what catalogue and oracle say. SMTPRIG_APPROVE=1 writes it anew.
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "build.hpp"
#include "harness/judge/oracle_rules.hpp"

namespace smtprig::judge::test {
namespace {

constexpr const char* head = R"(# Certificates: badssl for SMTP

What a receiver of the rig can show with `certificate="..."`, and what may become of mail to it when
it is the only MX. The page is generated from the catalogue that the authority, the judge and the
scenario reader share; `openssl verify` is asked about each class in `tests/session/tls_foreign`.

| | |
|:-:|---|
| P | delivered in plaintext |
| E | delivered encrypted |
| A | delivered encrypted, the receiver proved who it is |
| D | deferred |

Several letters: all of them conform. Under `none` every class is P, as no certificate is seen. Each
certificate has key, names and chain of a good one (P-256, the host and DOMAIN, its mail domain, all
certificates below the root) but for what is said.

| class | on the wire | may | encrypt | fingerprint | verify | secure | why |
|---|---|:-:|:-:|:-:|:-:|:-:|---|
)";

// One that depends on the host's name has a row for each.
struct Case {
  fakes::CertificateClass what;
  std::string host;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const auto& entry : fakes::certificate_catalogue()) {
    all.push_back({entry.what, "mx"});
    if (entry.what == fakes::CertificateClass::wildcard) all.push_back({entry.what, "a.mx"});
  }
  return all;
}

constexpr const char* several = R"(
## Several certificates, and OCSP responses

A receiver can have a second certificate with a key of another kind (`second-certificate=`), show
others by connection and by the server name that the client sends (`<show>`), and staple an OCSP
response (`staple=`). The responses and the CRL, `crl.pem` in the folder of a server's run, are
signed by the issuer; `openssl ocsp` and `openssl verify -crl_check` read them in
`tests/session/tls_foreign`. The journal says whether a client asked for a response, which key was
shown, and whether a response was stapled.

| receiver | may | encrypt | fingerprint | verify | secure | why |
|---|:-:|:-:|:-:|:-:|:-:|---|
)";

struct Receiver {
  const char* written;
  fakes::ReceiverSpec spec;
};

std::vector<Receiver> receivers_of_several() {
  using enum fakes::CertificateClass;
  using fakes::ServerName;
  using fakes::Staple;
  fakes::ReceiverSpec fallback{.certificate = self_signed};
  fallback.certificates = {{good, {}, ServerName::own}};
  fakes::ReceiverSpec renewed;
  renewed.certificates = {{expired, {1, 1}}};
  return {
      {"staple=\"good\"", {.staple = Staple::good}},
      {"staple=\"revoked\"", {.staple = Staple::revoked}},
      {"staple=\"expired\"", {.staple = Staple::expired}},
      {"staple=\"unsolicited\"", {.staple = Staple::unsolicited}},
      {"certificate=\"must-staple\" staple=\"good\"",
       {.certificate = must_staple, .staple = Staple::good}},
      {"second-certificate=\"rsa-2048\"", {.second_certificate = rsa_2048}},
      {"certificate=\"expired\" second-certificate=\"rsa-2048\"",
       {.certificate = expired, .second_certificate = rsa_2048}},
      {"certificate=\"self-signed\"`, `<show certificate=\"good\" server-name=\"own\"/>", fallback},
      {"<show certificate=\"expired\" connection=\"1\"/>", renewed},
  };
}

std::string line_of(const Receiver& each) {
  std::ostringstream line;
  line << "| `" << each.written << "` |";
  for (const auto policy : {model::Policy::may, model::Policy::encrypt, model::Policy::fingerprint,
                            model::Policy::verify, model::Policy::secure})
    line << ' ' << codes(ruling(cell_of(one_mx(each.spec), policy))) << " |";
  const auto why = ruling(cell_of(one_mx(each.spec), model::Policy::verify));
  line << ' ' << why.row << ": " << why.clause << " |\n";
  return line.str();
}

std::string line_of(const Case& each) {
  const auto& entry = fakes::entry_of(each.what);
  model::Scenario scenario = one_mx({.certificate = each.what});
  scenario.hosts.front().name = scenario.mx.front().target = each.host;
  std::ostringstream line;
  line << "| `" << entry.word << "`" << (each.host == "mx" ? "" : ", the MX being " + each.host)
       << " | " << entry.doc << " |";
  for (const auto policy : {model::Policy::may, model::Policy::encrypt, model::Policy::fingerprint,
                            model::Policy::verify, model::Policy::secure})
    line << ' ' << codes(ruling(cell_of(scenario, policy))) << " |";
  const auto facts = certificate_facts(each.what, model::Attacker::none, each.host);
  const Row& row = certificate_row(facts);
  line << ' ' << row.id << ": " << row.clause << " |\n";
  return line.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_page_of_certificates) {
  std::string page = head;
  for (const Case& each : cases())
    page += line_of(each);
  page += several;
  for (const Receiver& each : receivers_of_several())
    page += line_of(each);
  const std::string path = std::string(SMTPRIG_SOURCE_DIR) + "/docs/certificates.md";
  if (std::getenv("SMTPRIG_APPROVE") != nullptr) std::ofstream(path) << page;
  std::ifstream in(path);
  std::ostringstream kept;
  kept << in.rdbuf();
  BOOST_TEST(kept.str() == page,
             "docs/certificates.md is not what the code says; SMTPRIG_APPROVE=1 test_judge writes "
             "it anew");
}

}  // namespace smtprig::judge::test
