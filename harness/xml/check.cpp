// See check.hpp.
#include "harness/xml/check.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "harness/xml/nearest.hpp"

namespace smtprig::xml {
namespace {

std::vector<std::string> values(const Attribute& attribute) {
  std::vector<std::string> all;
  for (const auto& choice : attribute.choices)
    all.push_back(choice.value);
  return all;
}

bool is_choice(const Attribute& attribute, std::string_view value) {
  return std::ranges::find(attribute.choices, value, &Choice::value) != attribute.choices.end();
}

constexpr std::size_t listed_max = 20;

// "one of a, b or c"; a long list is left to the suggestion and the reference page.
std::string listed(const Attribute& attribute) {
  const auto all = values(attribute);
  if (all.size() > listed_max)
    return fmt::format("one of the {} that docs/scenario-format.md lists", all.size());
  std::string text = "one of ";
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) text += i + 1 == all.size() ? " or " : ", ";
    text += all[i];
  }
  return text;
}

struct Flaw {
  std::string message;
  std::string suggestion{};
};

std::optional<Flaw> flaw_of_choices(const Attribute& attribute, const std::string& value) {
  const auto given = words(value);
  if (given.empty()) return Flaw{fmt::format("{}= is empty", attribute.name)};
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!is_choice(attribute, given[i]))
      return Flaw{
          fmt::format("\"{}\" in {}= is not {}", given[i], attribute.name, listed(attribute)),
          nearest(given[i], values(attribute))};
    if (std::find(given.begin(), given.begin() + static_cast<std::ptrdiff_t>(i), given[i]) !=
        given.begin() + static_cast<std::ptrdiff_t>(i))
      return Flaw{fmt::format("\"{}\" stands twice in {}=", given[i], attribute.name)};
  }
  return std::nullopt;
}

std::optional<Flaw> flaw_of_number(const Attribute& attribute, const std::string& value) {
  const bool digits = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
  const auto given = digits ? number(value) : std::nullopt;
  if (given && attribute.min <= *given && *given <= attribute.max) return std::nullopt;
  return Flaw{fmt::format("{}=\"{}\" is not a number from {} to {}", attribute.name, value,
                          attribute.min, attribute.max)};
}

std::optional<Flaw> flaw_of_alert(const Attribute& attribute, const std::string& value) {
  const bool digits = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
  if (is_choice(attribute, value) || (digits && number(value).value_or(256) < 256))
    return std::nullopt;
  return Flaw{fmt::format("\"{}\" is neither the name of an alert nor a number up to 255", value),
              nearest(value, values(attribute))};
}

// A value that fits its pattern, but means nothing.
std::string senseless(Type type, const std::string& value) {
  if (type == Type::ordinals && !ordinals(value)) return "the range ends before it starts";
  if (type == Type::tls_range && !tls_range(value)) return "the range ends before it starts";
  if (type == Type::duration && *duration(value) > std::chrono::minutes(10))
    return "longer than 10min";
  if (type == Type::regex) return regex_error(value);
  return {};
}

// What is wrong with a value; `what` names it in messages: "starttls=", "the text of <line>".
std::optional<Flaw> flaw_of_type(Type type, const std::string& what, const std::string& value) {
  if (value.empty()) return Flaw{fmt::format("{} is empty", what)};
  if (!fits(type, value)) {
    auto suggestion = type == Type::yes_no ? nearest(value, {"yes", "no"}) : std::string();
    return Flaw{fmt::format("{} \"{}\" is not {}", what, value, info(type).says), suggestion};
  }
  if (const auto why = senseless(type, value); !why.empty())
    return Flaw{fmt::format("{} \"{}\": {}", what, value, why)};
  return std::nullopt;
}

std::optional<Flaw> flaw(const Attribute& attribute, const std::string& value) {
  switch (attribute.type) {
    case Type::choice:
      if (is_choice(attribute, value)) return std::nullopt;
      return Flaw{fmt::format("{}=\"{}\" is not {}", attribute.name, value, listed(attribute)),
                  nearest(value, values(attribute))};
    case Type::choices:
      return flaw_of_choices(attribute, value);
    case Type::number:
      return flaw_of_number(attribute, value);
    case Type::alert:
      return flaw_of_alert(attribute, value);
    default:
      return flaw_of_type(attribute.type, attribute.name + "=", value);
  }
}

// Elements that may hold one of that name, for a misplaced one: "<host>, <mx>".
std::string homes(std::string_view name) {
  std::vector<std::string> found;
  for (const auto& parent : table())
    for (const auto& child : parent.children)
      if (element(child.key).name == name &&
          std::ranges::find(found, "<" + parent.name + ">") == found.end())
        found.push_back("<" + parent.name + ">");
  std::string text;
  for (const auto& each : found)
    text += (text.empty() ? "" : ", ") + each;
  return text;
}

Flaw placing_flaw(std::string_view name, const Element& parent) {
  if (const auto where = homes(name); !where.empty())
    return {fmt::format("<{}> has no place in <{}>; it belongs in {}", name, parent.name, where)};
  std::vector<std::string> known;
  for (const auto& each : parent.children)
    known.push_back(element(each.key).name);
  return {fmt::format("unknown element <{}> in <{}>", name, parent.name), nearest(name, known)};
}

class Checker {
 public:
  explicit Checker(Problems& problems) : problems_(problems) {}

  void visit(const Node& node, const Element& row) {
    attributes(node, row);
    text(node, row);
    children(node, row);
  }

 private:
  void attributes(const Node& node, const Element& row) {
    for (const auto& name : node.attributes()) {
      const auto* attribute = row.attribute(name);
      if (attribute == nullptr) {
        std::vector<std::string> known;
        for (const auto& each : row.attributes)
          known.push_back(each.name);
        problems_.add_name(node, name,
                           fmt::format("unknown attribute \"{}\" of <{}>", name, row.name),
                           nearest(name, known));
      } else if (const auto found = flaw(*attribute, *node.value(name))) {
        problems_.add_value(node, name, found->message, found->suggestion);
      }
    }
    for (const auto& attribute : row.attributes)
      if (attribute.required && !node.has(attribute.name))
        problems_.add(node, fmt::format("<{}> needs {}=", row.name, attribute.name));
  }

  void text(const Node& node, const Element& row) {
    const auto value = node.text();
    if (!row.text) {
      if (!value.empty()) problems_.add(node, fmt::format("<{}> takes no text", row.name));
    } else if (const auto found =
                   flaw_of_type(*row.text, fmt::format("the text of <{}>", row.name), value)) {
      problems_.add(node, found->message, found->suggestion);
    }
  }

  void children(const Node& node, const Element& row) {
    std::map<std::string_view, unsigned> counts;
    for (const auto& child : node.children()) {
      const auto allowed = std::ranges::find_if(
          row.children, [&](const Child& each) { return element(each.key).name == child.name(); });
      if (allowed == row.children.end()) {
        misplaced(child, row);
        continue;
      }
      if (++counts[allowed->key] > allowed->max)
        problems_.add(
            child, fmt::format("<{}> has more than {} <{}>", row.name, allowed->max, child.name()));
      visit(child, element(allowed->key));
    }
    for (const auto& child : row.children)
      if (counts[child.key] < child.min)
        problems_.add(node, fmt::format("<{}> needs a <{}>", row.name, element(child.key).name));
  }

  void misplaced(const Node& child, const Element& parent) {
    // A file may hold the same mistake a hundred thousand times.
    const auto [found, fresh] = misplaced_.try_emplace({std::string(child.name()), parent.key});
    if (fresh) found->second = placing_flaw(child.name(), parent);
    problems_.add(child, found->second.message, found->second.suggestion);
  }

  Problems& problems_;
  std::map<std::pair<std::string, std::string>, Flaw> misplaced_;
};

}  // namespace

bool check(const Document& document, std::string_view root, Problems& problems) {
  const Node node(document, document.root());
  if (node.name() != root) {
    problems.add(node, fmt::format("the root is <{}>, not <{}>", node.name(), root),
                 nearest(node.name(), {std::string(root)}));
    return false;
  }
  Checker(problems).visit(node, element(root));
  return true;
}

}  // namespace smtprig::xml
