// See cell_run.hpp.
#include "harness/run/cell_run.hpp"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

#include "harness/judge/dsn.hpp"

namespace smtprig::run {
namespace {

using fakes::ServerFact;
using fakes::smtp::Submission;

// Whether who took the message announced DSN to the server, and tells of the success in its place
// (RFC 3461 5.2.1).
bool receiver_tells(const std::vector<fakes::Event>& events, const std::string& token) {
  const auto took_it = [&](const fakes::Event& event) {
    const auto* accepted = std::get_if<fakes::MessageAccepted>(&event.body);
    return accepted && accepted->token == token;
  };
  const auto taken = std::ranges::find_if(events, took_it);
  if (taken == events.end()) return false;
  const bool tls = std::get<fakes::MessageAccepted>(taken->body).tls;
  return std::ranges::any_of(events, [&](const fakes::Event& event) {
    const auto* line = std::get_if<fakes::LineOut>(&event.body);
    return line && event.who == taken->who && event.connection == taken->connection &&
           line->tls == tls && (line->text == "250-DSN" || line->text == "250 DSN");
  });
}

bool tells_failure(const fakes::Event& event) {
  const auto* accepted = std::get_if<fakes::MessageAccepted>(&event.body);
  return accepted && std::ranges::any_of(judge::parse_report(accepted->content),
                                         [](const auto& each) { return each.action == "failed"; });
}

}  // namespace

CellRun::CellRun(const Common& common, model::Cell cell, Settings settings, Injector& injector,
                 Wishes wishes)
    : common_(common),
      cell_(std::move(cell)),
      settings_(settings),
      injector_(injector),
      wishes_(std::move(wishes)),
      signal_(common.io),
      held_{.attacker = cell_.attacker} {
  for (const auto& message : cell_.scenario->messages) {
    messages_.push_back(compose(cell_, message, settings_.seed, settings_.round));
    auto& progress = progress_.emplace_back();
    progress.wants_failures = message.dsn.wants("FAILURE");
    progress.wants_successes = message.dsn.wants("SUCCESS");
    progress.token = messages_.back().token;
    for (const auto& recipient : messages_.back().envelope.recipients)
      progress.recipients[recipient] = {};
  }
}

boost::asio::awaitable<void> CellRun::run() {
  const auto start = Signal::Clock::now();
  journal_ = fakes::Journal(start);
  stage_ = std::make_unique<Stage>(common_, cell_, journal_, [this] { signal_.raise(); });
  if (cell_.direction() == model::Direction::inbound) {
    co_await bring();
  } else {
    co_await inject();
  }
  co_await settle();
  co_await dismiss();
  took_ = std::chrono::duration_cast<std::chrono::microseconds>(Signal::Clock::now() - start);
  ended_ = true;
  held();
  events_at_end_ = journal_.events().size();
}

boost::asio::awaitable<void> CellRun::inject() {
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    if (cell_.scenario->messages[i].later) co_await await_turn(i);
    if (abandoned_) co_return;
    const auto& envelope = messages_[i].envelope;
    const auto result = co_await injector_.submit(envelope);
    progress_[i].accepted = result.status == Submission::Status::accepted;
    progress_[i].unanswered = result.status == Submission::Status::disconnected;
    for (const auto& recipient : envelope.recipients)
      journal_.add("injector", 0,
                   fakes::Injected{envelope.mail_from, recipient, messages_[i].token,
                                   messages_[i].sha256_body, result.code, result.reply});
    if (progress_[i].unanswered) wishes_.look_at_server();
    if (abandoned_) co_return;
  }
}

// Until all before it are decided, and for as long as it waits itself.
boost::asio::awaitable<void> CellRun::await_turn(std::size_t message) {
  co_await settle();
  const auto at = Signal::Clock::now() + cell_.scenario->messages[message].wait;
  while (!abandoned_ && Signal::Clock::now() < at)
    co_await signal_.wait(at);
  if (const auto days = cell_.scenario->messages[message].days; days > 0 && !abandoned_)
    co_await wishes_.await_day(days);
  stage_->turn_to(message);
}

boost::asio::awaitable<void> CellRun::settle() {
  auto seen = journal_.events().size();
  auto deadline = Signal::Clock::now() + settings_.quiet;
  while (!abandoned_) {
    ask_for_removal();
    if (messages_over() && reports_over() && stage_->open_sessions() == 0) co_return;
    if (journal_.events().size() != seen) {
      seen = journal_.events().size();
      deadline = Signal::Clock::now() + settings_.quiet;
    }
    if (Signal::Clock::now() >= deadline) {
      journal_.add("rig", 0,
                   fakes::RigNote{fmt::format("nothing happened for {} ms: ended as it is",
                                              settings_.quiet.count())});
      co_return;
    }
    co_await signal_.wait(deadline);
  }
}

void CellRun::abandon() {
  abandoned_ = true;
  signal_.raise();
}

void CellRun::close_stage() {
  stage_.reset();
  closed_ = true;
}

void CellRun::server_line(const std::string& line, const std::vector<ServerFact>& facts) {
  if (closed_) return;
  journal_.add("server", 0, fakes::ServerLine{line});
  for (const auto& fact : facts) {
    journal_.add("server", 0, fact);
    apply(fact);
  }
  signal_.raise();
}

void CellRun::apply(const ServerFact& fact) {
  if (fact.kind == ServerFact::Kind::queued) brought_.try_emplace(fact.queue_id, false);
  if (fact.kind == ServerFact::Kind::removed)
    if (const auto found = brought_.find(fact.queue_id); found != brought_.end())
      found->second = true;
  if (fact.kind == ServerFact::Kind::tls_report) tls_report_due_ = false;
  for (auto& progress : progress_) {
    const auto found = progress.recipients.find(fact.recipient);
    if (found != progress.recipients.end()) {
      if (fact.kind != ServerFact::Kind::queued) tls_report_due_ = settings_.tls_reports;
      if (!fact.queue_id.empty()) progress.queue_id = fact.queue_id;
      auto& recipient = found->second;
      switch (fact.kind) {
        case ServerFact::Kind::deferred:
          ++recipient.deferrals;
          break;
        case ServerFact::Kind::bounced:
        case ServerFact::Kind::expired:
          progress.failure.due = progress.failure.due || progress.wants_failures;
          recipient.settled = true;
          break;
        case ServerFact::Kind::delivered:
          progress.success.due =
              progress.success.due ||
              (progress.wants_successes && !receiver_tells(journal_.events(), progress.token));
          recipient.settled = true;
          break;
        default:
          break;
      }
    } else if (!fact.queue_id.empty() && fact.queue_id == progress.queue_id) {
      if (fact.kind == ServerFact::Kind::removed) progress.gone = true;
      if (fact.kind == ServerFact::Kind::expired && progress.wants_failures)
        progress.failure.due = true;
    }
  }
}

void CellRun::ask_for_removal() {
  for (auto& progress : progress_) {
    if (!progress.accepted || progress.gone || progress.removal_asked || progress.queue_id.empty())
      continue;
    const auto made = [&](const auto& entry) {
      return entry.second.settled || entry.second.deferrals >= settings_.attempts;
    };
    const auto pending = [](const auto& entry) { return !entry.second.settled; };
    if (!std::ranges::all_of(progress.recipients, made)) continue;
    if (!std::ranges::any_of(progress.recipients, pending)) continue;
    progress.removal_asked = true;
    journal_.add("rig", 0,
                 fakes::RigNote{"planned attempts made: removed from the queue by the rig"});
    wishes_.remove(progress.queue_id);
  }
}

bool CellRun::messages_over() const {
  // Without an answer nobody knows who holds the message: only quiet or the server's death ends
  // that.
  return std::ranges::all_of(progress_, [this](const Progress& p) {
    const bool queued = p.accepted || (behind_barrier_ && !p.queue_id.empty());
    return queued ? p.gone : !p.unanswered || behind_barrier_;
  });
}

bool CellRun::reports_over() const {
  if (tls_report_due_) return false;
  const auto is_over = [](const Awaited& report) { return !report.due || report.came; };
  return std::ranges::all_of(
      progress_, [&](const Progress& p) { return is_over(p.failure) && is_over(p.success); });
}

// What was searched is thrown away: runs live as long as their lab.
const model::Held& CellRun::held() {
  auto* recording = stage_ ? stage_->recording() : nullptr;
  if (!recording) return held_;
  for (const auto& message : messages_) {
    held_.content = held_.content || recording->holds(message.secret);
    for (const auto& recipient : message.envelope.recipients)
      held_.envelope = held_.envelope || recording->holds(recipient);
  }
  recording->clear();
  return held_;
}

void CellRun::dns_query(const fakes::DnsQuery& query) {
  if (closed_) return;
  journal_.add("dns", 0, query);
}

void CellRun::report_received(const fakes::Event& event) {
  if (closed_ && tells_failure(event)) return;
  journal_.add("sink", event.connection, event.body);
  if (const auto* accepted = std::get_if<fakes::MessageAccepted>(&event.body))
    for (std::size_t i = 0; i < messages_.size(); ++i)
      for (const auto& recipient : accepted->recipients)
        if (recipient == messages_[i].envelope.mail_from) take_report(*accepted, progress_[i]);
  signal_.raise();
}

// One that cannot be read may be any.
void CellRun::take_report(const fakes::MessageAccepted& report, Progress& progress) {
  const auto groups = judge::parse_report(report.content);
  const auto failed = [](const auto& group) { return group.action == "failed"; };
  const auto went_on = [](const auto& group) {
    return group.action != "failed" && group.action != "delayed";
  };
  progress.failure.came =
      progress.failure.came || groups.empty() || std::ranges::any_of(groups, failed);
  progress.success.came =
      progress.success.came || groups.empty() || std::ranges::any_of(groups, went_on);
}

void CellRun::note(fakes::EventBody body) {
  journal_.add("rig", 0, std::move(body));
}

}  // namespace smtprig::run
