// From an attribute to a member: nothing happens where it is absent, or where its value has no
// meaning, which the table has reported.
#pragma once

#include <array>
#include <chrono>
#include <string_view>

#include "fakes/certificate_class.hpp"
#include "fakes/spec.hpp"
#include "harness/xml/problems.hpp"
#include "harness/xml/value.hpp"
#include "harness/xml/words.hpp"

namespace smtprig::xml {

inline void set(bool& flag, const Node& node, std::string_view attribute) {
  const auto value = node.value(attribute);
  if (value == "yes") flag = true;
  if (value == "no") flag = false;
}

template <typename E, std::size_t N>
void set(E& target, const Node& node, std::string_view attribute,
         const std::array<Word<E>, N>& words) {
  if (const auto value = node.value(attribute))
    if (const auto found = find_word(words, *value)) target = *found;
}

inline void set(fakes::Ordinals& target, const Node& node, std::string_view attribute) {
  if (const auto value = node.value(attribute))
    if (const auto range = ordinals(*value)) target = *range;
}

inline void set(std::chrono::milliseconds& target, const Node& node, std::string_view attribute) {
  if (const auto value = node.value(attribute))
    if (const auto time = duration(*value)) target = *time;
}

// `target`: a class, or an optional one.
template <typename Class>
void set_certificate(Class& target, const Node& node, std::string_view attribute = "certificate") {
  if (const auto value = node.value(attribute))
    for (const auto& entry : fakes::certificate_catalogue())
      if (entry.word == *value) target = entry.what;
}

}  // namespace smtprig::xml
