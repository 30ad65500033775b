// Builds rtnetlink messages in a fixed buffer: header, family header, attributes (rtnetlink(7)).
#include "harness/lab/netlink.hpp"

#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

namespace smtprig::lab {
namespace {

int index_of(const std::string& link) {
  const unsigned index = ::if_nametoindex(link.c_str());
  if (index == 0) throw LabError("find the network interface " + link, std::strerror(errno));
  return static_cast<int>(index);
}

std::string text(const Prefix& prefix) {
  return fmt::format("{}/{}", prefix.address.to_string(), prefix.bits);
}

unsigned char family(const boost::asio::ip::address& address) {
  return address.is_v4() ? AF_INET : AF_INET6;
}

}  // namespace

struct Netlink::Request {
  alignas(nlmsghdr) std::array<char, 1024> bytes{};
  std::size_t size = NLMSG_HDRLEN;

  template <typename Header>
  Request(unsigned short type, unsigned short flags, const Header& header) {
    nlmsghdr* const head = reinterpret_cast<nlmsghdr*>(bytes.data());
    head->nlmsg_type = type;
    head->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
    append(header);
  }

  void append_bytes(const void* data, std::size_t count) {
    assert(size + count <= bytes.size());
    std::memcpy(bytes.data() + size, data, count);
    size += NLMSG_ALIGN(count);
  }
  template <typename Value>
  void append(const Value& value) {
    append_bytes(&value, sizeof value);
  }
  // An attribute whose content follows; close(place) sets its length.
  std::size_t open(unsigned short type) {
    const std::size_t place = size;
    append(rtattr{0, type});
    return place;
  }
  void close(std::size_t place) {
    reinterpret_cast<rtattr*>(bytes.data() + place)->rta_len =
        static_cast<unsigned short>(size - place);
  }
  void attribute(unsigned short type, const void* data, std::size_t count) {
    const std::size_t place = open(type);
    append_bytes(data, count);
    reinterpret_cast<rtattr*>(bytes.data() + place)->rta_len =
        static_cast<unsigned short>(RTA_LENGTH(count));
  }
  void attribute(unsigned short type, const std::string& value) {
    attribute(type, value.c_str(), value.size() + 1);
  }
  void attribute(unsigned short type, int value) { attribute(type, &value, sizeof value); }
  void attribute(unsigned short type, const boost::asio::ip::address& address) {
    if (address.is_v4()) {
      const auto octets = address.to_v4().to_bytes();
      attribute(type, octets.data(), octets.size());
    } else {
      const auto octets = address.to_v6().to_bytes();
      attribute(type, octets.data(), octets.size());
    }
  }
};

Netlink::Netlink() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
  if (!socket_.open()) throw LabError("open a netlink socket", std::strerror(errno));
}

void Netlink::ask(Request& request, const std::string& step) {
  nlmsghdr* const head = reinterpret_cast<nlmsghdr*>(request.bytes.data());
  head->nlmsg_len = static_cast<std::uint32_t>(request.size);
  head->nlmsg_seq = ++sequence_;
  if (::send(socket_.get(), request.bytes.data(), request.size, 0) < 0) {
    throw LabError(step, std::strerror(errno));
  }
  alignas(nlmsghdr) std::array<char, 8192> answer{};
  const ssize_t got = ::recv(socket_.get(), answer.data(), answer.size(), 0);
  const nlmsghdr* const reply = reinterpret_cast<const nlmsghdr*>(answer.data());
  if (got < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr))) ||
      reply->nlmsg_type != NLMSG_ERROR || reply->nlmsg_seq != sequence_) {
    throw LabError(step, "the kernel gave no acknowledgement");
  }
  const int error = static_cast<const nlmsgerr*>(NLMSG_DATA(reply))->error;
  if (error != 0) throw LabError(step, std::strerror(-error));
}

void Netlink::add_veth(const std::string& name, const std::string& peer, int peer_namespace) {
  const ifinfomsg link{};
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, link);
  request.attribute(IFLA_IFNAME, name);
  const std::size_t info = request.open(IFLA_LINKINFO);
  request.attribute(IFLA_INFO_KIND, std::string("veth"));
  const std::size_t data = request.open(IFLA_INFO_DATA);
  const std::size_t other = request.open(VETH_INFO_PEER);
  request.append(link);
  request.attribute(IFLA_IFNAME, peer);
  request.attribute(IFLA_NET_NS_FD, peer_namespace);
  request.close(other);
  request.close(data);
  request.close(info);
  ask(request, fmt::format("create the link {}-{}", name, peer));
}

void Netlink::set_up(const std::string& link) {
  ifinfomsg header{};
  header.ifi_index = index_of(link);
  header.ifi_flags = IFF_UP;
  header.ifi_change = IFF_UP;
  Request request(RTM_NEWLINK, 0, header);
  ask(request, "set up the link " + link);
}

void Netlink::add_address(const std::string& link, const Prefix& prefix) {
  ifaddrmsg header{};
  header.ifa_family = family(prefix.address);
  header.ifa_prefixlen = prefix.bits;
  header.ifa_index = static_cast<std::uint32_t>(index_of(link));
  if (prefix.address.is_v6()) header.ifa_flags = IFA_F_NODAD;
  Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, header);
  request.attribute(IFA_LOCAL, prefix.address);
  request.attribute(IFA_ADDRESS, prefix.address);
  ask(request, fmt::format("give {} the address {}", link, text(prefix)));
}

Netlink::Request Netlink::route(const Prefix& prefix, unsigned char type) const {
  rtmsg header{};
  header.rtm_family = family(prefix.address);
  header.rtm_dst_len = prefix.bits;
  header.rtm_table = type == RTN_LOCAL ? RT_TABLE_LOCAL : RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_STATIC;
  header.rtm_scope = type == RTN_LOCAL ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
  header.rtm_type = type;
  Request request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, header);
  if (prefix.bits > 0) request.attribute(RTA_DST, prefix.address);
  return request;
}

void Netlink::add_local_route(const std::string& link, const Prefix& prefix) {
  Request request = route(prefix, RTN_LOCAL);
  request.attribute(RTA_OIF, index_of(link));
  ask(request, fmt::format("route {} to this machine", text(prefix)));
}

void Netlink::add_route(const Prefix& prefix, const boost::asio::ip::address& gateway) {
  Request request = route(prefix, RTN_UNICAST);
  request.attribute(RTA_GATEWAY, gateway);
  ask(request, fmt::format("route {} by {}", text(prefix), gateway.to_string()));
}

void Netlink::add_unreachable_route(const Prefix& prefix) {
  Request request = route(prefix, RTN_UNREACHABLE);
  ask(request, fmt::format("make {} unreachable", text(prefix)));
}

}  // namespace smtprig::lab
