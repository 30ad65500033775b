// What happened in a cell, from evidence alone. Outcome and verdict are two axes: nothing in this
// file says whether what happened was right.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::model {

enum class Delivery {
  delivered,   // exactly one copy reached a receiver that acknowledged it
  deferred,    // the planned number of attempts, the last one temporary
  bounced,     // the server took it and made a permanent decision
  rejected,    // the server never took it
  lost,        // acknowledged, but neither delivered nor reported nor in the queue
  duplicated,  // more than one copy
};

// Ordered: a later value protects more.
enum class Channel { none, plaintext, encrypted, authenticated };

// RFC 8460 4.3, plus `none` (nothing failed) and `unspecified` (failed, evidence does not say why).
enum class Cause {
  none,
  unspecified,
  starttls_not_supported,
  certificate_host_mismatch,
  certificate_not_trusted,
  certificate_expired,
  validation_failure,
  tlsa_invalid,
  dnssec_invalid,
  dane_required,
  sts_policy_fetch_error,
  sts_policy_invalid,
  sts_webpki_invalid,
};

enum class ServerHealth { alive, crashed, hung, lost_listener };

// How far an attempt came, in order.
enum class Stage {
  none,  // no connection was made (DNS, policy, or a server that gave up before)
  connect,
  greeting,
  ehlo,
  starttls,
  tls,  // the handshake was complete
  mail,
  rcpt,
  data,
  content,  // content bytes were sent
  final_dot,
  accepted,
};

enum class Finality { success, temporary, permanent, unknown };

// One try of the server to pass a message to one address.
struct Attempt {
  std::string host;     // name within the scenario, "mx1"
  std::string address;  // measured: differs between runs
  Stage stage = Stage::none;
  Channel channel = Channel::none;  // strongest state of the connection: plaintext or encrypted
  std::string reply;                // the reply that ended it, if any
  Finality finality = Finality::unknown;
  bool operator==(const Attempt&) const = default;
};

// A rule of conduct that was broken. Most cells have none.
struct Violation {
  std::string rule;    // "invariant/plaintext-under-encrypt", "conduct/C2"
  std::string clause;  // "RFC 3207 4.2"
  std::string detail;
  bool operator==(const Violation&) const = default;
};

struct RecipientOutcome {
  std::string message;    // Message::id
  std::string recipient;  // local part
  Delivery delivery = Delivery::lost;
  Channel channel = Channel::none;  // of the delivery
  Channel weakest = Channel::none;  // weakest that carried envelope or content on any attempt
  std::string via;                  // host that took it
  Cause cause = Cause::none;
  std::string status;  // enhanced status code of the last failure: "4.7.5"
  std::vector<Attempt> attempts;
  bool operator==(const RecipientOutcome&) const = default;
};

struct Outcome {
  std::vector<RecipientOutcome> recipients;
  std::vector<Violation> conduct;
  std::vector<std::string> faults_fired;  // rule ids, each once
  ServerHealth server = ServerHealth::alive;
  bool operator==(const Outcome&) const = default;
};

std::string_view name(Delivery);
std::string_view name(Channel);
std::string_view name(Cause);  // "starttls-not-supported"
std::string_view name(ServerHealth);
std::string_view name(Stage);
std::string_view name(Finality);
std::optional<Delivery> delivery_named(std::string_view);
std::optional<Channel> channel_named(std::string_view);

}  // namespace smtprig::model
