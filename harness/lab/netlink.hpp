// The few rtnetlink requests that build a lab's network: what `ip link`, `ip address` and `ip
// route` would do, without the program ip, which a minimal system lacks. Works on the network
// namespace in which it was made. Every request is acknowledged; a refusal is a LabError that names
// the request.
#pragma once

#include <cstdint>
#include <string>

#include <boost/asio/ip/address.hpp>

#include "harness/lab/file_descriptor.hpp"
#include "harness/lab/lab_error.hpp"

namespace smtprig::lab {

// "198.18.0.0/15"
struct Prefix {
  boost::asio::ip::address address;
  unsigned char bits = 0;
};

class Netlink {
 public:
  Netlink();

  // A veth pair: `name` here, `peer` in the network namespace that `peer_namespace` refers to.
  void add_veth(const std::string& name, const std::string& peer, int peer_namespace);
  void set_up(const std::string& link);
  // IPv6 without duplicate address detection, so that the address works at once.
  void add_address(const std::string& link, const Prefix& prefix);
  void add_local_route(const std::string& link, const Prefix& prefix);  // AnyIP
  void add_route(const Prefix& prefix, const boost::asio::ip::address& gateway);
  void add_unreachable_route(const Prefix& prefix);

 private:
  struct Request;
  void ask(Request& request, const std::string& step);
  Request route(const Prefix& prefix, unsigned char type) const;

  FileDescriptor socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace smtprig::lab
