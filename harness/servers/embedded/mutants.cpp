// See mutants.hpp.
#include "harness/servers/embedded/mutants.hpp"

#include <fmt/format.h>

#include <array>

namespace smtprig::embedded {
namespace {

struct Entry {
  std::string_view name;
  bool Mutants::*field;
  std::string_view effect;
};

constexpr std::array entries = {
    Entry{"ignores-name", &Mutants::ignores_name, "accepts any name in a trusted certificate"},
    Entry{"ignores-chain", &Mutants::ignores_chain, "accepts any issuer"},
    Entry{"ignores-dates", &Mutants::ignores_dates, "accepts expired certificates"},
    Entry{"ignores-purpose", &Mutants::ignores_purpose,
          "accepts certificates that are for clients alone"},
    Entry{"ignores-critical", &Mutants::ignores_critical,
          "passes over critical extensions that it does not know"},
    Entry{"ignores-constraints", &Mutants::ignores_constraints,
          "lets an issuer name more than it may"},
    Entry{"leaf-dates-only", &Mutants::leaf_dates_only, "accepts expired intermediates"},
    Entry{"reads-common-name", &Mutants::reads_common_name,
          "takes the common name for a host's though there are others"},
    Entry{"deep-wildcard", &Mutants::deep_wildcard, "lets a wildcard stand for several labels"},
    Entry{"partial-wildcard", &Mutants::partial_wildcard,
          "lets a wildcard stand for a part of a label"},
    Entry{"case-sensitive-names", &Mutants::case_sensitive_names,
          "tells names of different case apart"},
    Entry{"verify-takes-domain", &Mutants::verify_takes_domain,
          "is content under verify with the name of the mail domain"},
    Entry{"secure-needs-domain", &Mutants::secure_needs_domain,
          "refuses under secure a name below the mail domain"},
    Entry{"ignores-pin", &Mutants::ignores_pin, "accepts any certificate under fingerprint"},
    Entry{"plaintext-fallback-under-encrypt", &Mutants::plaintext_fallback_under_encrypt,
          "delivers in clear where TLS is required and fails"},
    Entry{"mail-before-verification", &Mutants::mail_before_verification,
          "sends MAIL before it judges the certificate"},
    Entry{"uses-pre-tls-extensions", &Mutants::uses_pre_tls_extensions,
          "remembers across STARTTLS what EHLO offered"},
    Entry{"keeps-injected-reply", &Mutants::keeps_injected_reply,
          "takes bytes behind the 220 to STARTTLS for replies inside TLS"},
    Entry{"no-second-ehlo", &Mutants::no_second_ehlo, "sends MAIL right after the handshake"},
    Entry{"double-delivers", &Mutants::double_delivers, "delivers every message twice"},
    Entry{"loses-on-final-dot-4xx", &Mutants::loses_on_final_dot_4xx,
          "drops the message on a 4yz reply to the final dot"},
    Entry{"bounces-on-4xx", &Mutants::bounces_on_4xx, "takes 4yz replies as permanent"},
    Entry{"never-falls-back", &Mutants::never_falls_back,
          "defers under may where TLS was offered and failed"},
    Entry{"tries-only-first-mx", &Mutants::tries_only_first_mx,
          "never tries a second host or address"},
    Entry{"ignores-null-mx", &Mutants::ignores_null_mx,
          "delivers to the address of a domain with a null MX"},
    Entry{"crashes-on-garbage", &Mutants::crashes_on_garbage,
          "aborts when a handshake gets bytes that are no TLS"},
    Entry{"hangs-on-garbage", &Mutants::hangs_on_garbage,
          "stops answering when a handshake gets bytes that are no TLS"},
    Entry{"closes-listener-on-garbage", &Mutants::closes_listener_on_garbage,
          "accepts no more mail when a handshake gets bytes that are no TLS"},
    Entry{"starttls-inside-tls", &Mutants::starttls_inside_tls,
          "sends STARTTLS inside TLS where a peer offers it there"},
    Entry{"trusts-enhanced-code", &Mutants::trusts_enhanced_code,
          "takes a refused recipient for lost or not by the enhanced status code"},
    Entry{"starttls-though-not-offered", &Mutants::starttls_though_not_offered,
          "sends STARTTLS to a peer that does not offer it"},
};

}  // namespace

std::optional<Mutants> mutant_named(std::string_view name) {
  for (const Entry& entry : entries) {
    if (entry.name != name) continue;
    Mutants mutants;
    mutants.*entry.field = true;
    return mutants;
  }
  return std::nullopt;
}

std::string mutant_list() {
  std::string list;
  for (const Entry& entry : entries)
    list += fmt::format("{:<34}{}\n", entry.name, entry.effect);
  return list;
}

}  // namespace smtprig::embedded
