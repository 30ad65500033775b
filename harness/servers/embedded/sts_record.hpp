// The TXT record at _mta-sts.DOMAIN (RFC 8461 3.1): does the domain say that it has a policy, and
// which? Pure. An answer holds any number of records, a record one or more strings; following a
// CNAME and telling "no record" from a failed lookup are the resolver's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

// The strings of one TXT record, as they came.
using TxtRecord = std::vector<std::string>;

struct StsRecord {
  std::string id;      // of the policy instance; empty: the domain has no usable record
  std::string reason;  // for the log, if there is no id
};

// "Exactly one record that begins with `v=STSv1;` and is well-formed", or no policy. A record with
// a blank before the first semicolon, which the grammar allows and the rule that discards does not,
// is discarded.
StsRecord sts_record_from(const std::vector<TxtRecord>& answer);

// Where to ask (RFC 8461 3.1). `domain`: without final dot.
std::string sts_record_name(std::string_view domain);  // "_mta-sts.example.com"

}  // namespace smtprig::embedded
