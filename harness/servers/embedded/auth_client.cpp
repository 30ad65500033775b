// See auth_client.hpp.
#include "harness/servers/embedded/auth_client.hpp"

#include "fakes/smtp/sasl.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtprig::embedded {

using fakes::AuthMechanism;
using fakes::smtp::to_base64;

std::optional<AuthClient> AuthClient::choose(const Login& login,
                                             const std::vector<AuthMechanism>& offered,
                                             bool may_tell_password) {
  const auto is_offered = [&](AuthMechanism mechanism) {
    return std::ranges::find(offered, mechanism) != offered.end();
  };
  for (const AuthMechanism mechanism : {AuthMechanism::plain, AuthMechanism::login})
    if (may_tell_password && is_offered(mechanism)) return AuthClient(mechanism, login);
  if (is_offered(AuthMechanism::cram_md5)) return AuthClient(AuthMechanism::cram_md5, login);
  return std::nullopt;
}

std::string AuthClient::command() const {
  const std::string_view word = name(mechanism_);
  if (mechanism_ != AuthMechanism::plain) return fmt::format("AUTH {}\r\n", word);
  std::string identity;
  identity.append(1, '\0').append(login_.user).append(1, '\0').append(login_.password);
  return fmt::format("AUTH {} {}\r\n", word, to_base64(identity));
}

std::string AuthClient::respond(std::string_view challenge) {
  const auto text = fakes::smtp::from_base64(challenge);
  ++turns_;
  std::optional<std::string> answer;
  if (mechanism_ == AuthMechanism::login && turns_ == 1) answer = login_.user;
  if (mechanism_ == AuthMechanism::login && turns_ == 2) answer = login_.password;
  if (mechanism_ == AuthMechanism::cram_md5 && turns_ == 1 && text)
    answer = login_.user + " " + fakes::smtp::keyed_md5(login_.password, *text);
  return answer ? to_base64(*answer) + "\r\n" : "*\r\n";
}

}  // namespace smtprig::embedded
