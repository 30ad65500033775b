// The one mail user that a server under test knows. Senders authenticate as this user; what any of
// the secrets looks like on the wire must never be seen outside of TLS.
#pragma once

#include <string>

namespace smtprig::model {

struct Account {
  std::string user = "user@example.test";
  std::string password = "correct horse battery staple";  // and the bearer token of XOAUTH2
};

}  // namespace smtprig::model
