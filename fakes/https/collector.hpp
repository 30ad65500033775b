// A collector of TLSRPT reports (RFC 8460 5.4): takes them by POST and keeps them in the journal,
// decompressed. What a report says is not its business.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "fakes/https/host.hpp"

namespace smtprig::fakes::https {

// RFC 8460 5.2 speaks of receivers that take ten megabytes.
inline constexpr std::size_t report_bytes_max = 10'000'000;
// What the journal takes, decompressed.
inline constexpr std::size_t report_json_bytes_max = 1u << 20;

class Collector {
 public:
  static HostLimits default_limits();

  // As Host. Throws std::invalid_argument also for a status that HTTP cannot carry.
  Collector(std::string name, std::string who, CollectorSpec spec, IdentitySource identity,
            Journal& journal, HostLimits limits = default_limits());

  Host& host() { return host_; }
  const Host& host() const { return host_; }

 private:
  Host host_;
};

// A report as it came by HTTPS or in a message; pure. `media_type` with or without parameters.
ReportReceived report_from(std::string_view media_type, std::string_view body,
                           std::size_t json_bytes_max = report_json_bytes_max);

// RFC 8460 6.4, 6.5
bool is_report_type(std::string_view media_type);

}  // namespace smtprig::fakes::https
