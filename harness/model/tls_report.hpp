// An aggregate report of TLS sessions (RFC 8460 4) as data, and as JSON in both directions. Pure.
// The reader takes what the schema of 4.4 asks for and says by path what is missing or of a wrong
// type; unknown members are ignored, and a result type that is not in 4.3 is kept as it is. Two
// members of one name, which I-JSON forbids (RFC 7493 2.3), are not noticed.
#pragma once

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::model {

struct TlsReportFailure {
  std::string result_type;  // "certificate-expired"; see Cause
  std::string sending_mta_ip;
  std::string receiving_mx_hostname;
  std::string receiving_mx_helo;
  std::string receiving_ip;
  std::uint64_t failed_session_count = 0;
  std::string additional_information;  // a URI
  std::string failure_reason_code;
  bool operator==(const TlsReportFailure&) const = default;
};

struct TlsReportPolicy {
  std::string type;                 // "sts", "tlsa", "no-policy-found"
  std::vector<std::string> string;  // lines of the policy, or TLSA records (RFC 8460 4.5)
  std::string domain;               // A-labels
  std::vector<std::string> mx_host;
  std::uint64_t successful_session_count = 0;
  std::uint64_t failed_session_count = 0;
  std::vector<TlsReportFailure> failures;
  bool operator==(const TlsReportPolicy&) const = default;
};

struct TlsReport {
  std::string organization_name;
  std::chrono::sys_seconds start;
  std::chrono::sys_seconds end;
  std::string contact_info;  // an address
  std::string report_id;
  std::vector<TlsReportPolicy> policies;
  bool operator==(const TlsReport&) const = default;
};

struct TlsReportProblem {
  std::string path;  // "policies[0].summary"; empty: of the whole
  std::string reason;
  std::string text() const;
};

// Members in the order of the schema; optional ones that are empty are left out.
boost::json::object to_json(const TlsReport& report);
boost::system::result<TlsReport, TlsReportProblem> tls_report_from(std::string_view json);

// RFC 3339 5.6: "2016-04-01T00:00:00Z". Fractions are cut off, a leap second counts as the next.
std::string internet_date(std::chrono::sys_seconds time);
boost::system::result<std::chrono::sys_seconds, TlsReportProblem> internet_date_from(
    std::string_view text);

// Whether RFC 8460 4.3 has it.
bool is_tls_result_type(std::string_view text);

}  // namespace smtprig::model
