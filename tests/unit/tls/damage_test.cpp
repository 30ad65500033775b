// Peers that stop in mid-handshake, or do not speak TLS at all: a failure with a reason, the alert
// (if one is due) still to be drained, and an engine that bears whatever is done to it afterwards.
#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>

#include "pair.hpp"

namespace smtprig::fakes::tls::test {
namespace {

struct Cut {
  State state;
  std::string failure;
  std::string kinds;
};

// A handshake in which `victim` gets only the first `limit` bytes of its peer, then EOF.
Cut cut_at(Role victim, const std::shared_ptr<const Context>& client_is,
           const std::shared_ptr<const Context>& server_is, std::size_t limit) {
  Engine client(client_is);
  Engine server(server_is);
  client.feed("");
  for (;;) {
    std::string up = client.drain();
    if (victim == Role::server) {
      up.resize(std::min(up.size(), limit));
      limit -= up.size();
    }
    if (!up.empty()) server.feed(up);
    std::string down = server.drain();
    if (victim == Role::client) {
      down.resize(std::min(down.size(), limit));
      limit -= down.size();
    }
    if (!down.empty()) client.feed(down);
    if (up.empty() && down.empty()) break;
  }
  Engine& judged = victim == Role::client ? client : server;
  judged.feed_eof();
  return {judged.state(), judged.failure(), kinds(judged.take_events())};
}

BOOST_AUTO_TEST_SUITE(damage)

BOOST_AUTO_TEST_CASE(every_point_of_truncation_fails_cleanly) {
  struct Row {
    const char* name;
    Role victim;
    TlsVersion version;
    std::size_t bytes_min;  // what the peer of such a handshake sends at the least
  };
  const Row rows[] = {
      {"server 1.2", Role::server, TlsVersion::tls1_2, 200},
      {"client 1.2", Role::client, TlsVersion::tls1_2, 900},
      {"server 1.3", Role::server, TlsVersion::tls1_3, 200},
      {"client 1.3", Role::client, TlsVersion::tls1_3, 900},
  };
  for (const Row& row : rows) {
    const TlsSpec versions{row.version, row.version};
    const auto client = std::make_shared<const Context>(client_settings(versions));
    const auto server = std::make_shared<const Context>(server_settings(versions));
    std::size_t limit = 0;
    for (;; ++limit) {
      BOOST_TEST_CONTEXT(row.name << " cut after " << limit << " bytes") {
        BOOST_REQUIRE(limit < 10'000u);
        const Cut cut = cut_at(row.victim, client, server, limit);
        if (cut.state == State::established) break;
        BOOST_REQUIRE(cut.state == State::failed);
        BOOST_REQUIRE(cut.failure == "peer closed");
        BOOST_REQUIRE(cut.kinds.find("failed@") != std::string::npos);
        BOOST_REQUIRE(cut.kinds.find("alert") == std::string::npos);
      }
    }
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(limit > row.bytes_min);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_stage_of_a_truncation_is_told) {
  struct Row {
    const char* name;
    Role victim;
    std::size_t limit;
    const char* expected;
  };
  const Row rows[] = {
      {"server, nothing came", Role::server, 0, "failed@start"},
      {"server, half a ClientHello", Role::server, 100, "failed@start"},
      {"client, nothing came", Role::client, 0, "failed@client-hello"},
      {"client, behind the ServerHello", Role::client, 200, "failed@server-hello"},
  };
  const auto client = std::make_shared<const Context>(client_settings());
  const auto server = std::make_shared<const Context>(server_settings());
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      BOOST_TEST(cut_at(row.victim, client, server, row.limit).kinds == row.expected);
    }
  }
  Pair pair;
  pair.client.feed("");
  pair.server.feed(pair.client.drain());
  pair.server.feed_eof();
  BOOST_TEST(kinds(pair.server.take_events()) == "hello certificate failed@server-hello");
}

BOOST_AUTO_TEST_CASE(what_is_not_tls_fails_with_a_reason) {
  struct Row {
    const char* name;
    Role role;
    std::string bytes;
  };
  const Row rows[] = {
      {"SMTP to a server", Role::server, "EHLO client.test\r\n"},
      {"HTTP to a server", Role::server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"zeros to a server", Role::server, std::string(64, '\0')},
      {"an SSL 2 hello to a server", Role::server,
       std::string("\x80\x2e\x01\x00\x02", 5) + std::string(60, 'a')},
      {"application data to a server", Role::server, std::string("\x17\x03\x03\x00\x05hello", 10)},
      {"a huge record to a server", Role::server,
       std::string("\x16\x03\x01\xff\xff", 5) + std::string(200, 'a')},
      {"a fatal alert to a server", Role::server, alert_record(Alert{2, 40})},
      {"a ServerHello to a server", Role::server,
       std::string("\x16\x03\x03\x00\x04\x02\x00\x00\x00", 9)},
      {"SMTP to a client", Role::client, "454 4.7.0 TLS not available\r\n"},
      {"zeros to a client", Role::client, std::string(64, '\0')},
      {"a ClientHello to a client", Role::client,
       std::string("\x16\x03\x03\x00\x04\x01\x00\x00\x00", 9)},
      {"an empty ServerHello to a client", Role::client,
       std::string("\x16\x03\x03\x00\x04\x02\x00\x00\x00", 9)},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      Engine victim = engine(row.role == Role::server ? server_settings() : client_settings());
      victim.feed("");
      victim.drain();
      feed(victim, row.bytes, 1);
      BOOST_TEST(victim.state() == State::failed);
      BOOST_TEST(victim.failure() != "");
      BOOST_TEST(victim.failure() != "unknown error");
      BOOST_TEST_MESSAGE(row.name << ": " << victim.failure());
      const auto events = victim.take_events();
      BOOST_TEST(only<TlsFailed>(events).size() == 1u);
      // What the journal says was sent is what the peer will get.
      const auto alerts = only<TlsAlert>(events);
      const bool sent = !alerts.empty() && alerts[0].sent;
      const std::string last = victim.drain();
      BOOST_TEST(sent == !last.empty());
      if (sent) {
        BOOST_TEST(
            last.substr(5) ==
            alert_record(Alert{2, static_cast<std::uint8_t>(alerts[0].description)}).substr(5));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_failed_engine_bears_everything) {
  Engine server = engine(server_settings());
  server.feed("EHLO client.test\r\n");
  const std::string failure = server.failure();
  server.drain();
  server.take_events();
  server.feed("more");
  server.feed("");
  server.feed_eof();
  server.resume();
  server.shut_down();
  BOOST_TEST(!server.write("x"));
  BOOST_TEST(server.state() == State::failed);
  BOOST_TEST(server.failure() == failure);
  BOOST_TEST(server.read() == "");
  BOOST_TEST(server.drain() == "");
  BOOST_TEST(server.version() == "");
  BOOST_TEST(server.cipher() == "");
  BOOST_TEST(server.peer_chain().empty());
  BOOST_TEST(server.take_events().empty());
}

// A flipped bit anywhere in the first flight of either side: no crash, no session that both hold
// for established with different transcripts (RFC 8446 4.4.4).
BOOST_AUTO_TEST_CASE(a_flipped_bit_never_gives_a_session) {
  for (const Role damaged : {Role::client, Role::server}) {
    for (std::size_t at = 0;; at += 5) {
      Pair pair;
      pair.client.feed("");
      std::string up = pair.client.drain();
      if (damaged == Role::client) {
        if (at >= up.size()) break;
        up[at] = static_cast<char>(up[at] ^ 0x10);
      }
      pair.server.feed(up);
      std::string down = pair.server.drain();
      if (damaged == Role::server) {
        if (at >= down.size()) break;
        down[at] = static_cast<char>(down[at] ^ 0x10);
      }
      pair.client.feed(down);
      pump(pair.client, pair.server);
      BOOST_TEST_CONTEXT((damaged == Role::client ? "client" : "server") << " byte " << at) {
        BOOST_TEST((pair.client.state() != State::established ||
                    pair.server.state() != State::established));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace smtprig::fakes::tls::test
