// See receiver.hpp; what cannot be reached is found in reach.cpp.
#include "harness/xml/receiver.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "harness/xml/reach.hpp"
#include "harness/xml/set.hpp"
#include "harness/xml/show.hpp"
#include "harness/xml/value.hpp"
#include "harness/xml/words.hpp"

namespace smtprig::xml {
namespace {

void read_attributes(const Node& node, fakes::ReceiverSpec& spec) {
  bool starttls = spec.starttls == fakes::StartTls::yes;
  set(starttls, node, "starttls");
  spec.starttls = starttls ? fakes::StartTls::yes : fakes::StartTls::no;
  set(spec.require_tls, node, "require-tls");
  set(spec.implicit_tls, node, "implicit-tls");
  set(spec.asks_for_certificate, node, "asks-for-certificate");
  set(spec.demands_certificate, node, "demands-certificate");
  set_certificate(spec.certificate, node);
  set_certificate(spec.second_certificate, node, "second-certificate");
  set(spec.staple, node, "staple", staple_words);
  read_tls(node, spec.tls);
  set(spec.tls.tickets, node, "tickets", ticket_words);
  set(spec.tls.server_names, node, "server-names", server_name_words);
  set(spec.tls.dh, node, "dh", dh_words);
  auto& extensions = spec.extensions;
  set(extensions.pipelining, node, "pipelining");
  set(extensions.eight_bit_mime, node, "eight-bit-mime");
  set(extensions.smtputf8, node, "smtputf8");
  set(extensions.dsn, node, "dsn");
  set(extensions.enhanced_status_codes, node, "enhanced-status-codes");
  set(extensions.chunking, node, "chunking");
  set(extensions.binary_mime, node, "binary-mime");
  set(extensions.requiretls, node, "offers-requiretls");
  set(extensions.auth, node, "offers-auth", offers_auth_words);
  if (const auto value = node.value("mechanisms")) {
    extensions.mechanisms.clear();
    for (const auto& word : words(*value))
      if (const auto mechanism = find_word(auth_words, word))
        extensions.mechanisms.push_back(*mechanism);
  }
  set(spec.demands_auth, node, "demands-auth");
  set(spec.lmtp, node, "lmtp");
  if (const auto value = node.value("size"))
    if (const auto bytes = number(*value)) extensions.size_bytes = *bytes;
}

// All lines but the last continue, and all have the code of the first (RFC 5321 4.2.1).
void check_lines(const std::vector<Node>& lines, Problems& problems) {
  const std::string code = lines.front().text().substr(0, 3);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string text = lines[i].text();
    if (!fits(Type::reply_line, text)) continue;
    const bool last = i + 1 == lines.size();
    const bool continues = text.size() > 3 && text[3] == '-';
    if (last && continues)
      problems.add(lines[i],
                   "the last line of a reply has a space after its code; raw= sends "
                   "anything else");
    if (!last && !continues)
      problems.add(lines[i],
                   "a line that another follows has a hyphen after its code; raw= sends "
                   "anything else");
    if (!text.starts_with(code))
      problems.add(lines[i],
                   fmt::format("a reply has one code, {} here; raw= sends anything else", code));
  }
}

fakes::Reply read_reply(const Node& node, bool at_tls, bool https, Problems& problems) {
  fakes::Reply reply;
  const auto lines = node.children("line");
  const auto line = node.value("line");
  const auto raw = node.value("raw");
  const int given = (line ? 1 : 0) + (raw ? 1 : 0) + (lines.empty() ? 0 : 1);
  if (given > 1) problems.add(node, "<reply> takes only one of line=, raw= and <line> children");
  if (given == 0 && at_tls)
    problems.add(node, "a stage of TLS has no honest reply: <reply> needs raw= here");
  if (https && (line || !lines.empty()))
    problems.add(node, "only SMTP has replies of lines: <reply> needs raw= here");
  if (https && given == 0 && !node.has("delay"))
    problems.add(node, "<reply> needs raw= or delay= here");
  if (line) {
    reply.lines.push_back(*line);
    if (line->size() > 3 && (*line)[3] == '-')
      problems.add_value(node, "line",
                         "the only line of a reply has a space after its code; raw= "
                         "sends anything else");
  }
  if (raw) reply.raw = unescaped(*raw).value_or("");
  if (!lines.empty()) check_lines(lines, problems);
  for (const auto& each : lines)
    reply.lines.push_back(each.text());
  set(reply.segment, node, "segment", segment_words);
  set(reply.delay, node, "delay");
  return reply;
}

fakes::Alert read_alert(const Node& node) {
  fakes::Alert alert;
  set(alert.level, node, "level", alert_level_words);
  if (const auto value = node.value("description")) {
    if (const auto named = find_word(alert_words, *value))
      alert.description = *named;
    else if (const auto code = number(*value))
      alert.description = static_cast<std::uint8_t>(*code);
  }
  return alert;
}

fakes::Selector read_selector(const Node& node, Problems& problems) {
  fakes::Selector when;
  const auto smtp = node.value("smtp");
  const auto tls = node.value("tls");
  if (smtp.has_value() == tls.has_value())
    problems.add(node, "<on> needs exactly one of smtp= and tls=");
  if (smtp)
    if (const auto position = find_word(smtp_words, *smtp)) when.position = *position;
  if (tls)
    if (const auto stage = find_word(tls_stage_words, *tls)) when.position = *stage;
  set(when.phase, node, "phase", phase_words);
  set(when.nth, node, "nth");
  set(when.connection, node, "connection");
  when.argument = node.value("argument").value_or("");
  return when;
}

std::string rule_name(const Node& node) {
  if (const auto tls = node.value("tls")) return "tls=" + *tls;
  return "smtp=" + node.value("smtp").value_or("connect");
}

}  // namespace

void read_tls(const Node& node, fakes::TlsSpec& tls) {
  if (const auto value = node.value("tls"))
    if (const auto range = tls_range(*value)) {
      tls.min = range->min;
      tls.max = range->max;
    }
  const auto take_list = [&](std::string& target, std::string_view attribute) {
    const auto value = node.value(attribute);
    if (!value) return;
    target.clear();
    for (const auto& word : words(*value))
      target += (target.empty() ? "" : ":") + word;
  };
  take_list(tls.ciphers, "ciphers");
  take_list(tls.ciphersuites, "ciphersuites");
  take_list(tls.groups, "groups");
  take_list(tls.signature_algorithms, "signature-algorithms");
  take_list(tls.alpn, "alpn");
}

std::vector<fakes::Action> read_actions(const Node& on, Problems& problems) {
  std::vector<fakes::Action> actions;
  std::string ended;  // by which action
  for (const auto& child : on.children()) {
    const std::string name(child.name());
    if (!ended.empty())
      problems.add(child, fmt::format("<{}> is never reached: <{}> before it ends the session",
                                      name, ended));
    if (name == "reply" && on.has("smtp") && !actions.empty() &&
        std::holds_alternative<fakes::Alert>(actions.back()))
      problems.add(child, "<reply> is never read: nothing can be sent behind an alert inside TLS");
    if (name == "reply")
      actions.emplace_back(read_reply(child, on.has("tls"), on.has("https"), problems));
    if (name == "alert") actions.emplace_back(read_alert(child));
    if (name == "hang") actions.emplace_back(fakes::Hang{});
    if (name == "close") {
      fakes::Close close;
      set(close.how, child, "how", close_words);
      actions.emplace_back(close);
    }
    if (name == "close" || name == "hang") ended = name;
  }
  if (actions.empty())
    problems.add(on, "<on> needs an action: <reply>, <close>, <hang> or <alert>");
  return actions;
}

Peer read_peer(const Node& node, const std::vector<Node>& children, const Peer& base,
               Problems& problems) {
  Peer peer;
  peer.spec = base.spec;
  peer.spec.rules.clear();
  read_attributes(node, peer.spec);
  if (peer.spec.extensions.binary_mime && !peer.spec.extensions.chunking)
    problems.add_name(node, node.has("binary-mime") ? "binary-mime" : "chunking",
                      "binary-mime= needs chunking=\"yes\" (RFC 3030 3)");
  const fakes::Extensions& extensions = peer.spec.extensions;
  const bool has_mechanisms = extensions.mechanisms != fakes::Extensions{}.mechanisms;
  if (node.has("mechanisms") && has_mechanisms && extensions.auth == fakes::OffersAuth::no)
    problems.add_name(node, "mechanisms", "mechanisms= needs offers-auth=");
  read_shows(node, children, peer.spec, problems);
  for (const auto& on : children) {
    if (on.name() != "on") continue;
    peer.spec.rules.push_back({{}, read_selector(on, problems), read_actions(on, problems)});
    peer.places.push_back(on);
  }
  check_own_rules(peer, problems);
  const std::size_t own = peer.spec.rules.size();
  for (std::size_t i = 0; i < base.spec.rules.size(); ++i) {
    const auto& rule = base.spec.rules[i];
    const auto covered = [&](const fakes::Rule& other) { return covers(other.when, rule.when); };
    const auto end = peer.spec.rules.begin() + static_cast<std::ptrdiff_t>(own);
    if (std::any_of(peer.spec.rules.begin(), end, covered)) continue;
    peer.spec.rules.push_back(rule);
    peer.places.push_back(base.places[i]);
  }
  std::map<std::string, int> counts;
  for (std::size_t i = 0; i < peer.spec.rules.size(); ++i) {
    const auto name = rule_name(peer.places[i]);
    const int count = ++counts[name];
    peer.spec.rules[i].id = count == 1 ? name : fmt::format("{}#{}", name, count);
  }
  check_reach(node, peer, own, problems);
  return peer;
}

}  // namespace smtprig::xml
