// Established sessions: data both ways, their end, damage in them, and the limits of an engine.
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "pair.hpp"

namespace smtprig::fakes::tls::test {
namespace {

const TlsSpec only_1_2{TlsVersion::tls1_2, TlsVersion::tls1_2};
const TlsSpec only_1_3{TlsVersion::tls1_3, TlsVersion::tls1_3};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t value = 1;
  for (char& byte : text) {
    value = value * 1'664'525u + 1'013'904'223u;
    byte = static_cast<char>(value >> 24);
  }
  return text;
}

BOOST_AUTO_TEST_SUITE(session)

BOOST_AUTO_TEST_CASE(a_mebibyte_goes_both_ways) {
  const std::string up = pattern(1 << 20);
  const std::string down = up.substr(1) + up.substr(0, 1);
  for (const TlsSpec& versions :
       {TlsSpec{TlsVersion::tls1_0, TlsVersion::tls1_0}, only_1_2, only_1_3}) {
    for (const std::size_t piece : {std::size_t{977}, std::size_t{65'536}, std::size_t{8} << 20}) {
      BOOST_TEST_CONTEXT("version " << static_cast<int>(versions.max) << ", pieces of " << piece) {
        Pair pair = established_pair(versions);
        BOOST_TEST(pair.client.write(up));
        BOOST_TEST(pair.server.write(down));
        pump(pair.client, pair.server, piece);
        BOOST_TEST((pair.server.read() == up));
        BOOST_TEST((pair.client.read() == down));
        BOOST_TEST(pair.server.read() == "");
        BOOST_TEST(pair.server.drain() == "");
      }
    }
  }
}

// A server may speak first (SMTP's greeting on port 465): in TLS 1.2 its first line and its
// Finished come in the same bytes.
BOOST_AUTO_TEST_CASE(data_with_the_last_flight_is_not_lost) {
  Pair tls1_2(client_settings(only_1_2), server_settings(only_1_2));
  tls1_2.client.feed("");
  tls1_2.server.feed(tls1_2.client.drain());
  tls1_2.client.feed(tls1_2.server.drain());
  tls1_2.server.feed(tls1_2.client.drain());
  BOOST_TEST(tls1_2.server.write("220 first\r\n"));
  tls1_2.client.feed(tls1_2.server.drain());
  BOOST_TEST(tls1_2.client.state() == State::established);
  BOOST_TEST(tls1_2.client.read() == "220 first\r\n");

  Pair tls1_3(client_settings(only_1_3), server_settings(only_1_3));
  tls1_3.client.feed("");
  tls1_3.server.feed(tls1_3.client.drain());
  tls1_3.client.feed(tls1_3.server.drain());
  BOOST_TEST(tls1_3.client.write("EHLO first\r\n"));
  tls1_3.client.shut_down();
  tls1_3.server.feed(tls1_3.client.drain());
  BOOST_TEST(tls1_3.server.state() == State::closed);
  BOOST_TEST(tls1_3.server.read() == "EHLO first\r\n");
  BOOST_TEST(kinds(tls1_3.server.take_events()) ==
             "hello certificate established received:close_notify");
}

BOOST_AUTO_TEST_CASE(close_notify_closes_one_direction) {
  for (const TlsSpec& versions : {only_1_2, only_1_3}) {
    BOOST_TEST_CONTEXT("version " << static_cast<int>(versions.max)) {
      Pair pair = established_pair(versions);
      pair.client.take_events();
      BOOST_TEST(pair.client.write("last"));
      pair.client.shut_down();
      BOOST_TEST(!pair.client.write("too late"));
      pair.client.shut_down();
      pump(pair.client, pair.server);
      BOOST_TEST(pair.server.state() == State::closed);
      BOOST_TEST(pair.server.read() == "last");
      BOOST_TEST(pair.client.state() == State::established);
      BOOST_TEST(pair.server.write("still here"));
      pair.server.shut_down();
      pump(pair.client, pair.server);
      BOOST_TEST(pair.client.read() == "still here");
      BOOST_TEST(pair.client.state() == State::closed);
      BOOST_TEST(kinds(pair.client.take_events()) == "sent:close_notify received:close_notify");
      pair.server.feed("ignored");
      BOOST_TEST(pair.server.state() == State::closed);
    }
  }
}

BOOST_AUTO_TEST_CASE(eof_without_close_notify_leaves_the_session_as_it_is) {
  Pair pair = established_pair();
  pair.server.take_events();
  BOOST_TEST(pair.client.write("cut"));
  pair.server.feed(pair.client.drain());
  pair.server.feed_eof();
  BOOST_TEST(pair.server.state() == State::established);
  BOOST_TEST(pair.server.read() == "cut");
  BOOST_TEST(pair.server.failure() == "");
  BOOST_TEST(pair.server.take_events().empty());
}

BOOST_AUTO_TEST_CASE(a_damaged_record_breaks_the_session_but_not_what_came_before) {
  for (const TlsSpec& versions : {only_1_2, only_1_3}) {
    BOOST_TEST_CONTEXT("version " << static_cast<int>(versions.max)) {
      Pair pair = established_pair(versions);
      pair.server.take_events();
      pair.client.take_events();
      BOOST_TEST(pair.client.write("good"));
      std::string bytes = pair.client.drain();
      BOOST_TEST(pair.client.write("bad"));
      bytes += pair.client.drain();
      bytes.back() = static_cast<char>(bytes.back() ^ 1);
      pair.server.feed(bytes);
      BOOST_TEST(pair.server.state() == State::failed);
      BOOST_TEST(pair.server.failure() == "decryption failed or bad record mac");
      BOOST_TEST(pair.server.read() == "good");
      BOOST_TEST(!pair.server.write("x"));
      pair.server.shut_down();
      pump(pair.client, pair.server);
      BOOST_TEST(pair.client.state() == State::failed);
      BOOST_TEST(kinds(pair.server.take_events()) == "sent:bad_record_mac");
      BOOST_TEST(kinds(pair.client.take_events()) == "received:bad_record_mac");
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_written_before_the_session_is_established) {
  Pair pair;
  BOOST_TEST(!pair.client.write("early"));
  pair.client.shut_down();
  BOOST_TEST(pair.client.drain() == "");
  pump(pair.client, pair.server);
  BOOST_TEST(pair.server.state() == State::established);
  BOOST_TEST(pair.server.read() == "");
}

BOOST_AUTO_TEST_CASE(plaintext_that_nobody_reads_is_bounded) {
  Pair pair = established_pair();
  const std::string mebibyte = pattern(1 << 20);
  for (int i = 0; i < 16; ++i) {
    BOOST_TEST(pair.client.write(mebibyte));
    pair.server.feed(pair.client.drain());
  }
  BOOST_TEST(pair.server.state() == State::established);
  BOOST_TEST(pair.client.write("x"));
  pair.server.feed(pair.client.drain());
  BOOST_TEST(pair.server.state() == State::failed);
  BOOST_TEST(pair.server.failure() == "too many bytes that were not read");
  BOOST_TEST(pair.server.read().size() == 16u << 20);
}

BOOST_AUTO_TEST_CASE(bytes_behind_a_paused_client_hello_are_bounded) {
  Settings settings = server_settings();
  settings.pause_at_client_hello = true;
  Pair pair(client_settings(), settings);
  pump(pair.client, pair.server);
  pair.server.feed(std::string(64 * 1024, 'x'));
  BOOST_TEST(pair.server.state() == State::client_hello);
  pair.server.feed("x");
  BOOST_TEST(pair.server.state() == State::failed);
  BOOST_TEST(kinds(pair.server.take_events()) == "hello failed@client-hello");
}

// A client that asks for answer upon answer (KeyUpdate with update_requested, RFC 8446 4.6.3) and
// never takes them. Our engine does not do that, so OpenSSL does.
BOOST_AUTO_TEST_CASE(answers_that_nobody_drains_are_bounded) {
  const Context context(client_settings(only_1_3));
  const std::unique_ptr<SSL, void (*)(SSL*)> client(SSL_new(context.native()), &SSL_free);
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(client.get(), in, out);
  SSL_set_connect_state(client.get());
  const auto drained = [&] {
    std::string bytes(BIO_ctrl_pending(out), '\0');
    if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
  };
  Engine server = engine(server_settings(only_1_3));
  SSL_do_handshake(client.get());
  server.feed(drained());
  const std::string flight = server.drain();
  BIO_write(in, flight.data(), static_cast<int>(flight.size()));
  BOOST_REQUIRE(SSL_do_handshake(client.get()) == 1);
  server.feed(drained());
  BOOST_REQUIRE(server.state() == State::established);

  const auto ask = [&](int times) {
    for (int i = 0; i < times; ++i) {
      BOOST_REQUIRE(SSL_key_update(client.get(), SSL_KEY_UPDATE_REQUESTED) == 1);
      BOOST_REQUIRE(SSL_do_handshake(client.get()) == 1);
    }
    server.feed(drained());
  };
  ask(1'000);
  BOOST_TEST(server.state() == State::established);
  BOOST_TEST(server.drain().size() > 20'000u);
  ask(10'000);
  BOOST_TEST(server.state() == State::failed);
  BOOST_TEST(server.failure() == "too many answers that were not taken");
  ERR_clear_error();
}

// The queue is the thread's. Errors of one engine, or of anybody else, must not reach another.
BOOST_AUTO_TEST_CASE(openssl_errors_do_not_leak_between_engines) {
  Pair healthy = established_pair();
  Engine broken = engine(server_settings());
  broken.feed("GET / HTTP/1.0\r\n\r\n");
  BOOST_TEST(broken.state() == State::failed);
  BOOST_TEST(ERR_peek_error() == 0u);
  ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
  healthy.server.feed("");
  BOOST_TEST(healthy.server.state() == State::established);
  ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
  BOOST_TEST(healthy.client.write("fine"));
  pump(healthy.client, healthy.server);
  BOOST_TEST(healthy.server.read() == "fine");
  BOOST_TEST(ERR_peek_error() == 0u);
}

BOOST_AUTO_TEST_CASE(settings_that_cannot_work_are_refused) {
  struct Row {
    const char* name;
    Settings settings;
  };
  Settings no_identity;
  Settings upside_down = server_settings({TlsVersion::tls1_3, TlsVersion::tls1_2});
  Settings long_name = client_settings();
  long_name.server_name = std::string(256, 'a');
  Settings nul_name = client_settings();
  nul_name.server_name = std::string("a\0b", 3);
  for (const Row& row : {Row{"no identity", no_identity}, Row{"versions upside down", upside_down},
                         Row{"long name", long_name}, Row{"NUL in the name", nul_name}}) {
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_CHECK_THROW(Context{row.settings}, std::runtime_error);
      BOOST_TEST(ERR_peek_error() == 0u);
    }
  }
  BOOST_CHECK_THROW(Engine{nullptr}, std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::fakes::tls::test
