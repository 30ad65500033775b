// What a scenario says of TLS reporting (RFC 8460 3), as it stands on the wire of a cell. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/model/scenario.hpp"

namespace smtprig::model {

// Relative names, so that they can be looked up in a scenario's records.
inline constexpr std::string_view tls_reporting_owner = "_smtp._tls";
inline constexpr std::string_view tls_reporting_host = "tlsrpt";  // the collector
// What stands for the collector's URI in a text.
inline constexpr std::string_view collector_placeholder = "{collector}";

// "https://tlsrpt.x.test/v1/tlsrpt"
std::string collector_uri(const TlsReporting& reporting, std::string_view domain);
// The text of the record of a cell's domain.
std::string tls_reporting_text(const TlsReporting& reporting, std::string_view domain);
// A text as the data of a TXT record in presentation format: strings of 255 bytes at most.
std::string txt_data(std::string_view text);
// The other way round: its strings joined, as RFC 8460 3 and RFC 8461 3.1 read them.
std::string joined_strings(std::string_view data);

// The texts of all TXT records at that name, of <record>s too, with their strings joined.
std::vector<std::string> tls_reporting_records(const Scenario& scenario, std::string_view domain);

}  // namespace smtprig::model
