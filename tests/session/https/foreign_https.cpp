// A policy host or a collector as a program, for clients that are not ours: foreign_https CASE
// CA_FILE JOURNAL. It writes the trusted root to CA_FILE and its port to standard output, serves
// one connection, writes one line per fact to JOURNAL, and ends. It waits for at most a minute.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <variant>

#include <fmt/format.h>

#include "fakes/https/collector.hpp"
#include "fakes/https/policy_host.hpp"
#include "fakes/journal.hpp"
#include "fakes/net/listener.hpp"

using namespace smtprig::fakes;

namespace {

const std::string peer_name = "mta-sts.peer.test";

// What a test looks for.
std::string text(const EventBody& body) {
  if (const auto* hello = std::get_if<ClientHelloSeen>(&body)) return "sni " + hello->sni;
  if (const auto* request = std::get_if<HttpRequest>(&body))
    return fmt::format("{} {} {} sni={} {}", request->method, request->target, request->host,
                       request->sni, request->status);
  if (const auto* report = std::get_if<ReportReceived>(&body))
    return fmt::format("report {} {} {} {}", report->media_type, report->bytes,
                       report->json.substr(0, 100), report->problem);
  return {};
}

PolicyHostSpec policy_host_for(const std::string& what) {
  PolicyHostSpec spec;
  PolicyAnswer& answer = spec.answers[0];
  answer.mx = {"mx.peer.test", "*.other.test"};
  if (what == "expired") spec.https.certificate = CertificateClass::expired;
  if (what == "wrong-host") spec.https.certificate = CertificateClass::wrong_host;
  if (what == "chunked") answer.chunked = true;
  if (what == "drip") {
    answer.segment_bytes = 10;
    answer.pause = std::chrono::milliseconds(5);
  }
  if (what == "redirect") {
    answer.status = 302;
    answer.location = "https://mta-sts.peer.test/moved.txt";
  }
  if (what == "cut") {
    HttpsRule rule;
    rule.id = "cut";
    rule.when.position = HttpsPosition::body;
    rule.actions = {Close{}};
    spec.https.rules = {rule};
  }
  return spec;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: foreign_https CASE CA_FILE JOURNAL\n";
    return 2;
  }
  const std::string what = argv[1];
  boost::asio::io_context io(1);
  Journal journal;
  tls::Authority authority;
  const https::IdentitySource identity = [&](CertificateClass wanted) {
    return authority.issue(wanted, {peer_name, "peer.test"});
  };
  std::unique_ptr<https::PolicyHost> policy_host;
  std::unique_ptr<https::Collector> collector;
  if (what.ends_with("report")) {
    collector =
        std::make_unique<https::Collector>(peer_name, "tlsrpt", CollectorSpec{}, identity, journal);
  } else {
    policy_host = std::make_unique<https::PolicyHost>(peer_name, "sts", policy_host_for(what),
                                                      identity, journal);
  }
  https::Host& host = policy_host ? policy_host->host() : collector->host();
  bool served = false;
  host.on_progress = [&] { served = served || host.open_sessions() == 0; };
  const net::tcp::endpoint local(boost::asio::ip::make_address("127.0.0.1"), 0);
  const net::Listener listener(
      io, local, [&](net::tcp::socket socket) { return host.serve(std::move(socket)); });
  std::ofstream(argv[2]) << authority.trusted_pem();
  std::cout << listener.local().port() << std::endl;

  const auto limit = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!served && std::chrono::steady_clock::now() < limit)
    io.run_one_until(limit);
  std::ofstream out(argv[3]);
  for (const Event& event : journal.events()) {
    const std::string line = text(event.body);
    if (!line.empty()) out << line << '\n';
  }
  return served ? 0 : 1;
}
