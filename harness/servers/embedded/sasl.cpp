// See sasl.hpp.
#include "harness/servers/embedded/sasl.hpp"

#include "fakes/smtp/sasl.hpp"

#include <fmt/format.h>
#include <boost/algorithm/string/predicate.hpp>

#include <openssl/rand.h>

#include <array>
#include <cstdint>

namespace smtprig::embedded {
namespace {

using Kind = SaslStep::Kind;

std::uint64_t nonce() {
  std::array<unsigned char, sizeof(std::uint64_t)> bytes{};
  RAND_bytes(bytes.data(), bytes.size());
  std::uint64_t number = 0;
  for (const unsigned char byte : bytes)
    number = number << 8 | byte;
  return number;
}

}  // namespace

std::optional<Mechanism> mechanism_named(std::string_view name) {
  if (boost::algorithm::iequals(name, "PLAIN")) return Mechanism::plain;
  if (boost::algorithm::iequals(name, "LOGIN")) return Mechanism::login;
  if (boost::algorithm::iequals(name, "CRAM-MD5")) return Mechanism::cram_md5;
  if (boost::algorithm::iequals(name, "XOAUTH2")) return Mechanism::xoauth2;
  return std::nullopt;
}

SaslExchange::SaslExchange(Mechanism mechanism, const Users& users, std::string_view hostname,
                           const Mutants& mutants)
    : mechanism_(mechanism), users_(users), mutants_(mutants) {
  // RFC 2195 2: the form of a msg-id, never the same twice.
  if (mechanism_ == Mechanism::cram_md5) challenge_ = fmt::format("<{}@{}>", nonce(), hostname);
}

SaslStep SaslExchange::begin(const std::optional<std::string>& initial) {
  if (mechanism_ == Mechanism::cram_md5) {
    return initial ? SaslStep{Kind::too_early, ""} : SaslStep{Kind::challenge, challenge_};
  }
  // By its draft LOGIN is begun by the server too, but clients send the name at once.
  if (initial) return respond(*initial);
  return {Kind::challenge, mechanism_ == Mechanism::login ? "Username:" : ""};
}

SaslStep SaslExchange::respond(const std::string& response) {
  switch (mechanism_) {
    case Mechanism::plain:
      return plain(response);
    case Mechanism::login:
      return login(response);
    case Mechanism::cram_md5:
      return cram_md5(response);
    case Mechanism::xoauth2:
      return xoauth2(response);
  }
  return {Kind::malformed, ""};
}

// RFC 4616 2: [authzid] NUL authcid NUL passwd. Nobody may act for another here.
SaslStep SaslExchange::plain(std::string_view response) const {
  const std::size_t first = response.find('\0');
  const std::size_t second =
      first == std::string_view::npos ? first : response.find('\0', first + 1);
  if (second == std::string_view::npos) return {Kind::malformed, ""};
  const std::string_view acts_for = response.substr(0, first);
  const std::string_view user = response.substr(first + 1, second - first - 1);
  const std::string_view password = response.substr(second + 1);
  if (user.empty() || password.empty() || password.find('\0') != std::string_view::npos) {
    return {Kind::malformed, ""};
  }
  if (!acts_for.empty() && acts_for != user) return {Kind::refused, ""};
  return decide(user, std::string(password));
}

SaslStep SaslExchange::login(const std::string& response) {
  if (user_) return decide(*user_, response);
  user_ = response;
  return {Kind::challenge, "Password:"};
}

// RFC 2195 2: the name, a space, the digest in lower-case hex. A name may hold spaces.
SaslStep SaslExchange::cram_md5(std::string_view response) const {
  const std::size_t space = response.rfind(' ');
  if (space == std::string_view::npos || space == 0) return {Kind::malformed, ""};
  return decide(response.substr(0, space), std::string(response.substr(space + 1)));
}

// "user=" name SOH "auth=Bearer " token SOH SOH. A refusal is told as a challenge first, which the
// client answers with nothing.
SaslStep SaslExchange::xoauth2(std::string_view response) {
  if (was_told_) return {Kind::refused, ""};
  constexpr std::string_view user_mark = "user=";
  constexpr std::string_view token_mark = "\1auth=Bearer ";
  const std::size_t middle = response.find(token_mark);
  if (!response.starts_with(user_mark) || middle == std::string_view::npos ||
      !response.ends_with("\1\1")) {
    return {Kind::malformed, ""};
  }
  const std::string_view user = response.substr(user_mark.size(), middle - user_mark.size());
  response.remove_prefix(middle + token_mark.size());
  const SaslStep step = decide(user, std::string(response.substr(0, response.size() - 2)));
  if (step.kind != Kind::refused) return step;
  was_told_ = true;
  return {Kind::challenge, R"({"status":"400","schemes":"bearer","scope":"mail"})"};
}

SaslStep SaslExchange::decide(std::string_view user, const std::string& proof) const {
  const auto place = users_.find(user);
  if (place == users_.end()) return {Kind::refused, ""};
  const std::string& password = place->second;
  const bool right =
      proof ==
      (mechanism_ == Mechanism::cram_md5 ? fakes::smtp::keyed_md5(password, challenge_) : password);
  const bool accepted = (right && !mutants_.refuses_good_password) || mutants_.takes_any_password;
  return {accepted ? Kind::accepted : Kind::refused, ""};
}

}  // namespace smtprig::embedded
