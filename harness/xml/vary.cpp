// See vary.hpp. Cases are counted before any of them is made.
#include "harness/xml/vary.hpp"

#include <set>

#include <fmt/format.h>

namespace smtprig::xml {
namespace {

constexpr std::size_t plenty = expanded_elements_max + 1;

std::size_t product(std::size_t a, std::size_t b) {
  return a != 0 && b > plenty / a ? plenty : a * b;
}

std::size_t variants_of(const Node& node) {
  std::size_t count = 1;
  for (const auto& child : node.children()) {
    if (child.name() != "vary") {
      count = product(count, variants_of(child));
      continue;
    }
    std::size_t cases = 0;
    for (const auto& each : child.children("case"))
      cases = std::min(plenty, cases + variants_of(each));
    count = product(count, cases);
  }
  return count;
}

std::size_t elements_of(const Node& node) {
  std::size_t count = 1;
  for (const auto& child : node.children())
    count += elements_of(child);
  return count;
}

void check_cases(const Node& node, Problems& problems) {
  std::set<std::string> seen;
  for (const auto& child : node.children()) {
    check_cases(child, problems);
    if (node.name() != "vary" || child.name() != "case") continue;
    if (const auto id = child.value("id"); id && !seen.insert(*id).second)
      problems.add_value(child, "id", fmt::format("another case of this <vary> is \"{}\"", *id));
  }
}

// What has children of its own that a <vary> may stand among.
bool is_peer(std::string_view name) {
  return name == "host" || name == "mx" || name == "relay" || name == "sender";
}

std::vector<Variant> variants(const Node& node);

// What one child can be: for a <vary> the variants of each case, else itself.
std::vector<Variant> options(const Node& child) {
  std::vector<Variant> all;
  if (child.name() == "vary") {
    for (const auto& each : child.children("case"))
      for (auto& variant : variants(each)) {
        variant.ids.insert(variant.ids.begin(), each.value("id").value_or(""));
        all.push_back(std::move(variant));
      }
  } else if (is_peer(child.name())) {
    for (auto& variant : variants(child))
      all.push_back({std::move(variant.ids), {Flat{child, std::move(variant.children)}}});
  } else {
    all.push_back({{}, {Flat{child, {}}}});
  }
  return all;
}

std::vector<Variant> variants(const Node& node) {
  std::vector<Variant> all(1);
  for (const auto& child : node.children()) {
    const auto choices = options(child);
    std::vector<Variant> next;
    next.reserve(all.size() * choices.size());
    for (const auto& before : all)
      for (const auto& choice : choices) {
        next.push_back(before);
        auto& variant = next.back();
        variant.ids.insert(variant.ids.end(), choice.ids.begin(), choice.ids.end());
        variant.children.insert(variant.children.end(), choice.children.begin(),
                                choice.children.end());
      }
    all = std::move(next);
  }
  return all;
}

}  // namespace

std::vector<Variant> expand(const Node& scenario, std::size_t& budget, Problems& problems) {
  check_cases(scenario, problems);
  const std::size_t count = variants_of(scenario);
  if (count > cases_max) {
    problems.add(scenario,
                 fmt::format("<vary> makes more than {} cases of this scenario", cases_max));
    return {};
  }
  const std::size_t cost = product(count, elements_of(scenario));
  if (cost > budget) {
    problems.add(scenario, fmt::format("<vary> makes more than {} elements of this file",
                                       expanded_elements_max));
    return {};
  }
  budget -= cost;
  return variants(scenario);
}

}  // namespace smtprig::xml
