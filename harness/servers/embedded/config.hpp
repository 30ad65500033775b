// The configuration file: JSON, strict. An unknown member, a wrong type or a value out of range is
// an error that names the member; nothing is guessed. Members:
//   hostname  listen  dns                    required: "mx.test", "127.0.0.1:2525", "127.0.0.1:53"
//   smtp_port https_port ca_file policies policy_file default_policy retry_ms timeouts_ms limits
//   optional listeners_file certificate_file users relay_file login_file clock_file optional
//   tls_report_file tls_report_ms optional
// tls_report_file has a domain a line: of TLS sessions with it reports are made (RFC 8460), when no
// mail to it has been in the queue for tls_report_ms.
// `listen` takes mail as under `may`, without a certificate in clear alone; listeners_file
// (listener_table.hpp) adds listeners under the inbound policies, certificate_file (private key,
// leaf, chain in PEM) is what they show, `users`
// ({NAME: PASSWORD}) who may authenticate. relay_file and login_file: relay_table.hpp; clock_file:
// lab_clock.hpp. Paths are relative to the file's folder. What the file is silent on has a real
// server's value.
#pragma once

#include "harness/servers/embedded/lab_clock.hpp"
#include "harness/servers/embedded/listener_table.hpp"
#include "harness/servers/embedded/policy_table.hpp"
#include "harness/servers/embedded/relay_table.hpp"
#include "harness/servers/embedded/sasl.hpp"
#include "harness/servers/embedded/schedule.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

// RFC 5321 4.5.3.2 where it has a value.
struct Timeouts {
  std::chrono::milliseconds dns{5'000};  // per try
  std::chrono::milliseconds connect{30'000};
  std::chrono::milliseconds reply{300'000};  // greeting, MAIL, RCPT; also per write
  std::chrono::milliseconds handshake{120'000};
  std::chrono::milliseconds final_dot{600'000};
  std::chrono::milliseconds quit{5'000};      // no decision depends on that reply
  std::chrono::milliseconds client{300'000};  // silence of an inbound client
  std::chrono::milliseconds https{60'000};    // a whole fetch (RFC 8461 3.3)
};

struct Limits {
  std::size_t message_bytes_max = 10u << 20;
  std::size_t recipients_max = 100;  // per message (RFC 5321 4.5.3.1.8: at least 100)
  std::size_t queue_messages_max = 20'000;
  std::size_t queue_bytes_max = 256u << 20;
  std::size_t deliveries_max = 200;  // at once
  std::size_t clients_max = 64;      // at once
};

struct Config {
  std::string hostname;
  boost::asio::ip::tcp::endpoint listen;
  boost::asio::ip::tcp::endpoint dns;  // UDP, and TCP after truncation
  std::uint16_t smtp_port = 25;        // of remote MX hosts
  std::uint16_t https_port = 443;      // of policy hosts
  std::string ca_pem;                  // content of ca_file; empty: nothing is trusted
  std::vector<ListenerEntry> listeners;
  std::string certificate_pem;  // content of certificate_file; empty: no TLS inbound
  LabClock clock;
  Users users;
  std::set<std::string, std::less<>> tls_reports;  // of whose sessions reports are made
  std::chrono::milliseconds tls_report{86'400'000};
  PolicyTable policies;
  RelayTable relays;
  Schedule schedule;
  Timeouts timeouts;
  Limits limits;
};

// `folder`: what relative paths in `text` are relative to.
boost::system::result<Config, ConfigError> parse_config(std::string_view text,
                                                        const std::filesystem::path& folder);
boost::system::result<Config, ConfigError> read_config(const std::filesystem::path& file);

}  // namespace smtprig::embedded
