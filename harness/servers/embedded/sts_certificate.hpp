// The certificate that MTA-STS asks for, of a policy host (RFC 8461 3.3) and of an MX host (4.2): a
// trusted chain, in its dates, with a DNS-ID for the host. A common name never counts, which is the
// difference from the policy `verify`. Pure.
#pragma once

#include "harness/servers/embedded/verification.hpp"

#include <openssl/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace smtprig::embedded {

// `chain`: leaf first, may be empty. `roots` may be nullptr: nothing is trusted.
CertificateCheck check_sts_certificate(const std::vector<X509*>& chain, X509_STORE* roots,
                                       const std::string& host,
                                       std::chrono::system_clock::time_point now,
                                       const Mutants& mutants = {});

}  // namespace smtprig::embedded
