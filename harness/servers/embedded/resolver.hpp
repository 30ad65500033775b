// A DNS stub resolver: asks one recursive server over UDP, from a new port each time, and over TCP
// where the answer was truncated. A few tries, each under the deadline, and only packets that match
// the question count. It keeps no cache and trusts the server's answers as they come.
#pragma once

#include "harness/servers/embedded/dns_message.hpp"
#include "harness/servers/embedded/mutants.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <random>
#include <string>

namespace smtprig::embedded {

class Resolver {
 public:
  Resolver(boost::asio::ip::tcp::endpoint server, std::chrono::milliseconds deadline,
           const Mutants& mutants)
      : server_(server), deadline_(deadline), mutants_(mutants), ids_(std::random_device{}()) {}

  // Never throws for what the server does. The resolver must outlive the call.
  boost::asio::awaitable<Lookup> look_up(std::string name, RecordType type);

 private:
  boost::asio::awaitable<DnsAnswer> ask_udp(Question question);
  boost::asio::awaitable<DnsAnswer> ask_tcp(Question question);

  static constexpr unsigned tries_max = 3;
  boost::asio::ip::tcp::endpoint server_;
  std::chrono::milliseconds deadline_;
  Mutants mutants_;
  std::mt19937 ids_;
};

}  // namespace smtprig::embedded
