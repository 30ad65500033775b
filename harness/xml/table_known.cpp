// The table's part for scenarios/known: deviations that are known and explained.
#include "harness/xml/table.hpp"

namespace smtprig::xml {

std::vector<Element> known_elements() {
  return {
      {.key = "known",
       .name = "known",
       .doc = "The root of a file of known deviations.",
       .children = {{"deviation"}}},
      {.key = "deviation",
       .name = "deviation",
       .doc = "Cells of a server that end otherwise than permitted, exactly so, for a reason. One "
              "that no longer holds is reported. At least one of delivery=, channel=, status= and "
              "violation= is given.",
       .attributes =
           {{.name = "server", .type = Type::label, .doc = "The server's name.", .required = true},
            {.name = "versions",
             .type = Type::versions,
             .doc = "Its versions, both ends included: \"3.7.0-3.7.12\", \"3.7-\"; all, if "
                    "absent."},
            {.name = "cells",
             .type = Type::glob,
             .doc = "Pattern over scenario, \"/\" and policy: \"routing/null-mx/*\".",
             .required = true},
            {.name = "delivery",
             .type = Type::choice,
             .doc = "What becomes of the message.",
             .choices = delivery_choices()},
            {.name = "channel",
             .type = Type::choice,
             .doc = "By which channel.",
             .choices = channel_choices()},
            {.name = "status", .type = Type::status, .doc = "The enhanced status code: \"5.1.0\"."},
            {.name = "violation", .type = Type::text, .doc = "The rule of conduct that is broken."},
            yes_no("attacked", "no",
                   "It shows only where an attacker changes what the server meets; how, is not "
                   "said, and it need not hold under each."),
            {.name = "link", .type = Type::url, .doc = "Where it is discussed."}},
       .children = {{"reason", 1, 1}}},
      {.key = "reason", .name = "reason", .doc = "Why it is so.", .text = Type::text},
  };
}

}  // namespace smtprig::xml
