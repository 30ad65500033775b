// A known deviation: a cell whose outcome differs from what is permitted, exactly so, for a reason.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/model/outcome.hpp"
#include "harness/model/scenario.hpp"

namespace smtprig::model {

struct KnownDeviation {
  std::string server;                // "postfix"
  std::string version_from;          // inclusive, dotted numbers; empty: open
  std::string version_to;            // inclusive
  std::string cells;                 // glob over "scenario/policy": "routing/null-mx/*"
  std::optional<Delivery> delivery;  // the exact outcome; at least one member is given
  std::optional<Channel> channel;
  std::string status;     // enhanced status code, "5.1.0"
  std::string violation;  // rule of conduct that is broken
  bool attacked = false;  // it shows only under an attack that changes what the server meets
  std::string reason;
  std::string link;
  Location location;
  // Whether a cell that ends otherwise is `unexpected-pass`. Under a configuration of the user's
  // own, what is known of the default one explains a cell and is not expected of it.
  bool must_hold = true;
};

}  // namespace smtprig::model
