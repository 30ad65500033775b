// The embedded server for clients that are not ours: foreign_server FOLDER writes ca.pem,
// server.pem, client.pem and a configuration there, with one listener for each way in, and runs the
// server until SIGTERM. Its log, on standard output, tells the ports. Mail is accepted and goes
// nowhere.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "fakes/tls/certificate.hpp"
#include "harness/servers/embedded/embedded.hpp"

using namespace smtprig;

namespace {

constexpr const char* listeners = R"(127.0.0.1:0 may smtp
127.0.0.1:0 require-client-cert smtp
127.0.0.1:0 encrypt submission
127.0.0.1:0 encrypt submissions
)";

// Nobody answers on the DNS port: what was accepted waits.
constexpr const char* configuration = R"({
  "hostname": "me.test", "listen": "127.0.0.1:0", "dns": "127.0.0.1:9", "ca_file": "ca.pem",
  "listeners_file": "listeners.txt", "certificate_file": "server.pem",
  "users": {"user": "secret"}
})";

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: foreign_server FOLDER\n";
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  fakes::tls::Authority authority;
  using fakes::CertificateClass;
  std::ofstream(folder / "ca.pem") << authority.trusted_pem();
  std::ofstream(folder / "server.pem")
      << identity_pem(*authority.issue(CertificateClass::good, {"me.test", ""}));
  std::ofstream(folder / "client.pem")
      << identity_pem(*authority.issue_client(CertificateClass::good, {"client.test", ""}));
  std::ofstream(folder / "listeners.txt") << listeners;
  std::ofstream(folder / "embedded.json") << configuration;
  return embedded::embedded_main({(folder / "embedded.json").string()});
}
