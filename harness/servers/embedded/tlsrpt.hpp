// What a sending server reports of its TLS sessions (RFC 8460): sessions are counted by domain and
// policy, and a report is made of them, for HTTPS (5.4) or as a message (5.3). Pure: who asks when,
// and signs the message, is elsewhere. A message that is not DKIM-signed must be ignored by who
// gets it (RFC 8460 3).
#pragma once

#include "harness/model/tls_report.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

// One session with an MX host, under one policy. Under two policies it is two of these (RFC 8460
// 4).
struct TlsSessionResult {
  // Its type, string, domain and mx_host say which policy; counts and failures are ignored.
  model::TlsReportPolicy policy;
  bool failed = false;
  model::TlsReportFailure failure;  // if `failed`; its count is ignored
};

// Bounded: beyond these, sessions are counted in the totals of their policy, or not at all.
struct TlsReportLimits {
  std::size_t domains_max = 10'000;
  std::size_t policies_max = 100;    // of a domain
  std::size_t failures_max = 1'000;  // kinds, of a policy
};

class TlsReportTally {
 public:
  explicit TlsReportTally(TlsReportLimits limits = {}) : limits_(limits) {}

  // `domain`: whose record is asked for where to report: that of the recipients.
  void add(std::string_view domain, const TlsSessionResult& session);
  std::vector<std::string> domains() const;
  // What was counted, and forgets it; empty: nothing was.
  std::vector<model::TlsReportPolicy> take(std::string_view domain);

 private:
  TlsReportLimits limits_;
  std::map<std::string, std::vector<model::TlsReportPolicy>, std::less<>> policies_;
};

// A report as it goes out.
struct ReportFile {
  std::string name;        // RFC 8460 5.1
  std::string media_type;  // "application/tlsrpt+gzip"
  std::string bytes;
};
// `submitter`: the domain of the report's contact_info. `domain`: of whom it speaks.
ReportFile report_file(const model::TlsReport& report, std::string_view submitter,
                       std::string_view domain);

struct ReportEnvelope {
  std::string from;       // an address of `submitter`
  std::string to;         // of the rua
  std::string submitter;  // domain of contact_info
  std::string domain;     // of whom it speaks
  std::chrono::system_clock::time_point date;
};
// A multipart/report (RFC 8460 5.3), not signed, with "TLS-Required: No": it goes through whatever
// TLS does (RFC 8460 5.3.1, RFC 8689 3).
std::string report_message(const model::TlsReport& report, const ReportEnvelope& envelope);

}  // namespace smtprig::embedded
