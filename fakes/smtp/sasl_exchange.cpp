// Secrets are compared plainly: there is nothing to protect but the evidence of a test.
#include "fakes/smtp/sasl_exchange.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "fakes/smtp/sasl.hpp"

namespace smtprig::fakes::smtp {
namespace {

char upper_letter(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// The text before `separator`, which is taken off `rest` with it; all of it where there is none.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

}  // namespace

std::optional<AuthMechanism> auth_mechanism_named(std::string_view text) {
  for (const AuthMechanism mechanism : auth_mechanisms) {
    if (std::ranges::equal(text, name(mechanism), {}, upper_letter)) return mechanism;
  }
  return std::nullopt;
}

SaslExchange::SaslExchange(AuthMechanism mechanism, std::string user, std::string password,
                           std::string nonce)
    : mechanism_(mechanism),
      user_(std::move(user)),
      password_(std::move(password)),
      challenge_(fmt::format("<{}@smtprig>", nonce)) {}

SaslExchange::Step SaslExchange::begin(std::string_view initial_response) {
  // RFC 2195 has no initial response: the server speaks first.
  if (mechanism_ == AuthMechanism::cram_md5) return {Step::Kind::challenge, challenge_};
  if (!initial_response.empty()) return answer(initial_response);
  return {Step::Kind::challenge, mechanism_ == AuthMechanism::login ? "Username:" : ""};
}

SaslExchange::Step SaslExchange::next(std::string_view response) {
  if (decided_) return {};
  return answer(response);
}

SaslExchange::Step SaslExchange::answer(std::string_view response) {
  switch (mechanism_) {
    case AuthMechanism::plain:
      return plain(response);
    case AuthMechanism::login:
      return login(response);
    case AuthMechanism::cram_md5:
      return cram_md5(response);
    case AuthMechanism::xoauth2:
      return xoauth2(response);
  }
  return {};
}

SaslExchange::Step SaslExchange::decide(bool good, std::string_view user) {
  decided_ = true;
  good = good && !user_.empty();
  return {good ? Step::Kind::accepted : Step::Kind::refused, std::string(user)};
}

// RFC 4616 2: [authzid] NUL authcid NUL passwd
SaslExchange::Step SaslExchange::plain(std::string_view response) {
  if (std::ranges::count(response, '\0') != 2) return decide(false, {});
  const std::string_view identity = take_until(response, '\0');
  const std::string_view user = take_until(response, '\0');
  const bool own = identity.empty() || identity == user;
  return decide(own && user == user_ && response == password_, user);
}

SaslExchange::Step SaslExchange::login(std::string_view response) {
  if (!named_) {
    named_ = std::string(response);
    return {Step::Kind::challenge, "Password:"};
  }
  return decide(*named_ == user_ && response == password_, *named_);
}

// RFC 2195 2: user, a space, and the keyed digest in lower-case hex.
SaslExchange::Step SaslExchange::cram_md5(std::string_view response) {
  const std::size_t space = response.rfind(' ');
  if (space == response.npos) return decide(false, {});
  const std::string_view user = response.substr(0, space);
  const std::string expected = keyed_md5(password_, challenge_);
  const bool good = !expected.empty() && response.substr(space + 1) == expected;
  return decide(good && user == user_, user);
}

// "user=" user ^A "auth=Bearer " token ^A ^A. A refusal is told by a challenge that holds JSON;
// only the client's (empty) response to it ends the exchange.
SaslExchange::Step SaslExchange::xoauth2(std::string_view response) {
  if (named_) return decide(false, *named_);
  std::string_view rest = response;
  std::string_view user = take_until(rest, '\1');
  if (!user.starts_with("user=")) return decide(false, {});
  user.remove_prefix(5);
  const bool good = rest == fmt::format("auth=Bearer {}\1\1", password_);
  if (good && user == user_) return decide(true, user);
  named_ = std::string(user);
  return {Step::Kind::challenge,
          R"({"status":"401","schemes":"bearer","scope":"https://mail.google.com/"})"};
}

}  // namespace smtprig::fakes::smtp
