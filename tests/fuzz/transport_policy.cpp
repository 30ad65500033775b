// What domains publish of their transport security and the embedded server reads: the records of
// MTA-STS and TLSRPT, policies, TLSA record sets. The first byte chooses. Checked: what is taken is
// within the grammar and reads the same again, what is refused has a reason, and no record set
// proves anything about a chain that it does not match.
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/tls/certificate.hpp"
#include "harness/servers/embedded/dane.hpp"
#include "harness/servers/embedded/sts_policy.hpp"
#include "harness/servers/embedded/sts_record.hpp"
#include "harness/servers/embedded/tlsa.hpp"
#include "harness/servers/embedded/tlsrpt_record.hpp"

namespace {

using namespace smtprig;
using namespace smtprig::embedded;

void require(bool condition) {
  if (!condition) std::abort();
}

std::vector<std::string> split(std::string_view bytes, char at) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = std::min(bytes.find(at), bytes.size());
    parts.emplace_back(bytes.substr(0, end));
    if (end == bytes.size()) return parts;
    bytes.remove_prefix(end + 1);
  }
}

// 0x01 parts records, 0x00 the strings of one.
std::vector<TxtRecord> answer_from(std::string_view bytes) {
  std::vector<TxtRecord> answer;
  for (const std::string& record : split(bytes, '\x01'))
    answer.push_back(split(record, '\0'));
  return answer;
}

void read_sts_record(std::string_view bytes) {
  const StsRecord record = sts_record_from(answer_from(bytes));
  require(record.id.empty() != record.reason.empty());
  if (!record.id.empty()) require(sts_record_from({{"v=STSv1;id=" + record.id}}).id == record.id);
}

void read_sts_policy(std::string_view bytes) {
  const auto policy = parse_sts_policy(bytes);
  if (!policy) return require(!policy.error().reason.empty());
  require(policy->max_age >= std::chrono::seconds(0) && policy->max_age <= sts_max_age_max);
  require(!policy->mx.empty() || policy->mode == StsMode::none);
  for (const std::string& pattern : policy->mx) {
    const std::string host = pattern.starts_with("*.") ? "x" + pattern.substr(1) : pattern;
    // A label in place of the wildcard may make the name too long.
    require(host.size() > 253 || names_mx(*policy, host));
    require(!names_mx({}, host));
  }
  std::string again;
  for (const std::string& line : policy->lines)
    again += line + "\n";
  // Blanks that are added behind the colons count too.
  if (again.size() > sts_policy_bytes_max) return;
  const auto second = parse_sts_policy(again);
  require(second && *second == *policy);
}

void read_tlsrpt_record(std::string_view bytes) {
  const TlsrptRecord record = tlsrpt_record_from(answer_from(bytes));
  require(!record.rua.empty() || !record.reason.empty());
  for (const ReportUri& uri : record.rua) {
    const auto again = report_uri_from(uri.text);
    require(again && again->target == uri.target && again->mailbox == uri.mailbox);
    for (const char c : uri.host + uri.target)
      require(c > 0x20 && c < 0x7f);
  }
}

std::string digest(const EVP_MD* algorithm, const std::string& bytes) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  require(EVP_Digest(bytes.data(), bytes.size(), out, &size, algorithm, nullptr) == 1);
  return {reinterpret_cast<const char*>(out), size};
}

// RFC 6698 2.1, computed apart from OpenSSL's DANE.
std::string association(const TlsaRecord& record, X509* certificate) {
  unsigned char* der = nullptr;
  const int size = record.selector == 0 ? i2d_X509(certificate, &der)
                                        : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  require(size > 0);
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  if (record.matching == 0) return bytes;
  return digest(record.matching == 1 ? EVP_sha256() : EVP_sha512(), bytes);
}

// DANE-EE: the server's own certificate; DANE-TA: any of the chain.
bool matches(const TlsaRecord& record, const std::vector<X509*>& chain) {
  const auto last = record.usage == 3 ? chain.begin() + 1 : chain.end();
  return std::any_of(chain.begin(), last, [&record](X509* certificate) {
    return association(record, certificate) == record.data;
  });
}

void read_tlsa(std::string_view bytes) {
  static fakes::tls::Authority authority;
  static const auto identity =
      authority.issue(fakes::CertificateClass::root_included, {"mx.a.test", "a.test"});
  static const DaneVerifier verifier;
  const std::vector<std::string> rdata = split(bytes, '\n');
  const TlsaSet set = tlsa_set_from(rdata);
  require(set.usable.size() + set.unusable.size() == std::min(rdata.size(), tlsa_records_max));
  std::vector<X509*> chain;
  for (const auto& each : identity->chain)
    chain.push_back(each.get());
  const DaneCheck check =
      verifier.check(chain, {set.usable, {"mx.a.test"}, std::chrono::system_clock::now()});
  // Coverage of memcmp shows the digests to the fuzzer: records that match are found in time.
  require(check.certificate.satisfied == check.matched.has_value());
  require(check.certificate.satisfied == check.certificate.cause.empty());
  if (check.matched)
    require(std::ranges::find(set.usable, *check.matched) != set.usable.end() &&
            matches(*check.matched, chain));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 's') {
    read_sts_record(text);
  } else if (data[0] == 'p') {
    read_sts_policy(text);
  } else if (data[0] == 'r') {
    read_tlsrpt_record(text);
  } else {
    read_tlsa(text);
  }
  return 0;
}
