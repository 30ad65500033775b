// What a message itself asks of TLS (RFC 8689), on top of what the policy says. See attempt.hpp.
#include "harness/servers/embedded/attempt.hpp"

#include <fmt/format.h>

#include <utility>

namespace smtprig::embedded {

namespace asio = boost::asio;
using model::Policy;

namespace {

// Levels that the sender's own side set; the others follow what the recipient's domain asserts.
bool is_local(Policy policy) {
  return policy == Policy::none || policy == Policy::dane_only ||
         (policy >= Policy::encrypt && policy <= Policy::secure);
}

}  // namespace

// A notification goes as the policy has it (RFC 8689 5).
MessageTls wish_of(const Message& message, const Mutants& mutants) {
  const bool optional = says_tls_optional(message) && !mutants.ignores_tls_required_no;
  if (message.sender.empty()) return MessageTls::as_policy;
  if (optional && (!message.requiretls || mutants.field_beats_parameter))
    return MessageTls::optional;
  return message.requiretls ? MessageTls::required : MessageTls::as_policy;
}

asio::awaitable<std::optional<Attempt::HostLevel>> Attempt::level_by_wish(std::string host) {
  const auto& [policy, pins] = this->policy();
  switch (wish_) {
    case MessageTls::as_policy:
      break;
    case MessageTls::optional:
      // RFC 8689 3: what the domain asserts is ignored; what our own side demands is not asserted
      // by it.
      if (is_local(policy)) break;
      co_return HostLevel{};
    case MessageTls::required:
      co_return co_await level_for_required(std::move(host));
  }
  co_return co_await level_of(std::move(host));
}

// RFC 8689 4.2.1, steps 2 and 4.
asio::awaitable<std::optional<Attempt::HostLevel>> Attempt::level_for_required(std::string host) {
  if (policy().policy == Policy::none) {
    lacks("5.7.10", host, "the policy has no TLS");
    co_return std::nullopt;
  }
  std::optional<HostLevel> level = co_await level_of(host);
  if (!level) co_return std::nullopt;
  if (!settings_.outbound.mutants.requiretls_by_insecure_mx && !co_await is_vouched_for(host)) {
    lacks("5.7.5", host, "neither DNSSEC nor MTA-STS vouches for its name");
    co_return std::nullopt;
  }
  if (!level->dane && (level->policy == Policy::may || level->policy == Policy::encrypt))
    level->policy = Policy::verify;
  level->required = true;
  co_return level;
}

// Where no MX record was asked for, or none is there, the name is that of the mail's own domain.
asio::awaitable<bool> Attempt::is_vouched_for(std::string host) {
  if (mx_secure_ || !has_mx_) co_return true;
  if (!sts_) sts_ = co_await settings_.sts->policy_of(domain_);
  co_return sts_ && sts_->mode != StsMode::none&& names_mx(*sts_, host, settings_.outbound.mutants);
}

void Attempt::lacks(std::string_view status, std::string_view host, std::string_view what) {
  host_failed({.permanent = !settings_.outbound.mutants.defers_requiretls,
               .status = std::string(status),
               .text = fmt::format("REQUIRETLS: {}: {}", host, what)});
}

}  // namespace smtprig::embedded
