// Which domains' mail is handed to one host, whatever their MX records say, and by which service.
// Lines of a relay file are
//   DOMAIN SERVICE HOST:PORT        # a comment
// with a service of smtp, submission, submissions (TLS from the first byte) and lmtp; those of a
// login file
//   HOST:PORT USER:PASSWORD
// where the password goes to the end of the line and is made of words with one space between them.
#pragma once

#include "fakes/spec.hpp"
#include "harness/servers/embedded/auth_client.hpp"
#include "harness/servers/embedded/policy_table.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace smtprig::embedded {

struct RelayEntry {
  fakes::Service service = fakes::Service::smtp;
  std::string host;  // lower case, no final dot
  std::uint16_t port = 0;
  std::optional<Login> login;

  bool tls_first() const { return service == fakes::Service::submissions; }
  bool lmtp() const { return service == fakes::Service::lmtp; }
};

class RelayTable {
 public:
  // All lines of a file; errors begin with "line N: ". Logins come after the relays that they are
  // for.
  boost::system::result<void, ConfigError> add_lines(std::string_view text);
  boost::system::result<void, ConfigError> add_logins(std::string_view text);

  const RelayEntry* find(std::string_view domain) const;  // any case; null: none
  std::size_t size() const { return entries_.size(); }

 private:
  std::map<std::string, RelayEntry, std::less<>> entries_;
};

}  // namespace smtprig::embedded
