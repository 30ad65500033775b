// What OpenSSL writes, as text.
#pragma once

#include <boost/test/unit_test.hpp>

#include <functional>
#include <memory>
#include <string>

#include <openssl/bio.h>

namespace smtprig::fakes::tls {

// `write`: PEM_write_bio_X509 and its like, with 1 for success.
inline std::string pem_of(const std::function<int(BIO*)>& write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> text(BIO_new(BIO_s_mem()), &BIO_free);
  BOOST_REQUIRE(write(text.get()) == 1);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace smtprig::fakes::tls
