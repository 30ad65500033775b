// A receiver as a conforming client would meet it: what it answers at each position of one
// connection, found by interpreting its rules as fakes/spec.hpp defines them. Pure, no bytes move.
// It knows no scenario; delays are not modelled, because no client need give up over them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fakes/spec.hpp"

namespace smtprig::judge {

struct Answer {
  enum class Kind {
    positive,      // 2yz
    intermediate,  // 3yz
    transient,     // 4yz
    permanent,     // 5yz
    dropped,       // no complete reply: closed, or silence
    garbage,       // no reply of RFC 5321 4.2
  };
  Kind kind = Kind::positive;
  int code = 0;
  std::vector<std::string> lines;  // of the reply, with code
  bool certain = true;    // the client reads it for sure: complete, and not overtaken by a reset
  bool ends = false;      // nothing more can be done on this connection
  bool injected = false;  // further bytes came with the reply
};

enum class Handshake {
  up,
  lost,  // comes up, then the connection is of no use
  failed,
};

class Peer {
 public:
  Peer(const fakes::ReceiverSpec& spec, std::uint32_t connection)
      : spec_(spec), connection_(connection) {}

  // A client that is not the ordinary one of SMTP, without a login.
  struct Client {
    bool good_login = false;  // it has a password that the peer knows
    bool lmtp = false;        // it says LHLO
  };
  void meet(Client client) { client_ = client; }

  // `argument`: the text behind the verb. Positions are counted as they are asked for.
  Answer answer(fakes::SmtpPosition position, std::string_view argument = {});
  // After a positive reply to STARTTLS, or first of all. Says nothing of versions and certificates.
  Handshake handshake();

  bool ended() const { return ended_; }
  bool tls() const { return tls_; }

 private:
  const fakes::Rule* match(std::variant<fakes::SmtpPosition, fakes::TlsStage> position,
                           std::string_view argument);
  Answer honest(fakes::SmtpPosition position) const;
  Answer honest_ehlo() const;
  bool offers_auth() const;

  const fakes::ReceiverSpec& spec_;
  std::uint32_t connection_;
  std::map<std::variant<fakes::SmtpPosition, fakes::TlsStage>, std::uint32_t> reached_;
  std::string early_;  // sent before it was asked for
  bool ended_ = false;
  bool tls_ = false;
  Client client_;
  bool authenticated_ = false;
};

// Whether a selector's pattern is found in the text behind the verb, or in that text
// without "FROM:", "TO:" and brackets.
bool argument_matches(const std::string& pattern, std::string_view argument);

// Whether a reply to EHLO announces the keyword (any case).
bool announces(const std::vector<std::string>& lines, std::string_view keyword);

// Whether a reply to EHLO offers AUTH by that mechanism (RFC 4954 3).
bool offers(const std::vector<std::string>& lines, std::string_view mechanism);

// The limit that a reply to EHLO announces with SIZE (RFC 1870 3), where it is one.
std::optional<std::uint64_t> size_limit(const std::vector<std::string>& lines);

}  // namespace smtprig::judge
