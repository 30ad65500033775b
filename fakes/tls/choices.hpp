// What a side of a handshake chooses beyond versions and ciphers, as OpenSSL is told of it:
// the certificate, tickets, the reaction to names, ALPN, the Diffie-Hellman group. Private to this
// layer. The callbacks take what they need from the Observer of the connection; see observer.hpp.
#pragma once

#include <openssl/types.h>

#include "fakes/spec.hpp"
#include "fakes/tls/certificate.hpp"

namespace smtprig::fakes::tls {

// Shows `identity` from now on, beside one with a key of another kind. False: OpenSSL refused it.
bool add_identity(SSL* ssl, const Identity& identity);

// To a context of which versions, ciphers and security level are set. Throw std::runtime_error.
void set_server_choices(SSL_CTX* context, const TlsSpec& spec);
void set_client_choices(SSL_CTX* context, const TlsSpec& spec);

// Within SSL_CTX_set_client_hello_cb: whether the ClientHello brings back a session by a ticket
// (RFC 5077 3.2) or a pre-shared key (RFC 8446 4.2.11). A session id says nothing: TLS 1.3 has a
// meaningless one (RFC 8446 D.4), and sessions are given out in tickets alone.
bool brings_session(SSL* ssl);

}  // namespace smtprig::fakes::tls
