// See verification.hpp.
#include "harness/servers/embedded/verification.hpp"

#include "fakes/tls/certificate.hpp"

#include <fmt/format.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <boost/algorithm/string/case_conv.hpp>

#include <algorithm>
#include <memory>

namespace smtprig::embedded {
namespace {

constexpr int security_level = 2;  // of SSL_CTX_set_security_level(3)

struct FreeOpenssl {
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <class T>
using OwnedOpenssl = std::unique_ptr<T, FreeOpenssl>;

std::string text_of(const ASN1_STRING* string) {
  const auto* bytes = reinterpret_cast<const char*>(ASN1_STRING_get0_data(string));
  return boost::algorithm::to_lower_copy(
      std::string(bytes, static_cast<std::size_t>(ASN1_STRING_length(string))));
}

// Planted defects that OpenSSL asks about; all else stays as it found it.
int pass_dates_of_issuers(int fine, X509_STORE_CTX* context) {
  const int error = X509_STORE_CTX_get_error(context);
  const bool dates = error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
  return dates && X509_STORE_CTX_get_error_depth(context) > 0 ? 1 : fine;
}

int pass_constraints(int fine, X509_STORE_CTX* context) {
  return X509_STORE_CTX_get_error(context) == X509_V_ERR_PERMITTED_VIOLATION ? 1 : fine;
}

void plant(X509_STORE_CTX* context, const Mutants& mutants) {
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
  if (mutants.ignores_purpose) X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_ANY);
  if (mutants.ignores_critical)
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_IGNORE_CRITICAL);
  if (mutants.ignores_dates) X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_NO_CHECK_TIME);
  if (mutants.leaf_dates_only) X509_STORE_CTX_set_verify_cb(context, &pass_dates_of_issuers);
  if (mutants.ignores_constraints) X509_STORE_CTX_set_verify_cb(context, &pass_constraints);
}

// X509_V_OK, or why there is no chain to a root. Names are not looked at.
int chain_error(const std::vector<X509*>& chain, X509_STORE* roots, const Demand& demand,
                const Mutants& mutants) {
  if (!roots) return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
  const OwnedOpenssl<X509_STORE_CTX> context(X509_STORE_CTX_new());
  const OwnedOpenssl<STACK_OF(X509)> others(sk_X509_new_null());
  for (std::size_t i = 1; i < chain.size(); ++i)
    sk_X509_push(others.get(), chain[i]);
  if (!context || !others ||
      X509_STORE_CTX_init(context.get(), roots, chain.front(), others.get()) != 1) {
    return X509_V_ERR_UNSPECIFIED;
  }
  // Purpose and trust of a TLS server: EKU, where present, must allow it (RFC 5280 4.2.1.12).
  X509_STORE_CTX_set_default(context.get(), "ssl_server");
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  // RFC 9325 4.5, RFC 9155 2: no RSA below 2048 bits, neither MD5 nor SHA-1.
  X509_VERIFY_PARAM_set_auth_level(parameters, security_level);
  if (!mutants.ignores_dates)
    X509_VERIFY_PARAM_set_time(parameters, std::chrono::system_clock::to_time_t(demand.now));
  plant(context.get(), mutants);
  if (X509_verify_cert(context.get()) == 1) return X509_V_OK;
  const int error = X509_STORE_CTX_get_error(context.get());
  return error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
}

std::string cause_of(int chain_error) {
  // RFC 8460 4.3.1: a certificate that is not valid yet is not trusted, but not expired.
  return chain_error == X509_V_ERR_CERT_HAS_EXPIRED ? "certificate-expired"
                                                    : "certificate-not-trusted";
}

CertificateCheck check_pin(const std::string& sha256, Trust trust, const Demand& demand,
                           const Mutants& mutants) {
  CertificateCheck check{.trust = trust};
  check.satisfied = std::find(demand.pins.begin(), demand.pins.end(), sha256) != demand.pins.end();
  if (mutants.ignores_pin) check.satisfied = true;
  if (check.satisfied) {
    check.trust = Trust::verified;
  } else {
    check.cause = "validation-failure";
    check.reason = fmt::format("certificate {} is not pinned", sha256);
  }
  return check;
}

CertificateCheck check_names(X509* leaf, const Demand& demand, const Mutants& mutants) {
  CertificateCheck check{.trust = Trust::trusted};
  const bool secure = demand.policy == model::Policy::secure;
  check.satisfied = secure ? names_domain_or_below(leaf, demand.next_hop, mutants)
                           : names_host(leaf, demand.mx_host, mutants);
  if (mutants.verify_takes_domain && names_host(leaf, demand.next_hop)) check.satisfied = true;
  if (mutants.ignores_name) check.satisfied = true;
  if (check.satisfied) {
    check.trust = Trust::verified;
  } else {
    check.cause = "certificate-host-mismatch";
    check.reason =
        secure ? fmt::format("certificate names neither {} nor a name below it", demand.next_hop)
               : fmt::format("certificate does not name {}", demand.mx_host);
  }
  return check;
}

}  // namespace

std::string_view name(Trust trust) {
  switch (trust) {
    case Trust::anonymous:
      return "Anonymous";
    case Trust::untrusted:
      return "Untrusted";
    case Trust::trusted:
      return "Trusted";
    case Trust::verified:
      return "Verified";
  }
  return "";
}

bool names_host(X509* leaf, const std::string& host, const Mutants& mutants) {
  // By default a wildcard stands for one label; it must be the whole label.
  unsigned flags = mutants.partial_wildcard ? 0 : X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  if (mutants.deep_wildcard) flags |= X509_CHECK_FLAG_MULTI_LABEL_WILDCARDS;
  if (mutants.reads_common_name) flags |= X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT;
  char* matched = nullptr;
  const int found = X509_check_host(leaf, host.c_str(), host.size(), flags, &matched);
  const std::unique_ptr<char, void (*)(char*)> owner(matched,
                                                     [](char* text) { OPENSSL_free(text); });
  return found == 1 && (!mutants.case_sensitive_names || (matched && host == matched));
}

bool names_domain_or_below(X509* leaf, const std::string& domain, const Mutants& mutants) {
  if (domain.empty()) return false;
  if (names_host(leaf, domain, mutants)) return true;
  if (mutants.secure_needs_domain) return false;
  // A wildcard below the domain, in whatever form, is a name below it.
  const std::string suffix = "." + boost::algorithm::to_lower_copy(domain);
  const auto below = [&suffix](const std::string& name) {
    return name.size() > suffix.size() && name.find('\0') == std::string::npos &&
           std::equal(suffix.rbegin(), suffix.rend(), name.rbegin());
  };
  const OwnedOpenssl<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr)));
  bool has_dns_name = false;
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* entry = sk_GENERAL_NAME_value(names.get(), i);
    if (entry->type != GEN_DNS) continue;
    has_dns_name = true;
    if (below(text_of(entry->d.dNSName))) return true;
  }
  if (has_dns_name) return false;
  const X509_NAME* subject = X509_get_subject_name(leaf);
  const int place = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  return place >= 0 &&
         below(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, place))));
}

CertificateCheck check_certificate(const std::vector<X509*>& chain, X509_STORE* roots,
                                   const Demand& demand, const Mutants& mutants) {
  using model::Policy;
  const bool authenticates = demand.policy == Policy::fingerprint ||
                             demand.policy == Policy::verify || demand.policy == Policy::secure;
  if (chain.empty()) {
    if (!authenticates) return {.satisfied = true};
    return {.cause = "validation-failure", .reason = "the peer sent no certificate"};
  }
  const int error = chain_error(chain, roots, demand, mutants);
  const Trust trust = error == X509_V_OK ? Trust::trusted : Trust::untrusted;
  if (!authenticates) return {.trust = trust, .satisfied = true};
  if (demand.policy == Policy::fingerprint) {
    return check_pin(fakes::tls::sha256_certificate(chain.front()), trust, demand, mutants);
  }
  const bool dates = error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
  if (error != X509_V_OK && (dates || !mutants.ignores_chain)) {
    return {
        .trust = trust, .cause = cause_of(error), .reason = X509_verify_cert_error_string(error)};
  }
  return check_names(chain.front(), demand, mutants);
}

}  // namespace smtprig::embedded
