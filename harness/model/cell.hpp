// A cell: scenario x server x policy (x attacker), the unit that is run and judged. Its id is a
// readable path: "cert/expired@postfix-3.7.11/verify~impostor-self-signed".
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/model/own_policy.hpp"
#include "harness/model/policy.hpp"
#include "harness/model/scenario.hpp"

namespace smtprig::model {

// A fake on the path, or in the DNS. None holds a certificate that a trusted root issued for the
// victim's names, and none can sign in a zone of the victim's. See attack.hpp.
enum class Attacker {
  none,
  passive,               // hands every byte on, and keeps it
  strip,                 // removes STARTTLS
  impostor_self_signed,  // in place of every receiver: right names, signed by its own key
  impostor_other_name,   // likewise: chains to the trusted root, names another host
  dns_spoof,             // forges MX records, to a host of its own with a certificate of its own
  dns_block,             // withholds TLSA records, and is the self-signed impostor
  sts_block,             // withholds the policy of MTA-STS, and is the self-signed impostor
  sts_block_later,       // likewise, but only once a first message got through
};

inline constexpr std::array attackers = {Attacker::passive,
                                         Attacker::strip,
                                         Attacker::impostor_self_signed,
                                         Attacker::impostor_other_name,
                                         Attacker::dns_spoof,
                                         Attacker::dns_block,
                                         Attacker::sts_block,
                                         Attacker::sts_block_later};

std::string_view name(Attacker attacker);  // "impostor-self-signed"; none: ""
std::optional<Attacker> attacker_named(std::string_view name);

struct ServerName {
  std::string name;     // "postfix"
  std::string version;  // "3.7.11"; empty for the embedded one
  std::string text() const { return version.empty() ? name : name + "-" + version; }
};

struct Cell {
  std::shared_ptr<const Scenario> scenario;  // as the server under test meets it
  ServerName server;
  Policy policy = Policy::none;  // under which mail to "@" stands
  Attacker attacker = Attacker::none;
  std::shared_ptr<const OwnPolicy> own = nullptr;  // that of the user's it is played under, if any
  // What it is without its attacker, where that changes it; null: `scenario`.
  std::shared_ptr<const Scenario> behind = nullptr;

  std::string id() const;
  PolicyLabel label() const { return {policy, own ? own->name : std::string()}; }

  // Under which mail to a domain ("@", "other") stands.
  Policy level(std::string_view domain) const;
  // Those of its recipients, each once.
  std::vector<Policy> levels() const;

  // The domain that this cell owns, below "test." (RFC 6761 6.2): scenario components reversed,
  // then policy, then attacker: "expired.cert.verify.test". No final dot, lower case.
  std::string domain() const;

  Direction direction() const { return scenario->direction(); }
  // "bob" -> "bob@" and the domain; "bob@other" -> "bob@other." and the domain.
  std::string address(std::string_view recipient) const;
};

// The cell of a scenario under a policy of the user's own.
Cell cell_under(std::shared_ptr<const OwnPolicy> own, std::shared_ptr<const Scenario> scenario,
                ServerName server);

// A name as it is written in scenarios, without its final dot: "mx" is below `domain`, "@" is
// `domain`, "mx.other.test." stands for itself.
std::string absolute(std::string_view relative, std::string_view domain);

// The owner of a host's TLSA records: "_25._tcp.mx1", "_25._tcp" for "@".
std::string tlsa_owner(std::string_view host, fakes::Service service);

// "bob@other" -> "other"; "bob" -> "@".
std::string_view domain_of(std::string_view recipient);
// Those of all recipients, each once, in the order of the file.
std::vector<std::string> recipient_domains(const Scenario& scenario);

}  // namespace smtprig::model
