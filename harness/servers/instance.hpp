// One running server under test: its directory rendered from the templates of its folder, its
// process, its log turned into facts. It works for every ServerDescription; there is no code per
// server.
//
// Placeholders: {dir} the instance's directory; {self} this program; {hostname}; {listen} and
// {listen-port}; {dns} and {dns-port}; {smtp-port} and {https-port}; {ca-file}, {crl-file};
// {policies} one line per cell; {relays} and {logins} one per cell with a relay; {attempts};
// {server-certificate} a PEM file of key and chain; {inbound} the listeners for mail from outside;
// {clock-file} a file with the seconds that its clock is to be ahead ("+0", later "+691200");
// {auth-socket} where the instance answers AUTH for the server (auth_service.hpp), {user} and
// {password} of its one account. In an <inbound>: {listen}, {listen6}, {port}, all of that
// listener. In a policy line: {domain}, {destination} (see ServerRelay), {sha256} (pins, lower-case
// hex, joined by "|"), {sha256-colons} (upper-case with colons, joined by "|"). In a command that
// makes an index: {file} and the captures of its reference. "{{" is a brace.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "fakes/journal.hpp"
#include "harness/lab/lab_error.hpp"
#include "harness/lab/namespaces.hpp"
#include "harness/lab/network.hpp"
#include "harness/model/account.hpp"
#include "harness/model/outcome.hpp"
#include "harness/model/server.hpp"

namespace smtprig::servers {

struct DomainPolicy {
  std::string domain;
  model::Policy policy = model::Policy::none;
  std::vector<std::string> pins;  // lower-case hex SHA-256 of certificates, for fingerprint
  struct Relay {
    std::string host;
    std::uint16_t port = 0;
    fakes::Service service = fakes::Service::submission;
    std::optional<model::Account> login;
  };
  std::optional<Relay> relay = {};  // to which all its mail is handed
  bool tls_reports = false;         // whether TLS sessions with it are to be reported (RFC 8460)
};

std::filesystem::path beside_program(const char* name);

// Where a server listens for mail from outside under an inbound policy.
boost::asio::ip::tcp::endpoint listener_of(const lab::Network& network, model::Policy policy,
                                           fakes::Service service, bool ipv6);

struct InstanceSettings {
  model::ServerDescription description;
  std::filesystem::path root;  // unpacked package to overlay; empty: the system's
  // The folder of a configuration of the user's own; empty: the templates of the description.
  std::filesystem::path configuration;
  std::filesystem::path directory;  // scratch; made by start(), removed by stop() unless keep
  std::string trusted_pem;
  std::string crl_pem;  // what the trusted authority has revoked
  std::vector<DomainPolicy> domains;
  bool inbound = false;      // whether the listeners of <inbound> are wanted
  std::string identity_pem;  // with `inbound`: the server's certificate, key first
  model::Account account;    // who may log in, where the configuration names {auth-socket}
  std::vector<std::string> extra_arguments;  // appended to start (embedded: --mutant NAME)
  bool keep = false;
  bool moves_clock = false;  // set_clock() will be called
  // With one id a server that changes its ids is loaded a library that lets it believe that it did
  // (id_shim.cpp).
  lab::Ids ids = lab::ids_here();
  std::filesystem::path shim = beside_program("libsmtprig_ids.so");

  bool takes_own() const { return !configuration.empty() && description.configuration; }
  // Where the server takes the rig's mail.
  std::uint16_t port(const lab::Network& network) const {
    return takes_own() ? static_cast<std::uint16_t>(description.configuration->port)
                       : network.server_port();
  }
  // What is preloaded, and with it in the environment; empty: nothing.
  std::string preloaded() const;
  bool needs_shim() const { return ids == lab::Ids::one && !description.users.empty(); }
};

class Instance {
 public:
  using OnLine =
      std::function<void(const std::string& line, const std::vector<fakes::ServerFact>&)>;
  // "crashed" with "signal 11", or "exit 75"
  using OnDeath = std::function<void(const std::string& detail)>;

  Instance(boost::asio::io_context& io, const lab::Network& network, InstanceSettings settings,
           OnLine on_line, OnDeath on_death);
  ~Instance();  // kills what still runs
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  // Renders, starts, waits for the SMTP greeting; throws LabError (with the last log lines).
  boost::asio::awaitable<void> start();
  // A TERM (or the description's signal), SIGKILL past the deadline; true: it went by itself.
  boost::asio::awaitable<bool> stop();

  boost::asio::ip::tcp::endpoint smtp() const;  // where the rig itself brings mail
  // Tries the queue now, where the server can; no-op else.
  boost::asio::awaitable<void> flush();
  // Removes queue entries, where the server can; no-op else.
  // Puts the clock of a server that reads {clock-file} forward.
  void set_clock(std::chrono::seconds ahead);
  boost::asio::awaitable<void> remove(std::vector<std::string> queue_ids);
  // Connects and waits for a greeting: alive, crashed (process gone), lost_listener (refused),
  // hung.
  boost::asio::awaitable<model::ServerHealth> probe();
  bool running() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace smtprig::servers
