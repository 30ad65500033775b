// See table.hpp: the parts put together, and the choices that the model names.
#include "harness/xml/table.hpp"

#include <algorithm>
#include <utility>

#include <boost/assert.hpp>

#include "harness/model/outcome.hpp"
#include "harness/model/policy.hpp"

namespace smtprig::xml {

const Attribute* Element::attribute(std::string_view wanted) const {
  const auto found = std::ranges::find(attributes, wanted, &Attribute::name);
  return found == attributes.end() ? nullptr : &*found;
}

const std::vector<Element>& table() {
  static const std::vector<Element> all = [] {
    std::vector<Element> elements;
    for (auto* part : {suite_elements, receiver_elements, sender_elements, sts_elements,
                       tlsrpt_elements, server_elements, known_elements, project_elements})
      for (auto& each : part())
        elements.push_back(std::move(each));
    return elements;
  }();
  return all;
}

const Element& element(std::string_view key) {
  const auto found = std::ranges::find(table(), key, &Element::key);
  BOOST_ASSERT_MSG(found != table().end(), "no such element in the table");
  return *found;
}

Attribute yes_no(std::string name, std::string fallback, std::string doc) {
  return {.name = std::move(name),
          .type = Type::yes_no,
          .fallback = std::move(fallback),
          .doc = std::move(doc)};
}

std::vector<Choice> certificate_choices() {
  std::vector<Choice> list;
  for (const auto& entry : fakes::certificate_catalogue())
    list.push_back({std::string(entry.word), std::string(entry.doc)});
  return list;
}

std::vector<Choice> outbound_policy_choices() {
  std::vector<Choice> all;
  for (const auto policy : model::policies)
    all.push_back({std::string(model::name(policy)), ""});
  return all;
}

std::vector<Choice> policy_choices() {
  std::vector<Choice> all = outbound_policy_choices();
  all.push_back({std::string(name(model::Policy::require_client_cert)), ""});
  return all;
}

std::vector<Choice> inbound_policy_choices() {
  std::vector<Choice> all;
  for (const auto policy : model::inbound_policies)
    all.push_back({std::string(model::name(policy)), ""});
  return all;
}

std::vector<Choice> delivery_choices() {
  using model::Delivery;
  return {
      {std::string(name(Delivery::delivered)), "one copy reached a receiver that acknowledged it"},
      {std::string(name(Delivery::deferred)), "still queued after the planned attempts"},
      {std::string(name(Delivery::bounced)), "a permanent decision after it was taken"},
      {std::string(name(Delivery::rejected)), "the server never took it"},
      {std::string(name(Delivery::lost)), "acknowledged, then neither delivered nor reported"},
      {std::string(name(Delivery::duplicated)), "more than one copy"},
  };
}

std::vector<Choice> channel_choices() {
  using model::Channel;
  return {
      {std::string(name(Channel::none)), "nothing was delivered"},
      {std::string(name(Channel::plaintext)), ""},
      {std::string(name(Channel::encrypted)), "the peer was not authenticated"},
      {std::string(name(Channel::authenticated)), "both impostor twins were refused"},
  };
}

}  // namespace smtprig::xml
