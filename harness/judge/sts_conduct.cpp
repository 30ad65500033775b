// See conduct.hpp: what a sender asks of policy hosts (RFC 8461 3.3). "C10" of docs/outcomes.md.
#include <algorithm>

#include <fmt/format.h>

#include "fakes/https_spec.hpp"
#include "harness/judge/conduct.hpp"
#include "harness/judge/sts.hpp"
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

// C9: "a compliant MTA MUST NOT permanently fail to deliver messages before checking, via DNS, for
// the presence of an updated policy" (RFC 8461 5): of mail that an enforced policy alone stopped.
void bounce_comes_behind_lookup(const Scene& scene, const model::Outcome& outcome,
                                std::vector<model::Violation>& violations) {
  if (!knows_sts(scene.level)) return;
  const auto names_host = [&](const HostFacts& host) {
    return sts_binds(scene.facts, host.mx_name) == Truth::yes;
  };
  if (!std::ranges::any_of(scene.facts.hosts, names_host)) return;
  const bool stopped = std::ranges::all_of(
      scene.sessions, [](const Session& session) { return session.transactions.empty(); });
  for (const model::RecipientOutcome& each : outcome.recipients) {
    if (!stopped || each.delivery != model::Delivery::bounced) continue;
    bool asked = false;  // since the last message came
    for (const fakes::Event& event : scene.journal) {
      asked = asked && !std::holds_alternative<fakes::Injected>(event.body);
      const auto* query = std::get_if<fakes::DnsQuery>(&event.body);
      asked = asked || (query && query->type == "TXT" && query->name.starts_with("_mta-sts."));
    }
    if (!asked)
      accuse_once(violations, {"conduct/C9", "RFC 8461 5",
                               "returned without a look for a new policy: " + each.recipient});
  }
}

}  // namespace

void check_sts_conduct(const Scene& scene, const model::Outcome& outcome,
                       std::vector<model::Violation>& violations) {
  bounce_comes_behind_lookup(scene, outcome, violations);
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
