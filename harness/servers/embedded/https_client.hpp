// One HTTPS request to one host: for policies of MTA-STS (RFC 8461 3.3) and reports (RFC 8460 5.4).
// It follows no redirect, knows no cache and no proxy, and tries the addresses in order until one
// takes the connection. Bounded in bytes and in time, from the first connection to the last byte.
#pragma once

#include "fakes/tls/certificate.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace smtprig::embedded {

struct HttpsRequest {
  std::string host;  // SNI, Host, and the name that the certificate must bear
  std::vector<boost::asio::ip::address> addresses;
  std::uint16_t port = 443;
  std::string method = "GET";
  std::string target = "/";
  std::string content_type;  // empty: no such field, and no body
  std::string body;
  bool verifies = true;  // the certificate; RFC 8460 3 permits reports to go without
};

struct HttpsSettings {
  fakes::tls::TrustStore roots;               // may be empty: nothing is trusted
  std::chrono::milliseconds time{60'000};     // RFC 8461 3.3 suggests a minute
  std::size_t body_bytes_max = 65'536;        // and 64 kilobytes
  std::chrono::system_clock::time_point now;  // for the certificate's dates
};

struct HttpsAnswer {
  enum class Kind {
    answered,     // whatever the status is
    certificate,  // it is not good; nothing was asked
    failed,       // no connection, no TLS, no answer, not whole, too large, too late
  };
  Kind kind = Kind::failed;
  unsigned status = 0;
  std::string content_type;
  std::string location;
  std::string body;
  std::string reason;  // unless answered: for the log
};

// Never throws for what the peer does.
boost::asio::awaitable<HttpsAnswer> https_exchange(HttpsRequest request, HttpsSettings settings);

}  // namespace smtprig::embedded
