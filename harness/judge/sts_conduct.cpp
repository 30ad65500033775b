// See conduct.hpp: what a sender asks of policy hosts (RFC 8461 3.3). "C10" of docs/outcomes.md.
#include <algorithm>

#include <fmt/format.h>

#include "fakes/https_spec.hpp"
#include "harness/judge/conduct.hpp"
#include "harness/model/sts.hpp"

namespace smtprig::judge {
namespace {

bool is_redirect(const fakes::HttpRequest& request) {
  return request.status / 100 == 3;
}

// An answer that is no policy, whatever its body is.
bool is_refusal(const fakes::HttpRequest& request) {
  return request.status != 0 && request.status != 200;
}

}  // namespace

void check_sts_conduct(const Scene& scene, std::vector<model::Violation>& violations) {
  constexpr std::chrono::minutes between_tries{5};
  const std::string host = model::sts_policy_host(scene.domain);
  const bool one_policy = std::ranges::none_of(scene.facts.messages, &model::Message::later);
  bool redirected = false;
  const fakes::Event* refused = nullptr;
  for (const fakes::Event& event : scene.journal) {
    const auto* request = std::get_if<fakes::HttpRequest>(&event.body);
    if (!request || event.who != host) continue;
    const bool for_policy = request->target == fakes::policy_target;
    if (redirected && !for_policy)
      accuse_once(violations, {"conduct/C10", "RFC 8461 3.3",
                               fmt::format("followed a redirect to {}", request->target)});
    if (one_policy && refused && for_policy && event.at - refused->at < between_tries)
      accuse_once(violations, {"advice/C10", "RFC 8461 3.3",
                               "asked for a policy again within five minutes of a failure"});
    redirected = redirected || is_redirect(*request);
    if (is_refusal(*request)) refused = &event;
  }
}

}  // namespace smtprig::judge
