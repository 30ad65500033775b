// See key_value_text.hpp.
#include "harness/servers/embedded/key_value_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtprig::embedded {
namespace {

constexpr std::size_t label_bytes_max = 63;    // RFC 1035 2.3.4
constexpr std::size_t domain_bytes_max = 253;  // of its text, without final dot

bool is_wsp(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

bool is_ascii_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_ascii_alphanumeric(char c) {
  return is_ascii_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_field_name(std::string_view text) {
  return !text.empty() && text.size() <= field_name_bytes_max &&
         is_ascii_alphanumeric(text.front()) && std::ranges::all_of(text, [](char c) {
           return is_ascii_alphanumeric(c) || c == '_' || c == '-' || c == '.';
         });
}

bool is_field_value(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > 0x20 && c < 0x7f && c != ';' && c != '=';
  });
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > domain_bytes_max) return false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('.'), text.size());
    const std::string_view label = text.substr(0, end);
    const bool good =
        !label.empty() && label.size() <= label_bytes_max && label.front() != '-' &&
        label.back() != '-' &&
        std::ranges::all_of(label, [](char c) { return is_ascii_alphanumeric(c) || c == '-'; });
    if (!good || end + 1 == text.size()) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80) continue;
    // How many bytes follow, and the range of the first of them: no long forms, no surrogates,
    // nothing above U+10FFFF.
    const int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    if (first < 0xc2 || first > 0xf4) return false;
    unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    for (int i = 0; i < more; ++i) {
      if (at == text.size()) return false;
      const auto next = static_cast<unsigned char>(text[at++]);
      if (next < low || next > high) return false;
      low = 0x80;
      high = 0xbf;
    }
  }
  return true;
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_wsp(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_wsp(text.back()))
    text.remove_suffix(1);
  return text;
}

boost::system::result<std::string, RecordProblem> the_one_record(
    const std::vector<std::vector<std::string>>& answer, std::string_view version) {
  const std::string begins = std::string(version) + ";";
  std::vector<std::string> found;
  for (const std::vector<std::string>& strings : answer) {
    std::string whole;
    for (const std::string& each : strings)
      whole += each;
    if (whole.starts_with(begins)) found.push_back(std::move(whole));
  }
  if (found.size() == 1) return {boost::system::in_place_value, std::move(found.front())};
  if (found.empty()) return RecordProblem{fmt::format("no record begins with \"{}\"", begins)};
  return RecordProblem{fmt::format("{} records begin with \"{}\"", found.size(), begins)};
}

boost::system::result<std::vector<RecordField>, RecordProblem> fields_of(std::string_view record,
                                                                         std::string_view version) {
  std::vector<RecordField> fields;
  record.remove_prefix(version.size() + 1);
  for (;;) {
    const std::size_t end = std::min(record.find(';'), record.size());
    const bool last = end == record.size();
    const std::string_view text = without_blanks(record.substr(0, end));
    // [field-delim]: what follows the last semicolon may be empty, blanks at the end need one.
    if (last && text.empty() && !fields.empty()) return fields;
    if (last && record.size() > 0 && is_wsp(record.back())) {
      return RecordProblem{"blanks at the end without a semicolon"};
    }
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
      return RecordProblem{text.empty() ? "an empty field" : "a field without \"=\""};
    }
    const RecordField field{text.substr(0, equals), text.substr(equals + 1)};
    if (!is_field_name(field.name)) return RecordProblem{"a field whose name is not well-formed"};
    fields.push_back(field);
    if (last) return fields;
    record.remove_prefix(end + 1);
  }
}

}  // namespace smtprig::embedded
