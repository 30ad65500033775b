// The types of attribute values and texts: one pattern each, which the reader and the schema share,
// and the functions that turn a value into what it means. A pattern uses only what RE2 and XSD have
// in common and covers the whole value.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/spec.hpp"

namespace smtprig::xml {

enum class Type {
  text,
  yes_no,
  choice,   // one of the attribute's choices
  choices,  // one or more of them, separated by spaces
  alert,    // one of the choices, or a number up to 255
  number,   // within the attribute's bounds
  duration,
  ordinals,
  tls_range,
  tlsa,
  hex,
  label,
  scenario_id,
  host_name,
  mx_target,
  record_name,
  question,
  local_parts,
  labels,
  regex,
  escaped,
  reply_line,
  path_inside,
  path_absolute,
  user_name,
  mode,
  glob,
  versions,
  status,
  url,
};

struct TypeInfo {
  Type type;
  std::string_view name;     // of the simple type in the schema
  std::string_view pattern;  // empty: anything that is not empty, or see `type`
  std::string_view says;     // "is not ..." in messages; the reference page
};

const TypeInfo& info(Type type);
const std::vector<TypeInfo>& type_infos();

// Whether the pattern covers the value; true for types without one.
bool fits(Type type, std::string_view value);

// All expect a value that fits, and return nothing for one that has no meaning all the same
// ("3-2", "1.3-1.2", a broken regular expression).
std::optional<std::uint64_t> number(std::string_view value);
std::optional<std::chrono::milliseconds> duration(std::string_view value);
std::optional<fakes::Ordinals> ordinals(std::string_view value);
std::optional<fakes::TlsSpec> tls_range(std::string_view value);
std::optional<std::string> unescaped(std::string_view value);
std::optional<unsigned> mode(std::string_view value);
std::vector<std::string> words(std::string_view value);  // split at white space
std::string flowing(std::string_view text);              // runs of white space become one space

struct VersionRange {
  std::string from;  // empty: open
  std::string to;
};
std::optional<VersionRange> versions(std::string_view value);

// Why it does not compile as RE2; empty if it does. Names of its captures, "" for one without name.
std::string regex_error(const std::string& expression);
std::vector<std::string> captures(const std::string& expression);

}  // namespace smtprig::xml
