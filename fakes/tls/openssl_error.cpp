// See openssl_error.hpp.
#include "openssl_error.hpp"

#include <stdexcept>

#include <openssl/err.h>

namespace smtprig::fakes::tls {

CleanErrors::CleanErrors() {
  ERR_clear_error();
}
CleanErrors::~CleanErrors() {
  ERR_clear_error();
}

std::string first_reason() {
  const unsigned long error = ERR_peek_error();
  const char* reason = error ? ERR_reason_error_string(error) : nullptr;
  return reason ? reason : "unknown error";
}

void must(bool done, const char* step) {
  if (done) return;
  std::string text = std::string("tls: ") + step;
  if (ERR_peek_error()) text += ": " + first_reason();
  throw std::runtime_error(text);
}

}  // namespace smtprig::fakes::tls
