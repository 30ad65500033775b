// What a delivery does at a relay beyond plain SMTP: AUTH (RFC 4954), and LMTP's replies (RFC
// 2033). See delivery.hpp.
#include "harness/servers/embedded/delivery.hpp"

#include <algorithm>

namespace smtprig::embedded {

// A host of another certificate than that of the relay may still get the mail, under `may` and
// `encrypt`; it does not get the password (RFC 4954 14).
bool Delivery::may_tell_password() const {
  if (!tls_) return mutants_.sends_password_in_clear;
  return check_.host_verified || mutants_.tells_password_to_anybody ||
         mutants_.logs_in_before_verification;
}

Action Delivery::log_in() {
  auth_ = AuthClient::choose(*plan_.login, extensions_.mechanisms, may_tell_password());
  if (!auth_)
    return defer("4.7.0", "AUTH: no mechanism is offered that keeps the password secret", true);
  stage_ = Stage::auth;
  return {.kind = Action::Kind::send, .bytes = auth_->command()};
}

Action Delivery::on_auth(const ServerReply& reply) {
  // Without a login only the planted defect asks.
  if (!auth_) return positive(reply) ? begin_transaction() : host_fails(reply);
  if (reply.first_digit() == 3 && auth_->exhausted())
    return defer("4.7.0", "AUTH: challenges without end", false);
  if (reply.first_digit() == 3)
    return {.kind = Action::Kind::send,
            .bytes = auth_->respond(reply.lines.empty() ? "" : reply.lines.front())};
  if (positive(reply)) {
    logged_in_ = true;
    return begin_transaction();
  }
  // A wrong password is for the operator to mend, and no fault of the message.
  Failure failure = failure_of(reply);
  failure.permanent = false;
  failure.status.front() = '4';
  failure.text = "AUTH failed: " + failure.text;
  settle(Fate::deferred, failure);
  return finish(true);
}

// RFC 2033 4.2: one reply for each recipient that was accepted, in their order.
Action Delivery::on_dot_of_one(const ServerReply& reply) {
  const auto next = std::ranges::find(result_.recipients, Fate::pending, &RecipientResult::fate);
  if (next == result_.recipients.end()) return finish(false);
  if (positive(reply)) {
    deliver(*next, reply);
  } else {
    next->failure = failure_of(reply);
    next->fate = next->failure.permanent ? Fate::bounced : Fate::deferred;
  }
  if (!any_pending()) return finish(true);
  return {.kind = Action::Kind::read, .final_dot = true};
}

}  // namespace smtprig::embedded
