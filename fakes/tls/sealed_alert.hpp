// An alert of any description as a record under the keys of an established session, which OpenSSL
// sends of its own accord only. Private to this layer. AEAD ciphers of TLS 1.2 and 1.3; nothing
// below, no CBC, and nothing behind a KeyUpdate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/types.h>

#include "fakes/spec.hpp"
#include "fakes/tls/engine.hpp"

namespace smtprig::fakes::tls {

// What one side seals its records with, as it is learnt while OpenSSL runs.
struct Sealing {
  std::string secret;         // TLS 1.3: of the application data that this side sends
  std::uint64_t records = 0;  // sent under the present keys
  bool lost = false;          // the keys are not those of the handshake any more
};

// From a line of SSL_CTX_set_keylog_callback: the secret of TLS 1.3, if the line has that of
// `role`.
std::optional<std::string> secret_in(std::string_view line, Role role);

// Empty where it cannot be done. OpenSSL does not know of the record: it can send nothing behind
// it.
std::string sealed_alert(SSL* ssl, const Sealing& sealing, Role role, const Alert& alert);

}  // namespace smtprig::fakes::tls
