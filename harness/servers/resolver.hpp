// A real validating resolver (unbound) between the server under test and the DNS of a lab. It asks
// the lab's authoritative server for everything and believes what is signed below the trust anchor.
// It keeps no answer beyond the second in which it came: tables change while they are served. It
// runs beside the fakes, in both modes, from the system or from an unpacked package.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "harness/model/server.hpp"
#include "harness/servers/installed.hpp"

namespace smtprig::servers {

// What `servers fetch unbound` unpacks and `--dns signed` needs. It is no server under test.
model::ServerDescription resolver_description();

// An unpacked one before the system's, which AppArmor may keep from reading a configuration that is
// not in /etc/unbound. Throws LabError with the way to get one.
Installed find_resolver(const std::filesystem::path& cache);

struct ResolverSettings {
  std::filesystem::path root;       // of an unpacked package; empty: the system
  std::filesystem::path directory;  // scratch; made by start()
  boost::asio::ip::udp::endpoint listen;
  boost::asio::ip::udp::endpoint authority;
  std::string trust_anchor;  // ". 3600 IN DS ..."
};

// The text of its unbound.conf.
std::string resolver_configuration(const ResolverSettings& settings);

class Resolver {
 public:
  using OnDeath = std::function<void(const std::string& detail)>;  // "signal 11", its last lines

  Resolver(boost::asio::io_context& io, ResolverSettings settings, OnDeath on_death);
  ~Resolver();  // kills it
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Until it takes questions; throws LabError, with its last lines.
  boost::asio::awaitable<void> start();
  boost::asio::awaitable<void> stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace smtprig::servers
