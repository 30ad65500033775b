// What we think of an outcome, and what the oracle permits. See outcome.hpp for the other axis.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/model/outcome.hpp"

namespace smtprig::model {

enum class Verdict {
  pass,             // within what is permitted
  fail,             // not
  known,            // not, exactly as a known deviation says
  unexpected_pass,  // a known deviation no longer holds
  unsupported,      // the server has no such policy
  not_reached,      // the planned fault did not fire because the policy rightly stopped earlier
  interference,     // another result when run alone
  error,            // the rig failed; says nothing about the server
};

// What an outcome outside the permitted set breaks, in falling order.
enum class Force { must, should, meaning };

// One conforming way for a cell to end. Empty `via`: by any host.
// `recipient`, `message`: whom this is said of, where their fates differ; empty: all.
struct Permitted {
  Delivery delivery = Delivery::delivered;
  Channel channel =
      Channel::none;  // of a delivery: exactly this, but authenticated satisfies encrypted
  std::string via;
  std::string recipient;
  std::string message = {};
  bool operator==(const Permitted&) const = default;
};

// The oracle's answer for one cell.
struct Ruling {
  std::vector<Permitted> permitted;
  std::string row;     // rule of the oracle that decided: "2.4 expired certificate"
  std::string clause;  // "RFC 8461 4.2"
  Force force = Force::meaning;
  std::vector<Cause> causes;       // of a failure; empty: any
  std::vector<std::string> notes;  // told by explain and with a failure
};

// A judgement with its reasons, ready to print.
struct Judgement {
  Verdict verdict = Verdict::error;
  std::string requirement;  // what was asked, with clause
  std::string permitted;    // "deferred" or "delivered encrypted"
  std::string actual;       // "delivered plaintext via mx1"
  std::string reason;       // why this verdict, where not plain; for error: step and detail
  std::vector<std::size_t> evidence;  // indices of the deciding journal events
};

std::string_view name(Verdict);
std::string_view name(Force);

}  // namespace smtprig::model
