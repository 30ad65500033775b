// See explain.hpp.
#include "harness/cli/explain.hpp"

#include "harness/cli/describe.hpp"
#include "harness/judge/judge.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace smtprig::cli {
namespace {

// Collects lines that fit the terminal; text from files is made safe on the way.
class Page {
 public:
  explicit Page(std::size_t columns) : columns_(std::max<std::size_t>(columns, 40)) {}

  void line(std::size_t indent, std::string_view text, std::size_t hanging = 2) {
    text_ += std::string(indent, ' ') +
             reports::wrapped(reports::safe(text), columns_, indent, indent + hanging) + "\n";
  }
  void entry(std::string_view label, std::string_view text) {
    const auto start = fmt::format("  {:<9} ", label);
    text_ +=
        start + reports::wrapped(reports::safe(text), columns_, reports::width(start), 12) + "\n";
  }
  void heading(std::string_view title) { text_ += fmt::format("\n{}\n", title); }
  std::string take() { return std::move(text_); }

 private:
  std::size_t columns_;
  std::string text_;
};

void add_hosts(Page& page, const model::Scenario& scenario) {
  for (const auto& host : scenario.hosts) {
    const auto list = deviations(host);
    const std::string_view address = host.ipv4 && host.ipv6 ? "IPv4 and IPv6"
                                     : host.ipv6            ? "IPv6"
                                                            : "IPv4";
    page.entry("host", fmt::format("{} ({}){}", host.name, address,
                                   list.empty() ? ": an honest, modern receiver" : ""));
    for (const auto& deviation : list)
      page.line(14, deviation);
  }
}

void add_dns(Page& page, const model::Scenario& scenario) {
  for (const auto& record : scenario.mx)
    page.entry("MX", record.target == "."
                         ? "null MX: the domain takes no mail (RFC 7505)"
                         : fmt::format("{}, preference {}", record.target, record.preference));
  if (scenario.mx.empty()) page.entry("MX", "none");
  for (const auto& record : scenario.records)
    page.entry("record", fmt::format("{} {} {}", record.name, record.type, record.data));
  for (const auto& fault : scenario.dns_faults)
    page.entry("DNS", fault_text(fault));
}

void add_played(Page& page, const std::shared_ptr<const model::Scenario>& scenario,
                const model::ServerName& server, const std::vector<model::Policy>& policies) {
  page.heading("What is played");
  const model::Cell first{scenario, server, policies.front()};
  page.entry("domain", policies.size() == 1
                           ? first.domain()
                           : first.domain() + ", and so for each policy: a domain of its own");
  add_dns(page, *scenario);
  add_hosts(page, *scenario);
  for (const auto& message : scenario->messages)
    page.entry("message", fmt::format("{} to {}", message.id, fmt::join(message.recipients, ", ")));
}

// `notes` collects what rulings add, each once; a ruling names its notes by number.
void add_ruling(Page& page, const model::Cell& cell, std::vector<std::string>& notes) {
  model::Ruling ruling;
  try {
    ruling = judge::ruling(cell);
  } catch (const std::logic_error&) {
    page.line(2, fmt::format("{}: the oracle does not cover this policy yet", name(cell.policy)));
    return;
  }
  std::vector<std::string> permitted;
  for (const auto& one : ruling.permitted)
    permitted.push_back(judge::text(one));
  page.line(2, fmt::format("{:<12} {}", name(cell.policy), fmt::join(permitted, ", or ")), 13);
  page.line(15, fmt::format("{} ({}, {})", ruling.row, ruling.clause, name(ruling.force)));
  if (!ruling.causes.empty()) {
    std::vector<std::string_view> causes;
    for (const auto cause : ruling.causes)
      causes.push_back(name(cause));
    page.line(15, fmt::format("cause of a failure: {}", fmt::join(causes, " or ")));
  }
  std::vector<std::size_t> numbers;
  for (const auto& note : ruling.notes) {
    const auto found = std::ranges::find(notes, note);
    numbers.push_back(static_cast<std::size_t>(found - notes.begin()) + 1);
    if (found == notes.end()) notes.push_back(note);
  }
  if (!numbers.empty())
    page.line(
        15, fmt::format("see note{} {}", numbers.size() == 1 ? "" : "s", fmt::join(numbers, ", ")));
}

}  // namespace

std::string explain_text(const std::shared_ptr<const model::Scenario>& scenario,
                         const model::ServerName& server,
                         const std::vector<model::Policy>& policies, std::size_t columns) {
  Page page(columns);
  page.line(0, fmt::format("{}  ({}:{})", scenario->id, scenario->location.file,
                           scenario->location.line));
  page.line(0, scenario->summary, 0);
  std::string source = scenario->clause;
  if (!scenario->level.empty()) source += fmt::format(" ({})", scenario->level);
  if (!scenario->ref.empty()) source += fmt::format(", {}", scenario->ref);
  if (!source.empty()) page.line(0, source);
  add_played(page, scenario, server, policies);
  page.heading("What may happen to the mail, and why");
  std::vector<std::string> notes;
  for (const auto policy : policies)
    add_ruling(page, {scenario, server, policy}, notes);
  if (!notes.empty()) page.heading("Notes");
  for (std::size_t i = 0; i < notes.size(); ++i)
    page.line(2, fmt::format("{}. {}", i + 1, notes[i]), 3);
  page.heading("What the file expects");
  if (scenario->expectations.empty()) page.line(2, "nothing of its own: the rules above decide");
  for (const auto& expectation : scenario->expectations)
    page.line(
        2, fmt::format("{} (line {})", expectation_text(expectation), expectation.location.line));
  page.heading("Run it");
  page.line(
      2,
      fmt::format("smtprig run {} --server {}{}", scenario->id, server.name,
                  policies.size() == 1 ? fmt::format(" --policy {}", name(policies.front())) : ""));
  return page.take();
}

}  // namespace smtprig::cli
