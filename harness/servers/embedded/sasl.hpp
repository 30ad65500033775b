// One authentication exchange, the server's side of it: responses in, challenges or a decision out.
// PLAIN (RFC 4616), LOGIN (draft-murchison-sasl-login), CRAM-MD5 (RFC 2195) and XOAUTH2 (Google's
// and Microsoft's; the bearer token is compared with the password). Pure but for the nonce of
// CRAM-MD5. It keeps nothing of a password that was offered.
#pragma once

#include "harness/servers/embedded/mutants.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace smtprig::embedded {

using Users = std::map<std::string, std::string, std::less<>>;  // name -> password

enum class Mechanism { plain, login, cram_md5, xoauth2 };

inline constexpr std::string_view mechanism_names = "PLAIN LOGIN CRAM-MD5 XOAUTH2";
std::optional<Mechanism> mechanism_named(std::string_view name);  // any case

struct SaslStep {
  enum class Kind {
    challenge,  // to be sent; the client's response is awaited
    accepted,
    refused,    // the credentials are wrong
    malformed,  // the response is not what the mechanism prescribes
    too_early,  // an initial response where the server begins (RFC 4954 4)
  };
  Kind kind = Kind::challenge;
  std::string challenge;  // not encoded
};

class SaslExchange {
 public:
  // `users` and `mutants` must outlive it.
  SaslExchange(Mechanism mechanism, const Users& users, std::string_view hostname,
               const Mutants& mutants);

  // `initial`: the initial response, if one came with the command.
  SaslStep begin(const std::optional<std::string>& initial);
  SaslStep respond(const std::string& response);

 private:
  SaslStep plain(std::string_view response) const;
  SaslStep login(const std::string& response);
  SaslStep cram_md5(std::string_view response) const;
  SaslStep xoauth2(std::string_view response);
  SaslStep decide(std::string_view user, const std::string& proof) const;

  Mechanism mechanism_;
  const Users& users_;
  const Mutants& mutants_;
  std::string challenge_;            // CRAM-MD5
  std::optional<std::string> user_;  // LOGIN, once told
  bool was_told_ = false;            // XOAUTH2: the client was told why it failed
};

}  // namespace smtprig::embedded
