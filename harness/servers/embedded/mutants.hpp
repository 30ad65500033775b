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
  bool ignores_staple = false;                    // asks for an OCSP response and forgets it
  bool remembers_refused_certificate = false;     // verify, secure: a host refused once stays so
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
  bool trusts_resumed_sessions = false;     // a resumed session is as good as a verified one
  bool insists_on_resumption = false;       // a full handshake where a session was offered fails
  bool needs_close_notify = false;          // a session that TLS did not end does not count
  bool starttls_though_not_offered = false;  // STARTTLS is sent whatever EHLO said
  bool routes_by_first_recipient = false;    // all recipients go where the first one's domain says
  bool policy_of_first_recipient = false;    // all domains stand under the first recipient's policy
  bool parameters_unasked = false;           // parameters are said whatever EHLO offered
  bool ignores_smtputf8 = false;             // UTF-8 in addresses and header goes to everybody
  bool drops_dsn_parameters = false;         // ENVID, RET, NOTIFY and ORCPT are not passed on
  bool ignores_notify = false;               // reports of failure, and of nothing else, always
  bool returns_whole_message = false;        // RET=HDRS is taken for RET=FULL
  bool auth_where_offered = false;           // AUTH is tried, without a password that anybody gave
  bool stuffs_chunks = false;                // dots are doubled in BDAT too
  bool ignores_truncation = false;           // DNS: what is there beside TC is the answer
  bool takes_any_dns_id = false;             // DNS: any answer to the port counts
  bool ignores_tlsa = false;                 // dane, dane-only: there never are TLSA records
  bool trusts_insecure_tlsa = false;         // dane, dane-only: AD is not looked at
  bool servfail_is_no_tlsa = false;          // dane, dane-only: a failed lookup is a denial
  bool dane_needs_pkix = false;              // dane, dane-only: names, dates and issuer count too
  bool falls_back_under_dane = false;        // dane, dane-only: in clear, where TLS fails
  bool sends_no_server_name = false;         // no SNI
  bool ignores_sts = false;                  // mta-sts: nobody has a policy
  bool enforces_sts_testing = false;         // mta-sts: mode testing is enforced
  bool forgets_sts_policy = false;           // mta-sts: without its record no policy applies
  bool fetches_sts_without_record = false;   // mta-sts: the policy host alone says it
  bool takes_first_sts_record = false;       // mta-sts: of several records the first counts
  bool takes_sts_by_any_status = false;      // mta-sts: what comes with 404 is a policy too
  bool follows_sts_redirects = false;        // mta-sts: a policy is where a redirect leads
  bool trusts_any_policy_host = false;       // mta-sts: its certificate is not looked at
  bool asks_parent_for_sts = false;          // mta-sts: the policy of the domain above counts
  bool ignores_sts_mx = false;               // mta-sts: the policy names every host
  bool deep_sts_wildcard = false;            // mta-sts: "*" stands for several labels
  bool sts_reads_common_name = false;        // mta-sts: of the MX host, as verify does
  bool keeps_expired_policies = false;       // mta-sts: max_age is not looked at
  bool sts_overrides_dane = false;           // dane+mta-sts: TLSA records are not looked at then
  bool ignores_requiretls = false;           // REQUIRETLS is taken and forgotten
  bool requiretls_unasked = false;           // REQUIRETLS goes also where it is not offered
  bool requiretls_to_anybody = false;        // the certificate is not looked at for it
  bool requiretls_by_insecure_mx = false;    // the name in an insecure MX record is believed
  bool defers_requiretls = false;            // what lacks TLS for it is tried again
  bool ignores_tls_required_no = false;      // policies count in spite of "TLS-Required: No"
  bool field_beats_parameter = false;        // "TLS-Required: No" counts more than REQUIRETLS
  bool reports_without_requiretls = false;   // reports of failure need no TLS, and return all
  bool reports_by_any_record = false;        // TLSRPT: also by one of several, or malformed
  bool reports_failures_as_success = false;  // TLSRPT: every session is a success
  bool reports_one_result_type = false;      // TLSRPT: every failure is validation-failure
  bool reports_no_policy = false;            // TLSRPT: every policy-type is no-policy-found
  bool reports_no_domain = false;            // TLSRPT: policy-domain is empty
  bool reports_domain_as_host = false;       // TLSRPT: receiving-mx-hostname is the domain
  bool reports_policy_in_one_string = false;    // TLSRPT: policy-string has one for all lines
  bool drops_reports = false;                   // TLSRPT: a report is called sent, and is not
  bool bypasses_relay = false;                  // MX records are asked for all the same
  bool sends_password_in_clear = false;         // AUTH PLAIN before TLS, where that is offered
  bool tells_password_to_anybody = false;       // AUTH PLAIN to whoever speaks TLS
  bool logs_in_before_verification = false;     // AUTH, then the certificate judged
  bool trusts_tls_from_the_first_byte = false;  // no certificate is judged on port 465
  bool says_ehlo_to_lmtp = false;
  bool first_lmtp_reply_decides = false;  // for all recipients

  // Of mail that comes in.
  bool mail_before_tls = false;             // encrypt and above: all is permitted in clear
  bool forgets_client_certificate = false;  // require-client-cert: none will do
  bool accepts_self_signed_client = false;  // require-client-cert: a self-signed one will do
  bool accepts_expired_client = false;      // require-client-cert: an expired one will do
  bool trusts_resumed_clients = false;      // require-client-cert: a resumed session will do
  bool offers_starttls_inside_tls = false;  // EHLO inside TLS lists STARTTLS
  bool handshakes_unasked = false;          // 220 to STARTTLS that was not offered
  bool ignores_starttls_parameter = false;  // 220 to STARTTLS with a parameter
  bool second_starttls = false;             // 220 to STARTTLS inside TLS, and nothing follows
  bool keeps_injected_commands = false;     // bytes behind STARTTLS are read as commands inside TLS
  bool keeps_transaction_across_tls = false;  // a transaction stays open across STARTTLS
  bool keeps_first_name = false;              // the first EHLO names the client for good
  bool accepts_old_tls = false;               // TLS 1.0 and 1.1 are spoken
  bool bears_a_grudge = false;    // a client whose handshake failed is refused ever after
  bool parses_garbage = false;    // behind the 220 to STARTTLS, what is no TLS is read as commands
  bool leaks_handshakes = false;  // a handshake that breaks off takes the listener's last place
  bool needs_known_name = false;  // a client that asks for another name gets a fatal alert
  bool auth_in_clear = false;     // AUTH is offered and taken before TLS
  bool takes_any_password = false;
  bool refuses_good_password = false;
  bool ends_data_at_lf = false;       // LF.LF ends data too
  bool ends_data_at_lf_crlf = false;  // LF.CRLF ends data too
  bool ends_data_at_crlf_lf = false;  // CRLF.LF ends data too
  bool ends_data_at_cr = false;       // CR.CR ends data too
  bool splits_at_nul = false;         // content is cut at its first NUL
  bool drops_eighth_bit = false;      // content is stripped to seven bits
  bool cuts_long_lines = false;       // lines are cut at 998 octets
  bool queues_unfinished = false;     // content is queued though the client left before its end
  bool forgets_after_dot = false;     // a message is lost if the client leaves upon the final dot
  bool changes_body = false;          // a line is added to each message
  bool binary_by_data = false;        // DATA is taken behind BODY=BINARYMIME
  bool unstuffs_chunks = false;       // a dot at the start of a line is taken off in BDAT too
  bool ignores_parameters = false;    // unknown parameters are passed over
  bool crashes_on_http = false;       // abort() on a request of HTTP
};

// The defect of that name alone ("ignores-name"); empty if there is none.
std::optional<Mutants> mutant_named(std::string_view name);

// One line each: name and effect.
std::string mutant_list();

}  // namespace smtprig::embedded
