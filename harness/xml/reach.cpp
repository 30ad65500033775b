// See reach.hpp. Every check is one-sided: what it reports can never act; what it lets pass may
// still not be reached by a given client, which the run then tells.
#include "harness/xml/reach.hpp"

#include <algorithm>
#include <string>
#include <variant>

#include <fmt/format.h>

namespace smtprig::xml {
namespace {

using fakes::Phase;
using fakes::SmtpPosition;

bool is_tls(const fakes::Rule& rule) {
  return std::holds_alternative<fakes::TlsStage>(rule.when.position);
}

bool is_at(const fakes::Rule& rule, SmtpPosition position) {
  const auto* smtp = std::get_if<SmtpPosition>(&rule.when.position);
  return smtp != nullptr && *smtp == position;
}

bool ends(const fakes::Action& action) {
  return std::holds_alternative<fakes::Close>(action) ||
         std::holds_alternative<fakes::Hang>(action);
}

bool ends(const fakes::Rule& rule) {
  return std::ranges::any_of(rule.actions, [](const auto& a) { return ends(a); });
}

// Whether the session goes on to TLS after a rule at STARTTLS: it follows the first digit sent.
bool starts_tls(const fakes::Rule& rule) {
  if (ends(rule)) return false;
  for (const auto& action : rule.actions) {
    const auto* reply = std::get_if<fakes::Reply>(&action);
    if (reply == nullptr) continue;
    if (reply->raw.empty() && reply->lines.empty()) return true;  // the honest 220
    const auto& first = reply->raw.empty() ? reply->lines.front() : reply->raw;
    return first.starts_with('2');
  }
  return true;
}

std::string title(const Node& on) {
  for (const auto* attribute : {"smtp", "tls"})
    if (const auto value = on.value(attribute))
      return fmt::format("<on {}=\"{}\">", attribute, *value);
  return "<on>";
}

// Where `node` stands, as said in a message about something in `document`.
std::string place(const Node& node, const Document& document) {
  const auto at = node.at();
  if (&node.document() == &document) return fmt::format("line {}", at.line);
  return fmt::format("{}:{}", at.file, at.line);
}

// In LMTP the end of data is answered for each recipient, which is its argument.
void check_selector(const fakes::Rule& rule, bool lmtp, const Node& on, Problems& problems) {
  const bool connect = is_at(rule, SmtpPosition::connect);
  if (is_tls(rule) && on.has("phase"))
    problems.add_name(on, "phase", "phase= has no meaning at a stage of TLS");
  const bool wordless =
      is_tls(rule) || connect || (is_at(rule, SmtpPosition::end_of_data) && !lmtp);
  if (wordless && on.has("argument"))
    problems.add_name(on, "argument", "nothing is sent here that argument= could match");
  if ((is_tls(rule) || connect) && rule.when.nth.first > 1)
    problems.add_value(on, "nth", "never reached: this happens once in a connection");
  if (is_at(rule, SmtpPosition::starttls) && rule.when.phase == Phase::post_tls)
    problems.add_value(on, "phase",
                       "never reached: STARTTLS is not sent inside TLS (RFC 3207 4.2)");
  if (!is_tls(rule) && rule.when.phase != Phase::post_tls)
    for (const auto& alert : on.children("alert"))
      problems.add(alert, "<alert> needs TLS: <on tls=...>, or phase=\"post-tls\"");
}

}  // namespace

bool covers(const fakes::Ordinals& outer, const fakes::Ordinals& inner) {
  return outer.first <= inner.first && inner.last <= outer.last;
}

bool covers(const fakes::Selector& outer, const fakes::Selector& inner) {
  return outer.position == inner.position &&
         (outer.phase == Phase::any || outer.phase == inner.phase) &&
         covers(outer.nth, inner.nth) && covers(outer.connection, inner.connection) &&
         (outer.argument.empty() || outer.argument == inner.argument);
}

void check_own_rules(const Peer& peer, Problems& problems) {
  const auto& rules = peer.spec.rules;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    check_selector(rules[i], peer.spec.lmtp, peer.places[i], problems);
    for (std::size_t before = 0; before < i; ++before) {
      if (!covers(rules[before].when, rules[i].when)) continue;
      problems.add(
          peer.places[i],
          fmt::format("{} is never reached: that of {} always matches first", title(peer.places[i]),
                      place(peer.places[before], peer.places[i].document())));
      break;
    }
  }
}

namespace {

// Why a rule can never act in this peer; empty if it can.
std::string obstacle(const fakes::ReceiverSpec& spec, const fakes::Rule& rule) {
  const bool starttls = spec.starttls == fakes::StartTls::yes && !spec.implicit_tls;
  const bool needs_tls = is_tls(rule) || rule.when.phase == Phase::post_tls;
  if (is_at(rule, SmtpPosition::starttls) && spec.implicit_tls)
    return "the peer speaks TLS from the first byte";
  if (is_at(rule, SmtpPosition::starttls) && !starttls) return "the peer does not offer STARTTLS";
  if (needs_tls && !starttls && !spec.implicit_tls) return "the peer never speaks TLS";
  if (is_at(rule, SmtpPosition::connect) && needs_tls && !spec.implicit_tls)
    return "the greeting is sent before TLS";
  if (!is_tls(rule) && rule.when.phase == Phase::pre_tls && spec.implicit_tls)
    return "the peer speaks TLS from the first byte";
  return {};
}

// Whether `blocker` keeps every session that `rule` speaks of from reaching it.
bool blocks(const fakes::ReceiverSpec& spec, const fakes::Rule& blocker, const fakes::Rule& rule) {
  if (&blocker == &rule || !covers(blocker.when.connection, rule.when.connection)) return false;
  if (!blocker.when.argument.empty() || blocker.when.nth.first > 1) return false;
  const bool late = !is_at(rule, SmtpPosition::connect);
  if (is_at(blocker, SmtpPosition::connect))
    return late && ends(blocker) && !(is_tls(rule) && spec.implicit_tls);
  const bool every_time =
      blocker.when.nth == fakes::Ordinals{} && blocker.when.phase != Phase::post_tls;
  const bool inside_tls = is_tls(rule) || rule.when.phase == Phase::post_tls;
  return is_at(blocker, SmtpPosition::starttls) && every_time && inside_tls && !spec.implicit_tls &&
         !starts_tls(blocker);
}

void check_attributes(const Node& node, const fakes::ReceiverSpec& spec, Problems& problems) {
  const bool tls = spec.starttls == fakes::StartTls::yes || spec.implicit_tls;
  for (const auto* attribute : {"certificate", "second-certificate", "staple", "tls",
                                "demands-certificate", "tickets", "server-names", "alpn", "dh"})
    if (!tls && node.has(attribute))
      problems.add_name(node, attribute,
                        fmt::format("{}= has no effect: the peer never speaks TLS", attribute));
  if (spec.implicit_tls)
    for (const auto* attribute : {"starttls", "require-tls"})
      if (node.has(attribute))
        problems.add_name(
            node, attribute,
            fmt::format("{}= has no effect: the peer speaks TLS from the first byte", attribute));
}

}  // namespace

void check_reach(const Node& node, const Peer& peer, std::size_t own, Problems& problems) {
  const auto& rules = peer.spec.rules;
  check_attributes(node, peer.spec, problems);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    std::string why = obstacle(peer.spec, rules[i]);
    for (std::size_t other = 0; why.empty() && other < rules.size(); ++other)
      if (blocks(peer.spec, rules[other], rules[i]))
        why = fmt::format("{} of {} keeps every session from it", title(peer.places[other]),
                          place(peer.places[other], node.document()));
    if (why.empty()) continue;
    const Node& where = i < own ? peer.places[i] : node;
    const std::string whose = i < own ? "" : " of the named receiver";
    problems.add(where,
                 fmt::format("{}{} is never reached: {}", title(peer.places[i]), whose, why));
  }
}

}  // namespace smtprig::xml
