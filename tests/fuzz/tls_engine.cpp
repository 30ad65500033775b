// Arbitrary bytes from a peer, to a server and to a client engine. The first byte chooses versions,
// pause and sizes of pieces; the rest is what the peer sends. A failing engine must hold its
// promises: a reason, one TlsFailed, and nothing that comes after a failure changes anything.
//
// Randomness inside OpenSSL is left alone, so an input that depends on the keys of a handshake does
// not reproduce; everything before the first encrypted record does.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "fakes/tls/engine.hpp"

namespace {

using namespace smtprig::fakes;
using namespace smtprig::fakes::tls;

void require(bool holds) {
  if (!holds) std::abort();
}

std::shared_ptr<const Context> context_of(Role role, bool old, bool pause) {
  static Authority authority;
  Settings settings;
  settings.role = role;
  settings.pause_at_client_hello = pause;
  if (old) settings.versions = {TlsVersion::tls1_0, TlsVersion::tls1_3};
  if (role == Role::server) {
    settings.identity = authority.issue(CertificateClass::good, {"mx.fuzz.test", "fuzz.test"});
  } else {
    settings.server_name = "mx.fuzz.test";
    settings.trust = trust_store(authority.trusted_pem());
  }
  return std::make_shared<const Context>(settings);
}

void play(Engine& engine, std::string_view bytes, std::size_t piece) {
  std::size_t failures = 0;
  const auto count_failures = [&] {
    for (const EventBody& event : engine.take_events()) {
      failures += std::holds_alternative<TlsFailed>(event) ? 1 : 0;
    }
  };
  engine.feed("");
  while (!bytes.empty()) {
    const std::string_view now = bytes.substr(0, piece);
    engine.feed(now);
    bytes.remove_prefix(now.size());
    if (engine.state() == State::client_hello) engine.resume();
    engine.drain();
    engine.read();
    count_failures();
  }
  engine.feed_eof();
  count_failures();
  // Nobody completes a handshake without knowing a key of its own.
  require(engine.state() == State::failed);
  require(!engine.failure().empty());
  require(failures == 1);
  require(!engine.write("x"));
  engine.feed("more");
  require(engine.state() == State::failed && engine.drain().size() < 1024);
  require(engine.peer_chain().empty() && engine.verify_error() != 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::shared_ptr<const Context> contexts[] = {
      context_of(Role::server, false, false), context_of(Role::server, true, true),
      context_of(Role::client, false, false), context_of(Role::client, true, false)};
  if (size == 0) return 0;
  const unsigned choice = data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr std::size_t pieces[] = {1, 7, 1024, 1 << 20};
  Engine engine(contexts[choice & 3]);
  play(engine, bytes, pieces[choice >> 2 & 3]);
  return 0;
}
