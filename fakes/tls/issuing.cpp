// See issuing.hpp.
#include "issuing.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "openssl_error.hpp"

namespace smtprig::fakes::tls {
namespace {

using std::chrono::system_clock;

constexpr std::size_t common_name_bytes_max = 64;  // RFC 5280 A.1, ub-common-name
constexpr std::size_t name_bytes_max = 253;        // RFC 1035 3.1, without the final dot
constexpr int other_names = 100;                   // of name_many
constexpr const char* elsewhere = "wrong-host.elsewhere.test";
constexpr const char* address_text = "127.0.0.1";
// An OID below 2.25 (UUID, RFC 4122) that means nothing.
constexpr const char* unknown_oid = "2.25.71366431594811";

struct Free {
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(ASN1_OBJECT* object) const { ASN1_OBJECT_free(object); }
  void operator()(ASN1_OCTET_STRING* string) const { ASN1_OCTET_STRING_free(string); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// RFC 5280 4.1.2.2: positive, at most 20 octets; random, so that no two issues share one.
void set_serial(X509* certificate) {
  Owned<BIGNUM> number(BN_new());
  must(number && BN_rand(number.get(), 127, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY), "serial number");
  must(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)), "serial number");
}

void set_time(ASN1_TIME* field, system_clock::time_point at) {
  must(ASN1_TIME_set(field, system_clock::to_time_t(at)), "date");
}

void set_subject(X509* certificate, const char* field, const std::string& value) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
  must(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), field, MBSTRING_ASC, bytes,
                                  static_cast<int>(value.size()), -1, 0),
       "subject");
}

void add_extension(X509* certificate, X509V3_CTX& context, int nid, const char* value) {
  Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  must(extension && X509_add_ext(certificate, extension.get(), -1), OBJ_nid2sn(nid));
}

// DER NULL as the value of an extension that nobody knows.
void add_unknown_critical(X509* certificate) {
  constexpr std::array<unsigned char, 2> null = {0x05, 0x00};
  Owned<ASN1_OBJECT> oid(OBJ_txt2obj(unknown_oid, 1));
  Owned<ASN1_OCTET_STRING> value(ASN1_OCTET_STRING_new());
  must(oid && value && ASN1_OCTET_STRING_set(value.get(), null.data(), null.size()), "extension");
  Owned<X509_EXTENSION> extension(X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), 1, value.get()));
  must(extension && X509_add_ext(certificate, extension.get(), -1), "extension");
}

void push(GENERAL_NAMES* list, int type, ASN1_STRING* text, std::string_view bytes) {
  GENERAL_NAME* entry = GENERAL_NAME_new();
  must(entry && text && sk_GENERAL_NAME_push(list, entry), "subjectAltName");
  must(ASN1_STRING_set(text, bytes.data(), static_cast<int>(bytes.size())), "subjectAltName");
  GENERAL_NAME_set0_value(entry, type, text);
}

// Built from the names themselves: a configuration string would give ',' and ':' in them a meaning.
void push_dns_name(GENERAL_NAMES* list, std::string_view name) {
  push(list, GEN_DNS, ASN1_IA5STRING_new(), name);
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

// In the order of NameForm, each name once.
std::vector<std::string> dns_names(unsigned forms, const Names& names) {
  const std::string& domain = names.domain.empty() ? names.host : names.domain;
  std::vector<std::string> list;
  const auto add = [&](unsigned form, const std::string& name) {
    if ((forms & form) != 0 && std::ranges::find(list, name) == list.end()) list.push_back(name);
  };
  add(name_host, names.host);
  add(name_domain, domain);
  add(name_sibling, "other." + domain);
  add(name_elsewhere, elsewhere);
  add(name_wildcard, "*." + domain);
  add(name_partial_wildcard, "m*." + domain);
  add(name_upper_case, upper(names.host));
  add(name_trailing_dot, names.host + ".");
  add(name_u_label,
      "b\xc3\xbc"
      "cher." +
          domain);
  add(name_address_as_name, address_text);
  for (int i = 0; i < other_names; ++i)
    add(name_many, "other" + std::to_string(i) + ".elsewhere.test");
  add(name_many, names.host);
  return list;
}

void add_names(X509* certificate, const CertificateRecipe& recipe, const Names& names) {
  if (recipe.names == 0) return;
  Owned<GENERAL_NAMES> list(GENERAL_NAMES_new());
  must(list != nullptr, "subjectAltName");
  for (const std::string& name : dns_names(recipe.names, names))
    push_dns_name(list.get(), name);
  if ((recipe.names & name_address) != 0)
    push(list.get(), GEN_IPADD, ASN1_OCTET_STRING_new(), std::string_view("\x7f\0\0\x01", 4));
  // RFC 5280 4.2.1.6: critical where the subject is empty.
  const int critical = recipe.common_name == CommonName::none ? 1 : 0;
  must(X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), critical,
                         X509V3_ADD_DEFAULT),
       "subjectAltName");
}

// Where a recipe does not ask for it no subject is empty: that would make the subjectAltName
// critical and a self-signed issuer void.
void add_subject(X509* certificate, const CertificateRecipe& recipe, const Names& names) {
  if (recipe.common_name == CommonName::none) return;
  const std::string name = recipe.common_name == CommonName::host ? names.host : elsewhere;
  const bool fits = name.size() <= common_name_bytes_max;
  set_subject(certificate, fits ? "CN" : "O", fits ? name : "smtprig");
}

// A certificate with all but subject, extensions and signature.
Certificate make_blank(EVP_PKEY* key, const Period& period) {
  Certificate certificate(X509_new());
  must(certificate && X509_set_version(certificate.get(), X509_VERSION_3), "certificate");
  set_serial(certificate.get());
  set_time(X509_getm_notBefore(certificate.get()), period.not_before);
  set_time(X509_getm_notAfter(certificate.get()), period.not_after);
  must(X509_set_pubkey(certificate.get(), key), "public key");
  return certificate;
}

const EVP_MD* digest_of(const EVP_PKEY* key, SignatureDigest digest) {
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) return nullptr;  // RFC 8410: none of its own
  switch (digest) {
    case SignatureDigest::sha256:
      return EVP_sha256();
    case SignatureDigest::sha1:
      return EVP_sha1();
    case SignatureDigest::md5:
      return EVP_md5();
  }
  return EVP_sha256();
}

void sign(X509* certificate, EVP_PKEY* key, SignatureDigest digest = SignatureDigest::sha256) {
  must(X509_sign(certificate, key, digest_of(key, digest)) > 0, "signature");
}

// `lowest`: nothing but leaves may stand below it.
void sign_authority(X509* certificate, const Signer* issuer, EVP_PKEY* own, bool lowest,
                    const std::string& confined_to) {
  X509* parent = issuer ? issuer->certificate.get() : certificate;
  must(X509_set_issuer_name(certificate, X509_get_subject_name(parent)), "issuer");
  X509V3_CTX context;
  X509V3_set_ctx(&context, parent, certificate, nullptr, nullptr, 0);
  add_extension(certificate, context, NID_basic_constraints,
                lowest ? "critical,CA:TRUE,pathlen:0" : "critical,CA:TRUE");
  add_extension(certificate, context, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate, context, NID_subject_key_identifier, "hash");
  if (issuer) add_extension(certificate, context, NID_authority_key_identifier, "keyid:always");
  if (!confined_to.empty())
    add_extension(certificate, context, NID_name_constraints,
                  ("critical,permitted;DNS:" + confined_to).c_str());
  sign(certificate, issuer ? issuer->key.get() : own);
}

void check_name(const std::string& name) {
  bool good = !name.empty() && name.size() <= name_bytes_max;
  for (const char c : name)
    good = good && c > 0x20 && c < 0x7f;
  if (!good) throw std::runtime_error("tls: bad host or domain name \"" + name + "\"");
}

// More primes than two make a key much sooner; nobody sees them from outside (RFC 8017 3.2).
EVP_PKEY* make_rsa(unsigned bits, unsigned primes) {
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), &EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  must(context && EVP_PKEY_keygen_init(context.get()) == 1 &&
           EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(bits)) == 1 &&
           EVP_PKEY_CTX_set_rsa_keygen_primes(context.get(), static_cast<int>(primes)) == 1 &&
           EVP_PKEY_keygen(context.get(), &key) == 1,
       "RSA key generation");
  return key;
}

}  // namespace

Key make_key(KeyKind kind) {
  const auto make = [kind]() -> EVP_PKEY* {
    switch (kind) {
      case KeyKind::p256:
        return EVP_EC_gen("P-256");
      case KeyKind::p384:
        return EVP_EC_gen("P-384");
      case KeyKind::p521:
        return EVP_EC_gen("P-521");
      case KeyKind::ed25519:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      case KeyKind::rsa1024:
        return make_rsa(1024, 2);
      case KeyKind::rsa2048:
        return make_rsa(2048, 3);
      case KeyKind::rsa4096:
        return make_rsa(4096, 4);
    }
    return nullptr;
  };
  Key key(make());
  must(key != nullptr, "key generation");
  return key;
}

Certificate copy_of(const Certificate& certificate) {
  must(X509_up_ref(certificate.get()) == 1, "reference");
  return Certificate(certificate.get());
}

Signer make_signer(SignerRequest request, const Signer* issuer, const Period& period) {
  Signer made{nullptr, request.key ? std::move(request.key) : make_key(KeyKind::p256)};
  made.certificate = make_blank(made.key.get(), period);
  set_subject(made.certificate.get(), "O", "smtprig");
  set_subject(made.certificate.get(), "CN", request.name);
  sign_authority(made.certificate.get(), issuer, made.key.get(), issuer != nullptr,
                 request.confined_to);
  return made;
}

Certificate cross_sign(const Signer& signer, const Signer& issuer, const Period& period) {
  Certificate made = make_blank(signer.key.get(), period);
  must(X509_set_subject_name(made.get(), X509_get_subject_name(signer.certificate.get())),
       "subject");
  sign_authority(made.get(), &issuer, nullptr, false, {});
  return made;
}

Certificate make_ballast(const Signer& issuer, const Period& period) {
  const Key key = make_key(KeyKind::p256);
  Certificate made = make_blank(key.get(), period);
  set_subject(made.get(), "CN", "ballast");
  must(X509_set_issuer_name(made.get(), X509_get_subject_name(issuer.certificate.get())), "issuer");
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer.certificate.get(), made.get(), nullptr, nullptr, 0);
  add_extension(made.get(), context, NID_netscape_comment, std::string(700, 'x').c_str());
  sign(made.get(), issuer.key.get());
  return made;
}

// A self-signed leaf has neither a key usage, as OpenSSL before 3.0 would demand keyCertSign in it,
// nor an authority key identifier (RFC 5280 4.2.1.1).
Certificate make_leaf(const CertificateRecipe& recipe, EVP_PKEY* key, const Signer* issuer,
                      const Names& names, const Period& period) {
  check_name(names.host);
  if (!names.domain.empty()) check_name(names.domain);
  Certificate made = make_blank(key, period);
  X509* certificate = made.get();
  add_subject(certificate, recipe, names);
  X509* parent = issuer ? issuer->certificate.get() : certificate;
  must(X509_set_issuer_name(certificate, X509_get_subject_name(parent)), "issuer");
  X509V3_CTX context;
  X509V3_set_ctx(&context, parent, certificate, nullptr, nullptr, 0);
  add_extension(certificate, context, NID_basic_constraints,
                recipe.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (issuer)
    add_extension(certificate, context, NID_key_usage,
                  recipe.is_authority ? "critical,digitalSignature,keyCertSign"
                                      : "critical,digitalSignature");
  add_extension(certificate, context, NID_ext_key_usage,
                recipe.for_clients ? "clientAuth" : "serverAuth");
  add_extension(certificate, context, NID_subject_key_identifier, "hash");
  if (issuer) add_extension(certificate, context, NID_authority_key_identifier, "keyid:always");
  if (recipe.must_staple) add_extension(certificate, context, NID_tlsfeature, "status_request");
  if (recipe.revoked)
    add_extension(certificate, context, NID_crl_distribution_points,
                  "URI:http://crl.authority.test/trusted.crl");
  if (recipe.critical_extension) add_unknown_critical(certificate);
  add_names(certificate, recipe, names);
  sign(certificate, issuer ? issuer->key.get() : key, recipe.digest);
  return made;
}

}  // namespace smtprig::fakes::tls
