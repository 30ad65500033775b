// TLSA record sets: which records are usable, where they are looked for, what a lookup means.
#include "harness/servers/embedded/tlsa.hpp"

#include "fakes/tls/certificate.hpp"
#include "fakes/tls/tlsa.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace smtprig;
using namespace smtprig::embedded;
using Names = std::vector<std::string>;
using Kind = DaneFinding::Kind;
using Status = TlsaLookup::Status;

std::string rdata(int usage, int selector, int matching, const std::string& data) {
  return std::string{static_cast<char>(usage), static_cast<char>(selector),
                     static_cast<char>(matching)} +
         data;
}

const std::string sha256(32, 'a');
const std::string sha512(64, 'b');

}  // namespace

BOOST_AUTO_TEST_SUITE(tlsa)

// RFC 6698 4.1, RFC 7671 4 and 9, RFC 7672 3.1.3.
BOOST_AUTO_TEST_CASE(usable) {
  fakes::tls::Authority authority;
  const auto identity =
      authority.issue(fakes::CertificateClass::good, {"mx.rcpt.test", "rcpt.test"});
  const X509* leaf = identity->chain.front().get();
  const std::string certificate = fakes::tls::tlsa_data({3, 0, 0}, leaf);
  const std::string key = fakes::tls::tlsa_data({3, 1, 0}, leaf);
  struct Row {
    std::string name;
    std::string bytes;
    std::string unusable = {};  // why
  };
  const std::vector<Row> rows = {
      {"3 1 1", rdata(3, 1, 1, sha256)},
      {"3 0 1", rdata(3, 0, 1, sha256)},
      {"2 0 1", rdata(2, 0, 1, sha256)},
      {"2 1 1", rdata(2, 1, 1, sha256)},
      {"3 1 2", rdata(3, 1, 2, sha512)},
      {"2 0 2", rdata(2, 0, 2, sha512)},
      {"3 0 0", rdata(3, 0, 0, certificate)},
      {"2 0 0", rdata(2, 0, 0, certificate)},
      {"3 1 0", rdata(3, 1, 0, key)},
      {"2 1 0", rdata(2, 1, 0, key)},
      {"0 0 1", rdata(0, 0, 1, sha256), "usage 0"},
      {"1 1 1", rdata(1, 1, 1, sha256), "usage 1"},
      {"4 1 1", rdata(4, 1, 1, sha256), "usage 4"},
      {"private usage", rdata(255, 1, 1, sha256), "usage 255"},
      {"3 2 1", rdata(3, 2, 1, sha256), "selector 2"},
      {"private selector", rdata(3, 255, 1, sha256), "selector 255"},
      {"3 1 3", rdata(3, 1, 3, sha256), "matching type 3"},
      {"private matching type", rdata(3, 1, 255, sha256), "matching type 255"},
      {"nothing", "", "0 bytes in all"},
      {"one byte", "\x03", "1 bytes in all"},
      {"two bytes", "\x03\x01", "2 bytes in all"},
      {"no data", rdata(3, 1, 1, ""), "3 bytes in all"},
      {"no full data", rdata(3, 1, 0, ""), "3 bytes in all"},
      {"SHA-256 too short", rdata(3, 1, 1, sha256.substr(1)), "a digest of 31 bytes"},
      {"SHA-256 too long", rdata(3, 1, 1, sha256 + "a"), "a digest of 33 bytes"},
      {"SHA-512 under 1", rdata(3, 1, 1, sha512), "a digest of 64 bytes"},
      {"SHA-256 under 2", rdata(3, 1, 2, sha256), "a digest of 32 bytes"},
      {"no certificate", rdata(3, 0, 0, sha256), "data that is no DER"},
      {"no key", rdata(2, 1, 0, sha256), "data that is no DER"},
      {"a key for a certificate", rdata(2, 0, 0, key), "data that is no DER"},
      {"a certificate for a key", rdata(2, 1, 0, certificate), "data that is no DER"},
      {"a certificate cut short", rdata(2, 0, 0, certificate.substr(0, certificate.size() - 1)),
       "data that is no DER"},
      {"bytes behind a certificate", rdata(2, 0, 0, certificate + "x"), "data that is no DER"},
      {"bytes behind a key", rdata(3, 1, 0, key + "x"), "data that is no DER"},
  };
  std::vector<std::string> all;
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const TlsaSet set = tlsa_set_from({row.bytes});
      BOOST_TEST(set.usable.size() == (row.unusable.empty() ? 1u : 0u));
      BOOST_TEST(set.unusable == (row.unusable.empty() ? Names{} : Names{row.unusable}));
      if (!set.usable.empty()) BOOST_TEST(set.usable[0].data == row.bytes.substr(3));
    }
    all.push_back(row.bytes);
  }
  const TlsaSet set = tlsa_set_from(all);
  BOOST_TEST(set.usable.size() == 10u);
  BOOST_TEST(set.unusable.size() == rows.size() - 10);
}

BOOST_AUTO_TEST_CASE(bounded) {
  BOOST_TEST(tlsa_set_from(std::vector<std::string>(1'000, rdata(3, 1, 1, sha256))).usable.size() ==
             tlsa_records_max);
}

BOOST_AUTO_TEST_CASE(in_words) {
  BOOST_TEST(text(TlsaRecord{3, 1, 1, std::string("\x1f\x85\x00\xff", 4)}) == "3 1 1 1F8500FF");
}

// RFC 7672 2.2.2, 2.2.3.
BOOST_AUTO_TEST_CASE(base_domains) {
  struct Row {
    std::string name;
    HostSecurity security;
    Names domains;
  };
  const std::vector<Row> rows = {
      {"secure", {"mx.a.test", "mx.a.test", true}, {"mx.a.test"}},
      {"insecure", {"mx.a.test", "mx.a.test", false}, {}},
      {"another spelling is no alias", {"MX.a.test", "mx.a.test.", true}, {"mx.a.test"}},
      {"secure alias", {"mx.a.test", "mx.b.test", true}, {"mx.b.test", "mx.a.test"}},
      {"insecure behind a secure alias", {"mx.a.test", "mx.b.test", false, true}, {"mx.a.test"}},
      {"insecure alias", {"mx.a.test", "mx.b.test", false, false}, {}},
      {"no alias, whatever a CNAME query said", {"mx.a.test", "mx.a.test", false, true}, {}},
  };
  for (const Row& row : rows)
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(tlsa_base_domains(row.security) == row.domains);
    }
  BOOST_TEST(tlsa_name("MX.a.test.", 25) == "_25._tcp.mx.a.test");
  BOOST_TEST(tlsa_name("mx.a.test", 2525) == "_2525._tcp.mx.a.test");
}

// RFC 7672 2.1.1, 2.1.2, 2.2.
BOOST_AUTO_TEST_CASE(findings) {
  const std::string good = rdata(3, 1, 1, sha256);
  const std::string bad = rdata(3, 9, 1, sha256);
  struct Row {
    std::string name;
    TlsaLookup lookup;
    std::optional<Kind> kind;  // none: the next candidate
    std::string reason = {};
  };
  const std::vector<Row> rows = {
      {"usable", {Status::found, true, {good}}, Kind::usable},
      {"usable among unusable", {Status::found, true, {bad, good}}, Kind::usable},
      {"all unusable",
       {Status::found, true, {bad, bad}},
       Kind::unusable,
       "no TLSA record of mx.a.test is usable: selector 9"},
      {"insecure", {Status::found, false, {good}}, std::nullopt},
      {"insecure and unusable", {Status::found, false, {bad}}, std::nullopt},
      {"secure denial", {Status::denied, true, {}}, std::nullopt},
      {"insecure denial", {Status::denied, false, {}}, std::nullopt},
      {"found nothing", {Status::found, true, {}}, std::nullopt},
      {"error",
       {Status::failed, false, {}, "SERVFAIL"},
       Kind::failed,
       "TLSA of mx.a.test: SERVFAIL"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const auto finding = dane_finding("MX.a.test.", row.lookup);
      BOOST_REQUIRE(finding.has_value() == row.kind.has_value());
      if (!finding) continue;
      BOOST_TEST((finding->kind == *row.kind));
      BOOST_TEST(finding->base_domain == "mx.a.test");
      BOOST_TEST(finding->reason == row.reason);
    }
  }
}

// RFC 7672 3.2.2, with its example.
BOOST_AUTO_TEST_CASE(reference_names) {
  using Via = DaneRoute::Via;
  const std::string hop = "exchange.example.org";
  struct Row {
    std::string base;
    DaneRoute route;
    Names names;
  };
  const std::vector<Row> rows = {
      {"mx10.example.com",
       {Via::secure_mx, hop, "example.com"},
       {"mx10.example.com", hop, "example.com"}},
      {"mxbackup.example.net",
       {Via::secure_mx, hop, "example.com"},
       {"mxbackup.example.net", hop, "example.com"}},
      {"mx.example.com", {Via::secure_mx, "Example.com.", ""}, {"mx.example.com", "example.com"}},
      {"example.com", {Via::secure_mx, "example.com", "example.com"}, {"example.com"}},
      {"mx.example.com", {Via::insecure_mx, "example.com", ""}, {"mx.example.com"}},
      {"example.com", {Via::no_mx, "example.com", ""}, {"example.com"}},
      {"example.com", {Via::no_mx, hop, "example.com"}, {"example.com", hop}},
      {hop, {Via::no_mx, hop, "example.com"}, {hop}},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.base << " for " << row.route.next_hop) {
      BOOST_TEST(dane_names(row.base, row.route) == row.names, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
