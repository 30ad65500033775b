// See attempt.hpp.
#include "harness/servers/embedded/attempt.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtprig::embedded {

namespace asio = boost::asio;

Attempt::Attempt(const AttemptSettings& settings, Resolver& resolver, const Message& message,
                 std::string domain, std::vector<std::size_t> recipients, std::string key)
    : settings_(settings),
      resolver_(resolver),
      message_(message),
      domain_(std::move(domain)),
      key_(std::move(key)),
      relay_(settings.outbound.mutants.bypasses_relay ? nullptr : settings.relays.find(domain_)),
      wish_(wish_of(message, settings.outbound.mutants)) {
  for (const std::size_t recipient : recipients)
    recipients_.push_back({.recipient = recipient});
}

asio::awaitable<std::vector<AttemptRecipient>> Attempt::run() {
  const Route route = co_await find_route();
  if (stopped()) co_return recipients_;
  if (route.hosts.empty()) host_failed(route.failure);
  const model::Policy level = policy().policy;
  if (knows_sts(level)) {
    sts_ = co_await settings_.sts->policy_of(relay_ ? relay_->host : domain_);
    count_fetch();
  }
  if (stopped()) co_return recipients_;
  for (const std::string& host : route.hosts) {
    if (pending().empty() || addresses_tried_ >= addresses_max) break;
    if (addresses_tried_ > 0 && settings_.outbound.mutants.tries_only_first_mx) break;
    co_await try_host(host);
    if (stopped()) co_return recipients_;
  }
  decide_rest();
  co_return recipients_;
}

asio::awaitable<Route> Attempt::find_route() {
  mx_secure_ = relay_ != nullptr;
  has_mx_ = relay_ == nullptr;
  if (relay_) co_return Route{.hosts = {relay_->host}};
  // RFC 5321 4.1.3 and 5.1: an address literal is its own host.
  if (domain_.front() == '[') co_return Route{.hosts = {domain_}};
  const Lookup answer = co_await resolver_.look_up(domain_, RecordType::mx);
  mx_secure_ = answer.authentic;
  next_hop_expanded_ = answer.expanded;
  has_mx_ = answer.status == Lookup::Status::found;
  co_return route_from(domain_, answer, settings_.hostname, settings_.outbound.mutants);
}

asio::awaitable<std::vector<asio::ip::address>> Attempt::find_addresses(std::string host) {
  if (host.front() == '[') {
    std::string text = host.substr(1, host.size() - 2);
    if (text.starts_with("ipv6:")) text.erase(0, 5);
    boost::system::error_code invalid;
    const auto address = asio::ip::make_address(text, invalid);
    if (!invalid) co_return std::vector<asio::ip::address>{address};
    Failure failure{.permanent = true, .status = "5.1.2", .text = host + " is no address"};
    host_failed(failure);
    co_return std::vector<asio::ip::address>{};
  }
  Lookup v6 = co_await resolver_.look_up(host, RecordType::aaaa);
  Lookup v4 = co_await resolver_.look_up(host, RecordType::a);
  address_secure_ =
      (v6.addresses.empty() || v6.authentic) && (v4.addresses.empty() || v4.authentic);
  expanded_ = v4.addresses.empty() ? v6.expanded : v4.expanded;
  std::vector<asio::ip::address> addresses = std::move(v6.addresses);
  addresses.insert(addresses.end(), v4.addresses.begin(), v4.addresses.end());
  if (addresses.empty()) host_failed(address_failure(host, v6, v4));
  co_return addresses;
}

asio::awaitable<void> Attempt::try_host(std::string host) {
  const std::vector<asio::ip::address> addresses = co_await find_addresses(host);
  if (addresses.empty()) co_return;
  const std::optional<HostLevel> level = co_await level_by_wish(host);
  if (!level || stopped()) co_return;
  for (const asio::ip::address& address : addresses) {
    if (stopped() || pending().empty() || addresses_tried_ >= addresses_max) break;
    if (addresses_tried_ > 0 && settings_.outbound.mutants.tries_only_first_mx) break;
    ++addresses_tried_;
    const Target target{host, address, relay_ ? relay_->port : settings_.outbound.smtp_port};
    const bool again_in_clear = co_await try_address(target, *level, false);
    if (again_in_clear && !stopped()) co_await try_address(target, *level, true);
  }
}

asio::awaitable<bool> Attempt::try_address(Target target, HostLevel level, bool in_clear) {
  SessionPlan plan{.hostname = settings_.hostname,
                   .policy = level.policy,
                   .falling_back = in_clear,
                   .message = &message_,
                   .recipients = pending(),
                   .tls_first = relay_ && relay_->tls_first(),
                   .lmtp = relay_ && relay_->lmtp(),
                   .login = relay_ ? relay_->login : std::nullopt,
                   .requiretls = level.required,
                   .tls_optional = wish_ == MessageTls::optional};
  Demand demand{.policy = level.policy,
                .mx_host = target.host,
                .next_hop = relay_ ? relay_->host : domain_,
                .pins = level.pins,
                .tests_sts = level.by_sts && level.policy == model::Policy::may,
                .proves_name = level.required};
  OutboundSession session(settings_.outbound, target, std::move(plan), std::move(demand),
                          level.dane, key_);
  const SessionResult result = co_await session.run();
  if (stopped()) co_return false;
  count_session(level, target, result.tls, session.own_address());
  // RFC 8446 4.2.11: who does not know a session shakes hands in full; some refuse it instead.
  if (session.resumption_failed()) {
    co_await session.farewell();
    co_return co_await try_address(std::move(target), std::move(level), in_clear);
  }
  const bool ends_first = settings_.outbound.mutants.needs_close_notify;
  if (ends_first) co_await session.farewell();
  if (session.truncated()) {
    const Failure failure{.status = "4.4.2", .text = "no close_notify"};
    host_failed(failure);
    co_return false;
  }
  take(result, target);
  if (!ends_first) co_await session.farewell();
  co_return result.fall_back;
}

void Attempt::take(const SessionResult& result, const Target& target) {
  const Failure* failure = nullptr;
  for (const RecipientResult& told : result.recipients) {
    const auto place = std::find_if(
        recipients_.begin(), recipients_.end(),
        [&told](const AttemptRecipient& own) { return own.recipient == told.recipient; });
    AttemptRecipient& recipient = *place;
    recipient.host = target.host;
    recipient.relay = target.text();
    switch (told.fate) {
      case Fate::delivered:
        recipient.fate = told.fate;
        recipient.reply = told.reply;
        recipient.relayed_notify = told.relayed_notify;
        log("delivered", recipient);
        break;
      case Fate::bounced:
        recipient.fate = told.fate;
        recipient.failure = told.failure;
        log("bounced", recipient);
        break;
      case Fate::dropped:
        recipient.fate = told.fate;
        break;
      default:
        failure = &told.failure;
        // A host that might take it later outweighs one that never will.
        if (told.fate == Fate::deferred || recipient.failure.status.empty() ||
            recipient.failure.permanent) {
          recipient.failure = told.failure;
        }
    }
  }
  if (failure) settings_.outbound.log->tried({message_.id, key_, target.text()}, *failure);
}

void Attempt::host_failed(const Failure& failure) {
  for (AttemptRecipient& recipient : recipients_) {
    if (recipient.fate != Fate::pending) continue;
    const bool known_temporary = !recipient.failure.status.empty() && !recipient.failure.permanent;
    if (!failure.permanent || !known_temporary) recipient.failure = failure;
  }
}

void Attempt::decide_rest() {
  for (AttemptRecipient& recipient : recipients_) {
    if (recipient.fate != Fate::pending) continue;
    recipient.fate = recipient.failure.permanent ? Fate::bounced : Fate::deferred;
    log(recipient.failure.permanent ? "bounced" : "deferred", recipient);
  }
}

void Attempt::log(std::string_view event, const AttemptRecipient& recipient) const {
  const bool delivered = recipient.fate == Fate::delivered;
  std::string status = recipient.failure.status;
  std::string_view text = recipient.failure.text;
  if (delivered) {
    const std::string_view words = recipient.reply;
    status =
        fakes::smtp::enhanced_status_code(words.substr(std::min<std::size_t>(4, words.size())), 2);
    if (status.empty()) status = "2.0.0";
    text = recipient.reply;
  }
  settings_.outbound.log->decided(event, {message_.id, key_, recipient.relay},
                                  message_.recipients[recipient.recipient].address, status, text);
}

std::vector<std::size_t> Attempt::pending() const {
  std::vector<std::size_t> indices;
  for (const AttemptRecipient& recipient : recipients_) {
    if (recipient.fate == Fate::pending) indices.push_back(recipient.recipient);
  }
  return indices;
}

}  // namespace smtprig::embedded
