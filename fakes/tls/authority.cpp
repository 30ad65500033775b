// The authority: two hierarchies (root, intermediate) of which one is trusted, and leaves under
// them. See certificate.hpp. Extensions follow RFC 5280 4.2.1 and the habits of the web PKI.
#include "fakes/tls/certificate.hpp"

#include <stdexcept>
#include <utility>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "openssl_error.hpp"

namespace smtprig::fakes::tls {
namespace {

using std::chrono::days;
using std::chrono::system_clock;

constexpr std::size_t common_name_bytes_max = 64;  // RFC 5280 A.1, ub-common-name
constexpr std::size_t name_bytes_max = 253;        // RFC 1035 3.1, without the final dot

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

struct Validity {
  system_clock::time_point not_before;
  system_clock::time_point not_after;
};

struct Issuer {
  Certificate certificate;
  Key key;
};

// Root and intermediate. Leaves are signed by the intermediate.
struct Hierarchy {
  Issuer root;
  Issuer intermediate;
};

Key make_key() {
  Key key(EVP_EC_gen("P-256"));
  must(key != nullptr, "key generation");
  return key;
}

Certificate copy_of(X509* certificate) {
  must(X509_up_ref(certificate) == 1, "reference");
  return Certificate(certificate);
}

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

// Built from the names themselves: a configuration string would give ',' and ':' in them a meaning.
void add_dns_names(X509* certificate, const std::vector<std::string>& names) {
  Owned<GENERAL_NAMES> list(GENERAL_NAMES_new());
  must(list != nullptr, "subjectAltName");
  for (const std::string& name : names) {
    GENERAL_NAME* entry = GENERAL_NAME_new();
    must(entry && sk_GENERAL_NAME_push(list.get(), entry), "subjectAltName");
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    must(text != nullptr, "subjectAltName");
    GENERAL_NAME_set0_value(entry, GEN_DNS, text);
    must(ASN1_STRING_set(text, name.data(), static_cast<int>(name.size())), "subjectAltName");
  }
  must(X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT),
       "subjectAltName");
}

// A certificate with all but subject, extensions and signature.
Certificate make_blank(EVP_PKEY* key, const Validity& validity) {
  Certificate certificate(X509_new());
  must(certificate && X509_set_version(certificate.get(), X509_VERSION_3), "certificate");
  set_serial(certificate.get());
  set_time(X509_getm_notBefore(certificate.get()), validity.not_before);
  set_time(X509_getm_notAfter(certificate.get()), validity.not_after);
  must(X509_set_pubkey(certificate.get(), key), "public key");
  return certificate;
}

void sign(X509* certificate, EVP_PKEY* key) {
  must(X509_sign(certificate, key, EVP_sha256()) > 0, "signature");
}

// `issuer`: empty for a root.
Issuer make_authority(const std::string& name, const Issuer* issuer, const Validity& validity) {
  Issuer made{nullptr, make_key()};
  made.certificate = make_blank(made.key.get(), validity);
  X509* certificate = made.certificate.get();
  set_subject(certificate, "O", "smtprig");
  set_subject(certificate, "CN", name);
  X509* parent = issuer ? issuer->certificate.get() : certificate;
  must(X509_set_issuer_name(certificate, X509_get_subject_name(parent)), "issuer");
  X509V3_CTX context;
  X509V3_set_ctx(&context, parent, certificate, nullptr, nullptr, 0);
  add_extension(certificate, context, NID_basic_constraints,
                issuer ? "critical,CA:TRUE,pathlen:0" : "critical,CA:TRUE");
  add_extension(certificate, context, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(certificate, context, NID_subject_key_identifier, "hash");
  if (issuer) add_extension(certificate, context, NID_authority_key_identifier, "keyid:always");
  sign(certificate, issuer ? issuer->key.get() : made.key.get());
  return made;
}

Hierarchy make_hierarchy(const std::string& name, system_clock::time_point now) {
  // Wider than any leaf's, so that a leaf's dates alone decide.
  const Validity validity{now - days(365), now + days(3650)};
  Hierarchy made;
  made.root = make_authority(name + " root", nullptr, validity);
  made.intermediate = make_authority(name + " intermediate", &made.root, validity);
  return made;
}

// `issuer`: empty for self-signed. Such a leaf has neither a key usage, as OpenSSL before 3.0 would
// demand keyCertSign in it, nor an authority key identifier (RFC 5280 4.2.1.1).
Certificate make_leaf(EVP_PKEY* key, const Issuer* issuer,
                      const std::vector<std::string>& dns_names, const Validity& validity) {
  Certificate made = make_blank(key, validity);
  X509* certificate = made.get();
  const std::string& host = dns_names.front();
  const bool fits = host.size() <= common_name_bytes_max;
  // Never an empty subject: it would make the subjectAltName critical and a self-signed issuer
  // void.
  set_subject(certificate, fits ? "CN" : "O", fits ? host : "smtprig");
  X509* parent = issuer ? issuer->certificate.get() : certificate;
  must(X509_set_issuer_name(certificate, X509_get_subject_name(parent)), "issuer");
  X509V3_CTX context;
  X509V3_set_ctx(&context, parent, certificate, nullptr, nullptr, 0);
  add_extension(certificate, context, NID_basic_constraints, "critical,CA:FALSE");
  if (issuer) add_extension(certificate, context, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate, context, NID_ext_key_usage, "serverAuth");
  add_extension(certificate, context, NID_subject_key_identifier, "hash");
  if (issuer) add_extension(certificate, context, NID_authority_key_identifier, "keyid:always");
  add_dns_names(certificate, dns_names);
  sign(certificate, issuer ? issuer->key.get() : key);
  return made;
}

Validity validity_of(CertificateClass what, system_clock::time_point now) {
  switch (what) {
    case CertificateClass::expired:
      return {now - days(31), now - days(1)};
    case CertificateClass::not_yet_valid:
      return {now + days(1), now + days(31)};
    default:
      return {now - days(1), now + days(30)};
  }
}

void check_name(const std::string& name) {
  bool good = !name.empty() && name.size() <= name_bytes_max;
  for (const char c : name)
    good = good && c > 0x20 && c < 0x7f;
  if (!good) throw std::runtime_error("tls: bad host or domain name \"" + name + "\"");
}

std::vector<std::string> dns_names_of(CertificateClass what, const Names& names) {
  check_name(names.host);
  if (!names.domain.empty()) check_name(names.domain);
  if (what == CertificateClass::wrong_host) return {"wrong-host.elsewhere.test"};
  if (names.domain.empty() || names.domain == names.host) return {names.host};
  return {names.host, names.domain};
}

std::string subject_of(const X509* certificate) {
  Owned<BIO> text(BIO_new(BIO_s_mem()));
  must(text && X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0,
                                  XN_FLAG_RFC2253) >= 0,
       "subject");
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(length)};
}

}  // namespace

struct Authority::State {
  using Id = std::tuple<bool, CertificateClass, Names>;  // bool: of an impostor

  explicit State(system_clock::time_point at)
      : now(at),
        trusted(make_hierarchy("trusted", at)),
        untrusted(make_hierarchy("untrusted", at)) {}

  std::shared_ptr<const Identity> issue(bool impostor, CertificateClass what, const Names& names) {
    const CleanErrors errors;
    auto& cached = issued[Id(impostor, what, names)];
    if (!cached) cached = make(what, names);
    return cached;
  }

  std::shared_ptr<const Identity> make(CertificateClass what, const Names& names) const {
    const Hierarchy& above = what == CertificateClass::untrusted_ca ? untrusted : trusted;
    const bool self_signed = what == CertificateClass::self_signed;
    auto made = std::make_shared<Identity>();
    made->key = make_key();
    made->chain.push_back(make_leaf(made->key.get(), self_signed ? nullptr : &above.intermediate,
                                    dns_names_of(what, names), validity_of(what, now)));
    if (!self_signed && what != CertificateClass::no_intermediate) {
      made->chain.push_back(copy_of(above.intermediate.certificate.get()));
    }
    const X509* leaf = made->chain.front().get();
    made->subject = subject_of(leaf);
    made->sha256_certificate = tls::sha256_certificate(leaf);
    made->sha256_spki = tls::sha256_spki(leaf);
    return made;
  }

  system_clock::time_point now;
  Hierarchy trusted;
  Hierarchy untrusted;
  std::map<Id, std::shared_ptr<const Identity>> issued;
};

Authority::Authority(system_clock::time_point now) : state_(std::make_unique<State>(now)) {}
Authority::~Authority() = default;

std::shared_ptr<const Identity> Authority::issue(CertificateClass what, const Names& names) {
  return state_->issue(false, what, names);
}

std::shared_ptr<const Identity> Authority::issue_impostor(CertificateClass what,
                                                          const Names& names) {
  return state_->issue(true, what, names);
}

std::string Authority::trusted_pem() const {
  Owned<BIO> text(BIO_new(BIO_s_mem()));
  must(text && PEM_write_bio_X509(text.get(), state_->trusted.root.certificate.get()), "PEM");
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(length)};
}

}  // namespace smtprig::fakes::tls
