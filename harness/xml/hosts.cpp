// See hosts.hpp.
#include "harness/xml/hosts.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "harness/model/cell.hpp"
#include "harness/xml/nearest.hpp"
#include "harness/xml/table.hpp"
#include "harness/xml/value.hpp"
#include "harness/xml/words.hpp"

namespace smtprig::xml {
namespace {

const Peer* base_of(const Node& node, const Peers& peers, Problems& problems) {
  const auto id = node.value("receiver");
  if (!id) return &peers.honest;
  if (const auto found = peers.named.find(*id); found != peers.named.end()) return &found->second;
  std::vector<std::string> known;
  for (const auto& [name, peer] : peers.named)
    known.push_back(name);
  problems.add_value(node, "receiver", fmt::format("no <receiver> has the id \"{}\"", *id),
                     nearest(*id, known));
  return &peers.honest;
}

std::string bytes_of_hex(const std::string& text) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < text.size(); at += text[at] == ' ' ? 1 : 2)
    if (text[at] != ' ') bytes += static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16));
  return bytes;
}

// A host that no connection reaches has no use for a way to behave.
void check_unreached(const Flat& flat, const model::Host& host, Problems& problems) {
  std::string why;
  if (host.reach == model::Reach::refuses) why = "the host refuses every connection";
  if (!host.published) why = "nothing can find the host, it has no address record";
  if (why.empty()) return;
  for (const auto& child : flat.children)
    problems.add(child.node, fmt::format("<{}> is never reached: {}", child.node.name(), why));
  auto names = receiver_attributes();
  names.push_back({.name = "receiver"});
  for (const auto& attribute : names)
    if (flat.node.has(attribute.name))
      problems.add_name(flat.node, attribute.name,
                        fmt::format("{}= has no effect: {}", attribute.name, why));
}

model::TlsaRecord tlsa_of(const std::string& data, const Node& node, std::string_view attribute,
                          Problems& problems) {
  model::TlsaRecord record;
  std::uint8_t* const parts[] = {&record.usage, &record.selector, &record.matching};
  const auto numbers = words(data);
  for (std::size_t i = 0; i < std::size(parts) && i < numbers.size(); ++i) {
    const auto value = number(numbers[i]).value_or(0);
    if (value > 255)
      problems.add_value(node, attribute, fmt::format("{} is not a number up to 255", value));
    *parts[i] = static_cast<std::uint8_t>(value);
  }
  using enum model::TlsaRecord::Of;
  record.of = record.usage == 0 || record.usage == 2 ? issuer : leaf;
  return record;
}

void read_tlsa(const Flat& flat, model::Host& host, Problems& problems) {
  if (const auto value = flat.node.value("tlsa"); value && fits(Type::tlsa, *value))
    host.tlsa.push_back(tlsa_of(*value, flat.node, "tlsa", problems));
  for (const auto& child : flat.children) {
    if (child.node.name() != "tlsa") continue;
    const auto data = child.node.value("data"), rdata = child.node.value("rdata");
    if (data.has_value() == rdata.has_value())
      problems.add(child.node, "<tlsa> needs exactly one of data= and rdata=");
    if (data && fits(Type::tlsa, *data))
      host.tlsa.push_back(tlsa_of(*data, child.node, "data", problems));
    if (rdata && child.node.has("of"))
      problems.add_name(child.node, "of", "of= has no effect: rdata= is all of its data");
    if (rdata && fits(Type::hex, *rdata)) host.tlsa.push_back({.rdata = bytes_of_hex(*rdata)});
    if (const auto at = child.node.value("at"); at && !host.tlsa.empty()) host.tlsa.back().at = *at;
    if (const auto of = child.node.value("of"); of && data)
      host.tlsa.back().of = find_word(tlsa_of_words, *of).value_or(host.tlsa.back().of);
  }
}

model::Host read_host(const Flat& flat, std::string name, const Peers& peers, Problems& problems) {
  const Node& node = flat.node;
  model::Host host;
  host.name = std::move(name);
  std::vector<Node> children;
  for (const auto& child : flat.children)
    children.push_back(child.node);
  host.receiver = read_peer(node, children, *base_of(node, peers, problems), problems).spec;
  if (const auto value = node.value("address")) {
    const auto families = words(*value);
    host.ipv4 = std::ranges::find(families, "ipv4") != families.end();
    host.ipv6 = std::ranges::find(families, "ipv6") != families.end();
  }
  if (const auto value = node.value("reach"))
    host.reach = find_word(reach_words, *value).value_or(model::Reach::listens);
  host.published = node.value("published") != "no";
  read_tlsa(flat, host, problems);
  check_unreached(flat, host, problems);
  return host;
}

void add_host(const Flat& flat, std::string name, const Peers& peers, model::Scenario& scenario,
              Problems& problems) {
  if (scenario.host(name) != nullptr) {
    if (flat.node.name() == "mx")
      problems.add(flat.node, fmt::format("<mx> without host= makes a host \"{}\", which exists "
                                          "already; write <host> and <mx host=>",
                                          name));
    else
      problems.add_value(flat.node, "name", fmt::format("another host is named \"{}\"", name));
  }
  scenario.hosts.push_back(read_host(flat, std::move(name), peers, problems));
}

// <mx host=...>: a record only, so what describes a machine has no place here.
void check_reference(const Flat& flat, Problems& problems) {
  for (const auto& name : flat.node.attributes())
    if (name != "host" && name != "preference" && name != "domain" &&
        element("mx").attribute(name) != nullptr)
      problems.add_name(flat.node, name,
                        fmt::format("{}= belongs to the <host> that host= names", name));
  for (const auto& child : flat.children)
    problems.add(child.node,
                 fmt::format("<{}> belongs into the <host> that host= names", child.node.name()));
}

// A host by itself: what its service says of it is what it is by default.
void read_relay(const Flat& flat, Peers peers, model::Scenario& scenario, Problems& problems) {
  const Node& node = flat.node;
  model::Relay relay{.host = "relay"};
  if (const auto value = node.value("service"))
    relay.service = find_word(relay_service_words, *value).value_or(relay.service);
  if (const auto value = node.value("login"))
    relay.login = find_word(login_words, *value).value_or(relay.login);
  if (scenario.relay) {
    problems.add(node, "a scenario has one <relay> at most");
    return;
  }
  const auto speaks = [&](fakes::ReceiverSpec& spec) {
    spec.implicit_tls = spec.implicit_tls || relay.service == fakes::Service::submissions;
    spec.lmtp = spec.lmtp || relay.service == fakes::Service::lmtp;
  };
  for (auto& [name, peer] : peers.named)
    speaks(peer.spec);
  speaks(peers.honest.spec);
  add_host(flat, relay.host, peers, scenario, problems);
  scenario.relay = std::move(relay);
}

void read_mx(const Flat& flat, const Peers& peers, model::Scenario& scenario, Problems& problems) {
  const Node& node = flat.node;
  model::MxRecord record;
  record.domain = node.value("domain").value_or("@");
  const std::string own_host = record.domain == "@" ? "mx" : "mx." + record.domain;
  record.target = node.value("host").value_or(own_host);
  if (record.target == ".") record.preference = 0;  // RFC 7505 3
  if (const auto value = node.value("preference"))
    record.preference = static_cast<std::uint16_t>(number(*value).value_or(0));
  if (node.has("host"))
    check_reference(flat, problems);
  else
    add_host(flat, own_host, peers, scenario, problems);
  const auto same = [&](const model::MxRecord& other) {
    return other.target == record.target && other.preference == record.preference &&
           other.domain == record.domain;
  };
  if (node.has("host") && std::ranges::any_of(scenario.mx, same))
    problems.add_value(node, "host",
                       fmt::format("there is an MX record for \"{}\" with preference "
                                   "{} already",
                                   record.target, record.preference));
  scenario.mx.push_back(std::move(record));
}

bool is_absolute(std::string_view name) {
  return name.ends_with('.');
}

bool owns_record(const model::Scenario& scenario, std::string_view name) {
  return std::ranges::find(scenario.records, name, &model::DnsRecord::name) !=
         scenario.records.end();
}

// Where a domain without MX records leads to, the hosts that MX records name, and what CNAME
// records lead to from there.
std::set<std::string, std::less<>> led_to(const model::Scenario& scenario) {
  std::set<std::string, std::less<>> names{"@"};
  for (auto& domain : model::recipient_domains(scenario))
    names.insert(std::move(domain));
  for (const auto& record : scenario.mx)
    names.insert(record.target);
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& record : scenario.records)
      if (record.type == "CNAME" && names.contains(record.name))
        grown = names.insert(record.data).second || grown;
  }
  return names;
}

}  // namespace

void read_hosts(const std::vector<Flat>& children, const Peers& peers, model::Scenario& scenario,
                Problems& problems) {
  for (const auto& flat : children) {
    if (flat.node.name() == "host")
      add_host(flat, flat.node.value("name").value_or("mx"), peers, scenario, problems);
    if (flat.node.name() == "mx") read_mx(flat, peers, scenario, problems);
    if (flat.node.name() == "relay") read_relay(flat, peers, scenario, problems);
  }
}

void check_routes(const std::vector<Flat>& children, const model::Scenario& scenario,
                  Problems& problems) {
  std::vector<std::string> names;
  for (const auto& host : scenario.hosts)
    names.push_back(host.name);
  const auto led = led_to(scenario);
  auto domains = model::recipient_domains(scenario);
  for (const auto& record : scenario.records)  // RFC 5321 5.1: what an alias leads to
    if (record.type == "CNAME" && std::ranges::find(domains, record.name) != domains.end())
      domains.push_back(record.data);
  for (const auto& flat : children) {
    const auto name = flat.node.value("name");
    if (flat.node.name() == "host" && name && !led.contains(*name))
      problems.add_value(
          flat.node, "name",
          fmt::format("nothing leads to host \"{0}\"; an <mx host=\"{0}\"/> would", *name));
    const auto domain = flat.node.value("domain");
    if (flat.node.name() == "mx" && domain && *domain != "@" &&
        std::ranges::find(domains, *domain) == domains.end())
      problems.add_value(flat.node, "domain", fmt::format("no message goes to \"{}\"", *domain),
                         nearest(*domain, domains));
    const auto target = flat.node.value("host");
    if (flat.node.name() != "mx" || !target || is_absolute(*target)) continue;
    if (scenario.host(*target) == nullptr && !owns_record(scenario, *target))
      problems.add_value(flat.node, "host", fmt::format("no <host> has the name \"{}\"", *target),
                         nearest(*target, names));
  }
}

}  // namespace smtprig::xml
