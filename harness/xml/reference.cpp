// See read.hpp: the table as a page of Markdown. The prose before it says what a table cannot.
#include <map>

#include <fmt/format.h>

#include "harness/xml/document.hpp"
#include "harness/xml/read.hpp"
#include "harness/xml/scenario.hpp"
#include "harness/xml/suite.hpp"
#include "harness/xml/table.hpp"

namespace smtprig::xml {
namespace {

constexpr std::string_view introduction = R"md(# Scenario files

<!-- Generated from the table of harness/xml; the tests hold it to that. -->

A scenario describes one situation: the machines that receive mail for a domain, what its DNS
says, and in what they deviate from honest, modern peers. Every scenario is played for every TLS
policy of the server under test, and the outcome is held against what the RFCs permit. So a file
rarely says what is to happen; it says what is the case.

```xml
<suite xmlns="urn:smtprig:1">
  <receiver id="starttls-454">
    <on smtp="STARTTLS"><reply line="454 4.7.0 TLS not available due to temporary reason"/></on>
  </receiver>

  <!-- one deviation; the oracle knows what each policy may make of it -->
  <scenario id="example/expired" clause="RFC 8461 4.2" level="MUST">
    <summary>The only MX presents an expired certificate.</summary>
    <mx certificate="expired"/>
  </scenario>

  <!-- machines and records apart; named cases: example/backup/refuses, example/backup/closes -->
  <scenario id="example/backup" clause="RFC 5321 5.1" level="MUST">
    <summary>The first MX fails after the ClientHello, the second is honest.</summary>
    <host name="mx1" receiver="starttls-454">
      <vary>
        <case id="refuses"/>
        <case id="closes"><on smtp="STARTTLS"><close how="rst"/></on></case>
      </vary>
    </host>
    <host name="mx2"/>
    <mx host="mx1" preference="10"/>
    <mx host="mx2" preference="20"/>
  </scenario>

  <!-- a selector says when: from the second RCPT for bob on, inside TLS -->
  <scenario id="example/selector" clause="RFC 5321 4.2.1" level="SHOULD">
    <summary>Bob is refused for the time being, Alice is not.</summary>
    <mx>
      <on smtp="RCPT" argument="^bob@" phase="post-tls">
        <reply segment="per-line" delay="20ms">
          <line>450-4.2.0 Bob is</line>
          <line>450 4.2.0 away</line>
        </reply>
      </on>
    </mx>
    <message recipients="alice bob"/>
  </scenario>
</suite>
```

The rules:

- State the deviation, not the protocol. `<mx/>` is an honest receiver that offers TLS with a
  good certificate.
- Names are written as in zone files: relative to the cell's own domain, `@` is that domain, a
  final dot makes a name absolute. Every cell owns a domain, so names never collide.
- There are no variables and no conditions. Repetition is `<vary>`, reuse is a named
  `<receiver>`.
- Where there is no `<expect>`, the oracle says what is permitted. A written expectation that
  contradicts it says `because="..."`.
- Ids are paths. They are stable, unique over all files, and never positions.
- Children stand in any order. It matters among `<on>` elements, of which the first match acts,
  and within one, whose actions are done one after the other.

Files of known deviations (`<known>`), descriptions of servers (`<server>`) and project files
(`<project>`, see [command-line.md](command-line.md)) are read by the same rules.

The namespace is `urn:smtprig:1`. `scenarios/smtprig.xsd` is a schema for editors and for
`xmllint`. The reader accepts less than it does: what is named must exist, and what is written
must be able to happen. It reports all problems of a file at once, each with `file:line:column`,
the line, a caret and the nearest right name.

## What is an error

- A name, a place or a value that is not below; a missing attribute; an id that exists already.
- `receiver=` or `host=` that names nothing; a host to which nothing leads.
- What can never happen: an action behind `<close>` or `<hang>`; an `<on>` behind another that
  always matches first; STARTTLS or a stage of TLS on a peer that does not speak it or refuses
  it to everyone; `phase="post-tls"` without TLS; an `<on>` on a host that refuses connections;
  `certificate=` without TLS; a `<show>` behind another that always matches first.
- A document type declaration, and so every entity but the five of XML. Nothing external is
  read.
- An `<include>` that leads out of the suite's folder. That is the folder of the file if it
  holds a folder `peers`, else the folder above if that does, else the folder of the file. The
  path has no `..`, and links are resolved before it is judged.

)md";

std::string limits() {
  return fmt::format(
      "## Limits\n\n"
      "| what | at most |\n|---|---|\n"
      "| size of a file | {} MiB |\n| depth of elements | {} |\n| elements of a file | {} |\n"
      "| attributes of an element | {} |\n| includes of a suite | {} |\n"
      "| cases that `<vary>` makes of a scenario | {} |\n"
      "| elements of a file, each counted once for every case | {} |\n"
      "| a cell's domain | {} bytes |\n| problems that are told | {} |\n\n",
      file_bytes_max >> 20, depth_max, elements_max, attributes_max, includes_max, cases_max,
      expanded_elements_max, domain_bytes_max, problems_max);
}

// A cell of a table must not end where the text has a bar.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text)
    out += c == '|' ? std::string("\\|") : std::string(1, c);
  return out;
}

// Names of elements in a text as code: a bare "<host>" is HTML, and not shown.
std::string marked_up(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto end = text.find('>', i);
    const auto name = text.substr(i, end == std::string_view::npos ? 0 : end - i + 1);
    if (text[i] == '<' && name.size() > 2 && name.find('\n') == std::string_view::npos) {
      out += fmt::format("`{}`", name);
      i = end;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string anchor(const Element& row) {
  std::string name = row.key;
  for (char& c : name)
    if (c == ' ') c = '-';
  return name;
}

std::string heading(const Element& row) {
  return row.key == row.name ? fmt::format("`<{}>`", row.name)
                             : fmt::format("`<{}>` ({})", row.name, row.key);
}

std::string values_of(const Attribute& attribute) {
  const bool listed = !attribute.choices.empty();
  const bool plain = attribute.choices.empty() || attribute.choices.front().doc.empty();
  std::string out;
  if (attribute.type == Type::number)
    return fmt::format("a number from {} to {}", attribute.min, attribute.max);
  if (!listed) return std::string(info(attribute.type).says);
  if (attribute.type == Type::choices) out = "one or more of ";
  if (attribute.type == Type::alert) out = "a number up to 255 or one of ";
  for (std::size_t i = 0; i < attribute.choices.size(); ++i) {
    const auto& choice = attribute.choices[i];
    out += fmt::format("{}`{}`", i == 0 ? "" : plain ? ", " : "; ", choice.value);
    if (!choice.doc.empty()) out += ": " + marked_up(choice.doc);
  }
  return out;
}

// Long lists of values that were written out, and where: the page says each once.
using Told = std::map<std::string, std::string>;

std::string values_once(const Attribute& attribute, const Element& row, Told& told) {
  constexpr std::size_t short_bytes_max = 300;
  std::string all = values_of(attribute);
  if (all.size() <= short_bytes_max) return all;
  const auto place = fmt::format("as `{}` of [`<{}>`](#{})", attribute.name, row.name, anchor(row));
  const auto [found, first] = told.try_emplace(all, place);
  return first ? all : found->second;
}

std::string attributes_of(const Element& row, Told& told) {
  if (row.attributes.empty()) return {};
  std::string out = "| attribute | values | default | meaning |\n|---|---|---|---|\n";
  for (const auto& attribute : row.attributes) {
    const auto fallback = attribute.required           ? std::string("required")
                          : attribute.fallback.empty() ? std::string()
                                                       : "`" + attribute.fallback + "`";
    out += fmt::format("| `{}` | {} | {} | {} |\n", attribute.name,
                       cell(values_once(attribute, row, told)), fallback,
                       cell(marked_up(attribute.doc)));
  }
  return out + "\n";
}

std::string occurrence(const Child& child) {
  if (child.max == 1) return child.min == 1 ? " (one)" : " (at most one)";
  return child.min == 0 ? "" : " (one or more)";
}

std::string children_of(const Element& row) {
  if (row.children.empty()) return {};
  std::string out = "Children: ";
  for (std::size_t i = 0; i < row.children.size(); ++i) {
    const auto& child = element(row.children[i].key);
    out += fmt::format("{}[`<{}>`](#{}){}", i == 0 ? "" : ", ", child.name, anchor(child),
                       occurrence(row.children[i]));
  }
  return out + ".\n\n";
}

}  // namespace

std::string reference() {
  std::string out(introduction);
  out += limits();
  out += "## Elements\n\n";
  Told told;
  for (const auto& row : table()) {
    out += fmt::format("<a id=\"{}\"></a>\n\n### {}\n\n{}\n\n", anchor(row), heading(row),
                       marked_up(row.doc));
    if (row.text) out += fmt::format("Text: {}.\n\n", info(*row.text).says);
    out += attributes_of(row, told) + children_of(row);
  }
  while (out.ends_with("\n\n"))
    out.pop_back();
  return out;
}

}  // namespace smtprig::xml
