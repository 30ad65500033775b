// What an attempt counts for reports of TLS (RFC 8460 4). See attempt.hpp.
#include "harness/servers/embedded/attempt.hpp"
#include "harness/servers/embedded/tls_reporter.hpp"

#include <utility>

namespace smtprig::embedded {

bool Attempt::is_reported() const {
  return settings_.reports && settings_.reports->wants(domain_);
}

// The policy domain of DANE is where the records were found, that of MTA-STS the recipients' (RFC
// 8460 1.1).
model::TlsReportPolicy Attempt::applied_policy(const HostLevel& level) const {
  model::TlsReportPolicy policy{.type = "no-policy-found", .domain = domain_};
  if (level.dane) {
    policy.type = "tlsa";
    policy.domain = level.dane->names.front();
    for (const TlsaRecord& record : level.dane->records)
      policy.string.push_back(text(record));
  } else if (level.by_sts && sts_) {
    policy.type = "sts";
    policy.string = sts_->lines;
    policy.mx_host = sts_->mx;
  }
  return policy;
}

void Attempt::count_session(const HostLevel& level, const Target& target, const TlsEnd& tls,
                            std::string_view own_address) {
  if (!is_reported() || !tls.tried) return;
  TlsSessionResult session{.policy = applied_policy(level)};
  session.failed = !tls.result_type.empty();
  session.failure.result_type = tls.result_type;
  session.failure.sending_mta_ip = own_address;
  session.failure.receiving_mx_hostname = target.host;
  session.failure.receiving_ip = target.address.to_string();
  session.failure.failure_reason_code = tls.reason;
  if (level.unnamed && !session.failed) {
    session.failed = true;
    session.failure.result_type = "validation-failure";
    session.failure.failure_reason_code = not_in_sts_policy;
  }
  settings_.reports->add(domain_, std::move(session));
}

// A host to which no connection is made.
void Attempt::count_forbidden(std::string_view cause, std::string_view host, std::string_view why) {
  if (!is_reported()) return;
  TlsSessionResult session{.failed = true};
  const bool by_sts = cause == "validation-failure";
  HostLevel level;
  level.by_sts = by_sts;
  session.policy = applied_policy(level);
  if (!by_sts) {
    session.policy.type = "tlsa";
    session.policy.domain = host;
  }
  session.failure.result_type = cause;
  session.failure.receiving_mx_hostname = host;
  session.failure.failure_reason_code = why;
  settings_.reports->add(domain_, std::move(session));
}

// A policy that could not be had is told apart from the sessions without it (RFC 8461 6).
void Attempt::count_fetch() {
  if (!is_reported()) return;
  const StsFetch* failed = settings_.sts->failure_of(domain_);
  if (!failed) return;
  TlsSessionResult session{.policy = {.type = "sts", .domain = domain_}, .failed = true};
  session.failure.result_type = failed->cause;
  session.failure.failure_reason_code = failed->reason;
  settings_.reports->add(domain_, std::move(session));
}

}  // namespace smtprig::embedded
