// The TXT record at _smtp._tls.DOMAIN (RFC 8460 3): does the domain want reports, and where? Pure.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

struct ReportUri {
  enum class Scheme { https, mailto };
  Scheme scheme = Scheme::https;
  std::string text;          // as published
  std::string mailbox;       // mailto: decoded (RFC 6068)
  std::string host;          // https: lower case; a name, or an address in brackets
  std::uint16_t port = 443;  // https
  std::string target = "/";  // https: path and query
};
struct ReportUriProblem {
  std::string reason;
};
// One URI of `rua`: mailto with one mailbox, whose fields behind "?" are ignored, or https.
boost::system::result<ReportUri, ReportUriProblem> report_uri_from(std::string_view text);

struct TlsrptRecord {
  std::vector<ReportUri> rua;  // in order; empty: the domain wants no reports
  std::string reason;          // for the log: why none, else what was passed over
};
// "Exactly one record that begins with `v=TLSRPTv1;`", well-formed. URIs that are none, and those
// of other schemes, are passed over. Of several `rua` fields the first counts.
TlsrptRecord tlsrpt_record_from(const std::vector<std::vector<std::string>>& answer);

std::string tlsrpt_record_name(std::string_view domain);  // "_smtp._tls.example.com"

}  // namespace smtprig::embedded
