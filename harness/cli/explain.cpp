// See explain.hpp.
#include "harness/cli/explain.hpp"

#include "harness/cli/describe.hpp"
#include "harness/judge/judge.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
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
    for (const auto& record : host.tlsa)
      page.line(14, tlsa_text(record));
  }
}

void add_sts(Page& page, const model::Scenario& scenario) {
  for (const auto& sts : scenario.sts) {
    const auto texts = sts_texts(sts);
    page.entry("MTA-STS", (sts.domain == "@" ? "" : "of " + sts.domain + ": ") + texts.front());
    for (std::size_t i = 1; i < texts.size(); ++i)
      page.line(14, texts[i]);
  }
}

void add_tlsrpt(Page& page, const model::Scenario& scenario) {
  if (!scenario.tlsrpt) return;
  const auto texts = tlsrpt_texts(*scenario.tlsrpt);
  page.entry("TLSRPT", texts.front());
  for (std::size_t i = 1; i < texts.size(); ++i)
    page.line(14, texts[i]);
}

std::string message_text(const model::Message& message) {
  auto text = fmt::format("{} to {}", message.id, fmt::join(message.recipients, ", "));
  if (message.later) text += ", when all before it are decided";
  if (message.wait.count() > 0) text += fmt::format(" and {} ms later", message.wait.count());
  return text;
}

void add_relay(Page& page, const model::Relay& relay) {
  constexpr std::array<std::string_view, 4> services = {"SMTP on port 25", "submission on port 587",
                                                        "submissions on port 465, TLS first",
                                                        "LMTP on port 24"};
  constexpr std::array<std::string_view, 3> logins = {"without a login", "with a good login",
                                                      "with a wrong password"};
  page.entry("relay", fmt::format("all mail goes to {} by {}, {}", relay.host,
                                  services[static_cast<std::size_t>(relay.service)],
                                  logins[static_cast<std::size_t>(relay.login)]));
}

void add_dns(Page& page, const model::Scenario& scenario) {
  if (scenario.relay) add_relay(page, *scenario.relay);
  for (const auto& record : scenario.mx) {
    const auto whose = record.domain == "@" ? "" : fmt::format(" (of {})", record.domain);
    page.entry("MX", (record.target == "."
                          ? "null MX: the domain takes no mail (RFC 7505)"
                          : fmt::format("{}, preference {}", record.target, record.preference)) +
                         whose);
  }
  if (scenario.mx.empty()) page.entry("MX", "none");
  for (const auto& record : scenario.records)
    page.entry("record", fmt::format("{} {} {}", record.name, record.type, record.data));
  for (const auto& fault : scenario.dns_faults)
    page.entry("DNS", fault_text(fault));
}

void add_played(Page& page, const std::vector<model::Cell>& cells) {
  page.heading("What is played");
  const model::Cell& first = cells.front();
  page.entry("domain", cells.size() == 1
                           ? first.domain()
                           : first.domain() + ", and so for each policy: a domain of its own");
  if (first.attacker != model::Attacker::none)
    page.entry("attacker", attacker_text(first.attacker));
  add_dns(page, *first.scenario);
  if (first.scenario->secure) page.entry("zone", "signed (DNSSEC)");
  add_hosts(page, *first.scenario);
  add_sts(page, *first.scenario);
  add_tlsrpt(page, *first.scenario);
  for (const auto& message : first.scenario->messages)
    page.entry("message", message_text(message));
}

// "partners: secure", "partners: may at @, secure at other"
std::string levels_text(const model::Cell& cell) {
  std::map<std::string_view, model::Policy> levels;
  const auto domains = recipient_domains(*cell.scenario);
  for (const auto& domain : domains)
    levels[domain] = cell.level(domain);
  std::string text = cell.own->name + ":";
  if (cell.levels().size() == 1) return text + fmt::format(" {}", name(levels.begin()->second));
  for (const auto& [domain, level] : levels)
    text += fmt::format("{} {} at {}", text.ends_with(':') ? "" : ",", name(level), domain);
  return text;
}

// What the oracle says of cells next to each other that it says the same of.
struct Said {
  std::vector<std::string> policies;
  std::optional<model::Ruling> ruling;  // none: the oracle does not cover them yet
  std::string levels;                   // of an own policy
};

bool same(const model::Ruling& one, const model::Ruling& two) {
  return one.permitted == two.permitted && one.row == two.row && one.clause == two.clause &&
         one.force == two.force && one.causes == two.causes && one.notes == two.notes;
}

std::vector<Said> said_of(const std::vector<model::Cell>& cells) {
  std::vector<Said> all;
  for (const auto& cell : cells) {
    Said said{.policies = {std::string(name(cell.label()))}, .ruling = {}, .levels = {}};
    try {
      said.ruling = judge::ruling(cell);
    } catch (const std::logic_error&) {
    }
    if (cell.own) said.levels = levels_text(cell);
    if (!all.empty() && said.levels.empty() && all.back().levels.empty() && said.ruling &&
        all.back().ruling && same(*said.ruling, *all.back().ruling)) {
      all.back().policies.push_back(std::move(said.policies.front()));
    } else {
      all.push_back(std::move(said));
    }
  }
  return all;
}

// `notes` collects what rulings add, each once; a ruling names its notes by number.
void add_ruling(Page& page, const Said& said, std::vector<std::string>& notes) {
  const std::string policies = fmt::format("{}", fmt::join(said.policies, ", "));
  if (!said.ruling) {
    page.line(2, policies + ": the oracle does not cover this policy yet");
    return;
  }
  const model::Ruling& ruling = *said.ruling;
  constexpr std::size_t policy_columns = 12;
  if (policies.size() > policy_columns) {
    page.line(2, policies);
    page.line(15, judge::text(ruling.permitted), 0);
  } else {
    page.line(2, fmt::format("{:<{}} {}", policies, policy_columns, judge::text(ruling.permitted)),
              13);
  }
  if (!said.levels.empty()) page.line(15, said.levels);
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

std::string explain_text(const std::vector<model::Cell>& cells, std::size_t columns) {
  Page page(columns);
  const auto& scenario = cells.front().scenario;
  page.line(0, fmt::format("{}  ({}:{})", scenario->id, scenario->location.file,
                           scenario->location.line));
  page.line(0, scenario->summary, 0);
  std::string source = scenario->clause;
  if (!scenario->level.empty()) source += fmt::format(" ({})", scenario->level);
  if (!scenario->ref.empty()) source += fmt::format(", {}", scenario->ref);
  if (!source.empty()) page.line(0, source);
  add_played(page, cells);
  page.heading("What may happen to the mail, and why");
  std::vector<std::string> notes;
  for (const auto& said : said_of(cells))
    add_ruling(page, said, notes);
  if (!notes.empty()) page.heading("Notes");
  for (std::size_t i = 0; i < notes.size(); ++i)
    page.line(2, fmt::format("{}. {}", i + 1, notes[i]), 3);
  page.heading("What the file expects");
  if (scenario->expectations.empty()) page.line(2, "nothing of its own: the rules above decide");
  for (const auto& expectation : scenario->expectations)
    page.line(
        2, fmt::format("{} (line {})", expectation_text(expectation), expectation.location.line));
  page.heading("Run it");
  const auto& first = cells.front();
  std::string policy;
  if (cells.size() == 1)
    policy = first.own ? fmt::format(" --policy '{}'", first.own->text())
                       : fmt::format(" --policy {}", name(first.policy));
  page.line(2,
            fmt::format("smtprig run {} --server {}{}", scenario->id, first.server.name, policy));
  return page.take();
}

}  // namespace smtprig::cli
