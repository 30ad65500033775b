// See tls_reporter.hpp.
#include "harness/servers/embedded/tls_reporter.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace smtprig::embedded {

namespace asio = boost::asio;

namespace {

constexpr std::uint16_t https_port_in_life = 443;

// A text that has it, whatever else is wrong with the answer; only with a planted defect.
std::optional<ReportUri> any_uri_in(const std::vector<std::vector<std::string>>& answer) {
  for (const auto& strings : answer) {
    std::string text;
    for (const std::string& each : strings)
      text += each;
    const auto at = text.find("https://");
    if (at == text.npos) continue;
    const auto uri = report_uri_from(text.substr(at, text.find_first_of(",; ", at) - at));
    if (uri) return *uri;
  }
  return std::nullopt;
}

}  // namespace

TlsReporter::TlsReporter(asio::io_context& io, Resolver& resolver, TlsReporterSettings settings,
                         Due due)
    : io_(io), resolver_(resolver), settings_(std::move(settings)), due_(std::move(due)) {}

bool TlsReporter::wants(std::string_view domain) const {
  return settings_.domains.contains(domain);
}

void TlsReporter::began(std::string_view domain) {
  if (!wants(domain)) return;
  auto& period = periods_[std::string(domain)];
  if (!period) {
    period = std::make_shared<Period>(io_);
    period->start = now();
  }
  ++period->messages;
  period->quiet.cancel();
}

void TlsReporter::ended(std::string_view domain) {
  const auto found = periods_.find(domain);
  if (found == periods_.end() || --found->second->messages > 0) return;
  const std::weak_ptr<Period> weak = found->second;
  found->second->quiet.expires_after(settings_.quiet);
  found->second->quiet.async_wait(
      [this, weak, name = found->first](boost::system::error_code cancelled) {
        const auto period = weak.lock();
        // A message may have come while this was on its way.
        if (!cancelled && period && period->messages == 0) due_(name);
      });
}

void TlsReporter::add(std::string_view domain, TlsSessionResult session) {
  const Mutants& mutants = settings_.mutants;
  if (mutants.reports_failures_as_success) session.failed = false;
  if (mutants.reports_one_result_type) session.failure.result_type = "validation-failure";
  if (mutants.reports_no_policy) {
    session.policy.type = "no-policy-found";
    session.policy.string.clear();
    session.policy.mx_host.clear();
  }
  if (mutants.reports_domain_as_host) session.failure.receiving_mx_hostname = domain;
  if (mutants.reports_policy_in_one_string && session.policy.string.size() > 1)
    session.policy.string = {fmt::format("{}", fmt::join(session.policy.string, "\n"))};
  tally_.add(domain, session);
}

void TlsReporter::stop() {
  periods_.clear();
}

asio::awaitable<TlsrptRecord> TlsReporter::find_record(std::string domain) {
  const Lookup answer = co_await resolver_.look_up(tlsrpt_record_name(domain), RecordType::txt);
  if (answer.status == Lookup::Status::failed) co_return TlsrptRecord{.reason = answer.reason};
  TlsrptRecord record = tlsrpt_record_from(answer.txt);
  if (settings_.mutants.reports_by_any_record && record.rua.empty())
    if (auto uri = any_uri_in(answer.txt)) record.rua.push_back(std::move(*uri));
  co_return record;
}

model::TlsReport TlsReporter::made_of(std::string_view domain,
                                      std::vector<model::TlsReportPolicy> policies) {
  model::TlsReport report;
  report.organization_name = settings_.hostname;
  report.end = now();
  const auto period = periods_.find(domain);
  report.start = period == periods_.end() ? report.end : period->second->start;
  report.contact_info = "postmaster@" + settings_.hostname;
  report.report_id = fmt::format("{}.{}@{}", report.end.time_since_epoch().count(), ++reports_made_,
                                 settings_.hostname);
  report.policies = std::move(policies);
  if (settings_.mutants.reports_no_domain)
    for (model::TlsReportPolicy& policy : report.policies)
      policy.domain.clear();
  return report;
}

asio::awaitable<std::string> TlsReporter::post(ReportUri uri, ReportFile file) {
  if (uri.scheme == ReportUri::Scheme::mailto)
    co_return "mailto reports would need a DKIM signature (RFC 8460 3); none is sent";
  HttpsRequest request;
  request.host = uri.host;
  // A lab's port stands for that of life.
  request.port = uri.port == https_port_in_life ? settings_.https_port : uri.port;
  request.method = "POST";
  request.target = uri.target;
  request.content_type = file.media_type;
  request.body = std::move(file.bytes);
  if (settings_.mutants.drops_reports) co_return std::string();
  request.verifies = false;  // RFC 8460 3: whose certificates are bad is to hear of it
  Lookup v6 = co_await resolver_.look_up(uri.host, RecordType::aaaa);
  Lookup v4 = co_await resolver_.look_up(uri.host, RecordType::a);
  request.addresses = std::move(v6.addresses);
  request.addresses.insert(request.addresses.end(), v4.addresses.begin(), v4.addresses.end());
  HttpsSettings https{
      .roots = settings_.roots, .time = settings_.time, .now = settings_.clock.now()};
  const HttpsAnswer answer = co_await https_exchange(std::move(request), std::move(https));
  if (answer.kind != HttpsAnswer::Kind::answered) co_return answer.reason;
  co_return answer.status / 100 == 2 ? std::string() : fmt::format("status {}", answer.status);
}

asio::awaitable<void> TlsReporter::report(std::string domain) {
  const auto tell = [this, &domain](std::string_view what) {
    settings_.log->tls_report(domain, what);
  };
  auto policies = tally_.take(domain);
  const model::TlsReport report = made_of(domain, std::move(policies));
  const auto period = periods_.find(domain);
  if (period != periods_.end() && period->second->messages == 0) periods_.erase(period);
  if (report.policies.empty()) co_return tell("nothing to report");
  const TlsrptRecord record = co_await find_record(domain);
  if (record.rua.empty()) co_return tell("no report: " + record.reason);
  const ReportFile file = report_file(report, settings_.hostname, domain);
  std::string why;
  for (unsigned tries = 1;; ++tries) {
    for (const ReportUri& uri : record.rua) {
      const std::string reason = co_await post(uri, file);
      if (reason.empty()) co_return tell("sent to " + uri.text);
      why = fmt::format("{}: {}", uri.text, reason);
      settings_.log->note(fmt::format("TLS report of {}: {}", domain, why));
    }
    const auto wait = settings_.schedule.wait_after(tries);
    if (!wait) break;
    asio::steady_timer timer(co_await asio::this_coro::executor, *wait);
    co_await timer.async_wait(asio::use_awaitable);
  }
  tell("not delivered: " + why);
}

}  // namespace smtprig::embedded
