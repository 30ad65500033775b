// See certificate_class.hpp.
#include "fakes/certificate_class.hpp"

#include <array>

namespace smtprig::fakes {
namespace {

using enum CertificateClass;

constexpr std::array catalogue{
    CertificateEntry{good,
                     "good",
                     "names the host and its mail domain, chains to the trusted root, the full "
                     "chain is sent",
                     {}},
    CertificateEntry{self_signed,
                     "self-signed",
                     "names as good, signed by its own key",
                     {.issuer = Issuer::self}},
    CertificateEntry{expired, "expired", "its end lies in the past", {.validity = Validity::past}},
    CertificateEntry{not_yet_valid,
                     "not-yet-valid",
                     "its start lies in the future",
                     {.validity = Validity::future}},
    CertificateEntry{wrong_host,
                     "wrong-host",
                     "a valid chain for a host outside the mail domain",
                     {.names = name_elsewhere, .common_name = CommonName::elsewhere}},
    CertificateEntry{untrusted_ca,
                     "untrusted-ca",
                     "a full chain to a root that nobody trusts",
                     {.issuer = Issuer::untrusted}},
    CertificateEntry{no_intermediate,
                     "missing-intermediate",
                     "good, but the intermediate is not sent",
                     {.chain = ChainShape::leaf_only}},
    CertificateEntry{common_name_only,
                     "cn-only",
                     "no subjectAltName; the common name is the host's",
                     {.names = 0}},
    CertificateEntry{other_name_than_common_name,
                     "cn-beside-san",
                     "the subjectAltName names a host elsewhere, the common name is the host's",
                     {.names = name_elsewhere}},
    CertificateEntry{no_subject,
                     "no-subject",
                     "an empty subject; the names are in a critical "
                     "subjectAltName",
                     {.common_name = CommonName::none}},
    CertificateEntry{
        host_only, "host-only", "names the host and not its mail domain", {.names = name_host}},
    CertificateEntry{domain_only,
                     "domain-only",
                     "names the mail domain and not the host",
                     {.names = name_domain, .common_name = CommonName::elsewhere}},
    CertificateEntry{sibling_only,
                     "sibling-only",
                     "names another host of the mail domain",
                     {.names = name_sibling, .common_name = CommonName::elsewhere}},
    CertificateEntry{
        many_names, "many-names", "a hundred names before the host's", {.names = name_many}},
    CertificateEntry{wildcard,
                     "wildcard",
                     "names *.DOMAIN",
                     {.names = name_wildcard, .common_name = CommonName::elsewhere}},
    CertificateEntry{partial_wildcard,
                     "partial-wildcard",
                     "names m*.DOMAIN",
                     {.names = name_partial_wildcard, .common_name = CommonName::elsewhere}},
    CertificateEntry{
        upper_case, "upper-case", "names the host in upper case", {.names = name_upper_case}},
    CertificateEntry{trailing_dot,
                     "trailing-dot",
                     "names the host with a final dot",
                     {.names = name_trailing_dot, .common_name = CommonName::elsewhere}},
    CertificateEntry{u_label,
                     "u-label",
                     "names b\xc3\xbc"
                     "cher.DOMAIN in UTF-8, where the host is xn--bcher-kva.DOMAIN",
                     {.names = name_u_label, .common_name = CommonName::elsewhere}},
    CertificateEntry{address_only,
                     "address-only",
                     "an IP address is its only name",
                     {.names = name_address, .common_name = CommonName::elsewhere}},
    CertificateEntry{address_as_name,
                     "address-as-name",
                     "an IP address written as a DNS name",
                     {.names = name_address_as_name, .common_name = CommonName::elsewhere}},
    CertificateEntry{rsa_2048, "rsa-2048", "an RSA key of 2048 bits", {.key = KeyKind::rsa2048}},
    CertificateEntry{rsa_4096, "rsa-4096", "an RSA key of 4096 bits", {.key = KeyKind::rsa4096}},
    CertificateEntry{rsa_1024, "rsa-1024", "an RSA key of 1024 bits", {.key = KeyKind::rsa1024}},
    CertificateEntry{p384, "p384", "an ECDSA key on P-384", {.key = KeyKind::p384}},
    CertificateEntry{p521, "p521", "an ECDSA key on P-521", {.key = KeyKind::p521}},
    CertificateEntry{ed25519, "ed25519", "an Ed25519 key", {.key = KeyKind::ed25519}},
    CertificateEntry{
        sha1_signature, "sha1-signature", "signed with SHA-1", {.digest = SignatureDigest::sha1}},
    CertificateEntry{
        md5_signature, "md5-signature", "signed with MD5", {.digest = SignatureDigest::md5}},
    CertificateEntry{
        wrong_purpose,
        "wrong-purpose",
        "its extended key usage names the other side alone: of a host clients, of a client hosts",
        {.for_clients = true}},
    CertificateEntry{
        ca_leaf, "ca-leaf", "it is an authority itself (CA:TRUE)", {.is_authority = true}},
    CertificateEntry{
        must_staple, "must-staple", "it demands a stapled OCSP response", {.must_staple = true}},
    CertificateEntry{
        revoked, "revoked", "its issuer's CRL, which it points to, lists it", {.revoked = true}},
    CertificateEntry{critical_extension,
                     "critical-extension",
                     "a critical extension that nobody knows",
                     {.critical_extension = true}},
    CertificateEntry{name_constraint,
                     "name-constraint",
                     "its issuer may not issue for the host's domain",
                     {.issuer = Issuer::confined}},
    CertificateEntry{expired_intermediate,
                     "expired-intermediate",
                     "the end of its issuer's certificate lies in the past",
                     {.issuer = Issuer::expired}},
    CertificateEntry{cross_signed,
                     "cross-signed",
                     "its own root is unknown, but the trusted root has signed that",
                     {.issuer = Issuer::crossed}},
    CertificateEntry{
        root_included, "root-included", "the root is sent too", {.chain = ChainShape::with_root}},
    CertificateEntry{reversed_chain,
                     "reversed-chain",
                     "behind the leaf the root comes first",
                     {.chain = ChainShape::reversed}},
    CertificateEntry{duplicated_chain,
                     "duplicated-chain",
                     "every certificate is sent twice",
                     {.chain = ChainShape::duplicated}},
    CertificateEntry{foreign_chain,
                     "foreign-chain",
                     "certificates of another hierarchy are sent before its own",
                     {.chain = ChainShape::foreign}},
    CertificateEntry{
        long_chain,
        "long-chain",
        "more than 16 KiB of certificates are sent before its own: several TLS records",
        {.chain = ChainShape::very_long}},
};

}  // namespace

std::span<const CertificateEntry> certificate_catalogue() {
  return catalogue;
}

const CertificateEntry& entry_of(CertificateClass what) {
  return catalogue[static_cast<std::size_t>(what)];
}

const CertificateRecipe& recipe_of(CertificateClass what) {
  return entry_of(what).recipe;
}

}  // namespace smtprig::fakes
