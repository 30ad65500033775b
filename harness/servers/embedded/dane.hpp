// Does a peer's certificate chain meet TLSA records (RFC 7671 5.1, 5.2, 9; RFC 7672 3)? By
// OpenSSL's own DANE functions, on a chain as sent: like check_certificate() after the handshake,
// which no certificate ends, and so without a connection. The local trust store is not asked (RFC
// 7671 5.2.2).
//   DANE-EE(3)  the leaf matches; issuer, names, dates and purpose do not count
//   DANE-TA(2)  the leaf chains to a certificate or key that matches; names, dates, purpose and
//               constraints count
// Of digests, for each usage and selector, only the strongest that is published counts.
#pragma once

#include "harness/servers/embedded/tlsa.hpp"
#include "harness/servers/embedded/verification.hpp"

#include <openssl/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace smtprig::embedded {

struct DaneDemand {
  std::vector<TlsaRecord> records;  // usable ones
  std::vector<std::string> names;   // see dane_names(); at least one
  std::chrono::system_clock::time_point now;
};

struct DaneCheck {
  CertificateCheck certificate;       // `trust`: verified, or what it is without a match
  std::optional<TlsaRecord> matched;  // if satisfied
};

class DaneVerifier {
 public:
  // Throws std::runtime_error if OpenSSL cannot.
  DaneVerifier();

  // `chain`: leaf first, as sent; may be empty.
  DaneCheck check(const std::vector<X509*>& chain, const DaneDemand& demand) const;

 private:
  std::shared_ptr<SSL_CTX> context_;
};

}  // namespace smtprig::embedded
