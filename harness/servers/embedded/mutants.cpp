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
    Entry{"ignores-staple", &Mutants::ignores_staple,
          "asks for a stapled OCSP response and does not look at it"},
    Entry{"remembers-refused-certificate", &Mutants::remembers_refused_certificate,
          "refuses a host for good whose certificate was refused once"},
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
    Entry{"trusts-resumed-sessions", &Mutants::trusts_resumed_sessions,
          "looks at no certificate where a session is resumed"},
    Entry{"insists-on-resumption", &Mutants::insists_on_resumption,
          "gives up where a session is offered and the server wants a full handshake"},
    Entry{"needs-close-notify", &Mutants::needs_close_notify,
          "delivers again where a peer ends TLS without close_notify"},
    Entry{"starttls-though-not-offered", &Mutants::starttls_though_not_offered,
          "sends STARTTLS to a peer that does not offer it"},
    Entry{"routes-by-first-recipient", &Mutants::routes_by_first_recipient,
          "sends all recipients where the domain of the first one says"},
    Entry{"policy-of-first-recipient", &Mutants::policy_of_first_recipient,
          "by domain: treats all recipients by the policy of the first one's"},
    Entry{"parameters-unasked", &Mutants::parameters_unasked,
          "says parameters of extensions that were not offered"},
    Entry{"ignores-smtputf8", &Mutants::ignores_smtputf8,
          "sends UTF-8 in addresses and header to everybody"},
    Entry{"drops-dsn-parameters", &Mutants::drops_dsn_parameters,
          "passes on neither ENVID, RET, NOTIFY nor ORCPT"},
    Entry{"ignores-notify", &Mutants::ignores_notify,
          "reports failures and nothing else, whatever NOTIFY says"},
    Entry{"returns-whole-message", &Mutants::returns_whole_message,
          "returns the message though RET says HDRS"},
    Entry{"auth-where-offered", &Mutants::auth_where_offered, "tries AUTH wherever it is offered"},
    Entry{"ignores-truncation", &Mutants::ignores_truncation,
          "takes a truncated DNS answer for the whole one"},
    Entry{"takes-any-dns-id", &Mutants::takes_any_dns_id, "takes a DNS answer whatever its ID is"},
    Entry{"ignores-tlsa", &Mutants::ignores_tlsa, "finds no TLSA records under DANE"},
    Entry{"trusts-insecure-tlsa", &Mutants::trusts_insecure_tlsa,
          "takes TLSA records that nothing proves for secure"},
    Entry{"servfail-is-no-tlsa", &Mutants::servfail_is_no_tlsa,
          "goes on without DANE where the lookup of TLSA records fails"},
    Entry{"dane-needs-pkix", &Mutants::dane_needs_pkix,
          "looks at names, dates and issuer where DANE does not"},
    Entry{"falls-back-under-dane", &Mutants::falls_back_under_dane,
          "delivers in clear where TLSA records demand TLS and it fails"},
    Entry{"sends-no-server-name", &Mutants::sends_no_server_name, "sends no server name (SNI)"},
    Entry{"bypasses-relay", &Mutants::bypasses_relay, "asks for MX where a relay is configured"},
    Entry{"sends-password-in-clear", &Mutants::sends_password_in_clear,
          "logs in to a relay before TLS"},
    Entry{"tells-password-to-anybody", &Mutants::tells_password_to_anybody,
          "logs in to a relay that it did not verify"},
    Entry{"logs-in-before-verification", &Mutants::logs_in_before_verification,
          "logs in to a relay, and judges its certificate then"},
    Entry{"trusts-tls-from-the-first-byte", &Mutants::trusts_tls_from_the_first_byte,
          "judges no certificate on port 465"},
    Entry{"says-ehlo-to-lmtp", &Mutants::says_ehlo_to_lmtp, "says EHLO where LMTP is spoken"},
    Entry{"first-lmtp-reply-decides", &Mutants::first_lmtp_reply_decides,
          "takes the first of LMTP's replies to a content for all recipients"},
    Entry{"mail-before-tls", &Mutants::mail_before_tls,
          "inbound: takes mail in clear where TLS is required"},
    Entry{"forgets-client-certificate", &Mutants::forgets_client_certificate,
          "inbound: takes mail without the client certificate that is required"},
    Entry{"accepts-self-signed-client", &Mutants::accepts_self_signed_client,
          "inbound: accepts self-signed client certificates"},
    Entry{"accepts-expired-client", &Mutants::accepts_expired_client,
          "inbound: accepts expired client certificates"},
    Entry{"trusts-resumed-clients", &Mutants::trusts_resumed_clients,
          "inbound: accepts a resumed session for a client certificate"},
    Entry{"offers-starttls-inside-tls", &Mutants::offers_starttls_inside_tls,
          "inbound: offers STARTTLS inside TLS"},
    Entry{"handshakes-unasked", &Mutants::handshakes_unasked,
          "inbound: says 220 to STARTTLS though it was not offered"},
    Entry{"ignores-starttls-parameter", &Mutants::ignores_starttls_parameter,
          "inbound: says 220 to STARTTLS with a parameter"},
    Entry{"second-starttls", &Mutants::second_starttls, "inbound: says 220 to STARTTLS inside TLS"},
    Entry{"keeps-injected-commands", &Mutants::keeps_injected_commands,
          "inbound: obeys inside TLS what came behind STARTTLS in clear"},
    Entry{"keeps-transaction-across-tls", &Mutants::keeps_transaction_across_tls,
          "inbound: goes on inside TLS with a transaction begun in clear"},
    Entry{"keeps-first-name", &Mutants::keeps_first_name,
          "inbound: knows a client by its first EHLO for good"},
    Entry{"accepts-old-tls", &Mutants::accepts_old_tls, "inbound: speaks TLS 1.0 and 1.1"},
    Entry{"bears-a-grudge", &Mutants::bears_a_grudge,
          "inbound: refuses an address from which a handshake failed"},
    Entry{"parses-garbage", &Mutants::parses_garbage,
          "inbound: obeys commands where a handshake must begin"},
    Entry{"leaks-handshakes", &Mutants::leaks_handshakes,
          "inbound: serves a listener no more once a handshake broke off"},
    Entry{"needs-known-name", &Mutants::needs_known_name,
          "inbound: ends handshakes that ask for another name"},
    Entry{"auth-in-clear", &Mutants::auth_in_clear, "inbound: takes AUTH before TLS"},
    Entry{"takes-any-password", &Mutants::takes_any_password, "inbound: takes any password"},
    Entry{"refuses-good-password", &Mutants::refuses_good_password,
          "inbound: refuses the right password"},
    Entry{"ends-data-at-lf", &Mutants::ends_data_at_lf, "inbound: ends data at LF.LF"},
    Entry{"ends-data-at-lf-crlf", &Mutants::ends_data_at_lf_crlf, "inbound: ends data at LF.CRLF"},
    Entry{"ends-data-at-crlf-lf", &Mutants::ends_data_at_crlf_lf, "inbound: ends data at CRLF.LF"},
    Entry{"ends-data-at-cr", &Mutants::ends_data_at_cr, "inbound: ends data at CR.CR"},
    Entry{"splits-at-nul", &Mutants::splits_at_nul, "inbound: cuts content at its first NUL"},
    Entry{"drops-eighth-bit", &Mutants::drops_eighth_bit, "inbound: strips content to seven bits"},
    Entry{"cuts-long-lines", &Mutants::cuts_long_lines, "inbound: cuts lines at 998 octets"},
    Entry{"queues-unfinished", &Mutants::queues_unfinished,
          "inbound: queues content whose end did not come"},
    Entry{"forgets-after-dot", &Mutants::forgets_after_dot,
          "inbound: loses a message whose client leaves upon the final dot"},
    Entry{"changes-body", &Mutants::changes_body, "inbound: adds a line to each message"},
    Entry{"binary-by-data", &Mutants::binary_by_data, "inbound: takes DATA behind BODY=BINARYMIME"},
    Entry{"unstuffs-chunks", &Mutants::unstuffs_chunks, "inbound: takes dots off in BDAT"},
    Entry{"stuffs-chunks", &Mutants::stuffs_chunks,
          "inbound: doubles dots in BDAT where it hands mail on"},
    Entry{"ignores-parameters", &Mutants::ignores_parameters,
          "inbound: passes over parameters that it does not know"},
    Entry{"crashes-on-http", &Mutants::crashes_on_http, "inbound: aborts on a request of HTTP"},
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
