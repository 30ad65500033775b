// See scenario.hpp.
#include "harness/xml/scenario.hpp"

#include <algorithm>
#include <set>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "harness/model/cell.hpp"
#include "harness/model/sts.hpp"
#include "harness/model/tls_reporting.hpp"
#include "harness/xml/hosts.hpp"
#include "harness/xml/nearest.hpp"
#include "harness/xml/sender.hpp"
#include "harness/xml/set.hpp"
#include "harness/xml/sts.hpp"
#include "harness/xml/tlsrpt.hpp"
#include "harness/xml/value.hpp"
#include "harness/xml/words.hpp"

namespace smtprig::xml {
namespace {

using model::Scenario;

constexpr std::size_t envid_bytes_max = 100;  // RFC 3461 4.4

void check_data(const Node& node, const model::DnsRecord& record, Problems& problems) {
  unsigned char address[16];
  std::string wanted;
  if (record.type == "A" && inet_pton(AF_INET, record.data.c_str(), address) != 1)
    wanted = "an IPv4 address";
  if (record.type == "AAAA" && inet_pton(AF_INET6, record.data.c_str(), address) != 1)
    wanted = "an IPv6 address";
  if ((record.type == "CNAME" || record.type == "NS") && !fits(Type::record_name, record.data))
    wanted = "a name";
  if (!wanted.empty())
    problems.add_value(
        node, "data",
        fmt::format("data=\"{}\" is not {}, which {} needs", record.data, wanted, record.type));
}

void read_record(const Node& node, Scenario& scenario, Problems& problems) {
  model::DnsRecord record{node.value("name").value_or("@"), node.value("type").value_or(""),
                          node.value("data").value_or("")};
  if (node.has("data")) check_data(node, record, problems);
  for (const auto& other : scenario.records)
    if (other.name == record.name && other.type == record.type && other.data == record.data)
      problems.add(node, "the same record was written before");
  scenario.records.push_back(std::move(record));
}

void read_answer(const Node& node, model::DnsFault& fault, Problems& problems) {
  if (node.has("security")) fault.reply = fakes::DnsReply::insecure;
  set(fault.reply, node, "rcode", rcode_words);
  set(fault.reply, node, "fault", dns_fault_words);
  set(fault.delay, node, "delay");
  const int said = node.has("security") + node.has("rcode") + node.has("fault");
  if (said > 1)
    problems.add(node, "<answer> has at most one of rcode=, security= and fault=");
  else if (said == 0 && fault.delay.count() == 0)
    problems.add(node, "<answer> needs one of rcode=, security= and fault=, or a delay=");
  if (fault.reply == fakes::DnsReply::none && node.has("delay"))
    problems.add_name(node, "delay", "nothing comes after the delay= of fault=\"none\"");
}

void read_fault(const Node& node, Scenario& scenario, Problems& problems) {
  model::DnsFault fault;
  const auto question = words(node.value("dns").value_or(""));
  if (question.size() != 2 || !fits(Type::question, *node.value("dns"))) return;
  fault.type = question[0];
  fault.name = question[1];
  if (const auto value = node.value("nth")) fault.nth = ordinals(*value).value_or(fault.nth);
  for (const auto& answer : node.children("answer"))
    read_answer(answer, fault, problems);
  for (const auto& before : scenario.dns_faults)
    if (before.name == fault.name && (before.type == "*" || before.type == fault.type) &&
        covers(before.nth, fault.nth)) {
      problems.add(node, fmt::format("<on dns=\"{} {}\"> is never reached: one before it always "
                                     "matches first",
                                     fault.type, fault.name));
      break;
    }
  scenario.dns_faults.push_back(std::move(fault));
}

// A question about a name that nothing in the scenario has is never asked.
void check_question(const Node& node, const Scenario& scenario, Problems& problems) {
  const auto question = words(node.value("dns").value_or(""));
  if (question.size() != 2 || question[1] == "@" || question[1].ends_with('.')) return;
  std::vector<std::string> known{"@"};
  for (const auto& host : scenario.hosts) {
    known.push_back(host.name);
    known.push_back(model::tlsa_owner(host.name, scenario.service_of(host.name)));
    for (const auto& record : host.tlsa)
      known.push_back(record.at);
  }
  for (const auto& record : scenario.records)
    known.push_back(record.name);
  for (const auto& record : scenario.mx)
    known.push_back(record.domain);
  for (const auto& each : scenario.sts) {
    known.push_back(model::sts_record_owner(each.domain));
    known.push_back(model::sts_policy_host(each.domain));
  }
  if (scenario.tlsrpt) {
    known.emplace_back(model::tls_reporting_owner);
    known.emplace_back(model::tls_reporting_host);
  }
  if (std::ranges::find(known, question[1]) != known.end()) return;
  problems.add_value(node, "dns",
                     fmt::format("nothing in this scenario has the name \"{}\"", question[1]),
                     nearest(question[1], known));
}

void read_dsn(const Node& node, model::Dsn& dsn, Problems& problems) {
  const auto notify = words(node.value("notify").value_or(""));
  for (const auto& word : notify)
    if (const auto keyword = find_word(notify_words, word))
      dsn.notify += (dsn.notify.empty() ? "" : ",") + std::string(*keyword);
  if (notify.size() > 1 && std::ranges::count(notify, "never") != 0)
    problems.add_value(node, "notify", "\"never\" stands alone (RFC 3461 4.1)");
  if (const auto value = node.value("ret")) dsn.returned = *value == "full" ? "FULL" : "HDRS";
  dsn.envelope_id = node.value("envid").value_or("");
  // As it stands on the wire: what xtext would write otherwise is left out (RFC 3461 4).
  const auto plain = [](char c) { return c > ' ' && c < '\x7f' && c != '+' && c != '='; };
  if (!std::ranges::all_of(dsn.envelope_id, plain) || dsn.envelope_id.size() > envid_bytes_max)
    problems.add_value(node, "envid",
                       fmt::format("envid= has at most {} printable characters, and of these no "
                                   "space, + and =",
                                   envid_bytes_max));
  set(dsn.original, node, "orcpt");
}

void read_message(const Node& node, Scenario& scenario, Problems& problems) {
  model::Message message;
  message.id = node.value("id").value_or(message.id);
  if (const auto value = node.value("recipients")) message.recipients = words(*value);
  for (const auto& word : words(node.value("content").value_or("")))
    if (const auto shape = find_word(content_words, word)) message.content.*(*shape) = true;
  if (message.content.attachment && (message.content.mime || message.content.binary))
    problems.add_value(node, "content", "\"attachment\" makes the parts by itself");
  if (const auto value = node.value("size")) message.content.bytes_min = number(*value).value_or(0);
  read_dsn(node, message.dsn, problems);
  set(message.requiretls, node, "requiretls");
  set(message.tls_optional, node, "tls-optional");
  set(message.later, node, "later");
  set(message.wait, node, "wait");
  if (node.has("wait") && !message.later)
    problems.add_name(node, "wait", "wait= needs later=\"yes\"");
  if (const auto value = node.value("days"))
    message.days = static_cast<unsigned>(number(*value).value_or(0));
  if (node.has("days") && !message.later)
    problems.add_name(node, "days", "days= needs later=\"yes\"");
  if (!scenario.messages.empty() && message.days < scenario.messages.back().days)
    problems.add_value(node, "days", "the clock does not go back");
  if (message.later && scenario.messages.empty())
    problems.add_name(node, "later", "nothing is sent before the first message");
  if (const auto value = node.value("false-end"))
    message.content.false_end = unescaped(*value).value_or("");
  std::set<std::string> seen;
  for (const auto& recipient : message.recipients)
    if (!seen.insert(recipient).second)
      problems.add_value(node, "recipients",
                         fmt::format("\"{}\" stands twice in recipients=", recipient));
  if (message.later)
    for (const auto& other : scenario.messages)
      for (const auto& recipient : other.recipients)
        if (seen.contains(recipient))
          problems.add_value(node, "recipients",
                             fmt::format("\"{}\" gets the message \"{}\" already, and servers' "
                                         "logs tell messages apart by their recipients",
                                         recipient, other.id));
  for (const auto& other : scenario.messages)
    if (other.id == message.id)
      problems.add(node, fmt::format("another message has the id \"{}\"", message.id));
  scenario.messages.push_back(std::move(message));
}

// What only a sender of ours can do; the rig's own injection is honest.
void check_outbound_message(const Node& node, Problems& problems) {
  if (node.has("false-end"))
    problems.add_name(node, "false-end", "false-end= needs a <sender>, which sends it");
  for (const auto& word : words(node.value("content").value_or("")))
    if (word == "bare-lf" || word == "bare-cr" || word == "nul" || word == "binary")
      problems.add_value(node, "content",
                         fmt::format("\"{}\" needs a <sender>, which sends it", word));
}

void read_expect(const Node& node, Scenario& scenario, Problems& problems) {
  model::Expectation expectation;
  for (const auto& word : words(node.value("policy").value_or("")))
    if (const auto policy = model::policy_named(word)) expectation.policies.push_back(*policy);
  for (const auto& word : words(node.value("delivery").value_or("")))
    if (const auto delivery = model::delivery_named(word))
      expectation.delivery.push_back(*delivery);
  for (const auto& word : words(node.value("channel").value_or("")))
    if (const auto channel = model::channel_named(word)) expectation.channel.push_back(*channel);
  if (!node.has("delivery") && !node.has("channel"))
    problems.add(node, "<expect> needs delivery= or channel=");
  expectation.because = node.value("because").value_or("");
  expectation.location = node.at();
  scenario.expectations.push_back(std::move(expectation));
}

// The longest domain that a cell of it can have, with final dot.
std::size_t domain_bytes(const Scenario& scenario) {
  model::Cell cell;
  cell.scenario = std::make_shared<const Scenario>(scenario);
  cell.attacker = model::Attacker::impostor_self_signed;
  std::size_t longest = 0;
  const auto measure = [&](const auto& policies) {
    for (const auto policy : policies) {
      cell.policy = policy;
      longest = std::max(longest, cell.domain().size() + 1);
    }
  };
  if (scenario.direction() == model::Direction::inbound)
    measure(model::inbound_policies);
  else
    measure(model::policies);
  if (scenario.direction() == model::Direction::outbound) {
    model::OwnPolicy own{.name = std::string(model::own_policy_name_bytes_max, 'x')};
    cell.own = std::make_shared<const model::OwnPolicy>(std::move(own));
    longest = std::max(longest, cell.domain().size() + 1);
  }
  return longest;
}

// A policy of the other direction would never be played.
void check_policies(const Node& node, const Scenario& scenario, Problems& problems) {
  const bool inbound = scenario.direction() == model::Direction::inbound;
  const auto known = [&](const auto& policies, model::Policy policy) {
    return std::ranges::find(policies, policy) != policies.end();
  };
  for (const auto policy : scenario.policies)
    if (inbound ? !known(model::inbound_policies, policy) : !known(model::policies, policy))
      problems.add_value(
          node, "policies",
          fmt::format("\"{}\" is no {} policy", name(policy), name(scenario.direction())));
}

void check_relay(const Node& node, const Scenario& scenario, Problems& problems) {
  if (scenario.direction() == model::Direction::inbound)
    problems.add(node, "a scenario with a <sender> has no <relay>");
  // One host has one policy, whoever its mail is for.
  for (const auto& domain : model::recipient_domains(scenario))
    if (domain != "@")
      problems.add(node, fmt::format("a <relay> takes the mail of the domain alone, and a message "
                                     "goes to \"{}\"",
                                     domain));
  for (const auto policy : scenario.policies)
    if (!scenario.relay->permits(policy))
      problems.add_value(node, "policies",
                         fmt::format("under \"{}\" no relay with TLS from the first byte can be "
                                     "used",
                                     name(policy)));
}

void read_children(const std::vector<Flat>& children, const Peers& peers, Scenario& scenario,
                   Problems& problems) {
  scenario.messages.clear();
  for (const auto& flat : children) {
    const auto name = flat.node.name();
    if (name == "summary") scenario.summary = flowing(flat.node.text());
    if (name == "record") read_record(flat.node, scenario, problems);
    if (name == "on") read_fault(flat.node, scenario, problems);
    if (name == "message") read_message(flat.node, scenario, problems);
    if (name == "expect") read_expect(flat.node, scenario, problems);
  }
  if (scenario.messages.empty()) scenario.messages.emplace_back();
  read_hosts(children, peers, scenario, problems);
  read_senders(children, scenario, problems);
  read_sts(children, scenario, problems);
  read_tlsrpt(children, scenario, problems);
  check_routes(children, scenario, problems);
  for (const auto& flat : children)
    if (flat.node.name() == "message" && scenario.direction() == model::Direction::outbound)
      check_outbound_message(flat.node, problems);
  for (const auto& flat : children)
    if (flat.node.name() == "on") check_question(flat.node, scenario, problems);
}

}  // namespace

std::vector<std::shared_ptr<const Scenario>> read_scenario(const Node& node, const Peers& peers,
                                                           std::size_t& budget,
                                                           Problems& problems) {
  Scenario common;
  common.id = node.value("id").value_or("");
  common.clause = node.value("clause").value_or("");
  common.level = node.value("level").value_or("");
  common.ref = node.value("ref").value_or("");
  common.location = node.at();
  for (const auto& word : words(node.value("policies").value_or("")))
    if (const auto policy = model::policy_named(word)) common.policies.push_back(*policy);
  if (node.has("level") && !node.has("clause"))
    problems.add_name(node, "level", "level= is the keyword of a clause, and clause= is missing");

  std::vector<std::shared_ptr<const Scenario>> all;
  for (const auto& variant : expand(node, budget, problems)) {
    auto scenario = std::make_shared<Scenario>(common);
    for (const auto& id : variant.ids)
      scenario->id += "/" + id;
    read_children(variant.children, peers, *scenario, problems);
    if (scenario->senders.empty() && scenario->hosts.empty() && scenario->mx.empty() &&
        scenario->dns_faults.empty())
      problems.add(node, fmt::format("scenario \"{}\" has neither <sender>, <host>, <mx>, <relay> "
                                     "nor <on dns=...>",
                                     scenario->id));
    if (scenario->relay) check_relay(node, *scenario, problems);
    check_policies(node, *scenario, problems);
    scenario->secure = node.has("dnssec") ? node.value("dnssec") == "yes" : scenario->has_tlsa();
    if (const auto bytes = domain_bytes(*scenario); bytes > domain_bytes_max)
      problems.add_value(node, "id",
                         fmt::format("\"{}\" makes a domain of {} bytes, the limit is {}",
                                     scenario->id, bytes, domain_bytes_max));
    all.push_back(std::move(scenario));
  }
  return all;
}

}  // namespace smtprig::xml
