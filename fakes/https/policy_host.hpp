// The Policy Host of a domain (RFC 8461 3.2, 3.3): serves its policy, honestly or as its
// PolicyHostSpec says, and writes each request into the journal.
#pragma once

#include <string>

#include "fakes/https/host.hpp"

namespace smtprig::fakes::https {

class PolicyHost {
 public:
  // As Host. Throws std::invalid_argument also for a status that HTTP cannot carry.
  PolicyHost(std::string name, std::string who, PolicyHostSpec spec, IdentitySource identity,
             Journal& journal, HostLimits limits = {});

  // Serving, counting and stopping are the Host's.
  Host& host() { return host_; }
  const Host& host() const { return host_; }

 private:
  Host host_;
};

// What is answered to a request for a policy; pure.
Answer policy_answer(const PolicyHostSpec& spec, const Request& request, std::uint32_t nth);

}  // namespace smtprig::fakes::https
