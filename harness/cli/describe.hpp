// A scenario in words: how it differs from an honest, modern internet. One sentence per deviation;
// an honest host needs none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/model/cell.hpp"

namespace smtprig::cli {

// "does not offer STARTTLS (502 when asked all the same)"
std::vector<std::string> deviations(const model::Host& host);

// "at STARTTLS, on connection 1: replies \"454 4.7.0 later\", then closes"
std::string rule_text(const fakes::Rule& rule);

// "1", "2 to 4", "from 3 on"
std::string ordinals_text(const fakes::Ordinals& ordinals);

// "enforce, names mx; max_age 604800 s, id 1", and a sentence for each thing that is odd.
std::vector<std::string> sts_texts(const model::StsPublication& sts);

// "the record \"v=TLSRPTv1; rua={collector}\"", and a sentence for each thing that is odd.
std::vector<std::string> tlsrpt_texts(const model::TlsReporting& reporting);

// What an attacker does; none: "".
std::string_view attacker_text(model::Attacker attacker);

// "3 1 1 of its own certificate"
std::string tlsa_text(const model::TlsaRecord& record);

// "MX of @ is answered SERVFAIL, the first time"
std::string fault_text(const model::DnsFault& fault);

// "under verify, secure: deferred"
std::string expectation_text(const model::Expectation& expectation);

}  // namespace smtprig::cli
