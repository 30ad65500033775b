// See sender.hpp.
#include "harness/xml/sender.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "harness/xml/nearest.hpp"
#include "harness/xml/receiver.hpp"
#include "harness/xml/set.hpp"
#include "harness/xml/value.hpp"
#include "harness/xml/words.hpp"

namespace smtprig::xml {
namespace {

using fakes::Say;
using fakes::SenderSpec;

void read_auth(const Node& node, SenderSpec& spec, Problems& problems) {
  const auto mechanism = node.value("auth");
  if (!mechanism) {
    for (const auto* attribute : {"password", "auth-in-clear"})
      if (node.has(attribute))
        problems.add_name(node, attribute,
                          fmt::format("{}= has no effect without auth=", attribute));
    return;
  }
  fakes::AuthSpec auth;
  set(auth.mechanism, node, "auth", auth_words);
  auth.good_password = node.value("password") != "bad";
  set(auth.in_clear, node, "auth-in-clear");
  spec.auth = auth;
}

void read_sender_attributes(const Node& node, SenderSpec& spec, Problems& problems) {
  set(spec.service, node, "service", service_words);
  set(spec.starttls, node, "starttls", sender_tls_words);
  if (spec.service == fakes::Service::submissions) {
    if (node.has("starttls"))
      problems.add_name(node, "starttls",
                        "starttls= has no effect: submissions is TLS from the first byte");
    spec.starttls = fakes::SenderTls::never;
  }
  set_certificate(spec.certificate, node);
  read_tls(node, spec.tls);
  if (const auto value = node.value("server-name")) spec.server_name = *value == "-" ? "" : *value;
  read_auth(node, spec, problems);
  spec.helo = node.value("helo").value_or("");
  spec.helo_in_tls = node.value("helo-in-tls").value_or("");
  set(spec.second_ehlo, node, "second-ehlo");
  set(spec.pipelining, node, "pipelining");
  if (const auto value = node.value("chunks"))
    if (const auto count = number(*value)) spec.chunks = static_cast<unsigned>(*count);
  set(spec.insists, node, "insists");
  set(spec.waits_for_greeting, node, "waits-for-greeting");
  set(spec.segment, node, "segment", segment_words);
  set(spec.pace, node, "pace");
}

fakes::Utterance read_step(const Node& node, Problems& problems) {
  fakes::Utterance step;
  for (const auto& word : words(node.value("do").value_or("")))
    if (const auto found = find_word(say_words, word)) step.says.push_back(*found);
  if (const auto line = node.value("line")) step.lines.push_back(*line);
  if (const auto raw = node.value("raw")) step.raw = unescaped(*raw).value_or("");
  if (node.has("line") && node.has("raw"))
    problems.add(node, "<step> takes only one of line= and raw=");
  if (!node.has("do") && !node.has("line") && !node.has("raw"))
    problems.add(node, "<step> needs do=, line= or raw=");
  const bool opens = std::ranges::find(step.says, Say::open) != step.says.end();
  if (opens && (step.says.size() > 1 || node.attributes().size() > 1))
    problems.add(node,
                 "do=\"open\" is a step of its own: what the sender says there is its own "
                 "attributes' affair");
  const bool starts_tls = std::ranges::find(step.says, Say::starttls) != step.says.end();
  if (node.has("until") && !starts_tls)
    problems.add_name(node, "until", "until= has no effect without do=\"STARTTLS\"");
  set(step.until, node, "until", tls_stage_words);
  if (const auto value = node.value("segment")) step.segment = find_word(segment_words, *value);
  set(step.delay, node, "delay");
  if (const auto value = node.value("replies"))
    if (const auto count = number(*value)) step.replies = static_cast<unsigned>(*count);
  return step;
}

std::vector<fakes::SenderStep> read_steps(const std::vector<Flat>& children, Problems& problems) {
  std::vector<fakes::SenderStep> steps;
  std::string ended;
  for (const auto& flat : children) {
    const std::string name(flat.node.name());
    if (!ended.empty())
      problems.add(flat.node, fmt::format("<{}> is never reached: <{}> before it ends the session",
                                          name, ended));
    if (name == "step") steps.emplace_back(read_step(flat.node, problems));
    if (name == "hang") steps.emplace_back(fakes::Hang{});
    if (name == "close") {
      fakes::Close close;
      set(close.how, flat.node, "how", close_words);
      steps.emplace_back(close);
    }
    if (name == "close" || name == "hang") ended = name;
  }
  return steps;
}

void read_messages(const Node& node, bool only_one, const model::Scenario& scenario,
                   model::Sender& sender, Problems& problems) {
  std::vector<std::string> known;
  for (const auto& message : scenario.messages)
    known.push_back(message.id);
  if (const auto value = node.value("messages")) {
    sender.messages = words(*value);
    for (const auto& id : sender.messages)
      if (std::ranges::find(known, id) == known.end())
        problems.add_value(node, "messages", fmt::format("no <message> has the id \"{}\"", id),
                           nearest(id, known));
  } else if (only_one) {
    sender.messages = known;
  }
}

// Who is resumed comes first, and both speak TLS.
void read_resumes(const Node& node, model::Scenario& scenario, model::Sender& sender,
                  Problems& problems) {
  const auto value = node.value("resumes");
  if (!value) return;
  sender.resumes = "sender:" + *value;
  const auto earlier = std::ranges::find(scenario.senders, sender.resumes, &model::Sender::name);
  if (earlier == scenario.senders.end())
    return problems.add_value(node, "resumes",
                              fmt::format("no sender before this one has the name \"{}\"", *value));
  const auto has_no_tls = [](const SenderSpec& spec) {
    return spec.starttls == fakes::SenderTls::never && spec.service != fakes::Service::submissions;
  };
  if (has_no_tls(sender.spec) || has_no_tls(earlier->spec))
    problems.add_name(node, "resumes", "resumes= has no effect: one of the two speaks no TLS");
  sender.spec.tls.tickets = fakes::Tickets::resumed;
  earlier->spec.tls.tickets = fakes::Tickets::resumed;
}

// Each message is brought once, or nobody knows whose fate it shows.
void check_messages(const Node& place, const model::Scenario& scenario, Problems& problems) {
  std::map<std::string, int> brought;
  for (const auto& sender : scenario.senders)
    for (const auto& id : sender.messages)
      ++brought[id];
  for (const auto& message : scenario.messages) {
    if (brought[message.id] == 0)
      problems.add(place,
                   fmt::format("no sender brings message \"{}\"; say messages=", message.id));
    if (brought[message.id] > 1)
      problems.add(place, fmt::format("message \"{}\" is brought more than once", message.id));
  }
}

// The server's log names recipients and not messages: one address, one message.
void check_recipients(const Node& place, const model::Scenario& scenario, Problems& problems) {
  std::map<std::string, std::string> owner;
  for (const auto& message : scenario.messages)
    for (const auto& recipient : message.recipients) {
      const auto [first, fresh] = owner.emplace(recipient, message.id);
      if (!fresh && first->second != message.id)
        problems.add(place, fmt::format("messages \"{}\" and \"{}\" both go to \"{}\": say "
                                        "recipients=, so that they can be told apart",
                                        first->second, message.id, recipient));
    }
}

// Where the server relays to: an honest host in clear, whose handshakes would say nothing here.
void add_sink(model::Scenario& scenario) {
  model::Host sink{.name = "mx"};
  sink.receiver.starttls = fakes::StartTls::no;
  scenario.hosts.push_back(std::move(sink));
  scenario.mx.push_back({.target = "mx"});
  std::set<std::string> elsewhere;
  for (const auto& message : scenario.messages)
    for (const auto& recipient : message.recipients)
      if (const auto at = recipient.find('@'); at != recipient.npos)
        elsewhere.insert(recipient.substr(at + 1));
  for (const auto& name : elsewhere)
    scenario.records.push_back({name, "MX", "10 mx"});
}

}  // namespace

void read_senders(const std::vector<Flat>& children, model::Scenario& scenario,
                  Problems& problems) {
  std::vector<const Flat*> flats;
  for (const auto& flat : children)
    if (flat.node.name() == "sender") flats.push_back(&flat);
  if (flats.empty()) return;
  for (const auto* flat : flats) {
    const Node& node = flat->node;
    model::Sender sender;
    if (const auto name = node.value("name")) sender.name = "sender:" + *name;
    if (scenario.sender(sender.name) != nullptr)
      problems.add(node, node.has("name") ? "another sender has this name"
                                          : "of several senders each needs a name=");
    read_sender_attributes(node, sender.spec, problems);
    sender.spec.steps = read_steps(flat->children, problems);
    sender.ipv6 = node.value("address") == "ipv6";
    read_messages(node, flats.size() == 1, scenario, sender, problems);
    read_resumes(node, scenario, sender, problems);
    scenario.senders.push_back(std::move(sender));
  }
  check_messages(flats.front()->node, scenario, problems);
  check_recipients(flats.front()->node, scenario, problems);
  if (scenario.hosts.empty() && scenario.mx.empty()) add_sink(scenario);
}

}  // namespace smtprig::xml
