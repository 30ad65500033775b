// What OpenSSL writes, as text. Private to this layer.
#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>

#include "openssl_error.hpp"

namespace smtprig::fakes::tls {

// `write` gets a BIO* and says whether it could.
template <class Write>
std::string written(const char* step, Write write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> text(BIO_new(BIO_s_mem()), &BIO_free);
  must(text && write(text.get()), step);
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(length)};
}

}  // namespace smtprig::fakes::tls
