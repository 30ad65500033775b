// Where the server accepts mail, under which policy and as which service. Lines of a listeners file
// are
//   ADDRESS:PORT POLICY SERVICE        # a comment
// Port 0 stands for a free one.
#pragma once

#include "fakes/sender_spec.hpp"
#include "harness/model/policy.hpp"
#include "harness/servers/embedded/policy_table.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>

#include <string_view>
#include <vector>

namespace smtprig::embedded {

// What is demanded of clients: one of model::inbound_policies, in rising order.
using InboundPolicy = model::Policy;

// Mail needs no AUTH on any of them; the two for submission have it inside TLS.
using fakes::Service;
std::string_view name(Service service);

struct ListenerEntry {
  boost::asio::ip::tcp::endpoint endpoint;
  InboundPolicy policy = InboundPolicy::none;
  Service service = Service::smtp;
};

// Errors begin with "line N: ". An endpoint stands once; submissions without TLS is an error.
boost::system::result<std::vector<ListenerEntry>, ConfigError> parse_listeners(
    std::string_view text);

// "127.0.0.1:25", "[::1]:25"
boost::system::result<boost::asio::ip::tcp::endpoint, ConfigError> parse_endpoint(
    std::string_view text);

}  // namespace smtprig::embedded
