// Servers with more than one certificate, and what they staple: which is sent to whom, what the
// events say of it, and what OpenSSL reads out of a response.
#include <string>

#include <boost/test/unit_test.hpp>

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "fakes/server_name.hpp"
#include "pair.hpp"

namespace smtprig::fakes::tls::test {
namespace {

using enum CertificateClass;

struct Met {
  State client;
  std::vector<EventBody> events;  // the server's

  CertificatePresented shown() const {
    const auto all = only<CertificatePresented>(events);
    return all.empty() ? CertificatePresented{} : all.back();
  }
};

Met meet(const Settings& server, const Settings& client = client_settings()) {
  Pair pair(client, server);
  pump(pair.client, pair.server);
  return {pair.client.state(), pair.server.take_events()};
}

std::string hash_of(CertificateClass what) {
  return authority().issue(what, names)->sha256_certificate;
}

Settings stapling(Staple staple, CertificateClass what = good) {
  Settings server = server_settings();
  server.identity = authority().with_staple(authority().issue(what, names), staple);
  server.staples_unasked = staple == Staple::unsolicited;
  return server;
}

// "good", "revoked", or what is wrong: read as a client would, with the issuer from the chain.
std::string status_of(const Identity& identity) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(identity.staple.data());
  OCSP_RESPONSE* response =
      d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(identity.staple.size()));
  BOOST_REQUIRE(response != nullptr);
  BOOST_TEST(OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL);
  OCSP_BASICRESP* basic = OCSP_response_get1_basic(response);
  BOOST_REQUIRE(basic != nullptr);
  X509* issuer = identity.chain[1].get();
  STACK_OF(X509)* chain = sk_X509_new_null();
  sk_X509_push(chain, issuer);
  const TrustStore roots = trust_store(authority().trusted_pem());
  std::string said = OCSP_basic_verify(basic, chain, roots.get(), 0) == 1 ? "" : "not verified, ";
  OCSP_CERTID* id = OCSP_cert_to_id(EVP_sha1(), identity.chain[0].get(), issuer);
  int status = -1;
  int reason = -1;
  ASN1_GENERALIZEDTIME* updated = nullptr;
  ASN1_GENERALIZEDTIME* next = nullptr;
  if (OCSP_resp_find_status(basic, id, &status, &reason, nullptr, &updated, &next) != 1)
    said += "of another certificate";
  else if (OCSP_check_validity(updated, next, 60, -1) != 1)
    said += std::string("out of date, ") + OCSP_cert_status_str(status);
  else
    said += OCSP_cert_status_str(status);
  OCSP_CERTID_free(id);
  sk_X509_free(chain);
  OCSP_BASICRESP_free(basic);
  OCSP_RESPONSE_free(response);
  return said;
}

BOOST_AUTO_TEST_SUITE(what_a_server_shows)

BOOST_AUTO_TEST_CASE(a_name_is_for_one_kind_of_client) {
  struct Row {
    const char* sent;
    bool none, host, other;
  };
  for (const Row& row : {Row{"", true, false, false}, Row{"mx.test", false, true, false},
                         Row{"MX.Test", false, true, false}, Row{"mx.test.", false, false, true},
                         Row{"mx.tes", false, false, true}, Row{"test", false, false, true}}) {
    BOOST_TEST_CONTEXT(row.sent) {
      BOOST_TEST(names_server(ServerName::any, row.sent, "mx.test"));
      BOOST_TEST(names_server(ServerName::none, row.sent, "mx.test") == row.none);
      BOOST_TEST(names_server(ServerName::own, row.sent, "mx.test") == row.host);
      BOOST_TEST(names_server(ServerName::other, row.sent, "mx.test") == row.other);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_response_says_what_it_is_for) {
  const struct {
    Staple staple;
    const char* said;
  } rows[] = {{Staple::good, "good"},
              {Staple::unsolicited, "good"},
              {Staple::revoked, "revoked"},
              {Staple::expired, "out of date, good"}};
  for (const auto& row : rows)
    BOOST_TEST(status_of(*stapling(row.staple).identity) == row.said);
  BOOST_TEST((authority().with_staple(authority().issue(good, names), Staple::none) ==
              authority().issue(good, names)));
}

BOOST_AUTO_TEST_CASE(who_asks_gets_the_staple) {
  for (const TlsVersion version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
    for (const Staple staple : {Staple::none, Staple::good, Staple::revoked, Staple::expired}) {
      for (const bool asks : {false, true}) {
        BOOST_TEST_CONTEXT("staple " << static_cast<int>(staple) << " asked " << asks) {
          Settings client = client_settings({version, version});
          client.asks_for_staple = asks;
          Pair pair(client, stapling(staple));
          pump(pair.client, pair.server);
          BOOST_TEST(pair.client.state() == State::established);
          const auto events = pair.server.take_events();
          BOOST_REQUIRE(only<ClientHelloSeen>(events).size() == 1u);
          BOOST_TEST(only<ClientHelloSeen>(events)[0].status_request == asks);
          BOOST_REQUIRE(only<CertificatePresented>(events).size() == 1u);
          const auto shown = only<CertificatePresented>(events)[0];
          BOOST_TEST(shown.stapled == (asks && staple != Staple::none));
          BOOST_TEST(shown.sha256_certificate == hash_of(good));
          BOOST_TEST(shown.key == "EC-256");
        }
      }
    }
  }
}

// OpenSSL, as a client, does what RFC 8446 4.2 and RFC 5246 7.4.1.4 demand.
BOOST_AUTO_TEST_CASE(an_unsolicited_staple_ends_the_handshake) {
  for (const TlsVersion version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
    for (const bool asks : {false, true}) {
      Settings client = client_settings({version, version});
      client.asks_for_staple = asks;
      const Met met = meet(stapling(Staple::unsolicited), client);
      BOOST_TEST(met.client == (asks ? State::established : State::failed));
      const auto alerts = only<TlsAlert>(met.events);
      BOOST_TEST(alerts.size() == (asks ? 0u : 1u));
      if (!alerts.empty()) BOOST_TEST(alerts[0].name == "unsupported_extension");
    }
  }
}

BOOST_AUTO_TEST_CASE(keys_of_two_kinds) {
  Settings server = server_settings();
  server.second = authority().issue(rsa_2048, names);
  const struct {
    const char* name;
    TlsSpec client;
    CertificateClass shown;
    const char* key;
  } rows[] = {
      {"takes both", {}, good, "EC-256"},
      {"1.3, RSA alone",
       {.min = TlsVersion::tls1_3, .signature_algorithms = "RSA-PSS+SHA256:RSA+SHA256"},
       rsa_2048,
       "RSA-2048"},
      {"1.2, RSA alone",
       {.max = TlsVersion::tls1_2, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256"},
       rsa_2048,
       "RSA-2048"},
      {"1.2, ECDSA alone",
       {.max = TlsVersion::tls1_2, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"},
       good,
       "EC-256"},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      Settings client = client_settings(row.client);
      Pair pair(client, server);
      pump(pair.client, pair.server);
      // The RSA certificate's signature by an ECDSA key is beyond a client that knows RSA alone.
      const auto shown = only<CertificatePresented>(pair.server.take_events());
      BOOST_REQUIRE(shown.size() == 1u);
      BOOST_TEST(shown[0].sha256_certificate == hash_of(row.shown));
      BOOST_TEST(shown[0].key == row.key);
    }
  }
}

BOOST_AUTO_TEST_CASE(one_certificate_per_name) {
  Settings server = server_settings();
  server.second = authority().issue(rsa_2048, names);
  server.server_name = names.host;
  server.by_name = {{ServerName::none, authority().issue(self_signed, names)},
                    {ServerName::own, authority().issue(rsa_1024, names)}};
  const struct {
    const char* named;
    CertificateClass shown;
    std::size_t chain;
  } rows[] = {{"", self_signed, 1}, {"MX1.some.test", rsa_1024, 2}, {"elsewhere.test", good, 2}};
  for (const TlsVersion version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
    for (const bool pauses : {false, true}) {
      for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.named << " pauses " << pauses) {
          server.pause_at_client_hello = pauses;
          Settings client = client_settings({version, version});
          client.server_name = row.named;
          client.versions.signature_algorithms =
              "ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:RSA+SHA1";  // and so security level 0
          Pair pair(client, server);
          pump(pair.client, pair.server);
          if (pauses) {
            BOOST_TEST(pair.server.state() == State::client_hello);
            pair.server.resume();
            pump(pair.client, pair.server);
          }
          BOOST_TEST(pair.client.state() == State::established, pair.client.failure());
          const auto shown = only<CertificatePresented>(pair.server.take_events());
          BOOST_REQUIRE(shown.size() == 1u);
          BOOST_TEST(shown[0].sha256_certificate == hash_of(row.shown));
          const auto chain = pair.client.peer_chain();
          BOOST_REQUIRE(chain.size() == row.chain);
          BOOST_TEST(sha256_certificate(chain[0]) == hash_of(row.shown));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_name_replaces_the_second_too) {
  Settings server = server_settings();
  server.second = authority().issue(rsa_2048, names);
  server.by_name = {{ServerName::any, authority().issue(p384, names)}};
  const Met met = meet(server);
  BOOST_TEST(met.shown().sha256_certificate == hash_of(p384));
  BOOST_TEST(met.shown().key == "EC-384");
  const Met rsa_alone =
      meet(server,
           client_settings({.max = TlsVersion::tls1_2, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256"}));
  BOOST_TEST(rsa_alone.client == State::failed);
}

BOOST_AUTO_TEST_CASE(the_crl_lists_the_revoked_alone) {
  Authority own;
  const auto lost = own.issue(revoked, names);
  own.issue(revoked, {"mx2.some.test", ""});
  own.issue_client(revoked, {"client.test", ""});
  const auto kept = own.issue(good, names);
  const std::string pem = own.crl_pem();
  BIO* text = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509_CRL* crl = PEM_read_bio_X509_CRL(text, nullptr, nullptr, nullptr);
  BIO_free(text);
  BOOST_REQUIRE(crl != nullptr);
  BOOST_TEST(X509_CRL_verify(crl, X509_get0_pubkey(lost->chain[1].get())) == 1);
  BOOST_TEST(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)) == 3);
  X509_REVOKED* entry = nullptr;
  BOOST_TEST(X509_CRL_get0_by_cert(crl, &entry, lost->chain[0].get()) == 1);
  BOOST_TEST(X509_CRL_get0_by_cert(crl, &entry, kept->chain[0].get()) == 0);
  X509_CRL_free(crl);
  BOOST_TEST(X509_get_ext_by_NID(lost->chain[0].get(), NID_crl_distribution_points, -1) >= 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::fakes::tls::test
