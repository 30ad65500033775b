// What a conforming sender may make of what a domain publishes of MTA-STS (RFC 8461): each way to
// see it is a view. Read off the scenario; pure. It has a reader of policies of its own, so that
// the oracle does not share the mistakes of the embedded server.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "harness/judge/facts.hpp"

namespace smtprig::judge {

// A policy as its text reads. `valid`: maybe, where the RFC leaves it open.
struct StsPolicyText {
  Truth valid = Truth::yes;
  StsView view;
};
StsPolicyText read_sts_policy(std::string_view body);

// Whether the policy names the host of an MX record (4.1). `host`: without final dot.
bool sts_names(const StsView& view, std::string_view host);

// The views of `domain` ("@", "other") when message `index` of the scenario is sent. At least one.
std::vector<StsView> sts_views(const model::Cell& cell, std::string_view domain, std::size_t index);

// Whether an enforced policy names the host: yes, where every view of every message says so; no,
// where none is enforced.
Truth sts_binds(const Facts& facts, std::string_view host);

}  // namespace smtprig::judge
