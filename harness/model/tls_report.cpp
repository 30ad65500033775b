// See tls_report.hpp.
#include "harness/model/tls_report.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "harness/model/outcome.hpp"

namespace smtprig::model {
namespace {

namespace json = boost::json;

constexpr std::size_t depth_max = 8;  // the schema has 5
constexpr std::array<std::string_view, 3> policy_types = {"tlsa", "sts", "no-policy-found"};

// Thrown inside this file only: the first thing that is wrong ends the reading.
struct Wrong {
  TlsReportProblem problem;
};

[[noreturn]] void fail(const std::string& path, std::string reason) {
  throw Wrong{{path, std::move(reason)}};
}

std::string below(const std::string& path, std::string_view member) {
  return path.empty() ? std::string(member) : path + "." + std::string(member);
}

std::string text(json::string_view view) {
  return {view.data(), view.size()};
}

// One object of the report and its place, for what is said of it.
class ReportObject {
 public:
  ReportObject(const json::value& value, std::string path) : path_(std::move(path)) {
    if (!value.is_object()) fail(path_, "it is no object");
    object_ = &value.as_object();
  }

  const std::string& path() const { return path_; }
  const json::value* find(std::string_view name) const {
    return object_->if_contains({name.data(), name.size()});
  }
  const json::value& at(std::string_view name) const {
    const json::value* value = find(name);
    if (!value) fail(below(path_, name), "it is missing");
    return *value;
  }
  ReportObject object(std::string_view name) const { return {at(name), below(path_, name)}; }

  std::string required_text(std::string_view name) const {
    if (!at(name).is_string()) fail(below(path_, name), "it is no string");
    return text(at(name).as_string());
  }
  std::string optional_text(std::string_view name) const {
    return find(name) ? required_text(name) : std::string();
  }
  std::uint64_t count(std::string_view name) const {
    boost::system::error_code error;
    const auto number = at(name).is_number() ? at(name).to_number<std::uint64_t>(error) : 0;
    if (!at(name).is_number() || error) fail(below(path_, name), "it is no count");
    return number;
  }
  const json::array& array(std::string_view name) const {
    if (!at(name).is_array()) fail(below(path_, name), "it is no array");
    return at(name).as_array();
  }
  std::vector<std::string> optional_texts(std::string_view name) const {
    std::vector<std::string> all;
    if (!find(name)) return all;
    for (const json::value& each : array(name)) {
      if (!each.is_string()) fail(below(path_, name), "one of it is no string");
      all.push_back(text(each.as_string()));
    }
    return all;
  }

 private:
  std::string path_;
  const json::object* object_ = nullptr;
};

std::string at_index(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

TlsReportFailure failure_from(const ReportObject& members) {
  TlsReportFailure failure;
  failure.result_type = members.required_text("result-type");
  failure.sending_mta_ip = members.optional_text("sending-mta-ip");
  failure.receiving_mx_hostname = members.optional_text("receiving-mx-hostname");
  failure.receiving_mx_helo = members.optional_text("receiving-mx-helo");
  failure.receiving_ip = members.optional_text("receiving-ip");
  failure.failed_session_count = members.count("failed-session-count");
  failure.additional_information = members.optional_text("additional-information");
  failure.failure_reason_code = members.optional_text("failure-reason-code");
  return failure;
}

TlsReportPolicy policy_from(const ReportObject& members) {
  TlsReportPolicy policy;
  const ReportObject applied = members.object("policy");
  policy.type = applied.required_text("policy-type");
  if (std::ranges::find(policy_types, policy.type) == policy_types.end())
    fail(below(applied.path(), "policy-type"), "it is none of RFC 8460 4.4");
  policy.string = applied.optional_texts("policy-string");
  policy.domain = applied.required_text("policy-domain");
  // The example of appendix B has one string where 4.4 asks for an array.
  const json::value* host = applied.find("mx-host");
  if (host && host->is_string()) {
    policy.mx_host = {text(host->as_string())};
  } else {
    policy.mx_host = applied.optional_texts("mx-host");
  }
  const ReportObject summary = members.object("summary");
  policy.successful_session_count = summary.count("total-successful-session-count");
  policy.failed_session_count = summary.count("total-failure-session-count");
  if (!members.find("failure-details")) return policy;
  const std::string path = below(members.path(), "failure-details");
  const json::array& details = members.array("failure-details");
  for (std::size_t i = 0; i < details.size(); ++i)
    policy.failures.push_back(failure_from(ReportObject(details[i], at_index(path, i))));
  return policy;
}

std::chrono::sys_seconds date_at(const ReportObject& members, std::string_view name) {
  const auto date = internet_date_from(members.required_text(name));
  if (!date) fail(below(members.path(), name), date.error().reason);
  return *date;
}

TlsReport report_from(const json::value& value) {
  const ReportObject members(value, "");
  TlsReport report;
  report.organization_name = members.required_text("organization-name");
  const ReportObject range = members.object("date-range");
  report.start = date_at(range, "start-datetime");
  report.end = date_at(range, "end-datetime");
  if (report.end < report.start) fail(range.path(), "it ends before it begins");
  report.contact_info = members.required_text("contact-info");
  report.report_id = members.required_text("report-id");
  const json::array& policies = members.array("policies");
  for (std::size_t i = 0; i < policies.size(); ++i)
    report.policies.push_back(policy_from(ReportObject(policies[i], at_index("policies", i))));
  return report;
}

void add_if_any(json::object& object, std::string_view name, const std::string& value) {
  if (!value.empty()) object[json::string_view(name.data(), name.size())] = value;
}

json::array texts(const std::vector<std::string>& all) {
  return json::array(all.begin(), all.end());
}

json::object to_json(const TlsReportFailure& failure) {
  json::object object;
  object["result-type"] = failure.result_type;
  add_if_any(object, "sending-mta-ip", failure.sending_mta_ip);
  add_if_any(object, "receiving-mx-hostname", failure.receiving_mx_hostname);
  add_if_any(object, "receiving-mx-helo", failure.receiving_mx_helo);
  add_if_any(object, "receiving-ip", failure.receiving_ip);
  object["failed-session-count"] = failure.failed_session_count;
  add_if_any(object, "additional-information", failure.additional_information);
  add_if_any(object, "failure-reason-code", failure.failure_reason_code);
  return object;
}

json::object to_json(const TlsReportPolicy& policy) {
  json::object applied;
  applied["policy-type"] = policy.type;
  if (!policy.string.empty()) applied["policy-string"] = texts(policy.string);
  applied["policy-domain"] = policy.domain;
  if (!policy.mx_host.empty()) applied["mx-host"] = texts(policy.mx_host);
  json::object object;
  object["policy"] = std::move(applied);
  object["summary"] = {{"total-successful-session-count", policy.successful_session_count},
                       {"total-failure-session-count", policy.failed_session_count}};
  if (policy.failures.empty()) return object;
  json::array details;
  for (const TlsReportFailure& failure : policy.failures)
    details.push_back(to_json(failure));
  object["failure-details"] = std::move(details);
  return object;
}

// Takes `digits` digits at `at`, and moves it.
bool take_number(std::string_view text, std::size_t& at, std::size_t digits, int& number) {
  if (text.size() < at + digits) return false;
  const char* begin = text.data() + at;
  at += digits;
  if (*begin == '-') return false;  // which from_chars takes
  const auto [end, error] = std::from_chars(begin, begin + digits, number);
  return error == std::errc{} && end == begin + digits;
}

bool take_one_of(std::string_view text, std::size_t& at, std::string_view wanted) {
  return at < text.size() && wanted.find(text[at++]) != std::string_view::npos;
}

// time-offset = "Z" / ("+" / "-") hour ":" minute; in minutes.
bool take_offset(std::string_view text, std::size_t& at, int& minutes) {
  if (!take_one_of(text, at, "Zz+-")) return false;
  const char sign = text[at - 1];
  if (sign == 'Z' || sign == 'z') return true;
  int hour = 0;
  int minute = 0;
  if (!take_number(text, at, 2, hour) || !take_one_of(text, at, ":") ||
      !take_number(text, at, 2, minute) || hour > 23 || minute > 59) {
    return false;
  }
  minutes = (sign == '-' ? -1 : 1) * (hour * 60 + minute);
  return true;
}

}  // namespace

std::string TlsReportProblem::text() const {
  return path.empty() ? reason : path + ": " + reason;
}

json::object to_json(const TlsReport& report) {
  json::object object;
  object["organization-name"] = report.organization_name;
  object["date-range"] = {{"start-datetime", internet_date(report.start)},
                          {"end-datetime", internet_date(report.end)}};
  object["contact-info"] = report.contact_info;
  object["report-id"] = report.report_id;
  json::array policies;
  for (const TlsReportPolicy& policy : report.policies)
    policies.push_back(to_json(policy));
  object["policies"] = std::move(policies);
  return object;
}

boost::system::result<TlsReport, TlsReportProblem> tls_report_from(std::string_view text) {
  json::parse_options options;
  options.max_depth = depth_max;
  boost::system::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error, {}, options);
  if (error) return TlsReportProblem{"", "it is no JSON: " + error.message()};
  try {
    return report_from(value);
  } catch (const Wrong& wrong) {
    return wrong.problem;
  }
}

std::string internet_date(std::chrono::sys_seconds time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

boost::system::result<std::chrono::sys_seconds, TlsReportProblem> internet_date_from(
    std::string_view text) {
  const TlsReportProblem none{"", "it is no date of RFC 3339"};
  std::size_t at = 0;
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int offset = 0;
  const bool read = take_number(text, at, 4, year) && take_one_of(text, at, "-") &&
                    take_number(text, at, 2, month) && take_one_of(text, at, "-") &&
                    take_number(text, at, 2, day) && take_one_of(text, at, "Tt ") &&
                    take_number(text, at, 2, hour) && take_one_of(text, at, ":") &&
                    take_number(text, at, 2, minute) && take_one_of(text, at, ":") &&
                    take_number(text, at, 2, second);
  if (!read || hour > 23 || minute > 59 || second > 60) return none;
  if (at < text.size() && text[at] == '.') {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", at + 1), text.size());
    if (end == at + 1) return none;
    at = end;
  }
  if (!take_offset(text, at, offset) || at != text.size()) return none;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return none;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) +
         std::chrono::minutes(minute - offset) + std::chrono::seconds(second);
}

bool is_tls_result_type(std::string_view text) {
  for (int i = static_cast<int>(Cause::starttls_not_supported);
       i <= static_cast<int>(Cause::sts_webpki_invalid); ++i) {
    if (name(static_cast<Cause>(i)) == text) return true;
  }
  return false;
}

}  // namespace smtprig::model
