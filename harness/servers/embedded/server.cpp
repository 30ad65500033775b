// See server.hpp.
#include "harness/servers/embedded/server.hpp"

#include "harness/servers/embedded/attempt.hpp"
#include "harness/servers/embedded/dsn.hpp"
#include "harness/servers/embedded/job.hpp"
#include "harness/servers/embedded/queue.hpp"
#include "harness/servers/embedded/reception.hpp"
#include "harness/servers/embedded/tasks.hpp"
#include "harness/servers/embedded/tls_reporter.hpp"

#include <fmt/format.h>

#include <unistd.h>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace smtprig::embedded {
namespace {

namespace asio = boost::asio;

fakes::tls::TrustStore roots_from(const std::string& pem) {
  return pem.empty() ? nullptr : fakes::tls::trust_store(pem);
}

// The message with its sender's wishes for reports, as a server with planted defects takes them.
Message asked_for(Message message, const Mutants& mutants) {
  if (mutants.returns_whole_message) message.returned = "FULL";
  if (mutants.reports_without_requiretls) message.requiretls = false;
  if (!mutants.ignores_notify) return message;
  for (Recipient& recipient : message.recipients)
    recipient.notify = {};
  return message;
}

}  // namespace

struct Server::Impl : std::enable_shared_from_this<Server::Impl> {
  Impl(asio::io_context& context, Config configuration, Mutants planted, Log::Sink sink)
      : io(context),
        config(std::move(configuration)),
        mutants(planted),
        log(std::move(sink)),
        resolver(config.dns, config.timeouts.dns, mutants),
        queue(config.limits),
        roots(roots_from(config.ca_pem)),
        sts(resolver,
            {roots, config.https_port, config.timeouts.https, config.clock, mutants, &log}),
        reports(io, resolver,
                {config.tls_reports, config.tls_report, config.schedule, config.hostname, roots,
                 config.https_port, config.timeouts.https, config.clock, mutants, &log},
                [this](std::string domain) { report(std::move(domain)); }),
        attempts(io),
        reception(io, config, mutants, roots, log,
                  [this](Message message) { return accept(std::move(message)); }) {
    settings = {.outbound = {.timeouts = config.timeouts,
                             .smtp_port = config.smtp_port,
                             .roots = roots,
                             .contexts = ClientContexts(mutants.ignores_staple,
                                                        mutants.sends_no_server_name),
                             .dane = {},
                             .clock = config.clock,
                             .mutants = mutants,
                             .log = &log,
                             .on_garbage = [this] { on_garbage(); }},
                .hostname = config.hostname,
                .policies = config.policies,
                .relays = config.relays,
                .reports = &reports,
                .sts = &sts,
                .stopping = &stopping};
  }

  std::string accept(Message message);
  void enqueue(std::shared_ptr<const Message> message);
  void start_jobs();
  // `self` keeps the server alive for as long as an attempt is under way.
  static asio::awaitable<void> attempt(std::shared_ptr<Impl> self, JobPtr job);
  void settle(const JobPtr& job, const std::vector<AttemptRecipient>& results);
  void retry_or_expire(const JobPtr& job, const std::vector<AttemptRecipient>& deferred,
                       std::vector<DsnEntry>& report);
  void notify(const Message& message, const std::vector<DsnEntry>& report);
  void report(std::string domain);
  // `self` as above.
  static asio::awaitable<void> report(std::shared_ptr<Impl> self, std::string domain);
  void on_garbage();
  void stop();

  asio::io_context& io;
  Config config;
  Mutants mutants;
  Log log;
  Resolver resolver;
  Queue queue;
  fakes::tls::TrustStore roots;
  StsSource sts;
  TlsReporter reports;
  AttemptSettings settings;
  std::deque<JobPtr> ready;
  std::set<JobPtr> waiting;
  Tasks attempts;
  Reception reception;
  bool stopping = false;
};

std::string Server::Impl::accept(Message message) {
  if (mutants.ignores_requiretls) message.requiretls = false;
  const auto stored = queue.add(std::move(message));
  if (!stored) return {};
  log.queued(*stored);
  enqueue(stored);
  return stored->id;
}

void Server::Impl::enqueue(std::shared_ptr<const Message> message) {
  std::map<std::string, JobPtr> by_domain;
  for (std::size_t i = 0; i < message->recipients.size(); ++i) {
    const std::size_t decides = mutants.routes_by_first_recipient ? 0 : i;
    const std::string domain = domain_of(message->recipients[decides].address);
    JobPtr& job = by_domain[domain];
    if (!job) job = std::make_shared<Job>(io, message, domain);
    job->recipients.push_back(i);
  }
  for (auto& [domain, job] : by_domain) {
    reports.began(domain);
    ready.push_back(std::move(job));
  }
  start_jobs();
}

void Server::Impl::start_jobs() {
  while (!stopping && !ready.empty() && attempts.size() < config.limits.deliveries_max) {
    JobPtr job = std::move(ready.front());
    ready.pop_front();
    attempts.spawn(attempt(shared_from_this(), std::move(job)), [this] { start_jobs(); });
  }
}

asio::awaitable<void> Server::Impl::attempt(std::shared_ptr<Impl> self, JobPtr job) {
  ++job->attempts;
  Attempt attempt(self->settings, self->resolver, *job->message, job->domain, job->recipients,
                  job->key());
  const std::vector<AttemptRecipient> results = co_await attempt.run();
  if (!self->stopping) self->settle(job, results);
}

void Server::Impl::settle(const JobPtr& job, const std::vector<AttemptRecipient>& results) {
  std::vector<AttemptRecipient> deferred;
  std::vector<DsnEntry> report;
  bool delivered = false;
  for (const AttemptRecipient& result : results) {
    DsnEntry entry{.recipient = result.recipient,
                   .status = result.failure.status,
                   .relay = result.host,
                   .diagnostic = result.failure.text,
                   .from_peer = result.failure.from_peer};
    switch (result.fate) {
      case Fate::bounced:
        report.push_back(std::move(entry));
        break;
      case Fate::deferred:
        deferred.push_back(result);
        break;
      case Fate::delivered:
        delivered = true;
        if (result.relayed_notify) break;
        entry.action = DsnAction::relayed;
        entry.status = "2.0.0";
        entry.diagnostic = result.reply;
        entry.from_peer = true;
        report.push_back(std::move(entry));
        break;
      default:
        break;
    }
  }
  if (delivered && mutants.double_delivers && !job->doubled) {
    job->doubled = true;
    ready.push_back(job);
    return;
  }
  const std::size_t left_before = job->recipients.size();
  job->recipients.clear();
  retry_or_expire(job, deferred, report);
  notify(*job->message, report);
  if (queue.decide(job->message->id, left_before - job->recipients.size())) {
    log.removed(job->message->id);
  }
  if (job->recipients.empty()) reports.ended(job->domain);
}

void Server::Impl::retry_or_expire(const JobPtr& job, const std::vector<AttemptRecipient>& deferred,
                                   std::vector<DsnEntry>& report) {
  if (deferred.empty()) return;
  const auto wait = config.schedule.wait_after(job->attempts);
  for (const AttemptRecipient& result : deferred) {
    if (wait) {
      job->recipients.push_back(result.recipient);
      continue;
    }
    log.decided("expired", {job->message->id, job->key(), result.relay},
                job->message->recipients[result.recipient].address, result.failure.status,
                result.failure.text);
    report.push_back({.recipient = result.recipient,
                      .status = result.failure.status,
                      .relay = result.host,
                      .diagnostic = result.failure.text,
                      .from_peer = result.failure.from_peer});
  }
  if (!wait) return;
  waiting.insert(job);
  job->wait.expires_after(*wait);
  job->wait.async_wait([self = weak_from_this(), job](boost::system::error_code cancelled) {
    const auto impl = self.lock();
    if (cancelled || !impl || impl->stopping) return;
    impl->waiting.erase(job);
    impl->ready.push_back(job);
    impl->start_jobs();
  });
}

void Server::Impl::notify(const Message& message, const std::vector<DsnEntry>& report) {
  auto dsn = make_dsn(asked_for(message, mutants), report, config.hostname, config.clock.now());
  if (!dsn) return;
  const auto stored = queue.add(std::move(*dsn));
  if (!stored) {
    log.note(fmt::format("no room for a notification of {}", message.id));
    return;
  }
  log.reported(message.id, stored->id);
  log.queued(*stored);
  enqueue(stored);
}

void Server::Impl::report(std::string domain) {
  if (!stopping) attempts.spawn(report(shared_from_this(), std::move(domain)), [] {});
}

asio::awaitable<void> Server::Impl::report(std::shared_ptr<Impl> self, std::string domain) {
  co_await self->reports.report(std::move(domain));
}

// The three planted defects that break the process and not the delivery.
void Server::Impl::on_garbage() {
  if (mutants.crashes_on_garbage) std::abort();
  while (mutants.hangs_on_garbage)
    ::pause();
  if (mutants.closes_listener_on_garbage) reception.close();
}

void Server::Impl::stop() {
  if (stopping) return;
  stopping = true;
  reception.close();
  reception.cancel();
  attempts.cancel();
  reports.stop();
  for (const JobPtr& job : waiting)
    job->wait.cancel();
  waiting.clear();
  ready.clear();
  log.stopped(queue.size());
}

Server::Server(asio::io_context& io, Config config, Mutants mutants, Log::Sink sink)
    : impl_(std::make_shared<Impl>(io, std::move(config), mutants, std::move(sink))) {
  impl_->reception.open(impl_);
}

Server::~Server() {
  impl_->stop();
}

asio::ip::tcp::endpoint Server::local() const {
  return impl_->reception.locals().front();
}

const std::vector<asio::ip::tcp::endpoint>& Server::locals() const {
  return impl_->reception.locals();
}

void Server::stop() {
  impl_->stop();
}

std::size_t Server::queued() const {
  return impl_->queue.size();
}

std::size_t Server::sessions() const {
  return impl_->reception.sessions() + impl_->attempts.size();
}

}  // namespace smtprig::embedded
