// See policy_host.hpp.
#include "fakes/https/policy_host.hpp"

#include <memory>
#include <utility>

namespace smtprig::fakes::https {

namespace {

Answer answer_of(const PolicyAnswer& wanted) {
  Answer answer;
  Response& response = answer.response;
  response.status = wanted.status;
  if (wanted.content_type) response.fields.emplace_back("Content-Type", *wanted.content_type);
  if (!wanted.location.empty()) response.fields.emplace_back("Location", wanted.location);
  response.fields.insert(response.fields.end(), wanted.fields.begin(), wanted.fields.end());
  response.body = body_of(wanted);
  response.chunked = wanted.chunked;
  answer.delay = wanted.delay;
  answer.segment_bytes = wanted.segment_bytes;
  answer.pause = wanted.pause;
  return answer;
}

}  // namespace

Answer policy_answer(const PolicyHostSpec& spec, const Request& request, std::uint32_t nth) {
  Answer answer;
  bool known = false;
  for (const PolicyAnswer& each : spec.answers) {
    if (each.target != request.target) continue;
    known = true;
    if (!each.nth.contains(nth)) continue;
    if (request.method == "GET" || request.method == "HEAD") return answer_of(each);
  }
  answer.response.status = 404;
  if (known && request.method != "GET" && request.method != "HEAD") {
    answer.response.status = 405;
    answer.response.fields.emplace_back("Allow", "GET, HEAD");
  }
  return answer;
}

PolicyHost::PolicyHost(std::string name, std::string who, PolicyHostSpec spec,
                       IdentitySource identity, Journal& journal, HostLimits limits)
    : host_(
          std::move(name), who, spec.https, std::move(identity),
          [shared = std::make_shared<const PolicyHostSpec>(spec)](
              const Request& request, std::uint32_t nth, const net::Tap&) {
            return policy_answer(*shared, request, nth);
          },
          journal, limits) {
  for (const PolicyAnswer& answer : spec.answers)
    check_status(who, answer.status);
}

}  // namespace smtprig::fakes::https
