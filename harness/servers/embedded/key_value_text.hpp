// The grammar that the records of MTA-STS and TLSRPT share (RFC 8461 3.1, RFC 8460 3): a version,
// then fields "name=value" behind semicolons. Pure; private to the embedded server.
#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

inline constexpr std::size_t field_name_bytes_max = 32;

bool is_ascii_digit(char c);
bool is_ascii_alphanumeric(char c);
// (ALPHA / DIGIT) *31(ALPHA / DIGIT / "_" / "-" / ".")
bool is_field_name(std::string_view text);
// 1*(%x21-3A / %x3C / %x3E-7E): visible ASCII without ";" and "="
bool is_field_value(std::string_view text);

// Domain of RFC 5321 4.1.2 in letters, digits and hyphens; labels and name no longer than the DNS
// allows.
bool is_host_name(std::string_view text);
bool is_utf8(std::string_view text);  // RFC 3629 4

// Without blanks and tabs at its ends.
std::string_view without_blanks(std::string_view text);

struct RecordProblem {
  std::string reason;
};

// The record that counts in an answer of several: its strings joined without blanks. The error says
// why there is none. `version`: "v=STSv1".
boost::system::result<std::string, RecordProblem> the_one_record(
    const std::vector<std::vector<std::string>>& answer, std::string_view version);

struct RecordField {
  std::string_view name;
  std::string_view value;
};
// The fields behind `version;`, in order; names are checked, values are not. The error says what
// does not fit. Views point into `record`.
boost::system::result<std::vector<RecordField>, RecordProblem> fields_of(std::string_view record,
                                                                         std::string_view version);

}  // namespace smtprig::embedded
