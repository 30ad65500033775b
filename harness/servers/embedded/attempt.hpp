// One attempt to pass a message on to all its recipients in one domain: find the route, then host
// by host and address by address until nobody is left (RFC 5321 5.1). IPv6 addresses come before
// IPv4.
//
//   MX -> hosts in order -> AAAA, A -> sessions -> what became of each recipient
#pragma once

#include "harness/model/tls_report.hpp"
#include "harness/servers/embedded/outbound_session.hpp"
#include "harness/servers/embedded/relay_table.hpp"
#include "harness/servers/embedded/resolver.hpp"
#include "harness/servers/embedded/sts_source.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace smtprig::embedded {

class TlsReporter;

struct AttemptSettings {
  OutboundSettings outbound;
  std::string hostname;
  PolicyTable policies;
  RelayTable relays;
  TlsReporter* reports = nullptr;  // null: nothing is counted; must outlive attempts
  StsSource* sts = nullptr;        // for policies that know MTA-STS; must outlive attempts
  const bool* stopping = nullptr;  // the server is going down: decide nothing any more
};

struct AttemptRecipient {
  std::size_t recipient = 0;  // index into message.recipients
  Fate fate = Fate::pending;  // in the end delivered, deferred, bounced or dropped
  Failure failure;            // deferred, bounced
  std::string reply;          // delivered
  bool relayed_notify = false;
  std::string host;   // that decided; empty: none was reached
  std::string relay;  // the same, for the log
};

// How a message is tagged (RFC 8689 4.1).
enum class MessageTls {
  as_policy,
  required,  // REQUIRETLS
  optional,  // TLS-Required: No
};
MessageTls wish_of(const Message& message, const Mutants& mutants);

inline constexpr std::string_view not_in_sts_policy = "not in the MTA-STS policy of the domain";

class Attempt {
 public:
  // `message`, `settings` and `resolver` must outlive it. `key`: unique, for the log.
  Attempt(const AttemptSettings& settings, Resolver& resolver, const Message& message,
          std::string domain, std::vector<std::size_t> recipients, std::string key);

  // Logs tls, tried, delivered and bounced as they happen, deferred at the end.
  boost::asio::awaitable<std::vector<AttemptRecipient>> run();

 private:
  boost::asio::awaitable<Route> find_route();
  boost::asio::awaitable<std::vector<boost::asio::ip::address>> find_addresses(std::string host);
  // What the policy comes to at one host.
  struct HostLevel {
    model::Policy policy = model::Policy::may;
    std::vector<std::string> pins;
    std::optional<DaneDemand> dane;
    bool by_sts = false;    // a policy of MTA-STS names the host, or is to be tested on it
    bool unnamed = false;   // `by_sts`, and that policy, in testing, does not name the host
    bool required = false;  // by REQUIRETLS: the host must offer it, and prove its name
  };
  // Empty: DANE or MTA-STS forbids to use the host now (RFC 7672 2.1.2, 2.2; RFC 8461 5); why is
  // kept as its failure.
  boost::asio::awaitable<std::optional<HostLevel>> level_of(std::string host);
  std::optional<HostLevel> level_by_sts(const std::string& host);
  // The same with what the message asks for.
  boost::asio::awaitable<std::optional<HostLevel>> level_by_wish(std::string host);
  boost::asio::awaitable<std::optional<HostLevel>> level_for_required(std::string host);
  boost::asio::awaitable<bool> is_vouched_for(std::string host);
  // A host by which a message with REQUIRETLS cannot go.
  void lacks(std::string_view status, std::string_view host, std::string_view what);
  bool is_reported() const;
  model::TlsReportPolicy applied_policy(const HostLevel& level) const;
  void count_session(const HostLevel& level, const Target& target, const TlsEnd& tls,
                     std::string_view own_address);
  void count_forbidden(std::string_view cause, std::string_view host, std::string_view why);
  void count_fetch();
  boost::asio::awaitable<DaneFinding> find_tlsa(std::string host);
  const PolicyEntry& policy() const;
  void forbid(std::string_view cause, std::string_view host, std::string_view why);
  DaneDemand demand_of(DaneFinding finding) const;
  boost::asio::awaitable<void> try_host(std::string host);
  // True: to be tried again in clear.
  boost::asio::awaitable<bool> try_address(Target target, HostLevel level, bool in_clear);

  void take(const SessionResult& result, const Target& target);
  void host_failed(const Failure& failure);
  void decide_rest();
  void log(std::string_view event, const AttemptRecipient& recipient) const;
  std::vector<std::size_t> pending() const;
  bool stopped() const { return *settings_.stopping; }

  static constexpr unsigned addresses_max = 32;  // per attempt
  const AttemptSettings& settings_;
  Resolver& resolver_;
  const Message& message_;
  std::string domain_;
  std::string key_;
  bool mx_secure_ = false;         // the MX answer bore AD; or the host was configured
  bool address_secure_ = false;    // of the host that is tried
  std::string expanded_;           // its name behind CNAMEs
  std::string next_hop_expanded_;  // that of the domain; empty: it is none
  bool has_mx_ = true;
  std::shared_ptr<const StsPolicy> sts_;  // of the next hop; null: none, or it is not asked for
  const RelayEntry* relay_;               // null: the MX records decide
  MessageTls wish_;
  std::vector<AttemptRecipient> recipients_;
  unsigned addresses_tried_ = 0;
};

}  // namespace smtprig::embedded
