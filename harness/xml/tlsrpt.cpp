// See tlsrpt.hpp.
#include "harness/xml/tlsrpt.hpp"

#include <fmt/format.h>

#include "harness/model/tls_reporting.hpp"
#include "harness/xml/set.hpp"
#include "harness/xml/table.hpp"

namespace smtprig::xml {
namespace {

void read_collector(const Node& node, fakes::CollectorSpec& collector) {
  set_certificate(collector.https.certificate, node);
  fakes::CollectorAnswer answer;
  if (const auto value = node.value("status"))
    answer.status = static_cast<unsigned>(number(*value).value_or(answer.status));
  set(answer.nth, node, "nth");
  set(answer.delay, node, "delay");
  answer.location = node.value("location").value_or("");
  collector.answers = {answer};
}

// Nobody gets as far as what these say.
void check_collector(const Node& node, const model::TlsReporting& reporting, Problems& problems) {
  if (!reporting.record && node.has("text"))
    problems.add_name(node, "text", "text= has no effect: there is no record");
  if (reporting.reach == model::Reach::listens && reporting.published) return;
  for (const auto* name : {"certificate", "status", "nth", "delay", "location"})
    if (node.has(name))
      problems.add_name(node, name,
                        fmt::format("{}= has no effect: nobody reaches the collector", name));
}

}  // namespace

void read_tlsrpt(const std::vector<Flat>& children, model::Scenario& scenario, Problems& problems) {
  for (const auto& flat : children) {
    if (flat.node.name() != "tlsrpt") continue;
    const Node& node = flat.node;
    if (scenario.direction() == model::Direction::inbound)
      problems.add(node, "a scenario with a <sender> has no <tlsrpt>");
    if (scenario.relay) problems.add(node, "a scenario with a <relay> has no <tlsrpt>");
    if (scenario.tlsrpt) problems.add(node, "there is a <tlsrpt> already");
    auto& reporting = scenario.tlsrpt.emplace();
    set(reporting.record, node, "record");
    reporting.text = node.value("text").value_or(reporting.text);
    set(reporting.reach, node, "reach", reach_words);
    set(reporting.published, node, "published");
    read_collector(node, reporting.collector);
    check_collector(node, reporting, problems);
  }
}

}  // namespace smtprig::xml
