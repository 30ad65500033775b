// The oracle inside: one try at one host, and the walk over hosts and attempts that composes tries.
// Conforming freedom is a choice (choices.hpp); the union over all choices is what is permitted.
//
//   facts -> try_host (one connection or two) -> attempt (hosts by preference) -> attempts -> fates
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "harness/judge/choices.hpp"
#include "harness/judge/facts.hpp"
#include "harness/judge/oracle_rules.hpp"
#include "harness/judge/peer.hpp"
#include "harness/model/verdict.hpp"

namespace smtprig::judge {

// The rows that were met, each once, in the order in which they were met first.
class Trace {
 public:
  void note(const Row& row);
  const std::vector<const Row*>& rows() const { return rows_; }

 private:
  std::vector<const Row*> rows_;
};

// Puts the rows into a ruling: names, clauses (each once), the strongest force, notes.
void tell_rows(model::Ruling& ruling, const std::vector<const Row*>& rows);

// How a try at a host ended for one recipient.
enum class TryEnd {
  accepted,
  transient,       // within the mail transaction
  permanent,       // within the mail transaction
  host_transient,  // the host is of no use for now
  host_permanent,  // the host refuses for good: others first, then deferred or bounced
  unfit,  // the host lacks what the message requires: others first, then bounced (RFC 8689 4.2.1)
};

struct TryResult {
  TryEnd end = TryEnd::host_transient;
  model::Channel channel = model::Channel::none;
};

// What a sender remembers of a host within one walk.
struct HostMemory {
  std::uint32_t connections = 0;
  bool tls_failed = false;  // a policy of `may` need not insist on TLS from now on
  auto operator<=>(const HostMemory&) const = default;
};

// What a message needs of a receiver beyond RFC 5321.
struct Needs {
  bool eight_bit = false;
  bool utf8_header = false;
  std::size_t bytes = 0;  // at least
};

// The level of a sender at one host.
struct Level {
  model::Policy policy = model::Policy::may;
  bool by_tlsa = false;  // TLS is demanded by secure TLSA records: nothing here is for good
  bool by_sts = false;  // the same by an enforced policy of MTA-STS, which asks for its certificate
  bool required = false;   // the message requires TLS, and a host that requires it too (RFC 8689)
  bool mx_secure = false;  // with `required`: TLSA records may count, whatever the policy
  bool passes = false;     // the message waits for no TLS (RFC 8689 4.2.2)
};

// One try of a conforming sender at that level to pass a message to `host` for `recipients` (full
// addresses, in the order of their RCPT commands). One result per recipient.
std::vector<TryResult> try_host(const HostFacts& host, Level level,
                                const std::vector<std::string>& recipients, const Needs& needs,
                                HostMemory& memory, Choices& choices, Trace& trace);

// Every server makes at least so many attempts before a message counts as deferred. A fault that
// ends by then is survived; one that lasts longer may be outlasted by a more patient server.
inline constexpr std::uint32_t attempts_least = 2;
inline constexpr std::uint32_t attempts_most = 8;

// Best first; by recipient, by host.
inline auto order(const model::Permitted& permitted) {
  return std::tuple(std::string_view(permitted.message), std::string_view(permitted.recipient),
                    permitted.delivery, -static_cast<int>(permitted.channel),
                    std::string_view(permitted.via));
}

struct InOrder {
  bool operator()(const model::Permitted& a, const model::Permitted& b) const {
    return order(a) < order(b);
  }
};
using Fates = std::set<model::Permitted, InOrder>;

// Between two attempts: which recipients are decided, and what the sender remembers of hosts.
struct State {
  std::vector<bool> decided;
  std::map<std::string, HostMemory> memory;
  auto operator<=>(const State&) const = default;
};

// One attempt from `state` for facts.messages[message]; the state behind it. What it decides goes
// into `fates`.
State attempt(const Facts& facts, model::Policy policy, std::size_t message, const State& state,
              Choices& choices, Trace& trace, Fates& fates);

// Everything but written expectations; of mail to one domain, and of all that a cell sends out:
// each recipient by the facts and the level of its own domain.
model::Ruling ruling_of(const Facts& facts, model::Policy policy);
model::Ruling ruling_of(const model::Cell& cell);

}  // namespace smtprig::judge
