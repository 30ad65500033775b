// The server's side of the Dovecot authentication protocol, version 1.1, over one connection
// (doc.dovecot.org, "Dovecot Authentication Protocol"): what Postfix (smtpd_sasl_type = dovecot)
// and Exim (driver = dovecot) ask whether a client may log in. No I/O: bytes in, bytes out.
//
//   server: VERSION MECH... SPID CUID COOKIE DONE      client: VERSION CPID
//   client: AUTH id mechanism ... [resp=]              server: OK | FAIL | CONT, then CONT id
//   response
//
// Unknown commands and parameters are skipped, as the protocol demands. A client that breaks the
// protocol or a limit (line of 16 KiB) is to be disconnected. Of unfinished requests the latest 16
// are known: Postfix does not tell that a client cancelled.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>

#include "fakes/smtp/sasl_exchange.hpp"
#include "harness/model/account.hpp"

namespace smtprig::servers {

class AuthSession {
 public:
  // `number` tells this connection from others (CUID). The account must outlive the session.
  AuthSession(const model::Account& account, std::uint32_t number);
  AuthSession(const AuthSession&) = delete;
  AuthSession& operator=(const AuthSession&) = delete;

  // What is sent when the client connects.
  std::string greeting() const;
  // What is sent in answer to these bytes; may be empty.
  std::string take(std::string_view bytes);
  // Send what there is to send and disconnect.
  bool over() const { return over_; }

 private:
  using Exchange = fakes::smtp::SaslExchange;
  struct Request {
    std::string id;
    Exchange exchange;
  };

  std::string take_line(std::string_view line);
  std::string start_request(std::string_view parameters);
  std::string continue_request(std::string_view parameters);
  std::string tell(std::list<Request>::iterator request, const Exchange::Step& step);
  std::list<Request>::iterator find(std::string_view id);

  const model::Account& account_;
  std::uint32_t number_;
  std::uint32_t exchanges_ = 0;
  std::list<Request> requests_;  // unfinished, the oldest first
  std::string line_;             // begun
  bool versions_agree_ = false;
  bool over_ = false;
};

}  // namespace smtprig::servers
