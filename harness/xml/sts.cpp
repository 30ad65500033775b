// See sts.hpp.
#include "harness/xml/sts.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "harness/model/cell.hpp"
#include "harness/xml/nearest.hpp"
#include "harness/xml/receiver.hpp"
#include "harness/xml/set.hpp"
#include "harness/xml/table.hpp"

namespace smtprig::xml {
namespace {

std::vector<std::string> patterns_of(const Node& node, const std::string& domain,
                                     const model::Scenario& scenario) {
  if (const auto value = node.value("mx")) {
    auto patterns = words(*value);
    if (patterns == std::vector<std::string>{"none"}) patterns.clear();
    return patterns;
  }
  std::vector<std::string> patterns;
  for (const auto& record : scenario.mx)
    if (record.domain == domain && record.target != ".") patterns.push_back(record.target);
  if (patterns.empty()) patterns.push_back(domain);
  return patterns;
}

fakes::PolicyAnswer read_policy(const Node& node, const std::string& domain,
                                const model::Scenario& scenario, Problems& problems) {
  fakes::PolicyAnswer answer;
  set(answer.mode, node, "mode", sts_mode_words);
  answer.mx = patterns_of(node, domain, scenario);
  if (const auto value = node.value("max-age"))
    answer.max_age_seconds = number(*value).value_or(answer.max_age_seconds);
  if (const auto value = node.value("more")) answer.more.push_back(*value);
  set(answer.line_end, node, "line-end", line_end_words);
  set(answer.last_line_end, node, "last-line-end");
  if (const auto value = node.value("bytes"))
    answer.body_bytes_min = number(*value).value_or(answer.body_bytes_min);
  if (const auto value = node.value("body")) answer.body = unescaped(*value);
  for (const auto* attribute :
       {"mode", "mx", "max-age", "more", "line-end", "last-line-end", "bytes"})
    if (answer.body && node.has(attribute))
      problems.add_name(node, attribute,
                        fmt::format("{}= has no effect: body= is the whole policy", attribute));
  return answer;
}

void read_answer(const Node& node, fakes::PolicyAnswer& answer) {
  if (const auto value = node.value("status"))
    answer.status = static_cast<unsigned>(number(*value).value_or(answer.status));
  if (const auto value = node.value("content-type")) {
    answer.content_type = *value;
    if (*value == "none") answer.content_type.reset();
  }
  answer.location = node.value("location").value_or("");
  set(answer.chunked, node, "chunked");
  set(answer.delay, node, "delay");
  if (const auto value = node.value("segment-bytes"))
    answer.segment_bytes = number(*value).value_or(answer.segment_bytes);
  set(answer.pause, node, "pause");
}

void read_rules(const Node& node, fakes::HttpsSpec& spec, Problems& problems) {
  std::map<std::string, int> counts;
  for (const auto& on : node.children("on")) {
    fakes::HttpsRule rule;
    const auto https = on.value("https"), tls = on.value("tls");
    if (https.has_value() == tls.has_value())
      problems.add(on, "<on> needs exactly one of https= and tls=");
    if (https)
      if (const auto position = find_word(https_words, *https)) rule.when.position = *position;
    if (tls)
      if (const auto stage = find_word(tls_stage_words, *tls)) rule.when.position = *stage;
    if (tls && on.has("nth")) problems.add_name(on, "nth", "nth= has no meaning at a stage of TLS");
    set(rule.when.nth, on, "nth");
    set(rule.when.connection, on, "connection");
    rule.actions = read_actions(on, problems);
    const std::string name = tls ? "tls=" + *tls : "https=" + https.value_or("request");
    const int count = ++counts[name];
    rule.id = count == 1 ? name : fmt::format("{}#{}", name, count);
    spec.rules.push_back(std::move(rule));
  }
}

// Nobody gets as far as what these say.
void check_unreached(const Node& node, const model::StsPublication& sts, Problems& problems) {
  if (sts.reach == model::Reach::listens && sts.published) return;
  const std::string why = sts.published ? "the policy host refuses every connection"
                                        : "nothing can find the policy host";
  for (const auto& name : node.attributes())
    if (name != "domain" && name != "from" && name != "record" && name != "id" && name != "reach" &&
        name != "published")
      problems.add_name(node, name, fmt::format("{}= has no effect: {}", name, why));
  for (const auto& child : node.children())
    problems.add(child, fmt::format("<{}> is never reached: {}", child.name(), why));
}

void check_place(const Node& node, const model::StsPublication& sts,
                 const model::Scenario& scenario, Problems& problems) {
  auto domains = model::recipient_domains(scenario);
  if (scenario.relay) domains = {scenario.relay->host};
  const auto own = [](const std::string& domain) { return domain == "@"; };
  if (node.has("domain") && !own(sts.domain) &&
      std::ranges::find(domains, sts.domain) == domains.end())
    problems.add_value(node, "domain", fmt::format("no message goes to \"{}\"", sts.domain),
                       nearest(sts.domain, domains));
  for (const auto& other : scenario.sts)
    if (other.domain == sts.domain && other.from == sts.from)
      problems.add(node, "there is an <sts> for the same domain and time already");
  if (sts.from.empty()) return;
  std::vector<std::string> ids;
  for (const auto& message : scenario.messages)
    if (message.later) ids.push_back(message.id);
  if (std::ranges::find(ids, sts.from) == ids.end())
    problems.add_value(node, "from",
                       fmt::format("no <message> with later=\"yes\" has the id \"{}\"", sts.from),
                       nearest(sts.from, ids));
}

}  // namespace

void read_sts(const std::vector<Flat>& children, model::Scenario& scenario, Problems& problems) {
  for (const auto& flat : children) {
    if (flat.node.name() != "sts") continue;
    const Node& node = flat.node;
    if (scenario.direction() == model::Direction::inbound) {
      problems.add(node, "a scenario with a <sender> has no <sts>");
      continue;
    }
    model::StsPublication sts;
    sts.domain = node.value("domain").value_or(sts.domain);
    sts.from = node.value("from").value_or("");
    set(sts.record, node, "record");
    sts.id = node.value("id").value_or(sts.id);
    set(sts.reach, node, "reach", reach_words);
    set(sts.published, node, "published");
    set_certificate(sts.host.https.certificate, node);
    auto answer = read_policy(node, sts.domain, scenario, problems);
    read_answer(node, answer);
    sts.host.answers = {answer};
    // Who follows it finds the policy there.
    if (!answer.location.empty()) {
      answer.target = answer.location;
      answer.status = 200;
      answer.location.clear();
      sts.host.answers.push_back(std::move(answer));
    }
    read_rules(node, sts.host.https, problems);
    check_unreached(node, sts, problems);
    check_place(node, sts, scenario, problems);
    scenario.sts.push_back(std::move(sts));
  }
}

}  // namespace smtprig::xml
