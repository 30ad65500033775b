// See tls_reporting.hpp.
#include "harness/model/tls_reporting.hpp"

namespace smtprig::model {
namespace {

constexpr std::size_t character_string_max = 255;  // RFC 1035 3.3

}  // namespace

std::string collector_uri(const TlsReporting& reporting, std::string_view domain) {
  return "https://" + std::string(tls_reporting_host) + "." + std::string(domain) +
         reporting.collector.target;
}

std::string tls_reporting_text(const TlsReporting& reporting, std::string_view domain) {
  std::string text = reporting.text;
  const std::string uri = collector_uri(reporting, domain);
  for (auto at = text.find(collector_placeholder); at != text.npos;
       at = text.find(collector_placeholder, at + uri.size()))
    text.replace(at, collector_placeholder.size(), uri);
  return text;
}

std::string joined_strings(std::string_view data) {
  std::string text;
  bool quoted = false;
  for (std::size_t i = 0; i < data.size(); ++i) {
    if (data[i] == '"')
      quoted = !quoted;
    else if (data[i] == '\\' && i + 1 < data.size())
      text += data[++i];
    else if (quoted || data[i] != ' ')
      text += data[i];
  }
  return text;
}

std::string txt_data(std::string_view text) {
  std::string data;
  do {
    const auto piece = text.substr(0, character_string_max);
    text.remove_prefix(piece.size());
    data += data.empty() ? "\"" : " \"";
    for (const char c : piece) {
      if (c == '"' || c == '\\') data += '\\';
      data += c;
    }
    data += '"';
  } while (!text.empty());
  return data;
}

std::vector<std::string> tls_reporting_records(const Scenario& scenario, std::string_view domain) {
  std::vector<std::string> texts;
  if (scenario.tlsrpt && scenario.tlsrpt->record)
    texts.push_back(tls_reporting_text(*scenario.tlsrpt, domain));
  for (const DnsRecord& record : scenario.records)
    if (record.name == tls_reporting_owner && record.type == "TXT")
      texts.push_back(joined_strings(record.data));
  return texts;
}

}  // namespace smtprig::model
