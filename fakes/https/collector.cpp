// See collector.hpp.
#include "fakes/https/collector.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/trim.hpp>

#include "fakes/https/gzip.hpp"

namespace smtprig::fakes::https {

namespace {

constexpr std::string_view gzip_type = "application/tlsrpt+gzip";
constexpr std::string_view json_type = "application/tlsrpt+json";

// In lower case, without parameters.
std::string type_of(std::string_view media_type) {
  const std::string type(media_type.substr(0, media_type.find(';')));
  return boost::algorithm::to_lower_copy(boost::algorithm::trim_copy(type));
}

Answer refusal(unsigned status) {
  Answer answer;
  answer.response.status = status;
  return answer;
}

Answer collect(const CollectorSpec& spec, const Request& request, std::uint32_t nth,
               const net::Tap& tap) {
  if (request.target != spec.target) return refusal(404);
  if (request.method != "POST") {
    Answer answer = refusal(405);
    answer.response.fields.emplace_back("Allow", "POST");
    return answer;
  }
  if (!is_report_type(request.content_type)) return refusal(415);
  tap.add(report_from(request.content_type, request.body));
  CollectorAnswer wanted;
  const auto found = std::ranges::find_if(
      spec.answers, [nth](const CollectorAnswer& each) { return each.nth.contains(nth); });
  if (found != spec.answers.end()) wanted = *found;
  Answer answer = refusal(wanted.status);
  if (!wanted.location.empty()) answer.response.fields.emplace_back("Location", wanted.location);
  answer.delay = wanted.delay;
  return answer;
}

}  // namespace

bool is_report_type(std::string_view media_type) {
  const std::string type = type_of(media_type);
  return type == gzip_type || type == json_type;
}

ReportReceived report_from(std::string_view media_type, std::string_view body,
                           std::size_t json_bytes_max) {
  ReportReceived report;
  report.media_type = type_of(media_type);
  report.bytes = body.size();
  if (report.media_type != gzip_type) {
    report.json = body.substr(0, json_bytes_max);
    if (body.size() > json_bytes_max) report.problem = "too large";
    return report;
  }
  auto text = gunzip(body, json_bytes_max);
  if (text) {
    report.json = std::move(*text);
  } else {
    report.problem = text.error().reason;
  }
  return report;
}

HostLimits Collector::default_limits() {
  HostLimits limits;
  limits.bytes.body_bytes_max = report_bytes_max;
  return limits;
}

Collector::Collector(std::string name, std::string who, CollectorSpec spec, IdentitySource identity,
                     Journal& journal, HostLimits limits)
    : host_(
          std::move(name), who, spec.https, std::move(identity),
          [shared = std::make_shared<const CollectorSpec>(spec)](
              const Request& request, std::uint32_t nth, const net::Tap& tap) {
            return collect(*shared, request, nth, tap);
          },
          journal, limits) {
  for (const CollectorAnswer& answer : spec.answers)
    check_status(who, answer.status);
}

}  // namespace smtprig::fakes::https
