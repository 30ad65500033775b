// Chains of the authority against TLSA records of their own certificates: every usage, selector and
// matching type, names, dates, chains without their anchor, digest agility, key rollover.
#include "harness/servers/embedded/dane.hpp"

#include "fakes/tls/certificate.hpp"
#include "fakes/tls/engine.hpp"
#include "fakes/tls/tlsa.hpp"

#include <openssl/x509v3.h>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace smtprig;
using namespace smtprig::embedded;
using enum fakes::CertificateClass;
using fakes::CertificateClass;
using fakes::tls::TlsaParameters;
using Identity = std::shared_ptr<const fakes::tls::Identity>;

constexpr auto mismatch = "certificate-host-mismatch";
constexpr auto expired_cause = "certificate-expired";
constexpr auto untrusted = "certificate-not-trusted";

std::vector<X509*> sent(const Identity& identity) {
  std::vector<X509*> chain;
  for (const auto& certificate : identity->chain)
    chain.push_back(certificate.get());
  return chain;
}

std::string wrong(std::string rdata) {
  rdata.back() ^= 1;
  return rdata;
}

struct DaneWorld {
  fakes::tls::Authority authority;
  fakes::tls::Names names{"mx.rcpt.test", "rcpt.test"};
  DaneVerifier verifier;

  Identity issue(CertificateClass what) { return authority.issue(what, names); }

  // The record of the certificate at that place of the chain.
  static std::string record(TlsaParameters parameters, const Identity& identity,
                            std::size_t place = 0) {
    return fakes::tls::tlsa_rdata(parameters, identity->chain.at(place).get());
  }
  // Of the trusted root, which is not sent with the others.
  std::string of_root(TlsaParameters parameters) {
    const Identity with_root = issue(root_included);
    return record(parameters, with_root, with_root->chain.size() - 1);
  }

  DaneCheck check(const std::vector<X509*>& chain, const std::vector<std::string>& records,
                  std::vector<std::string> reference = {"mx.rcpt.test"},
                  std::chrono::hours later = std::chrono::hours(0)) {
    DaneDemand demand;
    demand.records = tlsa_set_from(records).usable;
    BOOST_TEST(demand.records.size() == records.size());
    demand.names = std::move(reference);
    demand.now = std::chrono::system_clock::now() + later;
    return verifier.check(chain, demand);
  }
  // Empty: satisfied.
  std::string cause(const Identity& identity, const std::vector<std::string>& records,
                    std::vector<std::string> reference = {"mx.rcpt.test"},
                    std::chrono::hours later = std::chrono::hours(0)) {
    const DaneCheck result = check(sent(identity), records, std::move(reference), later);
    BOOST_TEST(result.certificate.satisfied == result.certificate.cause.empty());
    BOOST_TEST(result.certificate.satisfied == result.matched.has_value());
    BOOST_TEST(result.certificate.satisfied == result.certificate.reason.empty());
    BOOST_TEST((result.certificate.trust ==
                (result.certificate.satisfied ? Trust::verified : Trust::untrusted)));
    return result.certificate.cause;
  }
};

const std::vector<std::pair<std::uint8_t, std::uint8_t>> forms = {{0, 0}, {0, 1}, {0, 2},
                                                                  {1, 0}, {1, 1}, {1, 2}};

}  // namespace

BOOST_AUTO_TEST_SUITE(dane)

BOOST_AUTO_TEST_CASE(every_form_matches_and_tells_which) {
  DaneWorld world;
  const Identity identity = world.issue(good);
  const Identity other = world.authority.issue_impostor(good, world.names);
  for (const auto& [selector, matching] : forms) {
    BOOST_TEST_CONTEXT(int(selector) << " " << int(matching)) {
      const std::string ee = world.record({3, selector, matching}, identity);
      const std::string ta = world.record({2, selector, matching}, identity, 1);
      BOOST_TEST(world.cause(identity, {ee}) == "");
      BOOST_TEST(world.cause(identity, {ta}) == "");
      BOOST_TEST(world.cause(other, {ee}) == mismatch);
      BOOST_TEST(world.cause(other, {ta}) == "");
      const DaneCheck result = world.check(sent(identity), {ee});
      BOOST_TEST((result.matched == tlsa_set_from({ee}).usable.at(0)));
      // Usage 3 is of the leaf alone.
      BOOST_TEST(world.cause(identity, {world.record({3, selector, matching}, identity, 1)}) ==
                 mismatch);
    }
  }
}

// RFC 7672 3.1.1, 3.2.1; RFC 7671 5.1: the record alone decides.
BOOST_AUTO_TEST_CASE(ee_ignores_all_else) {
  DaneWorld world;
  for (const CertificateClass what :
       {good,           self_signed,        expired,         not_yet_valid,
        wrong_host,     untrusted_ca,       no_intermediate, common_name_only,
        no_subject,     address_only,       rsa_2048,        p384,
        ed25519,        wrong_purpose,      ca_leaf,         must_staple,
        revoked,        critical_extension, name_constraint, expired_intermediate,
        reversed_chain, foreign_chain,      long_chain,      sha1_signature,
        md5_signature}) {
    BOOST_TEST_CONTEXT(fakes::entry_of(what).word) {
      const Identity identity = world.issue(what);
      for (const auto& [selector, matching] : forms) {
        BOOST_TEST(world.cause(identity, {world.record({3, selector, matching}, identity)}) == "");
      }
      BOOST_TEST(world.cause(identity, {wrong(world.record({3, 1, 1}, identity))}) != "");
      BOOST_TEST(world.cause(identity, {world.record({3, 1, 1}, identity)}, {"other.test"}) == "");
    }
  }
  // A key that TLS itself should not use any more (RFC 9325 4.5) is refused here too.
  const Identity weak = world.issue(rsa_1024);
  BOOST_TEST(world.cause(weak, {world.record({3, 1, 1}, weak)}) == untrusted);
}

// RFC 7672 3.2.2; RFC 7671 5.2: names, dates and constraints count.
BOOST_AUTO_TEST_CASE(ta_checks_names_dates_and_constraints) {
  struct Row {
    CertificateClass what;
    std::string cause;
  };
  const std::vector<Row> rows = {
      {good, ""},
      {expired, expired_cause},
      {not_yet_valid, untrusted},
      {wrong_host, mismatch},
      {sibling_only, mismatch},
      {address_only, mismatch},
      {host_only, ""},
      {wildcard, ""},
      {partial_wildcard, mismatch},
      {upper_case, ""},
      {common_name_only, ""},  // RFC 7672 3.2.3: no DNS-ID is there
      {other_name_than_common_name, mismatch},
      {many_names, ""},
      {wrong_purpose, untrusted},
      {critical_extension, untrusted},
      {name_constraint, untrusted},
      {untrusted_ca, ""},  // the anchor is the record's
      {cross_signed, ""},
      {root_included, ""},
      {foreign_chain, ""},
  };
  DaneWorld world;
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(fakes::entry_of(row.what).word) {
      const Identity identity = world.issue(row.what);
      // The issuer, whatever else is sent.
      std::size_t place = 0;
      for (std::size_t i = 1; i < identity->chain.size(); ++i) {
        if (X509_check_issued(identity->chain[i].get(), identity->chain[0].get()) == X509_V_OK)
          place = i;
      }
      BOOST_REQUIRE(place > 0u);
      for (const auto& [selector, matching] : forms) {
        BOOST_TEST(world.cause(identity, {world.record({2, selector, matching}, identity,
                                                       place)}) == row.cause);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(ta_reference_names) {
  DaneWorld world;
  const Identity identity = world.issue(domain_only);  // rcpt.test
  const std::string record = world.record({2, 0, 1}, identity, 1);
  BOOST_TEST(world.cause(identity, {record}, {"mx.rcpt.test"}) == mismatch);
  BOOST_TEST(world.cause(identity, {record}, {"mx.rcpt.test", "rcpt.test"}) == "");
  BOOST_TEST(world.cause(identity, {record}, {"mx.rcpt.test", "alias.test", "rcpt.test"}) == "");
  const Identity star = world.issue(wildcard);  // *.rcpt.test
  const std::string of_star = world.record({2, 0, 1}, star, 1);
  BOOST_TEST(world.cause(star, {of_star}, {"a.rcpt.test"}) == "");
  BOOST_TEST(world.cause(star, {of_star}, {"a.mx.rcpt.test"}) == mismatch);
  BOOST_TEST(world.cause(star, {of_star}, {"rcpt.test"}) == mismatch);
  // No name to compare with: nothing is proved.
  BOOST_TEST(world.cause(identity, {record}, {}) != "");
}

// RFC 7671 5.2.2, 5.2.3; RFC 7672 3.1.2.
BOOST_AUTO_TEST_CASE(ta_that_is_not_sent) {
  DaneWorld world;
  const Identity identity = world.issue(good);  // leaf and intermediate
  for (const std::uint8_t selector : {0, 1}) {
    for (const std::uint8_t matching : {1, 2}) {
      BOOST_TEST(world.cause(identity, {world.of_root({2, selector, matching})}) != "");
      // Sent, it is an anchor two levels above the leaf.
      BOOST_TEST(
          world.cause(world.issue(root_included), {world.of_root({2, selector, matching})}) == "");
    }
  }
  BOOST_TEST(world.cause(identity, {world.of_root({2, 0, 0})}) == "");  // MUST
  BOOST_TEST(world.cause(identity, {world.of_root({2, 1, 0})}) == "");  // RECOMMENDED
  // The anchor is there, what lies between is not.
  const Identity lone = world.issue(no_intermediate);
  BOOST_TEST(world.cause(lone, {world.of_root({2, 0, 0})}) != "");
  BOOST_TEST(world.cause(lone, {world.record({2, 0, 0}, identity, 1)}) == "");
  BOOST_TEST(world.cause(lone, {world.record({2, 0, 1}, identity, 1)}) != "");
  // Another's anchor.
  const Identity foreign = world.issue(untrusted_ca);
  BOOST_TEST(world.cause(identity, {world.record({2, 0, 0}, foreign, 1)}) != "");
  BOOST_TEST(world.cause(world.issue(self_signed), {world.record({2, 0, 0}, identity, 1)}) != "");
}

// An anchor is an issuer. OpenSSL looks for none in the leaf's own place, though it signs itself;
// that is what DANE-EE is for.
BOOST_AUTO_TEST_CASE(ta_of_the_leaf_itself) {
  DaneWorld world;
  const Identity identity = world.issue(self_signed);
  BOOST_TEST(world.cause(identity, {world.record({2, 0, 1}, identity)}) == mismatch);
  BOOST_TEST(world.cause(identity, {world.record({3, 0, 1}, identity)}) == "");
}

BOOST_AUTO_TEST_CASE(any_record_is_enough) {
  DaneWorld world;
  const Identity identity = world.issue(good);
  const std::string ee = world.record({3, 1, 1}, identity);
  const std::string ta = world.record({2, 0, 1}, identity, 1);
  BOOST_TEST(world.cause(identity, {wrong(ee), ta}) == "");
  BOOST_TEST(world.cause(identity, {ee, wrong(ta)}) == "");
  BOOST_TEST(world.cause(identity, {wrong(ee), ee}) == "");
  BOOST_TEST(world.cause(identity, {wrong(ee), wrong(ta)}) != "");
  // DANE-EE wins: names do not count although DANE-TA would want them.
  const Identity other_name = world.issue(wrong_host);
  BOOST_TEST(world.cause(other_name, {world.record({2, 0, 1}, other_name, 1),
                                      world.record({3, 1, 1}, other_name)}) == "");
}

// RFC 7671 9.
BOOST_AUTO_TEST_CASE(digest_agility) {
  DaneWorld world;
  const Identity identity = world.issue(good);
  const auto ee = [&](std::uint8_t selector, std::uint8_t matching) {
    return world.record({3, selector, matching}, identity);
  };
  BOOST_TEST(world.cause(identity, {ee(1, 1), wrong(ee(1, 2))}) == mismatch);
  BOOST_TEST(world.cause(identity, {wrong(ee(1, 1)), ee(1, 2)}) == "");
  BOOST_TEST(world.cause(identity, {wrong(ee(1, 2)), ee(1, 1)}) == mismatch);  // in any order
  BOOST_TEST(world.cause(identity, {ee(1, 2)}) == "");
  // Full(0) always counts, another selector and another usage are apart.
  BOOST_TEST(world.cause(identity, {ee(1, 0), wrong(ee(1, 2))}) == "");
  BOOST_TEST(world.cause(identity, {ee(0, 1), wrong(ee(1, 2))}) == "");
  BOOST_TEST(world.cause(identity, {world.record({2, 1, 1}, identity, 1), wrong(ee(1, 2))}) == "");
  // Unusable ones are discarded first.
  const std::vector<TlsaRecord> left =
      tlsa_set_from({ee(1, 1), wrong(ee(1, 2)).substr(0, 50)}).usable;
  BOOST_REQUIRE(left.size() == 1u);
  DaneDemand demand{left, {"mx.rcpt.test"}, std::chrono::system_clock::now()};
  BOOST_TEST(world.verifier.check(sent(identity), demand).certificate.satisfied);
}

// RFC 7671 8.1, RFC 7672 4.
BOOST_AUTO_TEST_CASE(key_rollover) {
  DaneWorld world;
  const Identity before = world.issue(good);
  const Identity after = world.authority.issue_impostor(good, world.names);
  const std::string old_key = world.record({3, 1, 1}, before);
  const std::string new_key = world.record({3, 1, 1}, after);
  for (const Identity& shown : {before, after})
    BOOST_TEST(world.cause(shown, {old_key, new_key}) == "");
  BOOST_TEST(world.cause(after, {old_key}) == mismatch);
  BOOST_TEST(world.cause(before, {new_key}) == mismatch);
  // The same key in another certificate keeps its record of the key, not that of the certificate.
  const Identity rsa = world.issue(rsa_2048);
  const Identity renewed = world.authority.issue(rsa_2048, {"mx2.rcpt.test", "rcpt.test"});
  BOOST_REQUIRE(rsa->sha256_spki == renewed->sha256_spki);
  BOOST_TEST(world.cause(renewed, {world.record({3, 1, 1}, rsa)}) == "");
  BOOST_TEST(world.cause(renewed, {world.record({3, 0, 1}, rsa)}) == mismatch);
}

BOOST_AUTO_TEST_CASE(the_clock_is_passed_in) {
  DaneWorld world;
  const Identity identity = world.issue(good);
  const std::string ee = world.record({3, 1, 1}, identity);
  const std::string ta = world.record({2, 0, 1}, identity, 1);
  const auto months = std::chrono::hours(24 * 60);
  BOOST_TEST(world.cause(identity, {ta}, {"mx.rcpt.test"}, months) == expired_cause);
  BOOST_TEST(world.cause(identity, {ta}, {"mx.rcpt.test"}, -months) == untrusted);
  BOOST_TEST(world.cause(identity, {ee}, {"mx.rcpt.test"}, months) == "");
  BOOST_TEST(world.cause(world.issue(expired), {world.record({2, 0, 1}, world.issue(expired), 1)},
                         {"mx.rcpt.test"}, -std::chrono::hours(24 * 10)) == "");
}

BOOST_AUTO_TEST_CASE(nothing_proves_nothing) {
  DaneWorld world;
  const Identity identity = world.issue(good);
  BOOST_TEST(world.cause(identity, {}) != "");
  const DaneCheck absent = world.check({}, {world.record({3, 1, 1}, identity)});
  BOOST_TEST(!absent.certificate.satisfied);
  BOOST_TEST(absent.certificate.cause == "validation-failure");
  // Usages 0 and 1 are never handed to OpenSSL.
  BOOST_TEST(tlsa_set_from({world.record({1, 1, 1}, identity)}).usable.empty());
}

// The chain as a client's engine has it after a handshake, and again of a resumed session.
BOOST_AUTO_TEST_CASE(behind_a_handshake) {
  DaneWorld world;
  const Identity identity = world.issue(wrong_host);
  fakes::tls::Settings server;
  server.identity = identity;
  server.versions.tickets = fakes::Tickets::resumed;
  const auto server_context = std::make_shared<const fakes::tls::Context>(server);
  fakes::tls::Settings client;
  client.role = fakes::tls::Role::client;
  client.versions.tickets = fakes::Tickets::resumed;
  client.server_name = "mx.rcpt.test";
  for (const bool resumed : {false, true}) {
    fakes::tls::Engine server_side(server_context);
    fakes::tls::Engine client_side(std::make_shared<const fakes::tls::Context>(client));
    client_side.feed("");
    for (bool silent = false; !silent;) {
      const std::string up = client_side.drain();
      server_side.feed(up);
      const std::string down = server_side.drain();
      client_side.feed(down);
      silent = up.empty() && down.empty();
    }
    BOOST_REQUIRE((client_side.state() == fakes::tls::State::established));
    BOOST_TEST(client_side.resumed() == resumed);
    BOOST_TEST(world.check(client_side.peer_chain(), {world.record({3, 1, 1}, identity)})
                   .certificate.satisfied);
    BOOST_TEST(!world.check(client_side.peer_chain(), {world.record({2, 0, 1}, identity, 1)})
                    .certificate.satisfied);
    client.session = client_side.session();
    client_side.shut_down();  // or OpenSSL forgets the session
  }
}

BOOST_AUTO_TEST_SUITE_END()
