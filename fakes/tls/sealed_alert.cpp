// See sealed_alert.hpp.
//
//   TLS 1.3   traffic secret -> HKDF-Expand-Label -> key, iv      (RFC 8446 7.1, 7.3)
//   TLS 1.2   master secret -> PRF -> key block -> key, iv        (RFC 5246 6.3)
//   both      AEAD(key, nonce of iv and sequence number, header)  (RFC 8446 5.2, RFC 5288 3, 7905
//   2)
#include "sealed_alert.hpp"

#include <array>
#include <memory>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/ssl.h>

namespace smtprig::fakes::tls {
namespace {

constexpr std::size_t tag_bytes = 16;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t explicit_bytes = 8;  // of a nonce of GCM in TLS 1.2
constexpr unsigned char alert_type = 21;
constexpr unsigned char data_type = 23;

const unsigned char* octets(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* octets(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

std::string big_endian(std::uint64_t number, std::size_t bytes) {
  std::string text(bytes, '\0');
  for (std::size_t i = bytes; i-- > 0; number >>= 8)
    text[i] = static_cast<char>(number & 0xff);
  return text;
}

struct FreeKdf {
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

OSSL_PARAM octets_param(const char* name, std::string& value) {
  return OSSL_PARAM_construct_octet_string(name, value.data(), value.size());
}

// Empty on failure.
std::string derive(const char* kdf_name, OSSL_PARAM* parameters, std::size_t bytes) {
  const std::unique_ptr<EVP_KDF, FreeKdf> kdf(EVP_KDF_fetch(nullptr, kdf_name, nullptr));
  const std::unique_ptr<EVP_KDF_CTX, FreeKdf> context(EVP_KDF_CTX_new(kdf.get()));
  std::string derived(bytes, '\0');
  if (!context || EVP_KDF_derive(context.get(), octets(derived), bytes, parameters) != 1) return {};
  return derived;
}

std::string expand_label(const EVP_MD* hash, std::string secret, std::string_view label,
                         std::size_t bytes) {
  const std::string full = "tls13 " + std::string(label);
  std::string info = big_endian(bytes, 2) + static_cast<char>(full.size()) + full + '\0';
  std::string digest(EVP_MD_get0_name(hash));
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
      octets_param(OSSL_KDF_PARAM_KEY, secret), octets_param(OSSL_KDF_PARAM_INFO, info),
      OSSL_PARAM_construct_end()};
  return derive("HKDF", parameters, bytes);
}

std::string key_block(SSL* ssl, const EVP_MD* hash, std::size_t bytes) {
  std::string master(SSL_MAX_MASTER_KEY_LENGTH, '\0');
  master.resize(SSL_SESSION_get_master_key(SSL_get0_session(ssl), octets(master), master.size()));
  constexpr std::size_t random_bytes = 32;
  std::string client(random_bytes, '\0'), server(random_bytes, '\0');
  SSL_get_client_random(ssl, octets(client), random_bytes);
  SSL_get_server_random(ssl, octets(server), random_bytes);
  std::string seed = "key expansion" + server + client;
  std::string digest(EVP_MD_get0_name(hash));
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      octets_param(OSSL_KDF_PARAM_SECRET, master), octets_param(OSSL_KDF_PARAM_SEED, seed),
      OSSL_PARAM_construct_end()};
  return derive("TLS1-PRF", parameters, bytes);
}

struct Keys {
  std::string key;
  std::string iv;  // as long as a nonce, or its fixed part
};

Keys keys_of(SSL* ssl, const Sealing& sealing, Role role, const EVP_CIPHER* cipher, bool gcm) {
  const EVP_MD* hash = SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(ssl));
  const auto key_bytes = static_cast<std::size_t>(EVP_CIPHER_get_key_length(cipher));
  if (!hash) return {};
  if (SSL_version(ssl) == TLS1_3_VERSION)
    return {expand_label(hash, sealing.secret, "key", key_bytes),
            expand_label(hash, sealing.secret, "iv", nonce_bytes)};
  const std::size_t iv_bytes = gcm ? nonce_bytes - explicit_bytes : nonce_bytes;
  const std::string block = key_block(ssl, hash, 2 * (key_bytes + iv_bytes));
  if (block.empty()) return {};
  const std::size_t own = role == Role::server ? 1 : 0;
  return {block.substr(own * key_bytes, key_bytes),
          block.substr(2 * key_bytes + own * iv_bytes, iv_bytes)};
}

// With the tag behind it; empty on failure.
std::string seal(const EVP_CIPHER* cipher, const Keys& keys, const std::string& nonce,
                 const std::string& header, const std::string& plain) {
  const std::unique_ptr<EVP_CIPHER_CTX, FreeKdf> context(EVP_CIPHER_CTX_new());
  std::string sealed(plain.size() + tag_bytes, '\0');
  int size = 0;
  const auto bytes = [](const std::string& text) { return static_cast<int>(text.size()); };
  const bool done =
      context &&
      EVP_EncryptInit_ex(context.get(), cipher, nullptr, octets(keys.key), octets(nonce)) == 1 &&
      EVP_EncryptUpdate(context.get(), nullptr, &size, octets(header), bytes(header)) == 1 &&
      EVP_EncryptUpdate(context.get(), octets(sealed), &size, octets(plain), bytes(plain)) == 1 &&
      EVP_EncryptFinal_ex(context.get(), octets(sealed) + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes,
                          sealed.data() + plain.size()) == 1;
  return done ? sealed : "";
}

std::string nonce_of(const std::string& iv, std::uint64_t number) {
  std::string nonce = iv;
  const std::string padded = big_endian(number, nonce_bytes);
  for (std::size_t i = 0; i < nonce.size(); ++i)
    nonce[i] = static_cast<char>(nonce[i] ^ padded[i]);
  return nonce;
}

std::string record(unsigned char type, const std::string& fragment_header, std::string fragment) {
  std::string bytes(1, static_cast<char>(type));
  return bytes + "\x03\x03" + fragment_header + std::move(fragment);
}

}  // namespace

std::optional<std::string> secret_in(std::string_view line, Role role) {
  const std::string_view label =
      role == Role::server ? "SERVER_TRAFFIC_SECRET_0 " : "CLIENT_TRAFFIC_SECRET_0 ";
  if (!line.starts_with(label)) return std::nullopt;
  const std::string_view hex = line.substr(line.rfind(' ') + 1);
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string secret;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    secret += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  return secret;
}

std::string sealed_alert(SSL* ssl, const Sealing& sealing, Role role, const Alert& alert) {
  const bool tls13 = SSL_version(ssl) == TLS1_3_VERSION;
  if (sealing.lost || SSL_version(ssl) < TLS1_2_VERSION || (tls13 && sealing.secret.empty()))
    return {};
  const int nid = SSL_CIPHER_get_cipher_nid(SSL_get_current_cipher(ssl));
  const bool gcm = nid == NID_aes_128_gcm || nid == NID_aes_256_gcm;
  if (!gcm && nid != NID_chacha20_poly1305) return {};
  const EVP_CIPHER* cipher = EVP_get_cipherbynid(nid);
  const Keys keys = keys_of(ssl, sealing, role, cipher, gcm);
  if (keys.key.empty() || keys.iv.empty()) return {};

  std::string plain = {static_cast<char>(alert.level), static_cast<char>(alert.description)};
  if (tls13) {
    plain += static_cast<char>(alert_type);  // RFC 8446 5.2: TLSInnerPlaintext
    const std::string size = big_endian(plain.size() + tag_bytes, 2);
    const std::string header = record(data_type, size, "");
    const std::string sealed =
        seal(cipher, keys, nonce_of(keys.iv, sealing.records), header, plain);
    return sealed.empty() ? sealed : header + sealed;
  }
  const std::string number = big_endian(sealing.records, explicit_bytes);
  const std::string header = number + record(alert_type, big_endian(plain.size(), 2), "");
  const std::string sent_nonce = gcm ? number : "";
  const std::string nonce = gcm ? keys.iv + number : nonce_of(keys.iv, sealing.records);
  const std::string sealed = seal(cipher, keys, nonce, header, plain);
  if (sealed.empty()) return {};
  const std::string size = big_endian(sent_nonce.size() + sealed.size(), 2);
  return record(alert_type, size, sent_nonce + sealed);
}

}  // namespace smtprig::fakes::tls
