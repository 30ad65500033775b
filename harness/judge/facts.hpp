// What the oracle needs to know of a cell, read off its scenario: who is asked for mail, in which
// order, whether the name resolves and the address answers, and what the certificate is worth to
// each policy. What a host says is not flattened into facts but interpreted when it is asked: see
// peer.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/spec.hpp"
#include "harness/model/cell.hpp"

namespace smtprig::judge {

// `maybe`: depends on what a conforming sender chooses to support.
enum class Truth { no, maybe, yes };

// A certificate as the policies see it. The zero value is good in every respect.
struct CertificateFacts {
  bool presented = true;  // false: anonymous cipher suites
  Truth trusted = Truth::yes;
  Truth usable = Truth::yes;  // its key and signature, to a client that only encrypts
  bool self_signed = false;
  bool forbidden = false;    // by its issuer, or by an extension: RFC 5280 6.1.4 (g), 4.2
  bool common_name = false;  // is all that names the host
  bool odd_chain = false;
  bool must_staple = false;  // and no good response is stapled
  bool revoked = false;
  bool expired = false;
  bool not_yet_valid = false;
  bool for_servers = true;            // extended key usage
  Truth names_host = Truth::yes;      // RFC 6125 6, with the CN where there is no DNS name
  Truth names_next_hop = Truth::yes;  // the recipient domain or a name below it
  Truth names_domain = Truth::no;     // the recipient domain itself
  bool wildcard = false;              // is what names the host
  bool partly_wild = false;           // "m*.x.test" is
  bool pinned = true;                 // is the one that `fingerprint` was configured with
  Truth meets_tlsa = Truth::no;       // by the usable TLSA records of its host
};

// `host`: as in the scenario: "mx1", "a.mx", "@", or with a final dot outside the domain.
CertificateFacts certificate_facts(fakes::CertificateClass what, model::Attacker attacker,
                                   std::string_view host,
                                   fakes::Staple staple = fakes::Staple::none);

// So many days after it was made, of which an ordinary one lasts 30.
CertificateFacts aged(CertificateFacts certificate, unsigned days);

// Whether the certificate satisfies the policy, once encryption is up. Policies that do not look at
// it are satisfied by any.
Truth satisfies(const CertificateFacts& certificate, model::Policy policy);

// Whether a side with these choices and an ordinary one have ciphers, groups and signatures in
// common; `key` is that of the server's certificate.
Truth tls_in_common(const fakes::TlsSpec& tls, fakes::KeyKind key);

// A certificate that a host shows, and to whom.
struct ShownFacts {
  CertificateFacts certificate;
  Truth in_common = Truth::yes;  // by what the receiver chooses in TLS
  fakes::Ordinals connection = {};
  fakes::ServerName server_name = fakes::ServerName::any;
};

enum class Address {
  present,
  none,       // the name has no address (RFC 5321 5.1)
  temporary,  // the lookup fails for now
};

// What a lookup of TLSA records for a host yields (RFC 7672 2.2).
enum class TlsaState {
  none,      // no secure records: they do not exist, or nothing proves them
  usable,    // one at least
  unusable,  // secure ones, and none of them
  failed,    // the lookup does
};

// One record, as far as its parameters and data go.
struct TlsaFacts {
  Truth usable = Truth::yes;
  unsigned usage = 3;
  unsigned selector = 1;
  unsigned matching = 1;
  model::TlsaRecord::Of of = model::TlsaRecord::Of::leaf;
};

// The records that a host publishes: a list of them, and which are usable (RFC 7672 3.1.3, RFC 7671
// 2, 9; RFC 6698 4.1).
std::vector<TlsaFacts> tlsa_facts(const std::vector<model::TlsaRecord>& records);
// Whether a certificate of that class meets them (RFC 7672 3.1, RFC 7671 5, 9), where they are made
// of one of class `published`.
Truth meets_tlsa(const std::vector<TlsaFacts>& records, const CertificateFacts& certificate,
                 fakes::CertificateClass what, fakes::CertificateClass published,
                 model::Attacker attacker);

struct HostFacts {
  std::string name;     // within the scenario
  std::string mx_name;  // as the MX record has it, absolute without final dot
  std::uint16_t preference = 0;
  Address address = Address::present;
  bool literal = false;  // the MX record holds an address in place of a name
  bool alias = false;    // the MX record names a CNAME, which RFC 5321 5.1 does not allow
  bool reachable = true;
  fakes::Service service = fakes::Service::smtp;  // how it is spoken to
  model::Login login = model::Login::none;        // what the sender has to authenticate itself
  CertificateFacts certificate;
  fakes::ReceiverSpec receiver;
  Truth in_common = Truth::yes;  // as in ShownFacts
  TlsaState tlsa = TlsaState::none;
  Truth tlsa_usable = Truth::no;  // with `usable`: whether every sender takes one of them for that
  std::vector<TlsaFacts> tlsa_records;
  std::optional<ShownFacts> second;
  std::vector<ShownFacts> chosen;  // in the order of ReceiverSpec::certificates
};

// What the host may show to a client on that connection that names it so; not for ServerName::any.
// Of two with keys of different kinds those that have most in common with an ordinary client.
std::vector<ShownFacts> shown_to(const HostFacts& host, std::uint32_t connection,
                                 fakes::ServerName named);
bool depends_on_name(const HostFacts& host);

// One way in which a sender may see what a domain says of MTA-STS; see sts.hpp.
struct StsView {
  enum class Mode { none, testing, enforce };
  Mode mode = Mode::none;
  std::vector<std::string> mx = {};  // patterns, absolute, in lower case
  std::uint64_t max_age_seconds = 0;
  bool waits = false;  // the record cannot be looked up now, and the message waits for it
  const model::StsPublication* from_same = nullptr;  // within sts.cpp: where it was fetched
  bool operator==(const StsView&) const = default;
};

enum class MxAnswer {
  records,
  null_mx,         // RFC 7505: one record, "."
  null_mx_beside,  // "." next to other records
  null_mx_odd,     // one record "." with a preference other than 0
  own,             // the server under test is the best, or the only one
  absent,          // none: the domain's own address counts (RFC 5321 5.1)
  no_domain,       // NXDOMAIN
  temporary,
};

struct Facts {
  std::string domain;
  MxAnswer mx = MxAnswer::records;
  // Lookups that fail although they work at other times; as many attempts may fail for them. 0:
  // none.
  std::uint32_t failing_lookups = 0;
  bool mx_secure = false;         // the MX answer, or its denial, is proven (RFC 7672 2.2.1)
  bool relayed = false;           // all mail goes to one host, and no MX record is asked for
  bool failing_for_good = false;  // they deny the name or its records: who asks then may bounce
  std::vector<HostFacts> hosts;   // by preference, then as in the file; "." is left out
  std::vector<model::Message> messages;   // to this domain
  std::vector<std::vector<StsView>> sts;  // for each of them; by the next hop, where relayed
  std::uint32_t elsewhere = 0;            // those to other domains, each once per domain
  unsigned days = 0;                      // by the server's clock, since the certificates were made
};

// Of mail to the cell's domain, or to one below it ("other").
// `days`: by the server's clock, since the first message.
Facts facts_of(const model::Cell& cell, std::string_view domain = "@", unsigned days = 0);

}  // namespace smtprig::judge
