// Who is authenticated? A receiver cannot see whether the client verified it, but two impostors
// can: if both were turned away at the very place where the honest original was trusted, its name
// was looked at.
#include "harness/judge/judge.hpp"

#include <algorithm>

namespace smtprig::judge {
namespace {

using model::Channel;
using model::Delivery;
using model::RecipientOutcome;
using model::Stage;

// Turned away at `host` because of TLS: it got as far as the handshake, and not a byte of mail
// went.
bool refused(const model::Outcome& twin, const RecipientOutcome& original) {
  if (twin.server != model::ServerHealth::alive) return false;
  const auto found = std::ranges::find_if(twin.recipients, [&](const RecipientOutcome& each) {
    return each.message == original.message && each.recipient == original.recipient;
  });
  if (found == twin.recipients.end() || found->weakest != Channel::none) return false;
  if (found->delivery != Delivery::deferred && found->delivery != Delivery::bounced) return false;
  return std::ranges::any_of(found->attempts, [&](const model::Attempt& attempt) {
    return attempt.host == original.via &&
           (attempt.stage == Stage::starttls || attempt.stage == Stage::tls);
  });
}

}  // namespace

void authenticate_client(model::Outcome& outcome, const model::Outcome* self_signed_twin) {
  if (!self_signed_twin || self_signed_twin->server != model::ServerHealth::alive) return;
  for (RecipientOutcome& each : outcome.recipients) {
    if (each.delivery != Delivery::delivered || each.channel != Channel::encrypted) continue;
    const auto twin =
        std::ranges::find_if(self_signed_twin->recipients, [&](const RecipientOutcome& other) {
          return other.message == each.message && other.recipient == each.recipient;
        });
    if (twin == self_signed_twin->recipients.end() || twin->delivery != Delivery::rejected)
      continue;
    each.channel = Channel::authenticated;
    if (each.weakest == Channel::encrypted) each.weakest = Channel::authenticated;
  }
}

void authenticate(model::Outcome& outcome, const model::Outcome* self_signed_twin,
                  const model::Outcome* other_name_twin) {
  if (!self_signed_twin || !other_name_twin) return;
  for (RecipientOutcome& each : outcome.recipients) {
    if (each.delivery != Delivery::delivered || each.channel != Channel::encrypted) continue;
    if (!refused(*self_signed_twin, each) || !refused(*other_name_twin, each)) continue;
    each.channel = Channel::authenticated;
    if (each.weakest == Channel::encrypted) each.weakest = Channel::authenticated;
  }
}

}  // namespace smtprig::judge
