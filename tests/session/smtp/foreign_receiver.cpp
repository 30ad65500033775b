// A receiving peer as a program, for clients that are not ours: foreign_receiver MODE CA_FILE
// JOURNAL, MODE being plain, starttls, required, implicit, lmtp, or auth-plain, auth-login and
// auth-cram-md5: STARTTLS, and a login of user "tim" with password "secret" demanded behind it. It
// writes the trusted root to CA_FILE and its port to standard output, serves one connection, writes
// one event per line to JOURNAL, and ends. It waits for at most a minute.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <fstream>
#include <iostream>
#include <string>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fakes/journal.hpp"
#include "fakes/net/listener.hpp"
#include "fakes/smtp/receiver.hpp"
#include "fakes/smtp/sasl_exchange.hpp"

using namespace smtprig::fakes;

namespace {

// What a test looks for, one word per fact.
std::string text(const EventBody& body) {
  if (const auto* line = std::get_if<LineIn>(&body))
    return fmt::format("in{} {}", line->tls ? "+tls" : "", line->text);
  if (const auto* line = std::get_if<LineOut>(&body))
    return fmt::format("out{} {}", line->tls ? "+tls" : "", line->text);
  if (const auto* hello = std::get_if<ClientHelloSeen>(&body)) return "sni " + hello->sni;
  if (const auto* tls = std::get_if<TlsEstablished>(&body)) return "tls " + tls->version;
  if (const auto* failed = std::get_if<TlsFailed>(&body)) return "tls-failed " + failed->reason;
  if (const auto* closed = std::get_if<Closed>(&body))
    return fmt::format("closed {}", static_cast<int>(closed->how));
  if (const auto* message = std::get_if<MessageAccepted>(&body))
    return fmt::format("accepted from={} to={} token={} tls={} sha256={}", message->mail_from,
                       fmt::join(message->recipients, ","), message->token, message->tls,
                       message->sha256);
  return {};
}

ReceiverSpec spec_of(const std::string& mode) {
  ReceiverSpec spec;
  spec.lmtp = mode == "lmtp";
  spec.starttls = mode == "plain" || spec.lmtp ? StartTls::no : StartTls::yes;
  spec.require_tls = mode == "required";
  spec.implicit_tls = mode == "implicit";
  spec.demands_auth = mode.starts_with("auth-");
  if (!spec.demands_auth) return spec;
  spec.extensions.auth = OffersAuth::in_tls;
  const auto mechanism = smtp::auth_mechanism_named(mode.substr(5));
  spec.extensions.mechanisms = {mechanism.value_or(AuthMechanism::plain)};
  spec.user = "tim";
  spec.password = "secret";
  return spec;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: foreign_receiver MODE CA_FILE JOURNAL\n";
    return 2;
  }
  boost::asio::io_context io(1);
  Journal journal;
  tls::Authority authority;
  auto identity = authority.issue(CertificateClass::good, {"mx.peer.test", "peer.test"});
  smtp::Receiver receiver(
      "mx.peer.test", "mx", spec_of(argv[1]), [identity](auto) { return identity; }, journal);
  bool served = false;
  receiver.on_progress = [&] {
    if (receiver.open_sessions() == 0) served = true;
  };
  net::tcp::endpoint local(boost::asio::ip::make_address("127.0.0.1"), 0);
  net::Listener listener(
      io, local, [&](net::tcp::socket socket) { return receiver.serve(std::move(socket)); });
  std::ofstream(argv[2]) << authority.trusted_pem();
  std::cout << listener.local().port() << std::endl;

  auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!served && std::chrono::steady_clock::now() < limit)
    io.run_one_until(limit);
  std::ofstream out(argv[3]);
  for (const Event& event : journal.events()) {
    std::string line = text(event.body);
    if (!line.empty()) out << line << '\n';
  }
  return served ? 0 : 1;
}
