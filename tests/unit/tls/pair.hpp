// Two engines that are each other's peer, and what tests ask of them. Bytes travel only when a test
// says so: whole, cut short, or in small pieces. One authority serves a whole test executable.
#pragma once

#include <cstddef>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/tls/engine.hpp"

namespace smtprig::fakes::tls::test {

inline Authority& authority() {
  static Authority the_authority;
  return the_authority;
}

inline const Names names{"mx1.some.test", "some.test"};

inline Settings server_settings(TlsSpec versions = {}) {
  Settings settings;
  settings.versions = versions;
  settings.identity = authority().issue(CertificateClass::good, names);
  return settings;
}

inline Settings client_settings(TlsSpec versions = {}) {
  Settings settings;
  settings.role = Role::client;
  settings.versions = versions;
  settings.server_name = names.host;
  settings.trust = trust_store(authority().trusted_pem());
  return settings;
}

inline Engine engine(const Settings& settings) {
  return Engine(std::make_shared<const Context>(settings));
}

// Feeds `bytes` in pieces of at most `piece` bytes.
inline void feed(Engine& to, std::string_view bytes,
                 std::size_t piece = std::numeric_limits<std::size_t>::max()) {
  while (!bytes.empty()) {
    to.feed(bytes.substr(0, piece));
    bytes.remove_prefix(bytes.size() < piece ? bytes.size() : piece);
  }
}

// Carries bytes to and fro until both are silent.
inline void pump(Engine& client, Engine& server,
                 std::size_t piece = std::numeric_limits<std::size_t>::max()) {
  client.feed("");
  for (;;) {
    const std::string up = client.drain();
    feed(server, up, piece);
    const std::string down = server.drain();
    feed(client, down, piece);
    if (up.empty() && down.empty()) return;
  }
}

struct Pair {
  Engine client;
  Engine server;

  explicit Pair(const Settings& client_is = client_settings(),
                const Settings& server_is = server_settings())
      : client(engine(client_is)), server(engine(server_is)) {}
};

inline Pair established_pair(TlsSpec versions = {}) {
  Pair pair(client_settings(versions), server_settings(versions));
  pump(pair.client, pair.server);
  return pair;
}

template <class T>
std::vector<T> only(const std::vector<EventBody>& events) {
  std::vector<T> found;
  for (const EventBody& event : events) {
    if (const T* one = std::get_if<T>(&event)) found.push_back(*one);
  }
  return found;
}

inline std::string kinds(const std::vector<EventBody>& events) {
  std::string text;
  for (const EventBody& event : events) {
    if (!text.empty()) text += ' ';
    if (std::holds_alternative<ClientHelloSeen>(event)) text += "hello";
    if (std::holds_alternative<CertificatePresented>(event)) text += "certificate";
    if (std::holds_alternative<TlsEstablished>(event)) text += "established";
    if (const auto* seen = std::get_if<CertificateSeen>(&event))
      text += seen->trusted ? "seen:trusted" : "seen:untrusted";
    if (const auto* failed = std::get_if<TlsFailed>(&event)) text += "failed@" + failed->stage;
    if (const auto* alert = std::get_if<TlsAlert>(&event)) {
      text += (alert->sent ? "sent:" : "received:") + alert->name;
    }
  }
  return text;
}

inline std::string_view name(State state) {
  switch (state) {
    case State::handshaking:
      return "handshaking";
    case State::client_hello:
      return "client_hello";
    case State::established:
      return "established";
    case State::closed:
      return "closed";
    case State::failed:
      return "failed";
  }
  return "?";
}

}  // namespace smtprig::fakes::tls::test

namespace smtprig::fakes::tls {
// Found by Boost.Test when a comparison fails.
inline std::ostream& boost_test_print_type(std::ostream& out, State state) {
  return out << test::name(state);
}
}  // namespace smtprig::fakes::tls

namespace smtprig::fakes {
inline std::ostream& boost_test_print_type(std::ostream& out, TlsStage stage) {
  return out << static_cast<int>(stage);
}
}  // namespace smtprig::fakes
