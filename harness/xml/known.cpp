// See read.hpp: known deviations.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "harness/xml/check.hpp"
#include "harness/xml/read.hpp"
#include "harness/xml/suite.hpp"
#include "harness/xml/value.hpp"

namespace smtprig::xml {
namespace {

// -1, 0, 1 as dotted numbers compare; a missing part is less than any.
int compare(std::string_view a, std::string_view b) {
  while (!a.empty() || !b.empty()) {
    if (a.empty() || b.empty()) return a.empty() ? -1 : 1;
    const auto part = [](std::string_view& rest) {
      const auto dot = rest.find('.');
      const auto value = number(rest.substr(0, dot)).value_or(0);
      rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
      return value;
    };
    const auto left = part(a), right = part(b);
    if (left != right) return left < right ? -1 : 1;
  }
  return 0;
}

model::KnownDeviation read_deviation(const Node& node, Problems& problems) {
  model::KnownDeviation deviation;
  deviation.server = node.value("server").value_or("");
  deviation.cells = node.value("cells").value_or("");
  deviation.status = node.value("status").value_or("");
  deviation.violation = node.value("violation").value_or("");
  deviation.attacked = node.value("attacked") == "yes";
  deviation.link = node.value("link").value_or("");
  deviation.location = node.at();
  if (const auto value = node.value("versions"))
    if (const auto range = versions(*value)) {
      deviation.version_from = range->from;
      deviation.version_to = range->to;
      if (!range->from.empty() && !range->to.empty() && compare(range->to, range->from) < 0)
        problems.add_value(node, "versions", "the range ends before it starts");
    }
  if (const auto value = node.value("delivery")) deviation.delivery = model::delivery_named(*value);
  if (const auto value = node.value("channel")) deviation.channel = model::channel_named(*value);
  for (const auto& reason : node.children("reason"))
    deviation.reason = flowing(reason.text());
  const std::initializer_list<std::string_view> outcome{"delivery", "channel", "status",
                                                        "violation"};
  if (std::ranges::none_of(outcome, [&](auto attribute) { return node.has(attribute); }))
    problems.add(node, "<deviation> needs one of delivery=, channel=, status= and violation=");
  if (node.has("cells") && deviation.cells.find_first_of("/*") == std::string::npos)
    problems.add_value(node, "cells", "cells= never matches: it has no \"/\" before a policy");
  return deviation;
}

// One cell may need several entries, each for a thing of its own.
bool says_the_same(const model::KnownDeviation& a, const model::KnownDeviation& b) {
  const auto parts = [](const model::KnownDeviation& entry) {
    return std::tie(entry.server, entry.version_from, entry.version_to, entry.cells, entry.delivery,
                    entry.channel, entry.status, entry.violation, entry.attacked);
  };
  return parts(a) == parts(b);
}

}  // namespace

KnownRead read_known(const std::vector<std::filesystem::path>& paths) {
  KnownRead result;
  Problems problems;
  for (const auto& file : xml_files(paths, {}, problems)) {
    const auto document = Document::load(file, problems);
    if (document == nullptr || !check(*document, "known", problems)) continue;
    for (const auto& node : Node(*document, document->root()).children("deviation")) {
      auto deviation = read_deviation(node, problems);
      for (const auto& other : result.deviations)
        if (says_the_same(other, deviation))
          problems.add(node, fmt::format("the <deviation> of {}:{} says the same of these cells",
                                         other.location.file, other.location.line));
      result.deviations.push_back(std::move(deviation));
    }
  }
  result.problems = problems.sorted();
  return result;
}

}  // namespace smtprig::xml
