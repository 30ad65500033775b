// TLS alerts as bytes and by name; see engine.hpp. Names are those of the IANA registry "TLS
// Alerts"; numbers that are reserved keep the name of the RFC that used them last.
#include <array>
#include <utility>

#include "fakes/tls/engine.hpp"

namespace smtprig::fakes::tls {

std::string alert_record(const Alert& alert) {
  // RFC 8446 5.1: content type alert(21), legacy_record_version 0x0303, length 2.
  std::string record("\x15\x03\x03\x00\x02", 5);
  record += static_cast<char>(alert.level);
  record += static_cast<char>(alert.description);
  return record;
}

std::string_view alert_name(int description) {
  using Row = std::pair<int, std::string_view>;
  static constexpr std::array names{
      Row{0, "close_notify"},
      Row{10, "unexpected_message"},
      Row{20, "bad_record_mac"},
      Row{21, "decryption_failed"},  // RFC 2246 7.2
      Row{22, "record_overflow"},
      Row{30, "decompression_failure"},  // RFC 5246 7.2
      Row{40, "handshake_failure"},
      Row{41, "no_certificate"},  // RFC 6101 5.4
      Row{42, "bad_certificate"},
      Row{43, "unsupported_certificate"},
      Row{44, "certificate_revoked"},
      Row{45, "certificate_expired"},
      Row{46, "certificate_unknown"},
      Row{47, "illegal_parameter"},
      Row{48, "unknown_ca"},
      Row{49, "access_denied"},
      Row{50, "decode_error"},
      Row{51, "decrypt_error"},
      Row{60, "export_restriction"},  // RFC 2246 7.2
      Row{70, "protocol_version"},
      Row{71, "insufficient_security"},
      Row{80, "internal_error"},
      Row{86, "inappropriate_fallback"},  // RFC 7507 3
      Row{90, "user_canceled"},
      Row{100, "no_renegotiation"},  // RFC 5246 7.2
      Row{109, "missing_extension"},
      Row{110, "unsupported_extension"},
      Row{111, "certificate_unobtainable"},  // RFC 6066 9
      Row{112, "unrecognized_name"},
      Row{113, "bad_certificate_status_response"},
      Row{114, "bad_certificate_hash_value"},  // RFC 6066 9
      Row{115, "unknown_psk_identity"},
      Row{116, "certificate_required"},
      Row{120, "no_application_protocol"},
  };
  for (const auto& [number, name] : names) {
    if (number == description) return name;
  }
  return "unknown";
}

}  // namespace smtprig::fakes::tls
