// See sts_record.hpp.
#include "harness/servers/embedded/sts_record.hpp"

#include "harness/servers/embedded/key_value_text.hpp"

#include <algorithm>

namespace smtprig::embedded {
namespace {

constexpr std::string_view sts_version = "v=STSv1";
constexpr std::size_t sts_id_bytes_max = 32;

StsRecord no_policy(std::string reason) {
  return {.reason = std::move(reason)};
}

// sts-id: 1*32(ALPHA / DIGIT)
bool is_sts_id(std::string_view text) {
  return !text.empty() && text.size() <= sts_id_bytes_max &&
         std::ranges::all_of(text, is_ascii_alphanumeric);
}

}  // namespace

std::string sts_record_name(std::string_view domain) {
  return "_mta-sts." + std::string(domain);
}

StsRecord sts_record_from(const std::vector<TxtRecord>& answer) {
  const auto record = the_one_record(answer, sts_version);
  if (!record) return no_policy(record.error().reason);
  const auto fields = fields_of(*record, sts_version);
  if (!fields) return no_policy(fields.error().reason);
  StsRecord found;
  for (const RecordField& field : *fields) {
    // RFC 8461 3.2: of fields that are repeated the first counts. The others have to be fields.
    const bool counts = field.name == "id" && found.id.empty();
    if (!is_field_value(field.value)) {
      return no_policy("the value of \"" + std::string(field.name) + "\" is not well-formed");
    }
    if (!counts) continue;
    if (!is_sts_id(field.value)) return no_policy("the id is not 1 to 32 letters and digits");
    found.id = field.value;
  }
  return found.id.empty() ? no_policy("there is no id") : found;
}

}  // namespace smtprig::embedded
