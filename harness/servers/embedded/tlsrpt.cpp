// See tlsrpt.hpp.
#include "harness/servers/embedded/tlsrpt.hpp"

#include "fakes/https/gzip.hpp"
#include "harness/servers/embedded/message.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace smtprig::embedded {
namespace {

constexpr std::size_t base64_line_bytes = 76;  // RFC 2045 6.8

bool same_policy(const model::TlsReportPolicy& one, const model::TlsReportPolicy& other) {
  return one.type == other.type && one.string == other.string && one.domain == other.domain &&
         one.mx_host == other.mx_host;
}

void count_failure(model::TlsReportPolicy& policy, model::TlsReportFailure failure,
                   std::size_t failures_max) {
  failure.failed_session_count = 0;
  const auto same = std::ranges::find_if(policy.failures, [&](model::TlsReportFailure each) {
    each.failed_session_count = 0;
    return each == failure;
  });
  if (same != policy.failures.end()) {
    ++same->failed_session_count;
  } else if (policy.failures.size() < failures_max) {
    failure.failed_session_count = 1;
    policy.failures.push_back(std::move(failure));
  }
}

std::string base64_lines(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  std::string lines;
  for (std::size_t at = 0; at < text.size(); at += base64_line_bytes)
    lines += text.substr(at, base64_line_bytes) + "\r\n";
  return lines;
}

// unique-id is letters and digits (RFC 8460 5.1); the part of an id that is.
std::string letters_and_digits(std::string_view text) {
  std::string kept;
  for (const char c : text)
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) kept += c;
  return kept;
}

// id-left "@" id-right; a report-id that has no "@" gets the submitter's domain.
std::string message_id(const model::TlsReport& report, std::string_view submitter) {
  const bool whole = report.report_id.find('@') != std::string::npos;
  return whole ? report.report_id : fmt::format("{}@{}", report.report_id, submitter);
}

}  // namespace

void TlsReportTally::add(std::string_view domain, const TlsSessionResult& session) {
  const std::string key = boost::algorithm::to_lower_copy(std::string(domain));
  if (policies_.size() >= limits_.domains_max && !policies_.contains(key)) return;
  std::vector<model::TlsReportPolicy>& policies = policies_[key];
  auto found = std::ranges::find_if(policies, [&](const model::TlsReportPolicy& each) {
    return same_policy(each, session.policy);
  });
  if (found == policies.end()) {
    if (policies.size() >= limits_.policies_max) return;
    model::TlsReportPolicy fresh = session.policy;
    fresh.successful_session_count = 0;
    fresh.failed_session_count = 0;
    fresh.failures.clear();
    found = policies.insert(policies.end(), std::move(fresh));
  }
  if (!session.failed) {
    ++found->successful_session_count;
    return;
  }
  ++found->failed_session_count;
  count_failure(*found, session.failure, limits_.failures_max);
}

std::vector<std::string> TlsReportTally::domains() const {
  std::vector<std::string> all;
  for (const auto& [domain, policies] : policies_)
    all.push_back(domain);
  return all;
}

std::vector<model::TlsReportPolicy> TlsReportTally::take(std::string_view domain) {
  const auto found = policies_.find(boost::algorithm::to_lower_copy(std::string(domain)));
  if (found == policies_.end()) return {};
  std::vector<model::TlsReportPolicy> policies = std::move(found->second);
  policies_.erase(found);
  return policies;
}

ReportFile report_file(const model::TlsReport& report, std::string_view submitter,
                       std::string_view domain) {
  const std::string id = letters_and_digits(report.report_id);
  ReportFile file;
  file.name = fmt::format("{}!{}!{}!{}{}{}.json.gz", submitter, domain,
                          report.start.time_since_epoch().count(),
                          report.end.time_since_epoch().count(), id.empty() ? "" : "!", id);
  file.media_type = "application/tlsrpt+gzip";
  file.bytes = fakes::https::gzip(boost::json::serialize(model::to_json(report)));
  return file;
}

std::string report_message(const model::TlsReport& report, const ReportEnvelope& envelope) {
  const ReportFile file = report_file(report, envelope.submitter, envelope.domain);
  const std::string id = message_id(report, envelope.submitter);
  const std::string boundary =
      fmt::format("=_{}_tlsrpt", letters_and_digits(report.report_id).substr(0, 40));
  return fmt::format(
      "From: {from}\r\nTo: {to}\r\nDate: {date}\r\n"
      "Subject: Report Domain: {domain}\r\n\tSubmitter: {submitter}\r\n\tReport-ID: <{id}>\r\n"
      "Message-ID: <{id}>\r\nTLS-Report-Domain: {domain}\r\n"
      "TLS-Report-Submitter: {submitter}\r\nTLS-Required: No\r\nAuto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: multipart/report; report-type=\"tlsrpt\";\r\n\tboundary=\"{boundary}\"\r\n\r\n"
      "--{boundary}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
      "This is an aggregate TLS report from {submitter} about {domain}.\r\n\r\n"
      "--{boundary}\r\nContent-Type: {type}\r\nContent-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment;\r\n\tfilename=\"{name}\"\r\n\r\n{data}"
      "--{boundary}--\r\n",
      fmt::arg("from", envelope.from), fmt::arg("to", envelope.to),
      fmt::arg("date", date_text(envelope.date)), fmt::arg("domain", envelope.domain),
      fmt::arg("submitter", envelope.submitter), fmt::arg("id", id), fmt::arg("boundary", boundary),
      fmt::arg("type", file.media_type), fmt::arg("name", file.name),
      fmt::arg("data", base64_lines(file.bytes)));
}

}  // namespace smtprig::embedded
