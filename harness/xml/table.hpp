// The table: every element and attribute of urn:smtprig:1, with types, defaults, occurrence and
// what they mean. It drives the reader (check.hpp), the schema and the reference page; nothing else
// says which names exist. Adding an attribute is one row here and the line that maps it to the
// model.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/xml/value.hpp"
#include "harness/xml/words.hpp"

namespace smtprig::xml {

struct Choice {
  std::string value;
  std::string doc;
};

struct Attribute {
  std::string name;
  Type type = Type::text;
  std::string fallback;  // what holds where it is absent; empty: nothing, or see doc
  std::string doc;
  bool required = false;
  std::vector<Choice> choices{};
  std::uint64_t min = 0;  // of a number
  std::uint64_t max = 0;
};

inline constexpr unsigned any_number = std::numeric_limits<unsigned>::max();

struct Child {
  std::string key;
  unsigned min = 0;
  unsigned max = any_number;
};

struct Element {
  std::string key;  // unique; the name where that is unique, else with what it stands in
  std::string name;
  std::string doc;
  std::optional<Type> text{};  // of its character data; none: it has none
  std::vector<Attribute> attributes{};
  std::vector<Child> children{};  // in any order, except where doc says that order matters

  const Attribute* attribute(std::string_view wanted) const;
};

const std::vector<Element>& table();
const Element& element(std::string_view key);  // of a key that exists

// The parts of the table, each in its own file.
std::vector<Element> suite_elements();
std::vector<Element> receiver_elements();
std::vector<Element> sender_elements();
std::vector<Element> sts_elements();
std::vector<Element> tlsrpt_elements();
std::vector<Element> server_elements();
std::vector<Element> known_elements();
std::vector<Element> project_elements();

// Attributes that <receiver>, <host> and <mx> share.
std::vector<Attribute> receiver_attributes();
std::vector<Attribute> sender_attributes();
Element show_element();
std::vector<Attribute> tls_attributes();         // of both
std::vector<Attribute> tls_server_attributes();  // of receivers alone

template <typename E, std::size_t N>
std::vector<Choice> choices(const std::array<Word<E>, N>& words) {
  std::vector<Choice> all;
  for (const auto& word : words)
    all.push_back({std::string(word.text), std::string(word.doc)});
  return all;
}

// Rows that recur.
Attribute yes_no(std::string name, std::string fallback, std::string doc);
std::vector<Choice> certificate_choices();

// Policies, deliveries and channels by the names of the model.
std::vector<Choice> policy_choices();  // outbound and inbound
std::vector<Choice> outbound_policy_choices();
std::vector<Choice> inbound_policy_choices();
std::vector<Choice> delivery_choices();
std::vector<Choice> channel_choices();

}  // namespace smtprig::xml
