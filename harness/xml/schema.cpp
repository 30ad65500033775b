// See read.hpp: the table as an XSD. It says what XSD 1.0 can say; the reader is stricter
// (references, combinations of attributes, what cannot be reached), never more lenient.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "harness/xml/document.hpp"
#include "harness/xml/read.hpp"
#include "harness/xml/table.hpp"

namespace smtprig::xml {
namespace {

std::string escaped_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '"')
      out += "&quot;";
    else
      out += c;
  }
  return out;
}

// "vary of host" is no name that a schema may have.
std::string type_name(std::string_view key) {
  std::string name(key);
  std::ranges::replace(name, ' ', '-');
  return "element-" + name;
}

std::string enumeration(const Attribute& attribute, std::string_view indent) {
  std::string out;
  for (const auto& choice : attribute.choices)
    out += fmt::format("{}<xs:enumeration value=\"{}\"/>\n", indent, escaped_text(choice.value));
  return out;
}

// The body of an attribute whose type is its own.
std::string own_type(const Attribute& attribute) {
  if (attribute.type == Type::choice)
    return fmt::format(
        "        <xs:simpleType><xs:restriction base=\"xs:string\">\n{}"
        "        </xs:restriction></xs:simpleType>\n",
        enumeration(attribute, "          "));
  if (attribute.type == Type::choices)
    return fmt::format(
        "        <xs:simpleType><xs:restriction><xs:simpleType><xs:list><xs:simpleType>"
        "<xs:restriction base=\"xs:string\">\n{}"
        "        </xs:restriction></xs:simpleType></xs:list></xs:simpleType>"
        "<xs:minLength value=\"1\"/></xs:restriction></xs:simpleType>\n",
        enumeration(attribute, "          "));
  if (attribute.type == Type::alert)
    return fmt::format(
        "        <xs:simpleType><xs:union>\n"
        "          <xs:simpleType><xs:restriction base=\"xs:unsignedByte\">"
        "<xs:pattern value=\"[0-9]+\"/></xs:restriction></xs:simpleType>\n"
        "          <xs:simpleType><xs:restriction base=\"xs:string\">\n{}"
        "          </xs:restriction></xs:simpleType>\n"
        "        </xs:union></xs:simpleType>\n",
        enumeration(attribute, "            "));
  return fmt::format(
      "        <xs:simpleType><xs:restriction base=\"xs:unsignedLong\"><xs:pattern "
      "value=\"[0-9]+\"/>"
      "<xs:minInclusive value=\"{}\"/><xs:maxInclusive value=\"{}\"/></xs:restriction>"
      "</xs:simpleType>\n",
      attribute.min, attribute.max);
}

std::string documentation(std::string_view doc, std::string_view indent) {
  return fmt::format("{}<xs:annotation><xs:documentation>{}</xs:documentation></xs:annotation>\n",
                     indent, escaped_text(doc));
}

std::string attribute_schema(const Attribute& attribute) {
  const auto& type = info(attribute.type);
  std::string out = fmt::format("      <xs:attribute name=\"{}\"", attribute.name);
  if (attribute.required) out += " use=\"required\"";
  if (!type.name.empty()) out += fmt::format(" type=\"{}\"", type.name);
  out += ">\n" + documentation(attribute.doc, "        ");
  if (type.name.empty()) out += own_type(attribute);
  return out + "      </xs:attribute>\n";
}

std::string child_schema(const Child& child, bool with_occurrence) {
  const auto& row = element(child.key);
  std::string out =
      fmt::format("        <xs:element name=\"{}\" type=\"{}\"", row.name, type_name(row.key));
  if (with_occurrence) out += fmt::format(" minOccurs=\"{}\"", std::min(child.min, 1u));
  return out + "/>\n";
}

// All at most once: xs:all, which says so. Else a choice that repeats, as no order is asked for.
std::string children_schema(const Element& row) {
  if (row.children.empty()) return {};
  const bool once = std::ranges::all_of(row.children, [](const Child& c) { return c.max == 1; });
  const bool some = std::ranges::any_of(row.children, [](const Child& c) { return c.min > 0; });
  std::string out =
      once ? "      <xs:all>\n"
           : fmt::format("      <xs:choice minOccurs=\"{}\" maxOccurs=\"unbounded\">\n",
                         some ? 1 : 0);
  for (const auto& child : row.children)
    out += child_schema(child, once);
  return out + (once ? "      </xs:all>\n" : "      </xs:choice>\n");
}

std::string element_schema(const Element& row) {
  std::string out = fmt::format("  <xs:complexType name=\"{}\">\n", type_name(row.key));
  out += documentation(row.doc, "    ");
  std::string attributes;
  for (const auto& attribute : row.attributes)
    attributes += attribute_schema(attribute);
  if (row.text)
    out += fmt::format(
        "    <xs:simpleContent><xs:extension base=\"{}\">\n{}"
        "    </xs:extension></xs:simpleContent>\n",
        info(*row.text).name, attributes);
  else
    out += children_schema(row) + attributes;
  return out + "  </xs:complexType>\n";
}

std::string simple_type(const TypeInfo& type) {
  const auto facet = type.pattern.empty()
                         ? std::string("<xs:minLength value=\"1\"/>")
                         : fmt::format("<xs:pattern value=\"{}\"/>", escaped_text(type.pattern));
  return fmt::format(
      "  <xs:simpleType name=\"{}\">\n{}    <xs:restriction base=\"xs:{}\">{}"
      "</xs:restriction>\n  </xs:simpleType>\n",
      type.name, documentation(type.says, "    "),
      type.type == Type::text || type.type == Type::regex ? "string" : "token", facet);
}

}  // namespace

std::string schema() {
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<!-- Generated from the table of harness/xml; the tests hold it to that. -->\n"
      "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns=\"{0}\" "
      "targetNamespace=\"{0}\"\n"
      "           elementFormDefault=\"qualified\">\n",
      namespace_uri);
  for (const auto* root : {"suite", "server", "known", "project"})
    out += fmt::format("  <xs:element name=\"{}\" type=\"{}\"/>\n", root, type_name(root));
  for (const auto& type : type_infos())
    if (!type.name.empty()) out += simple_type(type);
  for (const auto& row : table())
    out += element_schema(row);
  return out + "</xs:schema>\n";
}

}  // namespace smtprig::xml
