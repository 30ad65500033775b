// The server's side of one SASL exchange (RFC 4422) for one account: PLAIN (RFC 4616), LOGIN
// (draft-murchison-sasl-login), CRAM-MD5 (RFC 2195) and Google's XOAUTH2. No I/O, no base64: a
// response goes in, a challenge or the decision comes out. What is no sensible response is a
// refusal. An authorization identity other than the user's own is refused.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "fakes/spec.hpp"

namespace smtprig::fakes::smtp {

inline constexpr std::array auth_mechanisms = {AuthMechanism::plain, AuthMechanism::login,
                                               AuthMechanism::cram_md5, AuthMechanism::xoauth2};

// Names are compared without regard to case, for servers pass on what the client wrote.
std::optional<AuthMechanism> auth_mechanism_named(std::string_view text);

class SaslExchange {
 public:
  struct Step {
    enum class Kind { challenge, accepted, refused };
    Kind kind = Kind::refused;
    std::string text;  // a challenge; or the user, of a refusal as far as one was named
  };

  // Without a `user` nobody is let in. `nonce` is put into the challenge of CRAM-MD5 and must be
  // new for each exchange.
  SaslExchange(AuthMechanism mechanism, std::string user, std::string password, std::string nonce);

  // No initial response and an empty one are the same here: none of these mechanisms can use one.
  Step begin(std::string_view initial_response);
  // The response to the last challenge. After a decision every call is a refusal.
  Step next(std::string_view response);

 private:
  Step answer(std::string_view response);
  Step plain(std::string_view response);
  Step login(std::string_view response);
  Step cram_md5(std::string_view response);
  Step xoauth2(std::string_view response);
  Step decide(bool good, std::string_view user);

  AuthMechanism mechanism_;
  std::string user_;
  std::string password_;
  std::string challenge_;             // of CRAM-MD5
  std::optional<std::string> named_;  // the user so far (LOGIN), or who was refused (XOAUTH2)
  bool decided_ = false;
};

}  // namespace smtprig::fakes::smtp
