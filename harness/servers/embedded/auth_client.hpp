// The client's side of AUTH (RFC 4954 4): PLAIN with an initial response, LOGIN, CRAM-MD5. Pure. A
// mechanism that tells the password is used only where the caller says that it may be told.
#pragma once

#include "fakes/smtp/grammar.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

struct Login {
  std::string user;
  std::string password;
};

class AuthClient {
 public:
  // The best of what is offered; none where nothing is left. CRAM-MD5 is for where the password may
  // not be told: it lets a listener try passwords at leisure (RFC 2195 4).
  static std::optional<AuthClient> choose(const Login& login,
                                          const std::vector<fakes::AuthMechanism>& offered,
                                          bool may_tell_password);

  std::string command() const;  // with CRLF
  // To a 334 with that text, with CRLF; "*" where there is nothing sensible to say.
  std::string respond(std::string_view challenge);
  // More challenges came than any of these mechanisms has: the peer is to be left.
  bool exhausted() const { return turns_ >= turns_max; }

 private:
  AuthClient(fakes::AuthMechanism mechanism, Login login)
      : mechanism_(mechanism), login_(std::move(login)) {}

  static constexpr unsigned turns_max = 4;
  fakes::AuthMechanism mechanism_;
  Login login_;
  unsigned turns_ = 0;
};

}  // namespace smtprig::embedded
