// Planted defects: a server that can be started with one of them is how a catalogue of scenarios
// proves that it would notice. Each is one field whose zero value is correct and one branch where
// it acts; the name on the command line is the field's with dashes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace smtprig::embedded {

struct Mutants {
  bool ignores_name = false;          // verify, secure: any name in a trusted certificate will do
  bool ignores_chain = false;         // verify, secure: any issuer will do
  bool ignores_dates = false;         // verify, secure: dates are not looked at
  bool ignores_purpose = false;       // verify, secure: a client's certificate will do
  bool ignores_critical = false;      // verify, secure: unknown critical extensions are passed over
  bool ignores_constraints = false;   // verify, secure: name constraints are passed over
  bool leaf_dates_only = false;       // verify, secure: dates of intermediates are not looked at
  bool reads_common_name = false;     // verify, secure: the common name counts beside others
  bool deep_wildcard = false;         // verify, secure: "*" stands for several labels
  bool partial_wildcard = false;      // verify, secure: "m*" is a wildcard
  bool case_sensitive_names = false;  // verify, secure: names of different case differ
  bool verify_takes_domain = false;   // verify: the mail domain's name will do
  bool secure_needs_domain = false;   // secure: a name below the mail domain will not do
  bool ignores_pin = false;           // fingerprint: any certificate will do
  bool plaintext_fallback_under_encrypt = false;  // encrypt and above fall back as `may` does
  bool mail_before_verification = false;          // MAIL is sent, then the certificate judged
  bool uses_pre_tls_extensions = false;           // extensions offered before TLS count after it
  bool keeps_injected_reply = false;        // bytes behind the 220 to STARTTLS are read as replies
  bool no_second_ehlo = false;              // MAIL follows the handshake
  bool double_delivers = false;             // one more copy after every acknowledged one
  bool loses_on_final_dot_4xx = false;      // a 4yz reply to the final dot drops the message
  bool bounces_on_4xx = false;              // a 4yz reply is taken as permanent
  bool never_falls_back = false;            // `may` defers where TLS was offered and failed
  bool tries_only_first_mx = false;         // further MX hosts and addresses are never tried
  bool ignores_null_mx = false;             // a null MX is taken for "no MX": the domain's address
  bool crashes_on_garbage = false;          // abort() on bytes that are no TLS behind the 220
  bool hangs_on_garbage = false;            // the whole process stops answering
  bool closes_listener_on_garbage = false;  // no more mail is accepted
  bool starttls_inside_tls = false;         // STARTTLS is sent inside TLS where it is offered there
  bool trusts_enhanced_code = false;        // the enhanced status code of a reply to RCPT decides
  bool starttls_though_not_offered = false;  // STARTTLS is sent whatever EHLO said
};

// The defect of that name alone ("ignores-name"); empty if there is none.
std::optional<Mutants> mutant_named(std::string_view name);

// One line each: name and effect.
std::string mutant_list();

}  // namespace smtprig::embedded
