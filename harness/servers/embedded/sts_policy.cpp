// See sts_policy.hpp.
#include "harness/servers/embedded/sts_policy.hpp"

#include "harness/servers/embedded/key_value_text.hpp"

#include <fmt/format.h>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>

#include <algorithm>
#include <charconv>
#include <optional>

namespace smtprig::embedded {
namespace {

constexpr std::string_view wildcard_label = "*.";
constexpr std::size_t max_age_digits_max = 10;

using Result = boost::system::result<StsPolicy, StsPolicyError>;

std::optional<StsMode> sts_mode_named(std::string_view text) {
  for (const StsMode mode : {StsMode::enforce, StsMode::testing, StsMode::none})
    if (text == name(mode)) return mode;
  return std::nullopt;
}

// 1*10(DIGIT), within the maximum of the prose.
std::optional<std::chrono::seconds> max_age_from(std::string_view text) {
  if (text.empty() || text.size() > max_age_digits_max ||
      !std::ranges::all_of(text, is_ascii_digit)) {
    return std::nullopt;
  }
  std::int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (seconds > sts_max_age_max.count()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

// ["*."] Domain
bool is_sts_pattern(std::string_view text) {
  if (text.starts_with(wildcard_label)) text.remove_prefix(wildcard_label.size());
  return is_host_name(text);
}

// sts-policy-ext-value: no control characters, no blanks at its ends
bool is_sts_value(std::string_view text) {
  const auto visible = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f;
  };
  return !text.empty() && text.front() != ' ' && text.back() != ' ' &&
         std::ranges::all_of(text, visible) && is_utf8(text);
}

// Fields as they are found; finish() asks for what has to be there.
class PolicyReader {
 public:
  // What is wrong with the line; empty: nothing.
  std::string take(std::string_view line);
  Result finish();

 private:
  std::string take_first(std::string_view key, std::string_view value);
  std::string take_mx(std::string_view value);

  StsPolicy policy_;
  bool has_version_ = false;
  bool has_mode_ = false;
  bool has_max_age_ = false;
};

std::string PolicyReader::take(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.empty() ? "an empty line" : "no \":\"";
  const std::string_view key = line.substr(0, colon);
  if (!is_field_name(key)) return "a key that is not well-formed";
  // sts-policy-field-delim takes the blanks before the value, *WSP those behind it.
  const std::string_view value = without_blanks(line.substr(colon + 1));
  if (!is_sts_value(value)) return fmt::format("the value of \"{}\" is not well-formed", key);
  policy_.lines.push_back(fmt::format("{}: {}", key, value));
  return key == "mx" ? take_mx(value) : take_first(key, value);
}

// RFC 8461 3.2: of repeated fields all but the first are ignored.
std::string PolicyReader::take_first(std::string_view key, std::string_view value) {
  if (key == "version" && !has_version_) {
    has_version_ = true;
    if (value != "STSv1") return fmt::format("version is \"{}\"", value);
  } else if (key == "mode" && !has_mode_) {
    has_mode_ = true;
    const auto mode = sts_mode_named(value);
    if (!mode) return fmt::format("mode is \"{}\"", value);
    policy_.mode = *mode;
  } else if (key == "max_age" && !has_max_age_) {
    has_max_age_ = true;
    const auto age = max_age_from(value);
    if (!age) return fmt::format("max_age is \"{}\"", value);
    policy_.max_age = *age;
  }
  return {};
}

std::string PolicyReader::take_mx(std::string_view value) {
  if (!is_sts_pattern(value)) return fmt::format("mx is \"{}\"", value);
  policy_.mx.push_back(boost::algorithm::to_lower_copy(std::string(value)));
  return {};
}

Result PolicyReader::finish() {
  const auto missing = [](std::string_view key) {
    return StsPolicyError{.reason = fmt::format("there is no {}", key)};
  };
  if (!has_version_) return missing("version");
  if (!has_mode_) return missing("mode");
  if (!has_max_age_) return missing("max_age");
  if (policy_.mx.empty() && policy_.mode != StsMode::none) return missing("mx");
  return std::move(policy_);
}

std::string lower_without_final_dot(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return boost::algorithm::to_lower_copy(std::string(host));
}

}  // namespace

std::string_view name(StsMode mode) {
  switch (mode) {
    case StsMode::enforce:
      return "enforce";
    case StsMode::testing:
      return "testing";
    case StsMode::none:
      return "none";
  }
  return "";
}

std::string StsPolicyError::text() const {
  return line == 0 ? reason : fmt::format("line {}: {}", line, reason);
}

Result parse_sts_policy(std::string_view body) {
  if (body.size() > sts_policy_bytes_max) {
    return StsPolicyError{.reason = fmt::format("more than {} bytes", sts_policy_bytes_max)};
  }
  PolicyReader reader;
  for (std::size_t number = 1; number == 1 || !body.empty(); ++number) {
    const std::size_t feed = std::min(body.find('\n'), body.size());
    std::string_view line = body.substr(0, feed);
    if (feed < body.size() && line.ends_with('\r')) line.remove_suffix(1);
    const std::string problem = reader.take(line);
    if (!problem.empty()) return StsPolicyError{number, problem};
    body.remove_prefix(std::min(feed + 1, body.size()));
  }
  return reader.finish();
}

bool sts_pattern_matches(std::string_view pattern, std::string_view host) {
  const std::string wanted = boost::algorithm::to_lower_copy(std::string(pattern));
  const std::string given = lower_without_final_dot(host);
  if (!is_sts_pattern(wanted) || !is_host_name(given)) return false;
  if (!wanted.starts_with(wildcard_label)) return wanted == given;
  return given.substr(given.find('.') + 1) == std::string_view(wanted).substr(2) &&
         given.find('.') != std::string::npos;
}

bool names_mx(const StsPolicy& policy, std::string_view host, const Mutants& mutants) {
  const auto matches = [&](const std::string& pattern) {
    const bool deep = mutants.deep_sts_wildcard && pattern.starts_with(wildcard_label) &&
                      lower_without_final_dot(host).ends_with(pattern.substr(1));
    return deep || sts_pattern_matches(pattern, host);
  };
  return mutants.ignores_sts_mx || std::ranges::any_of(policy.mx, matches);
}

bool is_sts_media_type(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  return boost::algorithm::iequals(without_blanks(type), "text/plain");
}

std::string sts_policy_host(std::string_view domain) {
  return "mta-sts." + std::string(domain);
}

}  // namespace smtprig::embedded
