// What an MTA-STS policy host and a TLSRPT collector are, as plain data. The zero value is an
// honest host, but that a policy in mode enforce needs its `mx`. Nothing here does I/O, and nothing
// here knows of scenarios. A port that refuses or swallows is the listener's matter, not the
// host's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "fakes/spec.hpp"

namespace smtprig::fakes {

// Positions of an HTTPS connection at which a rule can act, behind the stages of TLS.
enum class HttpsPosition {
  request,  // a whole request was read, nothing was answered
  body,     // the head and half of the body were sent
};

struct HttpsSelector {
  std::variant<HttpsPosition, TlsStage> position = HttpsPosition::request;
  Ordinals nth;         // which request to this host, over all connections; of no use with TlsStage
  Ordinals connection;  // which connection to this host
};

// When `when` matches, the actions are done in order; what honestly comes next follows only behind
// waiting (a Reply without lines and bytes) and, at `body`, behind any Reply. The lines or bytes of
// a Reply take the place of the answer; at a stage of TLS before its end they go below it. An
// Alert at request or body is sealed. `id` names the rule in the journal (FaultFired).
struct HttpsRule {
  std::string id;
  HttpsSelector when;
  std::vector<Action> actions;
};

// The part that both hosts have.
struct HttpsSpec {
  CertificateClass certificate = CertificateClass::good;
  TlsSpec tls = {.alpn = "http/1.1:http/1.0"};
  std::vector<HttpsRule> rules;  // the first match acts
};

inline constexpr std::string_view policy_target = "/.well-known/mta-sts.txt";  // RFC 8461 3.2
inline constexpr std::uint64_t policy_max_age_max = 31'557'600;                // ibid.

enum class PolicyMode { enforce, testing, none };
std::string_view name(PolicyMode mode);  // "enforce"

enum class LineEnd { crlf, lf };

// An answer to a request for `target`. Whatever the status, the body is the policy: who takes it
// from anything but 200 is seen by that.
struct PolicyAnswer {
  std::string target = std::string(policy_target);
  Ordinals nth;  // which request to this host, over all connections and targets

  // The body in its normal form (RFC 8461 3.2).
  PolicyMode mode = PolicyMode::enforce;
  std::vector<std::string> mx;  // patterns, as they stand in the lines
  std::uint64_t max_age_seconds = 604'800;
  std::vector<std::string> more;  // lines behind these, without line end
  LineEnd line_end = LineEnd::crlf;
  bool last_line_end = true;
  std::optional<std::string> body;  // in place of all these, to the byte
  std::size_t body_bytes_min = 0;   // filled up to this with lines of an unknown field

  // The head.
  unsigned status = 200;                                    // 100 to 999
  std::optional<std::string> content_type = "text/plain";   // none: no such field
  std::string location;                                     // empty: no such field
  std::vector<std::pair<std::string, std::string>> fields;  // more of them
  bool chunked = false;                                     // RFC 9112 7.1

  // Timing and segmentation.
  std::chrono::milliseconds delay{0};  // before the first byte
  std::size_t segment_bytes = 0;       // of the body, in each write; 0: all in one
  std::chrono::milliseconds pause{0};  // between two of them
};
std::string body_of(const PolicyAnswer& answer);

// Other targets get 404, other methods than GET and HEAD 405, another host's name 421.
struct PolicyHostSpec {
  HttpsSpec https;
  std::vector<PolicyAnswer> answers = {PolicyAnswer{}};  // the first that fits
};

struct CollectorAnswer {
  Ordinals nth;           // which request to this host
  unsigned status = 201;  // 100 to 999
  std::string location;   // empty: no such field
  std::chrono::milliseconds delay{0};
};

// Takes reports by POST (RFC 8460 5.4). Other targets get 404, other methods 405, other media types
// than those of RFC 8460 6 get 415, and what is too large 413.
struct CollectorSpec {
  HttpsSpec https;
  std::string target = "/v1/tlsrpt";
  std::vector<CollectorAnswer> answers;  // the first that fits; none: CollectorAnswer{}
};

}  // namespace smtprig::fakes
