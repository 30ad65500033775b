// Names of enumerators, in one table per type: the spelling of files, ids and reports.
#include <boost/assert.hpp>

#include "harness/model/cell.hpp"
#include "harness/model/exposure.hpp"
#include "harness/model/outcome.hpp"
#include "harness/model/policy.hpp"
#include "harness/model/verdict.hpp"

#include <array>
#include <cstddef>
#include <utility>

namespace smtprig::model {
namespace {

template <typename E, std::size_t N>
using Names = std::array<std::pair<E, std::string_view>, N>;

template <typename E, std::size_t N>
std::string_view find_name(const Names<E, N>& names, E value) {
  for (const auto& [candidate, text] : names)
    if (candidate == value) return text;
  return "invalid";
}

template <typename E, std::size_t N>
std::optional<E> find_value(const Names<E, N>& names, std::string_view text) {
  for (const auto& [value, candidate] : names)
    if (candidate == text) return value;
  return std::nullopt;
}

constexpr Names<Policy, 11> policy_names{{
    {Policy::none, "none"},
    {Policy::may, "may"},
    {Policy::encrypt, "encrypt"},
    {Policy::fingerprint, "fingerprint"},
    {Policy::verify, "verify"},
    {Policy::secure, "secure"},
    {Policy::dane, "dane"},
    {Policy::dane_only, "dane-only"},
    {Policy::mta_sts, "mta-sts"},
    {Policy::dane_mta_sts, "dane+mta-sts"},
    {Policy::require_client_cert, "require-client-cert"},
}};

constexpr Names<Direction, 2> direction_names{{
    {Direction::outbound, "outbound"},
    {Direction::inbound, "inbound"},
}};

constexpr Names<Delivery, 6> delivery_names{{
    {Delivery::delivered, "delivered"},
    {Delivery::deferred, "deferred"},
    {Delivery::bounced, "bounced"},
    {Delivery::rejected, "rejected"},
    {Delivery::lost, "lost"},
    {Delivery::duplicated, "duplicated"},
}};

constexpr Names<Channel, 4> channel_names{{
    {Channel::none, "none"},
    {Channel::plaintext, "plaintext"},
    {Channel::encrypted, "encrypted"},
    {Channel::authenticated, "authenticated"},
}};

constexpr Names<Cause, 13> cause_names{{
    {Cause::none, "none"},
    {Cause::unspecified, "unspecified"},
    {Cause::starttls_not_supported, "starttls-not-supported"},
    {Cause::certificate_host_mismatch, "certificate-host-mismatch"},
    {Cause::certificate_not_trusted, "certificate-not-trusted"},
    {Cause::certificate_expired, "certificate-expired"},
    {Cause::validation_failure, "validation-failure"},
    {Cause::tlsa_invalid, "tlsa-invalid"},
    {Cause::dnssec_invalid, "dnssec-invalid"},
    {Cause::dane_required, "dane-required"},
    {Cause::sts_policy_fetch_error, "sts-policy-fetch-error"},
    {Cause::sts_policy_invalid, "sts-policy-invalid"},
    {Cause::sts_webpki_invalid, "sts-webpki-invalid"},
}};

constexpr Names<ServerHealth, 4> health_names{{
    {ServerHealth::alive, "alive"},
    {ServerHealth::crashed, "crashed"},
    {ServerHealth::hung, "hung"},
    {ServerHealth::lost_listener, "lost-listener"},
}};

constexpr Names<Stage, 12> stage_names{{
    {Stage::none, "none"},
    {Stage::connect, "connect"},
    {Stage::greeting, "greeting"},
    {Stage::ehlo, "ehlo"},
    {Stage::starttls, "starttls"},
    {Stage::tls, "tls"},
    {Stage::mail, "mail"},
    {Stage::rcpt, "rcpt"},
    {Stage::data, "data"},
    {Stage::content, "content"},
    {Stage::final_dot, "final-dot"},
    {Stage::accepted, "accepted"},
}};

constexpr Names<Finality, 4> finality_names{{
    {Finality::success, "success"},
    {Finality::temporary, "temporary"},
    {Finality::permanent, "permanent"},
    {Finality::unknown, "unknown"},
}};

constexpr Names<Verdict, 8> verdict_names{{
    {Verdict::pass, "pass"},
    {Verdict::fail, "fail"},
    {Verdict::known, "known"},
    {Verdict::unexpected_pass, "unexpected-pass"},
    {Verdict::unsupported, "unsupported"},
    {Verdict::not_reached, "not-reached"},
    {Verdict::interference, "interference"},
    {Verdict::error, "error"},
}};

constexpr Names<Force, 3> force_names{{
    {Force::must, "MUST"},
    {Force::should, "SHOULD"},
    {Force::meaning, "meaning of the policy"},
}};

constexpr Names<Attacker, 9> attacker_names{{
    {Attacker::none, ""},
    {Attacker::passive, "passive"},
    {Attacker::strip, "strip"},
    {Attacker::impostor_self_signed, "impostor-self-signed"},
    {Attacker::impostor_other_name, "impostor-other-name"},
    {Attacker::dns_spoof, "dns-spoof"},
    {Attacker::dns_block, "dns-block"},
    {Attacker::sts_block, "sts-block"},
    {Attacker::sts_block_later, "sts-block-later"},
}};

constexpr Names<Reader, 4> reader_names{{
    {Reader::not_measured, "not-measured"},
    {Reader::nobody, "nobody"},
    {Reader::active_attacker, "active-attacker"},
    {Reader::passive_listener, "passive-listener"},
}};

}  // namespace

std::string_view name(Policy value) {
  return find_name(policy_names, value);
}
std::string_view name(Delivery value) {
  return find_name(delivery_names, value);
}
std::string_view name(Channel value) {
  return find_name(channel_names, value);
}
std::string_view name(Cause value) {
  return find_name(cause_names, value);
}
std::string_view name(ServerHealth value) {
  return find_name(health_names, value);
}
std::string_view name(Stage value) {
  return find_name(stage_names, value);
}
std::string_view name(Finality value) {
  return find_name(finality_names, value);
}
std::string_view name(Verdict value) {
  return find_name(verdict_names, value);
}
std::string_view name(Force value) {
  return find_name(force_names, value);
}
std::string_view name(Attacker value) {
  return find_name(attacker_names, value);
}
std::string_view name(Reader value) {
  return find_name(reader_names, value);
}

std::string_view name(Direction value) {
  return find_name(direction_names, value);
}

std::optional<Policy> policy_named(std::string_view text) {
  return find_value(policy_names, text);
}
std::optional<Direction> direction_named(std::string_view text) {
  return find_value(direction_names, text);
}
std::optional<Delivery> delivery_named(std::string_view text) {
  return find_value(delivery_names, text);
}
std::optional<Channel> channel_named(std::string_view text) {
  return find_value(channel_names, text);
}
std::optional<Attacker> attacker_named(std::string_view text) {
  return find_value(attacker_names, text);
}

}  // namespace smtprig::model
