// TLSA records (RFC 6698 2.1) of certificates: what a zone publishes for what a host shows. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <openssl/types.h>

namespace smtprig::fakes::tls {

struct TlsaParameters {
  std::uint8_t usage = 3;
  std::uint8_t selector = 1;  // 0: the certificate, all else: its SubjectPublicKeyInfo
  std::uint8_t matching = 1;  // 1: SHA-256, 2: SHA-512, all else: in full
};

// The certificate association data, bytes. Numbers that no RFC knows give the data that is said
// above: such a record is unusable by its parameters alone.
std::string tlsa_data(const TlsaParameters& parameters, const X509* certificate);
// The RDATA: parameters and data, bytes.
std::string tlsa_rdata(const TlsaParameters& parameters, const X509* certificate);

}  // namespace smtprig::fakes::tls
