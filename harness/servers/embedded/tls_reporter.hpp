// Reports TLS sessions to the domains that ask for it (RFC 8460): counts them while mail to a
// domain is in the queue, and when none has been for a while looks up the domain's record and posts
// a report to the first collector that takes it. Limits: reports by mail are not sent, as nothing
// here signs by DKIM; a domain whose mail never pauses is told nothing; what is counted is lost
// with the process.
//
//   began() -> add() ... -> ended() -> quiet -> due(domain) -> report(): TXT, POST, log
#pragma once

#include "harness/servers/embedded/https_client.hpp"
#include "harness/servers/embedded/lab_clock.hpp"
#include "harness/servers/embedded/log.hpp"
#include "harness/servers/embedded/mutants.hpp"
#include "harness/servers/embedded/resolver.hpp"
#include "harness/servers/embedded/schedule.hpp"
#include "harness/servers/embedded/tlsrpt.hpp"
#include "harness/servers/embedded/tlsrpt_record.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace smtprig::embedded {

struct TlsReporterSettings {
  std::set<std::string, std::less<>> domains;  // of which reports are made; lower case
  std::chrono::milliseconds quiet{86'400'000};
  Schedule schedule;  // of tries to deliver a report (RFC 8460 5.5)
  std::string hostname;
  fakes::tls::TrustStore roots;
  std::uint16_t https_port = 443;
  std::chrono::milliseconds time{60'000};  // of a POST
  LabClock clock;                          // of the dates in reports
  Mutants mutants;
  const Log* log = nullptr;
};

class TlsReporter {
 public:
  using Due = std::function<void(std::string domain)>;
  // `resolver` must outlive it. `due` is to have report() run.
  TlsReporter(boost::asio::io_context& io, Resolver& resolver, TlsReporterSettings settings,
              Due due);

  // Whether sessions with the domain are counted; the others cost nothing.
  bool wants(std::string_view domain) const;
  // A message to the domain came into the queue; what there was to do for it was done.
  void began(std::string_view domain);
  void ended(std::string_view domain);
  void add(std::string_view domain, TlsSessionResult session);
  // Nothing becomes due any more.
  void stop();

  // Tells the domain what was counted, and the log what became of that. Never throws for what peers
  // do.
  boost::asio::awaitable<void> report(std::string domain);

 private:
  struct Period {
    explicit Period(boost::asio::io_context& io) : quiet(io) {}
    std::size_t messages = 0;
    std::chrono::sys_seconds start;
    boost::asio::steady_timer quiet;
  };

  std::chrono::sys_seconds now() const {
    return std::chrono::floor<std::chrono::seconds>(settings_.clock.now());
  }
  boost::asio::awaitable<TlsrptRecord> find_record(std::string domain);
  // Empty: it was taken.
  boost::asio::awaitable<std::string> post(ReportUri uri, ReportFile file);
  model::TlsReport made_of(std::string_view domain, std::vector<model::TlsReportPolicy> policies);

  boost::asio::io_context& io_;
  Resolver& resolver_;
  TlsReporterSettings settings_;
  Due due_;
  TlsReportTally tally_;
  std::map<std::string, std::shared_ptr<Period>, std::less<>> periods_;
  std::uint64_t reports_made_ = 0;
};

}  // namespace smtprig::embedded
