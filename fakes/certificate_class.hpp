// What certificates a peer can show: the catalogue. A class is a recipe, the difference from a good
// certificate in plain data: the authority makes certificates of it, the judge reads off it what
// the certificate is worth, the scenario reader takes its words from here.
#pragma once

#include <span>
#include <string_view>

namespace smtprig::fakes {

enum class CertificateClass {
  good,
  self_signed,
  expired,
  not_yet_valid,
  wrong_host,
  untrusted_ca,
  no_intermediate,
  // names
  common_name_only,
  other_name_than_common_name,
  no_subject,
  host_only,
  domain_only,
  sibling_only,
  many_names,
  wildcard,
  partial_wildcard,
  upper_case,
  trailing_dot,
  u_label,
  address_only,
  address_as_name,
  // keys and signatures
  rsa_2048,
  rsa_4096,
  rsa_1024,
  p384,
  p521,
  ed25519,
  sha1_signature,
  md5_signature,
  // what it is for, and what it demands
  wrong_purpose,
  ca_leaf,
  must_staple,
  revoked,
  critical_extension,
  name_constraint,
  // the chain
  expired_intermediate,
  cross_signed,
  root_included,
  reversed_chain,
  duplicated_chain,
  foreign_chain,
  long_chain,
};

// Forms of names in the subjectAltName; a recipe holds a set of them. H is the host's name, D its
// mail domain.
enum NameForm : unsigned {
  name_host = 1u << 0,              // H
  name_domain = 1u << 1,            // D
  name_sibling = 1u << 2,           // other.D
  name_elsewhere = 1u << 3,         // wrong-host.elsewhere.test
  name_wildcard = 1u << 4,          // *.D
  name_partial_wildcard = 1u << 5,  // m*.D
  name_upper_case = 1u << 6,        // H in upper case
  name_trailing_dot = 1u << 7,      // H.
  name_u_label = 1u << 8,           // b\xc3\xbccher.D in UTF-8, for H = xn--bcher-kva.D
  name_address = 1u << 9,           // iPAddress 127.0.0.1
  name_address_as_name = 1u << 10,  // dNSName "127.0.0.1"
  name_many = 1u << 11,             // a hundred others, H last
};

enum class CommonName { host, elsewhere, none };
enum class KeyKind { p256, p384, p521, ed25519, rsa1024, rsa2048, rsa4096 };
enum class SignatureDigest { sha256, sha1, md5 };
// So long an ordinary one is good from now on.
inline constexpr unsigned certificate_days = 30;

enum class Validity { now, past, future };

enum class Issuer {
  self,
  trusted,    // an intermediate under the trusted root
  untrusted,  // an intermediate under a root that nobody trusts
  expired,    // a trusted intermediate whose end lies in the past
  confined,   // a trusted intermediate that may only issue for elsewhere.test (RFC 5280 4.2.1.10)
  crossed,    // an intermediate under another root, which the trusted one has signed
};

// What is sent behind the leaf.
enum class ChainShape {
  whole,       // every certificate below the root
  leaf_only,   // nothing
  with_root,   // and the root
  reversed,    // root first
  duplicated,  // everything twice
  foreign,     // certificates of another hierarchy before its own
  very_long,   // as foreign, more than 16 KiB: several TLS records
};

struct CertificateRecipe {
  unsigned names = name_host | name_domain;  // 0: no subjectAltName
  CommonName common_name = CommonName::host;
  KeyKind key = KeyKind::p256;
  SignatureDigest digest = SignatureDigest::sha256;
  Validity validity = Validity::now;
  Issuer issuer = Issuer::trusted;
  ChainShape chain = ChainShape::whole;
  bool for_clients = false;  // the extended key usage names the other side: of a server clients
  bool is_authority = false;
  bool must_staple = false;         // RFC 7633
  bool critical_extension = false;  // one that nobody knows
  bool revoked = false;             // in the CRL of its issuer, and says where that is
};

struct CertificateEntry {
  CertificateClass what;
  std::string_view word;  // in scenario files
  std::string_view doc;   // its wire fact, as an end of "a certificate of which ..."
  CertificateRecipe recipe;
};

// All of them, in the order of the enumeration.
std::span<const CertificateEntry> certificate_catalogue();
const CertificateEntry& entry_of(CertificateClass what);
const CertificateRecipe& recipe_of(CertificateClass what);

}  // namespace smtprig::fakes
