// Builds the two network namespaces, or reserves loopback ports. Addresses are handed out in order
// and never reused: a lab ends long before its prefix does (131,000 IPv4 addresses).
#include "harness/lab/network.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "harness/lab/netlink.hpp"

namespace smtprig::lab {
namespace {

namespace ip = boost::asio::ip;

constexpr std::uint32_t isolated_v4 = 0xC6120000;  // 198.18.0.0, RFC 2544
constexpr std::uint32_t isolated_v4_count = 1u << 17;
constexpr std::uint32_t loopback_v4 = 0x7F010000;  // 127.1.0.0
constexpr std::uint32_t loopback_v4_count = 0xFE0000;
constexpr const char* internet_v4 = "198.51.100.1";  // RFC 5737
constexpr const char* server_v4 = "198.51.100.2";
constexpr const char* internet_v6 = "fd00:5b::1";
constexpr const char* server_v6 = "fd00:5b::2";
constexpr std::uint32_t listeners_v4 = 0xC633640A;  // 198.51.100.10
constexpr const char* listeners_v6 = "fd00:5b::10";
constexpr std::array<std::uint16_t, Network::receiver_services> service_ports = {25, 587, 465, 24,
                                                                                 443};

ip::address listener_address(unsigned group, bool ipv6) {
  if (!ipv6) return ip::address_v4(listeners_v4 + group);
  auto bytes = ip::make_address_v6(listeners_v6).to_bytes();
  bytes[15] = static_cast<unsigned char>(bytes[15] + group);
  return ip::address_v6(bytes);
}

Prefix prefix(const char* address, unsigned char bits) {
  return {ip::make_address(address), bits};
}

Prefix fakes_v4() {
  return prefix("198.18.0.0", 15);
}
Prefix fakes_v6() {
  return prefix("fd00:5a::", 32);
}

FileDescriptor this_namespace() {
  FileDescriptor handle(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!handle.open()) throw LabError("open the network namespace", std::strerror(errno));
  return handle;
}

void write_sysctl(const std::string& name, const char* value) {
  const std::string path = "/proc/sys/net/" + name;
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.open() || ::write(file.get(), value, std::strlen(value)) < 0) {
    throw LabError(fmt::format("set {} to {}", path, value), std::strerror(errno));
  }
}

// Whatever is not a fake. A route that fails in connect(2) itself: an ICMP answer over the veth
// comes while connect still owns the socket, and would count only after a second, with the next
// SYN.
void add_nowhere(Netlink& netlink) {
  netlink.add_unreachable_route(prefix("0.0.0.0", 0));
  netlink.add_unreachable_route(prefix("::", 0));
}

void allow_ipv6() {
  for (const char* name : {"ipv6/conf/all/disable_ipv6", "ipv6/conf/default/disable_ipv6"}) {
    write_sysctl(name, "0");
  }
}

void build_internet(int server_namespace) {
  allow_ipv6();
  // An AnyIP route alone lets a socket bind an IPv4 address of its prefix, but not an IPv6 one.
  write_sysctl("ipv6/ip_nonlocal_bind", "1");
  // Every datagram to a closed port is answered, not one in a second.
  write_sysctl("ipv4/icmp_ratelimit", "0");
  write_sysctl("ipv6/icmp/ratelimit", "0");
  Netlink netlink;
  netlink.set_up("lo");
  netlink.add_veth("server", "internet", server_namespace);
  netlink.add_address("server", prefix(internet_v4, 24));
  netlink.add_address("server", prefix(internet_v6, 64));
  netlink.set_up("server");
  netlink.add_local_route("lo", fakes_v4());
  netlink.add_local_route("lo", fakes_v6());
  add_nowhere(netlink);
}

void build_server_side() {
  allow_ipv6();
  Netlink netlink;
  netlink.set_up("lo");
  netlink.add_address("internet", prefix(server_v4, 24));
  netlink.add_address("internet", prefix(server_v6, 64));
  for (unsigned group = 0; group < Network::listener_groups; ++group) {
    netlink.add_address("internet", {listener_address(group, false), 24});
    netlink.add_address("internet", {listener_address(group, true), 64});
  }
  netlink.set_up("internet");
  netlink.add_route(fakes_v4(), ip::make_address(internet_v4));
  netlink.add_route(fakes_v6(), ip::make_address(internet_v6));
  add_nowhere(netlink);
}

FileDescriptor bind_any(int type, std::uint16_t port) {
  FileDescriptor socket(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  if (!socket.open()) throw LabError("open a socket", std::strerror(errno));
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_port = htons(port);
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&any), sizeof any) != 0) socket.reset();
  return socket;
}

std::uint16_t port_of(const FileDescriptor& socket) {
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    throw LabError("find a free port", std::strerror(errno));
  }
  return ntohs(bound.sin_port);
}

// A port that is free on every address, for TCP and UDP. The socket keeps it from being handed out
// to others, but lets the fakes bind single addresses beside it.
FileDescriptor hold_port() {
  for (int attempt = 0; attempt < 100; ++attempt) {
    FileDescriptor held = bind_any(SOCK_STREAM, 0);
    if (!held.open() || !bind_any(SOCK_DGRAM, port_of(held)).open()) continue;
    const int on = 1;
    ::setsockopt(held.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return held;
  }
  throw LabError("find a free port", "100 tries found none that is free for TCP and UDP");
}

// The n-th address, from 0, without those that end in .0 and .255.
ip::address_v4 nth_v4(std::uint32_t base, std::uint32_t n) {
  return ip::address_v4(base + n / 254 * 256 + n % 254 + 1);
}

}  // namespace

Network::Network(Mode mode) : mode_(mode) {
  if (mode == Mode::isolated) {
    build_isolated();
  } else {
    hold_loopback_ports();
  }
}

Network::~Network() = default;

void Network::build_isolated() {
  const FileDescriptor internet = this_namespace();
  if (::unshare(CLONE_NEWNET) != 0) {
    throw LabError("create the server's network namespace", std::strerror(errno));
  }
  server_namespace_ = this_namespace();
  const auto enter = [](const FileDescriptor& handle) {
    if (::setns(handle.get(), CLONE_NEWNET) != 0) {
      throw LabError("enter a network namespace", std::strerror(errno));
    }
  };
  enter(internet);
  build_internet(server_namespace_.get());
  enter(server_namespace_);
  build_server_side();
  enter(internet);
  receiver_ports_ = service_ports;
  server_port_ = 25;
  dns_port_ = authority_port_ = 53;
  next_v4_ = 254;  // 198.18.0.0/24 is for services: dns(), authority()
}

void Network::hold_loopback_ports() {
  const auto take_one = [this](std::uint16_t& port) {
    held_.push_back(hold_port());
    port = port_of(held_.back());
  };
  take_one(dns_port_);
  take_one(authority_port_);
  take_one(server_port_);
  std::ranges::for_each(receiver_ports_, take_one);
  std::ranges::for_each(listener_ports_, take_one);
}

ip::tcp::endpoint Network::listener(unsigned group, unsigned service, bool ipv6) const {
  if (mode_ == Mode::isolated) return {listener_address(group, ipv6), service_ports.at(service)};
  const std::uint16_t port = listener_ports_.at(group * listener_services + service);
  if (ipv6) return {ip::address_v6::loopback(), port};
  return {ip::address_v4::loopback(), port};
}

ip::address Network::server() const {
  return mode_ == Mode::isolated ? ip::make_address(server_v4) : ip::address_v4::loopback();
}

std::uint16_t Network::server_port() const {
  return server_port_;
}

ip::address Network::dns() const {
  if (mode_ == Mode::isolated) return ip::address_v4(isolated_v4 + 53);
  return ip::address_v4::loopback();
}

ip::address Network::authority() const {
  if (mode_ == Mode::isolated) return ip::address_v4(isolated_v4 + 54);
  return ip::address_v4::loopback();
}

std::uint16_t Network::dns_port() const {
  return dns_port_;
}

ip::address Network::next_v4() {
  const bool isolated = mode_ == Mode::isolated;
  const std::uint32_t count = isolated ? isolated_v4_count : loopback_v4_count;
  if (next_v4_ >= count / 256 * 254) {
    throw LabError("hand out an IPv4 address", "the lab's prefix is used up");
  }
  return nth_v4(isolated ? isolated_v4 : loopback_v4, next_v4_++);
}

ip::address Network::next_v6() {
  if (mode_ == Mode::loopback) return ip::address_v6::loopback();
  ip::address_v6::bytes_type bytes = ip::make_address_v6("fd00:5a::1:0:0").to_bytes();
  const std::uint32_t host = ++next_v6_;
  for (int index = 0; index < 4; ++index) {
    bytes[15 - index] = static_cast<unsigned char>(host >> (8 * index));
  }
  return ip::address_v6(bytes);
}

int Network::enter_server_namespace() const {
  if (!server_namespace_.open()) return 0;
  return ::setns(server_namespace_.get(), CLONE_NEWNET) == 0 ? 0 : errno;
}

}  // namespace smtprig::lab
