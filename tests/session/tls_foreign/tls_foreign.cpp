// The engine against a TLS peer that is not ours: openssl s_client and s_server, over a Unix
// socket. Needs the program `openssl`; without it the test is skipped (exit status 77) and says so.
#define BOOST_TEST_MODULE tls_foreign
#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "child.hpp"
#include "fakes/tls/engine.hpp"
#include "pem.hpp"

namespace smtprig::fakes::tls {
namespace {

using namespace std::string_literals;
using smtprig::test::Child;
using smtprig::test::Folder;
using smtprig::test::Socket;

struct NeedsOpenssl {
  NeedsOpenssl() {
    try {
      Child version({"openssl", "version"});
      if (version.wait_exit() == 0) return;
    } catch (const std::runtime_error&) {
    }
    std::cerr << "skipped: install the program openssl (Debian package openssl)\n";
    std::_Exit(77);
  }
};
BOOST_TEST_GLOBAL_FIXTURE(NeedsOpenssl);

const Names names{"mx1.some.test", "some.test"};

struct Row {
  const char* name;
  TlsVersion version;
  const char* option;
  const char* spoken;
};
const Row rows[] = {
    {"1.0", TlsVersion::tls1_0, "-tls1", "TLSv1"},
    {"1.1", TlsVersion::tls1_1, "-tls1_1", "TLSv1.1"},
    {"1.2", TlsVersion::tls1_2, "-tls1_2", "TLSv1.2"},
    {"1.3", TlsVersion::tls1_3, "-tls1_3", "TLSv1.3"},
};

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  BOOST_REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  return address;
}

void send_all(int fd, const std::string& bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t size = send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return;  // the peer left: the next read tells
    sent += static_cast<std::size_t>(size);
  }
}

// Carries bytes between engine and socket until `done`, the peer's EOF, or the deadline.
bool carry(Engine& engine, int fd, const std::function<bool()>& done) {
  const auto deadline = smtprig::test::soon();
  engine.feed("");
  for (;;) {
    send_all(fd, engine.drain());
    if (done()) return true;
    char chunk[4096];
    if (!smtprig::test::readable(fd, deadline)) return false;
    const ssize_t size = recv(fd, chunk, sizeof chunk, 0);
    if (size <= 0) {
      engine.feed_eof();
      return done();
    }
    engine.feed({chunk, static_cast<std::size_t>(size)});
  }
}

bool settled(const Engine& engine) {
  return engine.state() != State::handshaking && engine.state() != State::client_hello;
}

template <class T>
std::vector<T> only(const std::vector<EventBody>& events) {
  std::vector<T> found;
  for (const EventBody& event : events) {
    if (const T* one = std::get_if<T>(&event)) found.push_back(*one);
  }
  return found;
}

std::string level_of(TlsVersion version) {
  return version < TlsVersion::tls1_2 ? "DEFAULT:@SECLEVEL=0" : "DEFAULT:@SECLEVEL=2";
}

// One accepted connection of a strict s_client, which verifies chain and name.
struct StrictClient {
  StrictClient(const Row& row, Authority& authority,
               const std::vector<std::string>& more = {"-quiet", "-no_ign_eof"})
      : listener(listening_at(folder.path("socket"))), child(command(row, authority, more)) {}

  std::vector<std::string> command(const Row& row, Authority& authority,
                                   const std::vector<std::string>& more) const {
    std::vector<std::string> words = {"openssl",
                                      "s_client",
                                      "-unix",
                                      folder.path("socket"),
                                      row.option,
                                      "-cipher",
                                      level_of(row.version),
                                      "-servername",
                                      names.host,
                                      "-verify_hostname",
                                      names.host,
                                      "-verify_return_error",
                                      "-no-CApath",
                                      "-no-CAstore",
                                      "-CAfile",
                                      folder.file("ca.pem", authority.trusted_pem()),
                                      "-alpn",
                                      "smtp"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  static int listening_at(const std::string& path) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un address = address_of(path);
    BOOST_REQUIRE(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    BOOST_REQUIRE(listen(fd, 1) == 0);
    return fd;
  }

  int accept_one() const {
    BOOST_REQUIRE(smtprig::test::readable(listener.fd(), smtprig::test::soon()));
    return accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC);
  }

  Folder folder;
  Socket listener;
  Child child;
};

Engine server_engine(const Row& row, std::shared_ptr<const Identity> identity) {
  Settings settings;
  settings.versions = {row.version, row.version};
  settings.identity = std::move(identity);
  return Engine(std::make_shared<const Context>(settings));
}

BOOST_AUTO_TEST_CASE(a_strict_foreign_client_accepts_the_good_certificate) {
  Authority authority;
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      StrictClient client(row, authority);
      Socket socket(client.accept_one());
      Engine server = server_engine(row, authority.issue(CertificateClass::good, names));
      BOOST_TEST(carry(server, socket.fd(), [&] { return settled(server); }));
      BOOST_REQUIRE(server.state() == State::established);
      BOOST_TEST(server.version() == row.spoken);
      const auto hello = only<ClientHelloSeen>(server.take_events());
      BOOST_REQUIRE(hello.size() == 1u);
      BOOST_TEST(hello[0].sni == names.host);
      BOOST_TEST(hello[0].alpn == "smtp");

      BOOST_TEST(server.write("220 ready\r\n"));
      client.child.write("EHLO client.test\n");
      std::string heard;
      BOOST_TEST(
          carry(server, socket.fd(), [&] { return (heard += server.read()).ends_with('\n'); }));
      BOOST_TEST(heard == "EHLO client.test\n");
      server.shut_down();
      BOOST_TEST(carry(server, socket.fd(), [&] { return server.state() == State::closed; }));
      socket.end();
      BOOST_TEST(client.child.wait_exit() == 0);
      BOOST_TEST(client.child.output() == "220 ready\r\n");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_foreign_client_gets_the_staple_that_it_asks_for) {
  Authority authority;
  for (const Row& row : {rows[2], rows[3]}) {
    BOOST_TEST_CONTEXT(row.name) {
      StrictClient client(row, authority, {"-status"});
      Socket socket(client.accept_one());
      Engine server = server_engine(
          row, authority.with_staple(authority.issue(CertificateClass::revoked, names),
                                     Staple::revoked));
      BOOST_TEST(carry(server, socket.fd(), [&] { return settled(server); }));
      BOOST_REQUIRE(server.state() == State::established);
      const auto events = server.take_events();
      BOOST_TEST(only<ClientHelloSeen>(events).at(0).status_request);
      BOOST_TEST(only<CertificatePresented>(events).at(0).stapled);
      server.shut_down();
      send_all(socket.fd(), server.drain());
      socket.end();
      client.child.wait_exit();
      BOOST_TEST(client.child.output().find("Cert Status: revoked") != std::string::npos,
                 client.child.output());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_strict_foreign_client_refuses_the_others_by_an_alert) {
  struct Refusal {
    const char* name;
    CertificateClass what;
    const char* alert;
  };
  const Refusal refusals[] = {
      {"expired", CertificateClass::expired, "certificate_expired"},
      {"not yet valid", CertificateClass::not_yet_valid, "bad_certificate"},
      {"self-signed", CertificateClass::self_signed, "unknown_ca"},
      {"wrong host", CertificateClass::wrong_host, "bad_certificate"},
      {"untrusted CA", CertificateClass::untrusted_ca, "unknown_ca"},
      {"no intermediate", CertificateClass::no_intermediate, "unknown_ca"},
  };
  Authority authority;
  for (const Row& row : rows) {
    for (const Refusal& refusal : refusals) {
      BOOST_TEST_CONTEXT(row.name << ", " << refusal.name) {
        StrictClient client(row, authority);
        Socket socket(client.accept_one());
        Engine server = server_engine(row, authority.issue(refusal.what, names));
        BOOST_TEST(carry(server, socket.fd(), [&] { return settled(server); }));
        BOOST_TEST(server.failure() != "");
        const auto events = server.take_events();
        const auto alerts = only<TlsAlert>(events);
        BOOST_REQUIRE(alerts.size() == 1u);
        BOOST_TEST(!alerts[0].sent);
        BOOST_TEST(alerts[0].level == 2);
        BOOST_TEST(alerts[0].name == refusal.alert);
        BOOST_REQUIRE(only<TlsFailed>(events).size() == 1u);
        BOOST_TEST(only<TlsFailed>(events)[0].stage == "server-hello");
        socket.end();
        BOOST_TEST(client.child.wait_exit() == 1);
      }
    }
  }
}

// A foreign client that has a certificate shows it to a server that asks, and one that has none is
// served; a foreign server that demands one takes ours.
BOOST_AUTO_TEST_CASE(certificates_of_clients) {
  Authority authority;
  const auto identity = authority.issue_client(CertificateClass::good, {"client.test", ""});
  for (const bool shows : {true, false}) {
    for (const char* option : {"-tls1_2", "-tls1_3"}) {
      BOOST_TEST_CONTEXT(option << (shows ? ", shows one" : ", has none")) {
        const Folder folder;
        const Socket listener(StrictClient::listening_at(folder.path("socket")));
        std::vector<std::string> command = {
            "openssl", "s_client", "-unix", folder.path("socket"), option, "-quiet", "-no_ign_eof"};
        if (shows) {
          const std::string file = folder.file("client.pem", identity_pem(*identity));
          for (const std::string& argument : {"-cert"s, file, "-cert_chain"s, file, "-key"s, file})
            command.push_back(argument);
        }
        Child client(command);
        BOOST_REQUIRE(smtprig::test::readable(listener.fd(), smtprig::test::soon()));
        Socket socket(accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
        Settings settings;
        settings.identity = authority.issue(CertificateClass::good, names);
        settings.client_certificate = ClientCertificate::asked;
        settings.trust = trust_store(authority.trusted_pem());
        Engine server(std::make_shared<const Context>(settings));
        BOOST_TEST(carry(server, socket.fd(), [&] { return settled(server); }));
        BOOST_REQUIRE(server.state() == State::established);
        BOOST_TEST(server.verify_error() == (shows ? X509_V_OK : X509_V_ERR_UNSPECIFIED));
        BOOST_TEST(only<CertificateSeen>(server.take_events()).size() == (shows ? 1u : 0u));
        server.shut_down();
        send_all(socket.fd(), server.drain());
        client.close_input();
        socket.end();
        client.wait_exit();
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_foreign_server_that_demands_a_certificate_takes_ours) {
  Authority authority;
  const Folder folder;
  const std::string root = folder.file("root.pem", authority.trusted_pem());
  const auto own = authority.issue(CertificateClass::good, names);
  const std::string file = folder.file("server.pem", identity_pem(*own));
  for (const bool shows : {true, false}) {
    Child foreign({"openssl", "s_server", "-unix", folder.path("socket"), "-unlink", "-cert", file,
                   "-key", file, "-CAfile", root, "-Verify", "3", "-verify_return_error",
                   "-naccept", "1", "-tls1_2", "-rev"});
    BOOST_REQUIRE(foreign.wait_output("ACCEPT"));
    Socket link(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(folder.path("socket"));
    BOOST_REQUIRE(connect(link.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
                  0);
    Settings settings;
    settings.role = Role::client;
    if (shows)
      settings.identity = authority.issue_client(CertificateClass::good, {"client.test", ""});
    Engine client(std::make_shared<const Context>(settings));
    BOOST_TEST(carry(client, link.fd(), [&] { return settled(client); }));
    BOOST_TEST((client.state() == State::established) == shows);
    BOOST_TEST(only<CertificatePresented>(client.take_events()).size() == (shows ? 1u : 0u));
    client.shut_down();
    send_all(link.fd(), client.drain());
    link.end();
    foreign.wait_exit();
  }
}

BOOST_AUTO_TEST_CASE(the_client_engine_speaks_with_a_foreign_server) {
  Authority authority;
  const auto identity = authority.issue(CertificateClass::good, names);
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      Folder folder;
      const auto certificate = [&](std::size_t i) {
        return pem_of([&](BIO* to) { return PEM_write_bio_X509(to, identity->chain[i].get()); });
      };
      const std::string key = pem_of([&](BIO* to) {
        return PEM_write_bio_PrivateKey(to, identity->key.get(), nullptr, nullptr, 0, nullptr,
                                        nullptr);
      });
      // -rev: every line comes back reversed.
      Child foreign({"openssl", "s_server", "-unix", folder.path("socket"), row.option, "-cipher",
                     level_of(row.version), "-cert", folder.file("leaf.pem", certificate(0)),
                     "-key", folder.file("key.pem", key), "-cert_chain",
                     folder.file("chain.pem", certificate(1)), "-naccept", "1", "-rev"});
      BOOST_REQUIRE(foreign.wait_output("ACCEPT"));
      Socket link(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
      const sockaddr_un address = address_of(folder.path("socket"));
      BOOST_REQUIRE(
          connect(link.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);

      Settings settings;
      settings.role = Role::client;
      settings.versions = {row.version, row.version};
      settings.server_name = names.host;
      settings.trust = trust_store(authority.trusted_pem());
      Engine client(std::make_shared<const Context>(settings));
      BOOST_TEST(carry(client, link.fd(), [&] { return settled(client); }));
      BOOST_REQUIRE(client.state() == State::established);
      BOOST_TEST(client.version() == row.spoken);
      BOOST_TEST(client.verify_error() == X509_V_OK);
      BOOST_TEST(client.peer_chain().size() == 2u);
      BOOST_TEST(sha256_spki(client.peer_chain()[0]) == identity->sha256_spki);

      BOOST_TEST(client.write("desrever\n"));
      std::string heard;
      BOOST_TEST(
          carry(client, link.fd(), [&] { return (heard += client.read()).ends_with('\n'); }));
      BOOST_TEST(heard == "reversed\n");
      client.shut_down();
      send_all(link.fd(), client.drain());
      link.end();
      BOOST_TEST(foreign.wait_exit() == 0);
    }
  }
}

}  // namespace
}  // namespace smtprig::fakes::tls
