// One attempt of a conforming sender: MX lookup, hosts by preference, what is left over.
#include "harness/judge/oracle.hpp"

#include <algorithm>
#include <optional>

#include "harness/judge/sts.hpp"

namespace smtprig::judge {
namespace {

using model::Channel;
using model::Delivery;
using model::Policy;

struct Pending {
  std::string recipient;  // local part
  bool decided = false;
  TryEnd last = TryEnd::host_transient;
  bool stopped = false;  // for this attempt
  bool other = false;    // some host failed by other than what the message requires
};

// One attempt: the hosts by preference, each tried for the recipients that are left.
class Attempt {
 public:
  Attempt(const Facts& facts, Policy policy, std::size_t index, State state, Choices& choices,
          Trace& trace, Fates& fates)
      : facts_(facts),
        policy_(policy),
        choices_(choices),
        trace_(trace),
        fates_(fates),
        views_(facts.sts[index]),
        later_(facts.messages[index].later),
        requires_(facts.messages[index].requiretls),
        optional_(facts.messages[index].tls_optional && !requires_),  // RFC 8689 4.1
        memory_(std::move(state.memory)) {
    const model::Message& message = facts.messages[index];
    needs_ = {message.content.eight_bit, message.content.utf8_header, message.content.bytes_min};
    for (std::size_t i = 0; i < message.recipients.size(); ++i)
      pending_.push_back({.recipient = message.recipients[i], .decided = state.decided[i]});
  }

  State run();

 private:
  bool route_fails();
  void try_hosts();
  void try_at(const HostFacts& host, Level level);
  void skip(TryEnd end);
  bool goes_on();
  void close();
  const HostFacts* next_host(std::vector<const HostFacts*>& left);
  bool usable(const HostFacts& host);
  std::optional<Level> level_by_wish(const HostFacts& host);
  std::optional<Level> level_for_required(const HostFacts& host);
  bool is_vouched_for(const HostFacts& host);
  std::optional<Level> level_at(const HostFacts& host);
  std::optional<Level> level_by_tlsa(const HostFacts& host);
  std::optional<Level> level_by_sts(const HostFacts& host);
  std::optional<Level> level_by_both(const HostFacts& host);
  bool has_view();
  void decide(Pending& pending, Delivery delivery, Channel channel = Channel::none,
              const std::string& via = {});
  void bounce_all();

  const Facts& facts_;
  Policy policy_;
  Choices& choices_;
  Trace& trace_;
  Fates& fates_;
  std::vector<Pending> pending_;
  Needs needs_;
  const std::vector<StsView>& views_;  // what may be seen of MTA-STS
  bool later_;
  bool requires_;
  bool optional_;
  const StsView* view_ = nullptr;  // what is seen in this attempt
  std::map<std::string, HostMemory> memory_;
  bool forbidden_ = false;  // the host that was looked at is, for now, and not for good
  bool hope_ = false;       // some host has an address, or may have one later
};

void Attempt::decide(Pending& pending, Delivery delivery, Channel channel, const std::string& via) {
  pending.decided = true;
  fates_.insert({.delivery = delivery,
                 .channel = channel,
                 .via = facts_.hosts.size() > 1 || facts_.relayed ? via : std::string(),
                 .recipient = pending.recipient});
}

void Attempt::bounce_all() {
  for (Pending& each : pending_)
    if (!each.decided) decide(each, Delivery::bounced);
}

// What the MX lookup decides alone. True: no host is to be tried.
bool Attempt::route_fails() {
  if (facts_.relayed) trace_.note(rows::relayed);
  switch (facts_.mx) {
    case MxAnswer::records:
      return false;
    case MxAnswer::null_mx:
      trace_.note(rows::null_mx);
      break;
    case MxAnswer::null_mx_odd:
      trace_.note(rows::null_mx_odd);
      break;
    case MxAnswer::null_mx_beside:
      trace_.note(rows::null_mx_beside);
      if (choices_.coin()) return false;
      break;
    case MxAnswer::own:
      trace_.note(rows::own_mx);
      break;
    case MxAnswer::absent:
      trace_.note(rows::implicit_mx);
      return false;
    case MxAnswer::no_domain:
      trace_.note(rows::no_domain);
      break;
    case MxAnswer::temporary:
      trace_.note(rows::lookup_failed);
      return true;
  }
  bounce_all();
  return true;
}

// Hosts of equal preference come in any order (RFC 5321 5.1).
const HostFacts* Attempt::next_host(std::vector<const HostFacts*>& left) {
  if (left.empty()) return nullptr;
  const auto equal = std::ranges::count(left, left.front()->preference, &HostFacts::preference);
  const auto chosen = left.begin() + choices_.pick(static_cast<unsigned>(equal));
  const HostFacts* host = *chosen;
  left.erase(chosen);
  return host;
}

bool Attempt::usable(const HostFacts& host) {
  if (host.alias) {
    trace_.note(rows::alias);
    const unsigned choice = choices_.pick(3);  // followed, refused for now, refused for good
    hope_ = hope_ || choice == 1;
    if (choice != 0) return false;
  }
  if (host.literal) {
    trace_.note(rows::literal);
    hope_ = hope_ || choices_.coin();  // nobody listens there; or it is no name
    return false;
  }
  if (host.address == Address::none) return false;
  hope_ = true;
  if (host.address == Address::temporary) {
    trace_.note(rows::lookup_failed);
    return false;
  }
  if (!host.reachable) trace_.note(rows::unreachable);
  return host.reachable;
}

// Looks for a policy of MTA-STS. False: the message waits for that.
bool Attempt::has_view() {
  if (!knows_sts(policy_) || optional_) return true;
  view_ = &views_[choices_.pick(static_cast<unsigned>(views_.size()))];
  if (views_.size() > 1) trace_.note(rows::sts_open);
  if (view_->waits) trace_.note(rows::sts_lookup_failed);
  if (later_ && view_->mode == StsView::Mode::enforce) trace_.note(rows::sts_kept);
  return !view_->waits;
}

// What DANE and MTA-STS make of the level for one host. None: it must not be used.
std::optional<Level> Attempt::level_at(const HostFacts& host) {
  if (policy_ == Policy::mta_sts) return level_by_sts(host);
  if (policy_ == Policy::dane_mta_sts) return level_by_both(host);
  if (policy_ != Policy::dane && policy_ != Policy::dane_only) return Level{policy_};
  const bool only = policy_ == Policy::dane_only;
  if (facts_.mx_secure) return level_by_tlsa(host);
  if (only || host.tlsa != TlsaState::none) trace_.note(rows::insecure_mx);
  // RFC 7672 2.2.1: behind an MX record that nothing proves DANE is a MAY, and no authentication.
  if (only) return std::nullopt;
  if (host.tlsa == TlsaState::none || choices_.coin()) return Level{Policy::may};
  return level_by_tlsa(host);
}

// RFC 8461 4, 5.
std::optional<Level> Attempt::level_by_sts(const HostFacts& host) {
  switch (view_->mode) {
    case StsView::Mode::none:
      trace_.note(rows::sts_absent);
      return Level{Policy::may};
    case StsView::Mode::testing:
      trace_.note(rows::sts_testing);
      return Level{Policy::may};
    case StsView::Mode::enforce:
      break;
  }
  const bool named = sts_names(*view_, host.mx_name);
  trace_.note(named ? rows::sts_enforced : rows::sts_not_named);
  if (!named) return std::nullopt;
  return Level{.policy = Policy::mta_sts, .by_sts = true};
}

// DANE first; what it does not authenticate is left to MTA-STS (RFC 8461 2).
std::optional<Level> Attempt::level_by_both(const HostFacts& host) {
  if (!facts_.mx_secure && host.tlsa != TlsaState::none) trace_.note(rows::insecure_mx);
  const bool heeds = facts_.mx_secure || (host.tlsa != TlsaState::none && choices_.coin());
  const TlsaState tlsa = heeds ? host.tlsa : TlsaState::none;
  if (tlsa == TlsaState::none) return level_by_sts(host);
  const auto by_tlsa = level_by_tlsa(host);
  if (!by_tlsa || view_->mode != StsView::Mode::enforce) return by_tlsa;
  if (by_tlsa->policy != Policy::dane) {
    auto by_sts = level_by_sts(host);
    if (by_sts) by_sts->by_tlsa = true;
    return by_sts;
  }
  trace_.note(rows::sts_beside_dane);
  if (!choices_.coin()) return by_tlsa;
  if (!sts_names(*view_, host.mx_name)) return std::nullopt;
  return Level{.policy = Policy::dane, .by_tlsa = true, .by_sts = true};
}

std::optional<Level> Attempt::level_by_tlsa(const HostFacts& host) {
  const bool only = policy_ == Policy::dane_only;
  const auto without = [&](const Row& row, Level level) {
    trace_.note(row);
    return only ? std::nullopt : std::optional(level);
  };
  switch (host.tlsa) {
    case TlsaState::none:
      return without(rows::no_tlsa, {Policy::may});
    case TlsaState::failed:
      trace_.note(rows::tlsa_failed);
      return std::nullopt;
    case TlsaState::usable:
      if (host.tlsa_usable == Truth::yes || choices_.coin()) return Level{Policy::dane, true};
      break;
    case TlsaState::unusable:
      break;
  }
  return without(rows::tlsa_unusable, {Policy::encrypt, true});
}

void Attempt::skip(TryEnd end) {
  for (Pending& each : pending_)
    if (!each.stopped) {
      each.last = end;
      each.other = each.other || end != TryEnd::unfit;
    }
}

// What the message itself asks for (RFC 8689), on top of the policy.
std::optional<Level> Attempt::level_by_wish(const HostFacts& host) {
  using enum Policy;
  if (requires_) return level_for_required(host);
  if (!optional_ || policy_ == none) return level_at(host);
  const bool local = policy_ == dane_only || (policy_ >= encrypt && policy_ <= secure);
  trace_.note(local ? rows::tls_optional_here : rows::tls_optional);
  if (local && choices_.coin()) return level_at(host);
  return Level{.policy = may, .passes = true};
}

// RFC 8689 4.2.1. None: `unfit` for good, unless skip() hears otherwise.
std::optional<Level> Attempt::level_for_required(const HostFacts& host) {
  if (policy_ == Policy::none) {
    trace_.note(rows::requiretls_without_tls);
    return std::nullopt;
  }
  auto level = level_at(host);
  if (!level) {
    // What the policy forbids for now is also a step that failed.
    forbidden_ = choices_.coin();
    return std::nullopt;
  }
  if (!is_vouched_for(host)) {
    trace_.note(rows::requiretls_insecure_mx);
    return std::nullopt;
  }
  level->required = true;
  level->mx_secure = facts_.mx_secure;
  return level;
}

// By DNSSEC or MTA-STS, where it was an MX record that named it.
bool Attempt::is_vouched_for(const HostFacts& host) {
  if (facts_.mx_secure || facts_.relayed || facts_.mx == MxAnswer::absent) return true;
  if (!view_) view_ = &views_[choices_.pick(static_cast<unsigned>(views_.size()))];
  if (view_->waits || view_->mode == StsView::Mode::none) return false;
  if (!sts_names(*view_, host.mx_name)) return false;
  return view_->mode == StsView::Mode::enforce || choices_.coin();
}

void Attempt::try_at(const HostFacts& host, Level level) {
  std::vector<std::string> addresses;
  for (const Pending& each : pending_)
    if (!each.decided && !each.stopped)
      addresses.push_back(each.recipient.substr(0, each.recipient.find('@')) + "@" + facts_.domain);
  const auto results =
      try_host(host, level, addresses, needs_, memory_[host.name], choices_, trace_);
  auto result = results.begin();
  for (Pending& each : pending_) {
    if (each.decided || each.stopped) continue;
    each.last = result->end;
    each.other = each.other || result->end != TryEnd::unfit;
    if (result->end == TryEnd::accepted)
      decide(each, Delivery::delivered, result->channel, host.name);
    else if (result->end == TryEnd::permanent)
      decide(each, Delivery::bounced);
    ++result;
  }
}

// After a transient reply in the middle of the transaction a sender goes on to the next host, or
// comes back later; where the host itself is of no use, it must go on (RFC 5321 5.1).
bool Attempt::goes_on() {
  bool any_left = false;
  for (Pending& each : pending_) {
    if (!each.decided && !each.stopped && each.last == TryEnd::transient)
      each.stopped = choices_.coin();
    any_left = any_left || (!each.decided && !each.stopped);
  }
  return any_left;
}

void Attempt::try_hosts() {
  std::vector<const HostFacts*> left;
  for (const HostFacts& host : facts_.hosts)
    left.push_back(&host);
  while (const HostFacts* host = next_host(left)) {
    forbidden_ = !requires_;
    const bool is_usable = usable(*host);
    const auto level = is_usable ? level_by_wish(*host) : std::nullopt;
    if (level)
      try_at(*host, *level);
    else
      skip(is_usable && !forbidden_ ? TryEnd::unfit : TryEnd::host_transient);
    if (!goes_on()) return;
    if (left.empty()) return;
    trace_.note(rows::next_mx);
  }
}

// Nobody with an address: an error. A last host that refused for good: deferred or bounced.
void Attempt::close() {
  if (!hope_) {
    trace_.note(rows::no_address);
    bounce_all();
    return;
  }
  for (Pending& each : pending_) {
    if (each.decided) continue;
    const bool given_up =
        requires_ && each.last != TryEnd::transient && (!each.other || choices_.coin());
    if (given_up || (each.last == TryEnd::host_permanent && choices_.coin()))
      decide(each, Delivery::bounced);
  }
}

State Attempt::run() {
  if (!route_fails() && has_view()) {
    try_hosts();
    close();
  }
  State state{.memory = std::move(memory_)};
  for (const Pending& each : pending_)
    state.decided.push_back(each.decided);
  // Beyond the last ordinal that is told apart, all connections are alike.
  for (auto& [name, memory] : state.memory)
    memory.connections = std::min(memory.connections, 2 * attempts_most);
  return state;
}

}  // namespace

State attempt(const Facts& facts, Policy policy, std::size_t message, const State& state,
              Choices& choices, Trace& trace, Fates& fates) {
  return Attempt(facts, policy, message, state, choices, trace, fates).run();
}

}  // namespace smtprig::judge
