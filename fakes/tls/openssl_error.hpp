// OpenSSL's errors. Its queue belongs to the thread: whoever asks for a reason cleans it first, and
// nobody leaves an error behind for the next. Private to this layer.
#pragma once

#include <string>

namespace smtprig::fakes::tls {

// Clears the queue at both ends of a scope.
class CleanErrors {
 public:
  CleanErrors();
  ~CleanErrors();
  CleanErrors(const CleanErrors&) = delete;
  CleanErrors& operator=(const CleanErrors&) = delete;
};

// Empties the queue. The oldest error of the TLS library, else the oldest of all: older ones are
// the cause, later ones tell what followed. "unknown error" if there is none.
std::string take_reason();

// For set-up: throws std::runtime_error("tls: <step>[: <reason>]") unless done.
void must(bool done, const char* step);

}  // namespace smtprig::fakes::tls
