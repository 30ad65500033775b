// Node: an element as the readers see it. See document.hpp.
#include <algorithm>

#include "harness/xml/document.hpp"

namespace smtprig::xml {
namespace {

bool is_white(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view local(std::string_view name) {
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// Attributes that are no business of ours: namespaces, schema hints, xml:lang and the like.
bool is_foreign(std::string_view name) {
  return name.find(':') != std::string_view::npos || name == "xmlns";
}

}  // namespace

std::string_view Node::name() const {
  return local(element_.name());
}

std::optional<std::string> Node::value(std::string_view attribute) const {
  const auto found = element_.attribute(std::string(attribute).c_str());
  return found ? std::optional<std::string>(found.value()) : std::nullopt;
}

std::string Node::text() const {
  std::string text;
  for (const auto child : element_.children())
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata)
      text += child.value();
  while (!text.empty() && is_white(text.back()))
    text.pop_back();
  const auto first = std::ranges::find_if_not(text, is_white);
  text.erase(text.begin(), first);
  return text;
}

bool Node::has_text() const {
  return !text().empty();
}

std::vector<Node> Node::children() const {
  std::vector<Node> nodes;
  for (const auto child : element_.children())
    if (child.type() == pugi::node_element) nodes.emplace_back(*document_, child);
  return nodes;
}

std::vector<Node> Node::children(std::string_view wanted) const {
  auto nodes = children();
  std::erase_if(nodes, [&](const Node& node) { return node.name() != wanted; });
  return nodes;
}

std::vector<std::string> Node::attributes() const {
  std::vector<std::string> names;
  for (const auto attribute : element_.attributes())
    if (!is_foreign(attribute.name())) names.emplace_back(attribute.name());
  return names;
}

model::Location Node::at() const {
  const auto* place = document_->place(element_);
  return document_->location(place == nullptr ? 0 : place->offset);
}

model::Location Node::at_name(std::string_view attribute) const {
  if (const auto* place = document_->place(element_))
    for (const auto& candidate : place->attributes)
      if (candidate.name == attribute) return document_->location(candidate.name_offset);
  return at();
}

model::Location Node::at_value(std::string_view attribute) const {
  if (const auto* place = document_->place(element_))
    for (const auto& candidate : place->attributes)
      if (candidate.name == attribute) return document_->location(candidate.value_offset);
  return at();
}

}  // namespace smtprig::xml
