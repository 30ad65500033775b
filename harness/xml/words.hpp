// The words of enumerated values: how a file spells them, what they mean in the model, what the
// reference page says of them. Each list exists once, here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/https_spec.hpp"
#include "fakes/journal.hpp"
#include "fakes/sender_spec.hpp"
#include "fakes/spec.hpp"
#include "harness/model/scenario.hpp"

namespace smtprig::xml {

template <typename E>
struct Word {
  std::string_view text;
  E value;
  std::string_view doc;
};

template <typename E, std::size_t N>
std::optional<E> find_word(const std::array<Word<E>, N>& words, std::string_view text) {
  for (const auto& word : words)
    if (word.text == text) return word.value;
  return std::nullopt;
}

inline constexpr std::array<Word<fakes::SmtpPosition>, 15> smtp_words{{
    {"connect", fakes::SmtpPosition::connect,
     "a connection was accepted; the reply is the greeting"},
    {"EHLO", fakes::SmtpPosition::ehlo, ""},
    {"HELO", fakes::SmtpPosition::helo, ""},
    {"STARTTLS", fakes::SmtpPosition::starttls, ""},
    {"AUTH", fakes::SmtpPosition::auth, ""},
    {"MAIL", fakes::SmtpPosition::mail, ""},
    {"RCPT", fakes::SmtpPosition::rcpt, ""},
    {"DATA", fakes::SmtpPosition::data, ""},
    {"end-of-data", fakes::SmtpPosition::end_of_data,
     "the final dot was read; the reply decides over the message"},
    {"RSET", fakes::SmtpPosition::rset, ""},
    {"NOOP", fakes::SmtpPosition::noop, ""},
    {"VRFY", fakes::SmtpPosition::vrfy, ""},
    {"QUIT", fakes::SmtpPosition::quit, ""},
    {"BDAT", fakes::SmtpPosition::bdat,
     "a chunk was read that is not the last; behind that comes end-of-data"},
    {"unknown", fakes::SmtpPosition::unknown, "a verb that no RFC names"},
}};

inline constexpr std::array<Word<fakes::TlsStage>, 4> tls_stage_words{{
    {"start", fakes::TlsStage::start,
     "nothing of the client was read: after the 220 to STARTTLS, or after connect"},
    {"client-hello", fakes::TlsStage::client_hello,
     "the ClientHello is complete, nothing was answered"},
    {"server-hello", fakes::TlsStage::server_hello,
     "the server's first flight is out, the client's answer is not read"},
    {"finished", fakes::TlsStage::finished,
     "the handshake is complete, no application data was sent"},
}};

inline constexpr std::array<Word<fakes::Phase>, 3> phase_words{{
    {"any", fakes::Phase::any, "before and after TLS came up"},
    {"pre-tls", fakes::Phase::pre_tls, "in clear"},
    {"post-tls", fakes::Phase::post_tls, "inside TLS"},
}};

inline constexpr std::array<Word<fakes::DnsReply>, 6> rcode_words{{
    {"SERVFAIL", fakes::DnsReply::servfail, ""},
    {"REFUSED", fakes::DnsReply::refused, ""},
    {"FORMERR", fakes::DnsReply::formerr, ""},
    {"NOTIMP", fakes::DnsReply::notimp, ""},
    {"NXDOMAIN", fakes::DnsReply::nxdomain, ""},
    {"NODATA", fakes::DnsReply::nodata, ""},
}};

inline constexpr std::array<Word<fakes::DnsReply>, 4> dns_fault_words{{
    {"none", fakes::DnsReply::none, "nothing is sent, over UDP and over TCP"},
    {"truncated", fakes::DnsReply::truncated,
     "over UDP no records, and TC; over TCP the honest answer (RFC 7766 5)"},
    {"wrong-id", fakes::DnsReply::wrong_id,
     "the honest answer under another ID, as of one who guesses it, and nothing more (RFC 5452 "
     "9.1)"},
    {"garbage", fakes::DnsReply::garbage,
     "the header of the answer, and behind it bytes that cannot be parsed"},
}};

inline constexpr std::array<Word<fakes::Segmentation>, 3> segment_words{{
    {"whole", fakes::Segmentation::whole, "in one piece"},
    {"per-line", fakes::Segmentation::per_line, "each line by itself"},
    {"per-byte", fakes::Segmentation::per_byte, "each byte by itself"},
}};

inline constexpr std::array<Word<fakes::CloseHow>, 4> close_words{{
    {"fin", fakes::CloseHow::fin, "orderly; inside TLS with close_notify"},
    {"rst", fakes::CloseHow::rst, "with a TCP reset"},
    {"no-notify", fakes::CloseHow::no_notify, "TCP ends, TLS is not told (RFC 8446 6.1)"},
    {"alert", fakes::CloseHow::alert,
     "inside TLS by the fatal alert internal_error (RFC 8446 6.2), as <alert> sends it"},
}};

inline constexpr std::array<Word<fakes::Tickets>, 4> ticket_words{{
    {"none", fakes::Tickets::none, "no ticket is sent"},
    {"resumed", fakes::Tickets::resumed, "tickets are sent, and sessions resumed"},
    {"ignored", fakes::Tickets::ignored,
     "tickets are sent, and who brings one back gets a full handshake and another ticket"},
    {"refused", fakes::Tickets::refused,
     "tickets are sent, and who brings one back gets the fatal alert handshake_failure"},
}};

inline constexpr std::array<Word<fakes::ServerNames>, 5> server_name_words{{
    {"any", fakes::ServerNames::any, "whatever is asked for, or nothing"},
    {"own", fakes::ServerNames::own,
     "its own or none; another gets the fatal alert unrecognized_name"},
    {"needed", fakes::ServerNames::needed,
     "its own alone; no name gets missing_extension, up to TLS 1.2 unrecognized_name"},
    {"unknown", fakes::ServerNames::unknown,
     "it knows no name: every one gets the fatal alert unrecognized_name"},
    {"warned", fakes::ServerNames::warned,
     "it knows no name: every one gets a warning, and the handshake goes on; in TLS 1.3 it is not "
     "sent"},
}};

inline constexpr std::array<Word<fakes::DhGroup>, 5> dh_words{{
    {"fitting", fakes::DhGroup::fitting, "as strong as the certificate's key"},
    {"modp1024", fakes::DhGroup::modp1024, "1024 bits, RFC 2409 6.2"},
    {"modp2048", fakes::DhGroup::modp2048, "2048 bits, RFC 3526 3"},
    {"ffdhe2048", fakes::DhGroup::ffdhe2048, "2048 bits, RFC 7919 A.1"},
    {"ffdhe3072", fakes::DhGroup::ffdhe3072, "3072 bits, RFC 7919 A.2"},
}};

inline constexpr std::array<Word<fakes::Staple>, 5> staple_words{{
    {"none", fakes::Staple::none, "nothing is stapled"},
    {"good", fakes::Staple::good, "to a client that asks for it"},
    {"revoked", fakes::Staple::revoked, "to a client that asks: the key was compromised"},
    {"expired", fakes::Staple::expired, "to a client that asks: good, and a day out of date"},
    {"unsolicited", fakes::Staple::unsolicited, "good, also to a client that does not ask"},
}};

inline constexpr std::array<Word<fakes::ServerName>, 4> server_name_sent_words{{
    {"any", fakes::ServerName::any, "whatever the client names"},
    {"none", fakes::ServerName::none, "the client names nothing"},
    {"own", fakes::ServerName::own, "the host's own name, in any case"},
    {"other", fakes::ServerName::other, "another name"},
}};

inline constexpr std::array<Word<fakes::Service>, 3> service_words{{
    {"smtp", fakes::Service::smtp, "port 25"},
    {"submission", fakes::Service::submission, "port 587 (RFC 6409)"},
    {"submissions", fakes::Service::submissions,
     "port 465, TLS from the first byte (RFC 8314 3.3)"},
}};

inline constexpr std::array<Word<fakes::Service>, 4> relay_service_words{{
    {"smtp", fakes::Service::smtp, "port 25"},
    {"submission", fakes::Service::submission, "port 587 (RFC 6409)"},
    {"submissions", fakes::Service::submissions,
     "port 465, TLS from the first byte (RFC 8314 3.3)"},
    {"lmtp", fakes::Service::lmtp, "LMTP on port 24 (RFC 2033)"},
}};

inline constexpr std::array<Word<model::Login>, 3> login_words{{
    {"none", model::Login::none, "nothing: it does not authenticate"},
    {"good", model::Login::good, "a name and a password that the relay knows"},
    {"wrong-password", model::Login::wrong_password, "a name that it knows, and no more"},
}};

inline constexpr std::array<Word<fakes::OffersAuth>, 3> offers_auth_words{{
    {"no", fakes::OffersAuth::no, "502 to whoever tries"},
    {"in-tls", fakes::OffersAuth::in_tls, "538 before TLS (RFC 4954 6)"},
    {"always", fakes::OffersAuth::always, ""},
}};

inline constexpr std::array<Word<fakes::SenderTls>, 4> sender_tls_words{{
    {"never", fakes::SenderTls::never, "the peer speaks no TLS"},
    {"if-offered", fakes::SenderTls::if_offered, ""},
    {"required", fakes::SenderTls::required, "it gives up where STARTTLS is not offered"},
    {"unasked", fakes::SenderTls::unasked, "it sends STARTTLS whatever EHLO said"},
}};

inline constexpr std::array<Word<fakes::AuthMechanism>, 4> auth_words{{
    {"plain", fakes::AuthMechanism::plain, "RFC 4616"},
    {"login", fakes::AuthMechanism::login, ""},
    {"cram-md5", fakes::AuthMechanism::cram_md5, "RFC 2195"},
    {"xoauth2", fakes::AuthMechanism::xoauth2, "the password is the bearer token"},
}};

inline constexpr std::array<Word<fakes::Say>, 13> say_words{{
    {"open", fakes::Say::open,
     "all that an honest peer says before MAIL: EHLO, STARTTLS, AUTH, as its attributes are"},
    {"EHLO", fakes::Say::ehlo, ""},
    {"STARTTLS", fakes::Say::starttls, "behind a 2yz reply the handshake follows"},
    {"AUTH", fakes::Say::auth, ""},
    {"MAIL", fakes::Say::mail, "of the next message"},
    {"RCPT", fakes::Say::rcpt, "one command for each of its recipients"},
    {"DATA", fakes::Say::data, ""},
    {"content", fakes::Say::content,
     "the message and the final dot; left out where DATA was refused, unless both stand in one "
     "step"},
    {"BDAT", fakes::Say::chunks, "the message in chunks=, each behind its BDAT (RFC 3030 2)"},
    {"RSET", fakes::Say::rset, ""},
    {"NOOP", fakes::Say::noop, ""},
    {"VRFY", fakes::Say::vrfy, ""},
    {"QUIT", fakes::Say::quit, ""},
}};

inline constexpr std::array<Word<bool model::Content::*>, 11> content_words{{
    {"eight-bit", &model::Content::eight_bit, "bytes above 127"},
    {"long-line", &model::Content::long_line, "a line of more than 998 bytes"},
    {"dots", &model::Content::dots, "lines that begin with dots"},
    {"mime", &model::Content::mime, "several parts, base64 and quoted-printable"},
    {"bare-lf", &model::Content::bare_lf, "a line that ends in LF alone"},
    {"bare-cr", &model::Content::bare_cr, "a CR without LF"},
    {"nul", &model::Content::nul, "a NUL"},
    {"full-line", &model::Content::full_line, "a line of 998 bytes, the most that one may have"},
    {"utf8-header", &model::Content::utf8_header, "UTF-8 in header fields, which needs SMTPUTF8"},
    {"attachment", &model::Content::attachment,
     "several parts, one of them noise in base64 that takes up size="},
    {"binary", &model::Content::binary,
     "bare CR and LF and all other bytes but NUL: only BINARYMIME carries it"},
}};

inline constexpr std::array<Word<std::string_view>, 4> notify_words{{
    {"never", "NEVER", "of nothing; stands alone"},
    {"success", "SUCCESS", "that it was delivered, or handed to who tells nobody"},
    {"failure", "FAILURE", "that it will not be delivered"},
    {"delay", "DELAY", "that it is late"},
}};

inline constexpr std::array<Word<model::TlsaRecord::Of>, 4> tlsa_of_words{{
    {"leaf", model::TlsaRecord::Of::leaf, "the host's own certificate"},
    {"issuer", model::TlsaRecord::Of::issuer, "the certificate that issued it"},
    {"root", model::TlsaRecord::Of::root, "the root of its chain"},
    {"other", model::TlsaRecord::Of::other, "another certificate, which nobody shows"},
}};

inline constexpr std::array<Word<fakes::PolicyMode>, 3> sts_mode_words{{
    {"enforce", fakes::PolicyMode::enforce, ""},
    {"testing", fakes::PolicyMode::testing, ""},
    {"none", fakes::PolicyMode::none, ""},
}};

inline constexpr std::array<Word<fakes::LineEnd>, 2> line_end_words{{
    {"crlf", fakes::LineEnd::crlf, ""},
    {"lf", fakes::LineEnd::lf, ""},
}};

inline constexpr std::array<Word<fakes::HttpsPosition>, 2> https_words{{
    {"request", fakes::HttpsPosition::request, "a whole request was read, nothing was answered"},
    {"body", fakes::HttpsPosition::body, "the head of the answer and half of its body were sent"},
}};

inline constexpr std::array<Word<model::Reach>, 2> reach_words{{
    {"listens", model::Reach::listens, "connections are accepted"},
    {"refuses", model::Reach::refuses, "every connection is refused, nothing is bound there"},
}};

inline constexpr std::array<Word<std::uint8_t>, 2> alert_level_words{{
    {"warning", 1, ""},
    {"fatal", 2, ""},
}};

// RFC 8446 6 and, for the older ones, RFC 5246 7.2.
inline constexpr std::array<Word<std::uint8_t>, 30> alert_words{{
    {"close-notify", 0, ""},
    {"unexpected-message", 10, ""},
    {"bad-record-mac", 20, ""},
    {"decryption-failed", 21, ""},
    {"record-overflow", 22, ""},
    {"decompression-failure", 30, ""},
    {"handshake-failure", 40, ""},
    {"bad-certificate", 42, ""},
    {"unsupported-certificate", 43, ""},
    {"certificate-revoked", 44, ""},
    {"certificate-expired", 45, ""},
    {"certificate-unknown", 46, ""},
    {"illegal-parameter", 47, ""},
    {"unknown-ca", 48, ""},
    {"access-denied", 49, ""},
    {"decode-error", 50, ""},
    {"decrypt-error", 51, ""},
    {"protocol-version", 70, ""},
    {"insufficient-security", 71, ""},
    {"internal-error", 80, ""},
    {"inappropriate-fallback", 86, ""},
    {"user-canceled", 90, ""},
    {"no-renegotiation", 100, ""},
    {"missing-extension", 109, ""},
    {"unsupported-extension", 110, ""},
    {"unrecognized-name", 112, ""},
    {"bad-certificate-status-response", 113, ""},
    {"unknown-psk-identity", 115, ""},
    {"certificate-required", 116, ""},
    {"no-application-protocol", 120, ""},
}};

inline constexpr std::array<Word<fakes::ServerFact::Kind>, 9> fact_words{{
    {"queued", fakes::ServerFact::Kind::queued, "accepted into the queue under queue_id"},
    {"tls", fakes::ServerFact::Kind::tls,
     "TLS came up with relay; detail is the server's word for it"},
    {"delivered", fakes::ServerFact::Kind::delivered, "a recipient was delivered to relay"},
    {"deferred", fakes::ServerFact::Kind::deferred, "an attempt failed, the message stays queued"},
    {"bounced", fakes::ServerFact::Kind::bounced, "a permanent decision"},
    {"expired", fakes::ServerFact::Kind::expired, "given up after the time in the queue"},
    {"removed", fakes::ServerFact::Kind::removed, "the queue entry is gone"},
    {"tls-report", fakes::ServerFact::Kind::tls_report,
     "the report of TLS sessions with the domain recipient was sent or will not be: detail"},
    {"note", fakes::ServerFact::Kind::note, "worth showing, decides nothing"},
}};

}  // namespace smtprig::xml
