// Removes STARTTLS from a session that goes by, as devices on the path were seen to do: it writes X
// over the keyword in replies and over the command, so that no length changes and the server behind
// refuses what it does not know (see fakes/stripped.hpp). It knows commands from content by DATA,
// 354 and BDAT; bytes of content are left alone. Pure, one object per connection.
//
// Limits: it sees nothing inside TLS, and where TLS begins with the first byte it does nothing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "fakes/journal.hpp"

namespace smtprig::fakes::attacker {

class Stripper {
 public:
  // What goes on; the end of a line that is not complete waits for more.
  std::string from_client(std::string_view bytes);
  std::string from_server(std::string_view bytes);
  // What still waits, at the end of a direction.
  std::string rest_of_client() { return std::move(client_); }
  std::string rest_of_server() { return std::move(server_); }

 private:
  std::string command(std::string line);
  std::string content_line(std::string line);

  std::string client_;  // not complete
  std::string server_;
  std::size_t chunk_ = 0;  // bytes of a BDAT that are still to come
  bool content_ = false;   // behind a 354
  bool tls_ = false;  // TLS from the first byte, or bytes that are no lines: passed as they are
  bool begun_ = false;
};

// What a receiver behind a stripper wrote down, as the client in front saw it.
void as_stripped(EventBody& body);

}  // namespace smtprig::fakes::attacker
