// What DANE and MTA-STS say of a host before it is connected to (RFC 7672 2, RFC 8461 4). See
// attempt.hpp.
#include "harness/model/scenario.hpp"
#include "harness/servers/embedded/attempt.hpp"

#include <fmt/format.h>

#include <utility>

namespace smtprig::embedded {

namespace asio = boost::asio;
using model::Policy;

namespace {

TlsaLookup tlsa_lookup_of(const Lookup& answer) {
  using Status = TlsaLookup::Status;
  const bool found = answer.status == Lookup::Status::found;
  const bool failed = answer.status == Lookup::Status::failed;
  return {.status = found    ? Status::found
                    : failed ? Status::failed
                             : Status::denied,
          .secure = answer.authentic,
          .rdata = answer.rdata,
          .reason = answer.reason};
}

}  // namespace

const PolicyEntry& Attempt::policy() const {
  const bool of_first = settings_.outbound.mutants.policy_of_first_recipient;
  return settings_.policies.find(of_first ? domain_of(message_.recipients.front().address)
                                          : domain_);
}

asio::awaitable<std::optional<Attempt::HostLevel>> Attempt::level_of(std::string host) {
  const Mutants& mutants = settings_.outbound.mutants;
  const auto& [level, pins] = policy();
  const bool only = level == Policy::dane_only;
  const bool enforced = sts_ && sts_->mode == StsMode::enforce;
  if (level == Policy::mta_sts || (enforced && mutants.sts_overrides_dane))
    co_return level_by_sts(host);
  if (!knows_dane(level)) co_return HostLevel{level, pins, std::nullopt};
  // RFC 7672 2.2.1: behind an MX answer that nothing proves dane-only must wait; DANE is a MAY
  // there, and is not made use of.
  if (!mx_secure_ && !mutants.trusts_insecure_tlsa) {
    if (only) forbid("dane-required", host, "its MX record is not secure");
    co_return only ? std::nullopt : level_by_sts(host);
  }
  DaneFinding finding = co_await find_tlsa(host);
  switch (finding.kind) {
    case DaneFinding::Kind::usable:
      // RFC 8461 2: MTA-STS does not interfere.
      co_return HostLevel{Policy::dane, {}, demand_of(std::move(finding))};
    case DaneFinding::Kind::failed:
      forbid("dnssec-invalid", host, finding.reason);
      co_return std::nullopt;
    case DaneFinding::Kind::unusable:
      if (only) forbid("tlsa-invalid", host, finding.reason);
      if (only || enforced) co_return only ? std::nullopt : level_by_sts(host);
      co_return HostLevel{Policy::encrypt, {}, std::nullopt};
    case DaneFinding::Kind::opportunistic:
      break;
  }
  if (only) forbid("dane-required", host, "there are no secure TLSA records");
  co_return only ? std::nullopt : level_by_sts(host);
}

// RFC 8461 4, 5.
std::optional<Attempt::HostLevel> Attempt::level_by_sts(const std::string& host) {
  if (!sts_ || sts_->mode == StsMode::none) return HostLevel{};
  const Mutants& mutants = settings_.outbound.mutants;
  const bool named = names_mx(*sts_, host, mutants);
  if (sts_->mode == StsMode::testing) {
    HostLevel level;
    level.by_sts = true;
    level.unnamed = !named;  // RFC 8461 5: told, and delivered all the same
    return level;
  }
  if (!named) {
    // RFC 8460 4.3.3: no type of its own fits.
    forbid("validation-failure", host, not_in_sts_policy);
    return std::nullopt;
  }
  HostLevel level{mutants.sts_reads_common_name ? Policy::verify : Policy::mta_sts, {}, {}};
  level.by_sts = true;
  return level;
}

asio::awaitable<DaneFinding> Attempt::find_tlsa(std::string host) {
  const Mutants& mutants = settings_.outbound.mutants;
  if (mutants.ignores_tlsa) co_return DaneFinding{};
  const bool secure = address_secure_ || mutants.trusts_insecure_tlsa;
  // A lab's port stands for that of life.
  const std::uint16_t port = model::port_of(relay_ ? relay_->service : fakes::Service::smtp);
  HostSecurity security{host, expanded_.empty() ? host : expanded_, secure, false};
  // RFC 7672 2.2.2: the alias may be secure where what it leads to is not.
  if (security.expanded != host)
    security.alias_secure = (co_await resolver_.look_up(host, RecordType::cname)).authentic;
  for (const std::string& base : tlsa_base_domains(security)) {
    TlsaLookup lookup =
        tlsa_lookup_of(co_await resolver_.look_up(tlsa_name(base, port), RecordType::tlsa));
    if (mutants.trusts_insecure_tlsa) lookup.secure = true;
    if (mutants.servfail_is_no_tlsa && lookup.status == TlsaLookup::Status::failed)
      lookup.status = TlsaLookup::Status::denied;
    if (auto finding = dane_finding(base, lookup)) co_return std::move(*finding);
  }
  co_return DaneFinding{};
}

void Attempt::forbid(std::string_view cause, std::string_view host, std::string_view why) {
  count_forbidden(cause, host, why);
  host_failed({.status = "4.7.5", .text = fmt::format("{}: {}: {}", cause, host, why)});
}

DaneDemand Attempt::demand_of(DaneFinding finding) const {
  const DaneRoute route{.via = has_mx_ ? DaneRoute::Via::secure_mx : DaneRoute::Via::no_mx,
                        .next_hop = relay_ ? relay_->host : domain_,
                        .next_hop_expanded = next_hop_expanded_};
  return {.records = std::move(finding.set.usable),
          .names = dane_names(finding.base_domain, route),
          .now = {}};
}

}  // namespace smtprig::embedded
