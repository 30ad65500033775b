// OpenSSL's default provider, less what costs much and says nothing here.
//
// Encoders and decoders: OpenSSL 3.0 tries out, for every certificate that it reads, how 40
// decoders could follow each other until a public key comes out, and for every one that it makes
// 115 encoders: that costs more than a signature. Here are those alone that X.509 and PEM have use
// for, of keys that can sign a handshake. From 3.2 on OpenSSL remembers what it found.
//
// Public keys of Diffie-Hellman are checked as RFC 8446 4.2.8.1 and RFC 7919 3 want it, 1 < y <
// p - 1, and not by an exponentiation with the order of the group too: with ffdhe8192 that took a
// tenth of a second on either side, and a twelfth of all the time of a run.
#pragma once

namespace smtprig::fakes::tls {

// For the whole process, and before anything else of OpenSSL is used. The machine's openssl.cnf,
// which may load other providers, is not read. False: it cannot be loaded, and OpenSSL's own is
// used. May be called again.
bool use_lean_provider();

}  // namespace smtprig::fakes::tls
