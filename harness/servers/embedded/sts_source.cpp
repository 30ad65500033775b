// See sts_source.hpp.
#include "harness/servers/embedded/sts_source.hpp"

#include <fmt/format.h>

#include <utility>

namespace smtprig::embedded {

namespace asio = boost::asio;

namespace {

constexpr std::size_t failures_max = 10'000;  // that are kept for reports

}  // namespace

StsSource::StsSource(Resolver& resolver, StsSettings settings)
    : resolver_(resolver), settings_(std::move(settings)) {}

asio::awaitable<std::shared_ptr<const StsPolicy>> StsSource::policy_of(std::string domain) {
  const Mutants& mutants = settings_.mutants;
  if (mutants.ignores_sts || domain.starts_with('[')) co_return nullptr;
  StsRecord record = co_await find_record(domain);
  if (record.id.empty() && mutants.asks_parent_for_sts) {
    const std::string parent = domain.substr(domain.find('.') + 1);
    record = co_await find_record(parent);
    if (!record.id.empty()) domain = parent;
  }
  const bool missing = record.id.empty();
  if (missing) failed_.erase(domain);
  if (missing && mutants.fetches_sts_without_record) record.id = "none";
  if (cache_.wants_fetch(domain, record, settings_.clock.now())) co_await refresh(domain, record);
  const StsCache::Entry* entry = cache_.find(domain, settings_.clock.now());
  if (!entry) co_return nullptr;
  if (mutants.forgets_sts_policy && entry->id != record.id) co_return nullptr;
  auto policy = std::make_shared<StsPolicy>(entry->policy);
  if (mutants.enforces_sts_testing && policy->mode == StsMode::testing)
    policy->mode = StsMode::enforce;
  co_return policy;
}

const StsFetch* StsSource::failure_of(std::string_view domain) const {
  const auto found = failed_.find(domain);
  return found == failed_.end() ? nullptr : &found->second;
}

asio::awaitable<StsRecord> StsSource::find_record(std::string domain) {
  const Lookup answer = co_await resolver_.look_up(sts_record_name(domain), RecordType::txt);
  if (answer.status == Lookup::Status::failed) co_return StsRecord{.reason = answer.reason};
  auto records = answer.txt;
  if (settings_.mutants.takes_first_sts_record && records.size() > 1) records.resize(1);
  co_return sts_record_from(records);
}

asio::awaitable<void> StsSource::refresh(std::string domain, StsRecord record) {
  const std::string host = sts_policy_host(domain);
  Lookup v6 = co_await resolver_.look_up(host, RecordType::aaaa);
  Lookup v4 = co_await resolver_.look_up(host, RecordType::a);
  std::vector<asio::ip::address> addresses = std::move(v6.addresses);
  addresses.insert(addresses.end(), v4.addresses.begin(), v4.addresses.end());
  HttpsSettings https{
      .roots = settings_.roots, .time = settings_.time, .now = settings_.clock.now()};
  const StsFetch fetch = co_await fetch_sts_policy(
      domain, std::move(addresses), settings_.https_port, std::move(https), settings_.mutants);
  const auto now = settings_.clock.now();
  if (fetch.policy) {
    failed_.erase(domain);
    StsPolicy policy = *fetch.policy;
    if (settings_.mutants.keeps_expired_policies) policy.max_age = std::chrono::years(10);
    cache_.keep(domain, record.id, std::move(policy), now);
    settings_.log->note(fmt::format("MTA-STS: {}: policy {} of mode {}", domain, record.id,
                                    name(fetch.policy->mode)));
  } else {
    if (failed_.size() >= failures_max) failed_.clear();
    failed_[domain] = fetch;
    cache_.fetch_failed(domain, record.id, now);
    settings_.log->note(
        fmt::format("MTA-STS: {}: no policy: {}: {}", domain, fetch.cause, fetch.reason));
  }
}

}  // namespace smtprig::embedded
