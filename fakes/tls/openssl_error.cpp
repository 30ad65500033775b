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

std::string take_reason() {
  unsigned long chosen = 0;
  while (const unsigned long error = ERR_get_error()) {
    const bool better = ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_LIB(chosen) != ERR_LIB_SSL;
    if (!chosen || better) chosen = error;
  }
  const char* reason = chosen ? ERR_reason_error_string(chosen) : nullptr;
  return reason ? reason : "unknown error";
}

void must(bool done, const char* step) {
  if (done) return;
  std::string text = std::string("tls: ") + step;
  if (ERR_peek_error()) text += ": " + take_reason();
  throw std::runtime_error(text);
}

}  // namespace smtprig::fakes::tls
