// How an issuer tells what it has revoked: OCSP responses (RFC 6960) and CRLs (RFC 5280 5). Private
// to the authority. An issuer signs both itself; responders with a certificate of their own are not
// made.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <openssl/types.h>

#include "fakes/spec.hpp"
#include "issuing.hpp"

namespace smtprig::fakes::tls {

// DER of an OCSPResponse for `leaf` by the holder of `issuer` and `key`. Not for Staple::none.
std::string ocsp_response(const X509* leaf, X509* issuer, EVP_PKEY* key, Staple staple,
                          std::chrono::system_clock::time_point now);

// PEM. Valid for a week around `now`.
std::string crl_pem(const Signer& issuer, const std::vector<const X509*>& revoked,
                    std::chrono::system_clock::time_point now);

}  // namespace smtprig::fakes::tls
