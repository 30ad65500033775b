// See tls_report_conduct.hpp.
#include "harness/judge/tls_report_conduct.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/judge/conduct.hpp"
#include "harness/judge/tls_report_facts.hpp"
#include "harness/model/tls_report.hpp"
#include "harness/model/tls_reporting.hpp"

namespace smtprig::judge {
namespace {

using model::TlsReport;
using model::TlsReportPolicy;
using Violations = std::vector<model::Violation>;

bool work_is_over(const std::vector<fakes::Event>& journal) {
  return std::ranges::any_of(journal, [](const fakes::Event& event) {
    const auto* fact = std::get_if<fakes::ServerFact>(&event.body);
    return fact && fact->kind == fakes::ServerFact::Kind::tls_report;
  });
}

std::vector<const fakes::ReportReceived*> received(const std::vector<fakes::Event>& journal) {
  std::vector<const fakes::ReportReceived*> all;
  for (const fakes::Event& event : journal)
    if (event.who == model::tls_reporting_host)
      if (const auto* report = std::get_if<fakes::ReportReceived>(&event.body))
        all.push_back(report);
  return all;
}

// Those that can be read, each once: one that was not taken may come again under its id.
std::vector<TlsReport> read_reports(const std::vector<const fakes::ReportReceived*>& all,
                                    Violations& violations) {
  std::vector<TlsReport> reports;
  for (const fakes::ReportReceived* each : all) {
    if (!each->problem.empty()) {
      accuse_once(violations, {"conduct/report-form", "RFC 8460 5.2",
                               "a report cannot be read: " + each->problem});
      continue;
    }
    const auto report = model::tls_report_from(each->json);
    if (!report) {
      accuse_once(violations, {"conduct/report-form", "RFC 8460 4.4",
                               "a report is not well-formed: " + report.error().text()});
    } else if (std::ranges::count(reports, report->report_id, &TlsReport::report_id) == 0) {
      reports.push_back(*report);
    }
  }
  return reports;
}

void policies_are_the_domains(const TlsReport& report, const ReportFacts& facts,
                              const std::string& domain, Violations& violations) {
  for (const TlsReportPolicy& policy : report.policies) {
    // The base domain of TLSA records is a host's name.
    const std::string named = upper_case(policy.domain), whole = upper_case(domain);
    const bool own = named == whole || (policy.type == "tlsa" && named.ends_with("." + whole));
    if (!own)
      accuse_once(violations, {"conduct/report-policy", "RFC 8460 4.4",
                               fmt::format("a policy of the domain \"{}\" in a report to {}",
                                           policy.domain, domain)});
    if (facts.counted && !facts.policy_types.contains(policy.type))
      accuse_once(violations, {"conduct/report-policy", "RFC 8460 4",
                               fmt::format("sessions reported under policy-type {}, which was not "
                                           "applied",
                                           policy.type)});
  }
}

// "an array of JSON strings that represents the policy that is declared", a line in each.
void policy_strings_are_those_published(const TlsReport& report, const ReportFacts& facts,
                                        Violations& violations) {
  for (const TlsReportPolicy& policy : report.policies) {
    if (policy.type != "sts" || policy.string.empty()) continue;
    std::vector<std::string> lines;
    for (const std::string& line : policy.string)
      lines.push_back(without_any_blanks(line));
    if (!facts.sts_policies.contains(lines))
      accuse_once(violations, {"conduct/report-policy", "RFC 8460 4.5",
                               fmt::format("policy-string is no policy that was published: \"{}\"",
                                           fmt::join(policy.string, "\", \""))});
  }
}

// Where it failed, as far as that is told: at an MX host of the domain, at an address of it.
void failures_have_their_places(const TlsReport& report, const ReportFacts& facts,
                                Violations& violations) {
  for (const TlsReportPolicy& policy : report.policies)
    for (const model::TlsReportFailure& failure : policy.failures) {
      const std::string& host = failure.receiving_mx_hostname;
      if (!host.empty() && !facts.hosts.contains(upper_case(host)))
        accuse_once(violations, {"conduct/report-place", "RFC 8460 4.4",
                                 fmt::format("receiving-mx-hostname \"{}\" is no MX host", host)});
      if (!failure.receiving_ip.empty() && !facts.addresses.contains(failure.receiving_ip))
        accuse_once(violations, {"conduct/report-place", "RFC 8460 4.4",
                                 fmt::format("receiving-ip \"{}\", and no connection came there",
                                             failure.receiving_ip)});
    }
}

std::string text_of(const Count& count) {
  if (count.least == count.most) return std::to_string(count.least);
  if (count.most > std::uint32_t(-1)) return fmt::format("at least {}", count.least);
  return fmt::format("{} to {}", count.least, count.most);
}

// Sessions under two policies may stand under both: what is reported under one is never more than
// there was, and all together never less.
void counts_are_those_of_sessions(const std::vector<TlsReport>& reports, const ReportFacts& facts,
                                  Violations& violations) {
  const auto check = [&](std::uint64_t TlsReportPolicy::*member, const Count& count,
                         std::string_view what) {
    std::map<std::string, std::uint64_t> by_type;
    std::uint64_t total = 0;
    for (const TlsReport& report : reports)
      for (const TlsReportPolicy& policy : report.policies) {
        total += policy.*member;
        by_type[policy.type] += policy.*member;
      }
    std::uint64_t most = 0;
    for (const auto& [type, number] : by_type)
      most = std::max(most, number);
    if (total < count.least || most > count.most)
      accuse_once(violations,
                  {"conduct/report-count", "RFC 8460 4.2",
                   fmt::format("{} {} sessions reported, {} seen", total, what, text_of(count))});
  };
  check(&TlsReportPolicy::successful_session_count, facts.successes, "successful");
  check(&TlsReportPolicy::failed_session_count, facts.failures, "failed");
}

void failures_have_their_types(const std::vector<TlsReport>& reports, const ReportFacts& facts,
                               Violations& violations) {
  std::set<std::string, std::less<>> told;
  for (const TlsReport& report : reports)
    for (const TlsReportPolicy& policy : report.policies)
      for (const model::TlsReportFailure& failure : policy.failures)
        told.insert(failure.result_type);
  for (const std::string& type : told)
    if (!facts.result_types.contains(type))
      accuse_once(violations, {"conduct/report-result", "RFC 8460 4.3",
                               fmt::format("result-type {}, which nothing caused", type)});
  for (const ResultTypes& types : facts.expected)
    if (std::ranges::none_of(types, [&](std::string_view type) { return told.contains(type); }))
      accuse_once(violations,
                  {"conduct/report-result", "RFC 8460 4.3",
                   fmt::format("no failure with result-type {}", fmt::join(types, " or "))});
}

// "A sender SHOULD attempt redelivery" (RFC 8460 5.5), of one that the collector did not take.
void refused_report_comes_again(const std::vector<fakes::Event>& journal, Violations& violations) {
  unsigned posts = 0;
  int status = 0;
  for (const fakes::Event& event : journal)
    if (event.who == model::tls_reporting_host)
      if (const auto* request = std::get_if<fakes::HttpRequest>(&event.body)) {
        ++posts;
        status = request->status;
      }
  if (posts == 1 && status / 100 != 2)
    accuse_once(violations, {"advice/report-retry", "RFC 8460 5.5",
                             fmt::format("a report that the collector answered with {} did not "
                                         "come again",
                                         status)});
}

}  // namespace

void check_tls_report(const model::Cell& cell, const std::vector<fakes::Event>& journal,
                      const std::vector<DomainScene>& scenes, bool server_alive,
                      Violations& violations) {
  const auto scene = std::ranges::find(scenes, "@", &DomainScene::domain);
  if (!cell.scenario->tlsrpt || cell.attacker != model::Attacker::none || scene == scenes.end())
    return;
  const ReportFacts facts = report_facts(cell, *scene);
  const auto all = received(journal);
  const bool over = server_alive && work_is_over(journal);
  if (!all.empty() && facts.wanted == Truth::no)
    accuse_once(violations, {"conduct/report-unasked", "RFC 8460 3",
                             "a report came, and no valid record asks for it"});
  const bool something = facts.successes.least + facts.failures.least > 0;
  if (over && all.empty() && something && facts.wanted == Truth::yes && facts.taken == Truth::yes)
    accuse_once(violations, {"conduct/report-missing", "RFC 8460 3",
                             "the server is done with its report, and none came"});
  if (over) refused_report_comes_again(journal, violations);
  const auto reports = read_reports(all, violations);
  for (const TlsReport& report : reports)
    policies_are_the_domains(report, facts, cell.domain(), violations);
  // Of one that is lost, or still to come, nothing can be counted.
  if (!over || !facts.counted || reports.empty()) return;
  for (const TlsReport& report : reports) {
    policy_strings_are_those_published(report, facts, violations);
    failures_have_their_places(report, facts, violations);
  }
  counts_are_those_of_sessions(reports, facts, violations);
  failures_have_their_types(reports, facts, violations);
}

}  // namespace smtprig::judge
