// The addresses of a lab's private internet, and how processes get into the server's part of it. In
// loopback mode everything is 127.0.0.0/8 on free high ports; isolated, the fakes own 198.18.0.0/15
// (RFC 2544) and fd00:5a::/32 by AnyIP routes in one network namespace, the server under test lives
// in the other, and the ports are the real ones. Whatever lies outside is unreachable, at once.
//
//   internet namespace (lab, fakes)                    server namespace
//   lo: 198.18.0.0/15, fd00:5a::/32     veth           lo
//   198.51.100.1, fd00:5b::1  -------------------->  198.51.100.2, .10 to .13, fd00:5b::2, ...
//
// Loopback ports are held by sockets that never listen, so that no other process of the host is
// given them: listeners there must set SO_REUSEADDR (Asio's acceptors do).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "harness/lab/file_descriptor.hpp"
#include "harness/lab/launch.hpp"

namespace smtprig::lab {

class Network {
 public:
  // Called in the lab process after init_main set the namespaces up; throws LabError.
  explicit Network(Mode mode);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  Mode mode() const { return mode_; }
  boost::asio::ip::address server() const;  // where the server under test accepts mail
  std::uint16_t server_port() const;        // 25, or a free port
  boost::asio::ip::address dns() const;
  std::uint16_t dns_port() const;  // 53, or a free port
  // Where the authoritative servers of all zones are, where a resolver of its own is at dns().
  boost::asio::ip::address authority() const;
  std::uint16_t authority_port() const { return authority_port_; }
  std::uint16_t smtp_port() const { return receiver_port(0); }  // where mail is brought to MX hosts
  // Where receivers listen and servers connect: 25, 587, 465, 24, 443, or free ports.
  static constexpr unsigned receiver_services = 5;
  std::uint16_t https_port() const { return receiver_port(receiver_services - 1); }
  std::uint16_t receiver_port(unsigned service) const { return receiver_ports_.at(service); }

  // Where the server under test accepts mail from the peers of a test: one endpoint for each of
  // `listener_groups` (what it demands) and `listener_services` (how it speaks), in both families.
  // Isolated, a group has addresses of its own and the ports of life: 25, 587, 465.
  static constexpr unsigned listener_groups = 4;
  static constexpr unsigned listener_services = 3;
  boost::asio::ip::tcp::endpoint listener(unsigned group, unsigned service, bool ipv6) const;

  // An address that no other host of this lab has. Nothing is bound there yet, so it refuses.
  boost::asio::ip::address next_v4();
  // Isolated: as many as wanted. Loopback: ::1 is the only one; see has_v6_pool().
  boost::asio::ip::address next_v6();
  bool has_v6_pool() const { return mode_ == Mode::isolated; }

  // For a child between fork and exec: enter the server's network namespace. Async-signal-safe.
  // Returns 0 or errno.
  int enter_server_namespace() const;

 private:
  void build_isolated();
  void hold_loopback_ports();

  Mode mode_;
  FileDescriptor server_namespace_;
  std::vector<FileDescriptor> held_;
  std::uint16_t dns_port_ = 0, authority_port_ = 0, server_port_ = 0;
  std::array<std::uint16_t, receiver_services> receiver_ports_{};
  std::array<std::uint16_t, listener_groups * listener_services> listener_ports_{};
  std::uint32_t next_v4_ = 0, next_v6_ = 0;
};

}  // namespace smtprig::lab
