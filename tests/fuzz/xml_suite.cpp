// Fuzz entry: any bytes as a file of scenarios, of a server, of known deviations, or of a project.
// Beyond what the sanitizers see, a problem must lie within the file, and what is read without one
// must keep the promises of the model: an id, a domain below the limit, rules that are named and
// act.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "harness/model/cell.hpp"
#include "harness/xml/check.hpp"
#include "harness/xml/scenario.hpp"
#include "harness/xml/suite.hpp"

namespace {

using namespace smtprig;

void require(bool condition) {
  if (!condition) std::abort();
}

void require_sound(const std::shared_ptr<const model::Scenario>& scenario) {
  require(!scenario->id.empty() && !scenario->summary.empty() && !scenario->messages.empty());
  model::Cell cell{scenario, {"x", ""}, model::Policy::dane_mta_sts, model::Attacker::none};
  require(cell.domain().size() < xml::domain_bytes_max);
  for (const auto& host : scenario->hosts)
    for (const auto& rule : host.receiver.rules)
      require(!rule.id.empty() && !rule.actions.empty());
}

void read_scenarios(const xml::Document& document, xml::Problems& problems) {
  const xml::Node root(document, document.root());
  const auto peers = xml::read_peers(root, "/nowhere/fuzz.xml", problems);
  std::size_t budget = xml::expanded_elements_max;
  for (const auto& node : root.children("scenario")) {
    const auto scenarios = xml::read_scenario(node, peers, budget, problems);
    if (!problems.empty()) continue;
    for (const auto& scenario : scenarios)
      require_sound(scenario);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  xml::Problems problems;
  const auto document = xml::Document::parse("fuzz.xml", text, problems);
  if (document != nullptr) {
    const std::string root(xml::Node(*document, document->root()).name());
    const bool other = root == "server" || root == "known" || root == "project";
    const bool right = xml::check(*document, other ? root : "suite", problems);
    if (right && !other) read_scenarios(*document, problems);
  }
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  for (const auto& problem : problems.sorted()) {
    require(!problem.message.empty() && problem.location.line <= lines);
    require(problem.text().find('\x1B') == std::string::npos);
  }
  return 0;
}
