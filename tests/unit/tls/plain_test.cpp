// Engines against an SSL of plain OpenSSL, in memory: sessions that it keeps or gives, and the
// Diffie-Hellman key that it is shown. A mistake that two engines share would not show elsewhere.
#include <memory>
#include <string>

#include <boost/test/unit_test.hpp>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

#include "pair.hpp"

namespace smtprig::fakes::tls::test {
namespace {

using PlainContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

PlainContext plain_context(const SSL_METHOD* method) {
  return {SSL_CTX_new(method), &SSL_CTX_free};
}

// One connection of plain OpenSSL, client or server by its context.
class Plain {
 public:
  explicit Plain(SSL_CTX* context, SSL_SESSION* session = nullptr)
      : ssl_(SSL_new(context), &SSL_free), in_(BIO_new(BIO_s_mem())), out_(BIO_new(BIO_s_mem())) {
    SSL_set_bio(ssl(), in_, out_);
    if (session) BOOST_REQUIRE(SSL_set_session(ssl(), session) == 1);
    BIO_set_mem_eof_return(in_, -1);
    SSL_is_server(ssl()) ? SSL_set_accept_state(ssl()) : SSL_set_connect_state(ssl());
  }

  SSL* ssl() const { return ssl_.get(); }

  // Shakes hands with `engine`, and reads what comes behind: tickets of TLS 1.3 among it.
  void meet(Engine& engine) {
    engine.feed("");
    for (int flight = 0; flight < 6; ++flight) {
      char byte = 0;
      SSL_read(ssl(), &byte, 1);
      std::string bytes(BIO_ctrl_pending(out_), '\0');
      BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
      engine.feed(bytes);
      bytes = engine.drain();
      BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
    }
  }

 private:
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  BIO* in_;
  BIO* out_;
};

BOOST_AUTO_TEST_SUITE(plain)

BOOST_AUTO_TEST_CASE(a_plain_client_brings_its_session_back) {
  struct Row {
    const char* name;
    Tickets tickets;
    bool established;
    bool resumed;
  };
  const Row rows[] = {
      {"none", Tickets::none, true, false},
      {"resumed", Tickets::resumed, true, true},
      {"ignored", Tickets::ignored, true, false},
      {"refused", Tickets::refused, false, false},
  };
  for (const Row& row : rows) {
    for (const TlsVersion version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
      BOOST_TEST_CONTEXT(row.name << ", version " << static_cast<int>(version)) {
        TlsSpec spec{.min = version, .max = version};
        spec.tickets = row.tickets;
        const auto server_is = std::make_shared<const Context>(server_settings(spec));
        const PlainContext context = plain_context(TLS_client_method());
        Plain first(context.get());
        Engine first_server(server_is);
        first.meet(first_server);
        BOOST_REQUIRE(first_server.state() == State::established);
        SSL_SESSION* session = SSL_get0_session(first.ssl());
        const bool given = row.tickets != Tickets::none;
        BOOST_TEST((SSL_SESSION_has_ticket(session) == 1) == given);
        // OpenSSL offers no session of a connection that broke.
        SSL_shutdown(first.ssl());

        Plain second(context.get(), session);
        Engine second_server(server_is);
        second.meet(second_server);
        BOOST_TEST((second_server.state() == State::established) == row.established);
        BOOST_TEST((SSL_session_reused(second.ssl()) == 1) == row.resumed);
        BOOST_TEST(second_server.resumed() == row.resumed);
        BOOST_TEST(only<ClientHelloSeen>(second_server.take_events()).at(0).session == given);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_plain_server_resumes_ours) {
  const auto identity = authority().issue(CertificateClass::good, names);
  for (const TlsVersion version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
    BOOST_TEST_CONTEXT("version " << static_cast<int>(version)) {
      const PlainContext context = plain_context(TLS_server_method());
      SSL_CTX_use_certificate(context.get(), identity->chain.front().get());
      SSL_CTX_use_PrivateKey(context.get(), identity->key.get());
      TlsSpec spec{.min = version, .max = version};
      spec.tickets = Tickets::resumed;
      Settings settings = client_settings(spec);
      Engine first(std::make_shared<const Context>(settings));
      Plain(context.get()).meet(first);
      BOOST_REQUIRE(first.state() == State::established);
      settings.session = first.session();
      BOOST_REQUIRE((settings.session != nullptr));
      Engine second(std::make_shared<const Context>(settings));
      Plain server(context.get());
      server.meet(second);
      BOOST_TEST(second.resumed());
      BOOST_TEST(SSL_session_reused(server.ssl()) == 1);
      BOOST_TEST(second.peer_chain().size() == 1u);
    }
  }
}

struct Sealed {
  const char* name;
  TlsVersion version;
  const char* cipher;
  bool can;
};
const Sealed sealed[] = {
    {"1.3, AES-128", TlsVersion::tls1_3, "TLS_AES_128_GCM_SHA256", true},
    {"1.3, AES-256", TlsVersion::tls1_3, "TLS_AES_256_GCM_SHA384", true},
    {"1.3, ChaCha20", TlsVersion::tls1_3, "TLS_CHACHA20_POLY1305_SHA256", true},
    {"1.3, CCM", TlsVersion::tls1_3, "TLS_AES_128_CCM_SHA256", false},
    {"1.2, AES-128", TlsVersion::tls1_2, "ECDHE-ECDSA-AES128-GCM-SHA256", true},
    {"1.2, AES-256", TlsVersion::tls1_2, "ECDHE-ECDSA-AES256-GCM-SHA384", true},
    {"1.2, ChaCha20", TlsVersion::tls1_2, "ECDHE-ECDSA-CHACHA20-POLY1305", true},
    {"1.2, CBC", TlsVersion::tls1_2, "ECDHE-ECDSA-AES128-SHA", false},
    {"1.0", TlsVersion::tls1_0, "ECDHE-ECDSA-AES128-SHA", false},
};

// What the other side's OpenSSL reads of an alert, behind some records of data. It is OpenSSL that
// decrypts it: bad_record_mac would be sent back otherwise.
BOOST_AUTO_TEST_CASE(alerts_under_keys) {
  for (const Sealed& row : sealed) {
    for (const Role role : {Role::server, Role::client}) {
      for (const int records : {0, 3}) {
        BOOST_TEST_CONTEXT(row.name << ", " << records << " records, role "
                                    << static_cast<int>(role)) {
          TlsSpec spec{.min = row.version, .max = row.version};
          spec.tickets = Tickets::resumed;  // records of the server that it did not mean
          (row.version == TlsVersion::tls1_3 ? spec.ciphersuites : spec.ciphers) = row.cipher;
          Pair pair = established_pair(spec);
          Engine& from = role == Role::server ? pair.server : pair.client;
          Engine& to = role == Role::server ? pair.client : pair.server;
          for (int i = 0; i < records; ++i)
            BOOST_TEST(from.write("data"));
          BOOST_REQUIRE(from.send_alert({.level = 2, .description = 80}) == row.can);
          BOOST_TEST(from.write("more") == !row.can);
          if (!row.can) continue;
          BOOST_TEST(!from.send_alert({}));
          pump(pair.client, pair.server);
          BOOST_TEST(to.state() == State::failed);
          const auto alerts = only<TlsAlert>(to.take_events());
          BOOST_REQUIRE(alerts.size() == 1u);
          BOOST_TEST(!alerts[0].sent);
          BOOST_TEST(alerts[0].name == "internal_error");
          std::string data;
          for (int i = 0; i < records; ++i)
            data += "data";
          BOOST_TEST(to.read() == data);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(no_alert_where_none_is_meant) {
  Settings quiet = server_settings();
  quiet.sends_alerts = false;
  Pair pair(client_settings(), quiet);
  pump(pair.client, pair.server);
  BOOST_REQUIRE(pair.server.state() == State::established);
  BOOST_TEST(!pair.server.send_alert({}));
  BOOST_TEST(pair.server.write("data"));
}

BOOST_AUTO_TEST_CASE(no_alert_behind_new_keys_or_without_any) {
  BOOST_TEST(!engine(server_settings()).send_alert({}));
  const PlainContext context = plain_context(TLS_client_method());
  Engine server = engine(server_settings());
  Plain client(context.get());
  client.meet(server);
  BOOST_REQUIRE(server.version() == "TLSv1.3");
  SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED);
  SSL_write(client.ssl(), "x", 1);
  client.meet(server);
  BOOST_REQUIRE(server.read() == "x");
  BOOST_TEST(server.write("y"));  // behind a KeyUpdate of its own (RFC 8446 4.6.3)
  BOOST_TEST(!server.send_alert({}));
}

// 0: the client refuses.
int dh_bits_seen(DhGroup group, int security_level) {
  TlsSpec spec{.min = TlsVersion::tls1_2, .max = TlsVersion::tls1_2};
  spec.ciphers = "DHE-RSA-AES128-GCM-SHA256";
  spec.dh = group;
  Settings settings = server_settings(spec);
  settings.identity = authority().issue(CertificateClass::rsa_2048, names);
  Engine server = engine(settings);
  const PlainContext context = plain_context(TLS_client_method());
  SSL_CTX_set_security_level(context.get(), security_level);
  Plain client(context.get());
  client.meet(server);
  if (server.state() != State::established) return 0;
  EVP_PKEY* key = nullptr;
  BOOST_REQUIRE(SSL_get_peer_tmp_key(client.ssl(), &key) == 1);
  const int bits = EVP_PKEY_get_bits(key);
  EVP_PKEY_free(key);
  return bits;
}

BOOST_AUTO_TEST_CASE(diffie_hellman_groups) {
  struct Row {
    const char* name;
    DhGroup group;
    int security_level;
    int bits;
  };
  const Row rows[] = {
      {"fitting", DhGroup::fitting, 2, 2048},
      {"modp1024", DhGroup::modp1024, 0, 1024},
      {"modp1024, a client of 112 bits", DhGroup::modp1024, 2, 0},
      {"modp2048", DhGroup::modp2048, 2, 2048},
      {"ffdhe2048", DhGroup::ffdhe2048, 2, 2048},
      {"ffdhe3072", DhGroup::ffdhe3072, 2, 3072},
  };
  for (const Row& row : rows)
    BOOST_TEST_CONTEXT(row.name)
  BOOST_TEST(dh_bits_seen(row.group, row.security_level) == row.bits);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::fakes::tls::test
