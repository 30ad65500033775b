// See peer.hpp.
#include "harness/judge/peer.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <utility>

#include <re2/re2.h>

namespace smtprig::judge {
namespace {

using fakes::SmtpPosition;
using fakes::TlsStage;
using Kind = Answer::Kind;

bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::toupper(x) == std::toupper(y); });
}

Kind kind_of(int code) {
  switch (code / 100) {
    case 2:
      return Kind::positive;
    case 3:
      return Kind::intermediate;
    case 4:
      return Kind::transient;
    case 5:
      return Kind::permanent;
    default:
      return Kind::garbage;
  }
}

Answer reply(int code, std::vector<std::string> lines = {}) {
  if (lines.empty()) lines = {std::to_string(code)};
  return {.kind = kind_of(code), .code = code, .lines = std::move(lines)};
}

// The code of a reply line, 0 if it has none (RFC 5321 4.2).
int code_of(std::string_view line) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (line.size() < 3 || !digit(line[0]) || !digit(line[1]) || !digit(line[2])) return 0;
  if (line.size() > 3 && line[3] != ' ' && line[3] != '-') return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

// The first reply in `bytes`; what is behind it is injected. A reply without its last line end is
// not complete, but the peer has answered all the same.
Answer first_reply(std::string_view bytes) {
  Answer answer{.kind = Kind::garbage};
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const bool complete = end != bytes.npos;
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(complete ? end + 1 : bytes.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    const int code = code_of(line);
    if (!complete) {
      answer.certain = false;
      if (!line.empty() && answer.code == 0) answer.kind = kind_of((line[0] - '0') * 100);
      return answer;
    }
    if (code == 0) return answer.code == 0 ? Answer{.kind = Kind::garbage} : answer;
    answer.code = code;
    answer.kind = kind_of(code);
    answer.lines.emplace_back(line);
    if (line.size() <= 3 || line[3] == ' ') {
      answer.injected = !bytes.empty();
      return answer;
    }
  }
  answer.certain = false;  // only lines that announce another one
  return answer;
}

struct Played {
  std::string bytes;
  std::optional<fakes::CloseHow> close;
  bool ends = false;
};

std::string bytes_of(const std::vector<std::string>& lines) {
  std::string bytes;
  for (const std::string& line : lines)
    bytes += line + "\r\n";
  return bytes;
}

// `honest`: what stands for a Reply with neither lines nor raw bytes.
Played play(const std::vector<fakes::Action>& actions, const std::vector<std::string>& honest) {
  Played played;
  for (const fakes::Action& action : actions) {
    if (const auto* sent = std::get_if<fakes::Reply>(&action)) {
      if (!sent->raw.empty())
        played.bytes += sent->raw;
      else
        played.bytes += bytes_of(sent->lines.empty() ? honest : sent->lines);
      continue;
    }
    if (const auto* close = std::get_if<fakes::Close>(&action)) played.close = close->how;
    played.ends = true;
    break;
  }
  return played;
}

Answer answer_of(const std::vector<fakes::Action>& actions, const Answer& honest) {
  const Played played = play(actions, honest.lines);
  if (played.bytes.empty()) return {.kind = Kind::dropped};
  Answer answer = first_reply(played.bytes);
  answer.ends = played.ends;
  // A reset may overtake a reply that the client has not read yet.
  if (played.close == fakes::CloseHow::rst) answer.certain = false;
  return answer;
}

}  // namespace

bool argument_matches(const std::string& pattern, std::string_view argument) {
  if (pattern.empty()) return true;
  const RE2 expression(pattern, RE2::Quiet);
  if (!expression.ok()) return false;
  const re2::StringPiece text(argument.data(), argument.size());
  if (RE2::PartialMatch(text, expression)) return true;
  const auto open = argument.find('<');
  const auto close = argument.find('>', open);
  if (open == argument.npos || close == argument.npos) return false;
  std::string bare(argument.substr(open + 1, close - open - 1));
  bare += argument.substr(close + 1);
  return RE2::PartialMatch(bare, expression);
}

bool announces(const std::vector<std::string>& lines, std::string_view keyword) {
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::string_view text = lines[i];
    text.remove_prefix(std::min<std::size_t>(4, text.size()));
    if (same_text(text.substr(0, text.find_first_of(" =")), keyword)) return true;
  }
  return false;
}

bool offers(const std::vector<std::string>& lines, std::string_view mechanism) {
  for (std::size_t i = 1; i < lines.size(); ++i) {
    std::string_view text =
        std::string_view(lines[i]).substr(std::min<std::size_t>(4, lines[i].size()));
    if (!same_text(text.substr(0, 5), "AUTH ")) continue;
    for (text.remove_prefix(5); !text.empty();) {
      const auto end = std::min(text.find(' '), text.size());
      if (same_text(text.substr(0, end), mechanism)) return true;
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  return false;
}

std::optional<std::uint64_t> size_limit(const std::vector<std::string>& lines) {
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::string_view text =
        std::string_view(lines[i]).substr(std::min<std::size_t>(4, lines[i].size()));
    if (!same_text(text.substr(0, 5), "SIZE ")) continue;
    std::uint64_t bytes = 0;
    const auto read = std::from_chars(text.data() + 5, text.data() + text.size(), bytes);
    if (read.ec == std::errc{} && bytes > 0) return bytes;
  }
  return std::nullopt;
}

const fakes::Rule* Peer::match(std::variant<SmtpPosition, TlsStage> position,
                               std::string_view argument) {
  const std::uint32_t nth = ++reached_[position];
  for (const fakes::Rule& rule : spec_.rules) {
    const fakes::Selector& when = rule.when;
    if (when.position != position || !when.nth.contains(nth) ||
        !when.connection.contains(connection_))
      continue;
    if (when.phase == fakes::Phase::pre_tls && tls_) continue;
    if (when.phase == fakes::Phase::post_tls && !tls_) continue;
    if (argument_matches(when.argument, argument)) return &rule;
  }
  return nullptr;
}

bool Peer::offers_auth() const {
  const fakes::OffersAuth when = spec_.extensions.auth;
  return when == fakes::OffersAuth::always || (when == fakes::OffersAuth::in_tls && tls_);
}

// What receiver_replies.cpp announces, as far as a sender's choice hangs on it.
Answer Peer::honest_ehlo() const {
  std::vector<std::string> lines{"250-peer"};
  const auto announce = [&](bool offered, std::string_view keyword) {
    if (offered) lines.push_back("250-" + std::string(keyword));
  };
  const fakes::Extensions& offers = spec_.extensions;
  announce(spec_.starttls == fakes::StartTls::yes && !tls_, "STARTTLS");
  announce(offers.size_bytes != 0, "SIZE " + std::to_string(offers.size_bytes));
  announce(offers.eight_bit_mime, "8BITMIME");
  announce(offers.smtputf8, "SMTPUTF8");
  announce(offers.requiretls && tls_, "REQUIRETLS");
  std::string auth = "AUTH";
  for (const fakes::AuthMechanism mechanism : offers.mechanisms)
    auth.append(" ").append(name(mechanism));
  announce(offers_auth(), auth);
  lines.back()[3] = ' ';
  return reply(250, std::move(lines));
}

Answer Peer::honest(SmtpPosition position) const {
  const bool demands_tls = spec_.require_tls && !tls_;
  switch (position) {
    case SmtpPosition::connect:
      // RFC 8314 3: a server that speaks TLS first says nothing to a client that waits.
      if (spec_.implicit_tls && !tls_) return {.kind = Kind::dropped, .ends = true};
      return reply(220);
    case SmtpPosition::ehlo:
      return spec_.lmtp == client_.lmtp ? honest_ehlo() : reply(500);
    case SmtpPosition::starttls:
      if (tls_) return reply(503);
      return reply(spec_.starttls == fakes::StartTls::yes ? 220 : 502);
    case SmtpPosition::auth:
      if (demands_tls) return reply(530);
      if (!offers_auth()) return reply(spec_.extensions.auth == fakes::OffersAuth::no ? 502 : 538);
      return reply(client_.good_login ? 235 : 535);
    case SmtpPosition::mail:
      return reply(demands_tls || (spec_.demands_auth && !authenticated_) ? 530 : 250);
    case SmtpPosition::noop:
      return reply(250);
    case SmtpPosition::quit:
      return reply(221);
    case SmtpPosition::data:
      return reply(demands_tls ? 530 : 354);
    default:
      return reply(demands_tls ? 530 : 250);
  }
}

Answer Peer::answer(SmtpPosition position, std::string_view argument) {
  if (ended_) return {.kind = Kind::dropped, .ends = true};
  const fakes::Rule* rule = match(position, argument);
  Answer answer = honest(position);
  if (!early_.empty())
    answer = first_reply(std::exchange(early_, {}));
  else if (rule)
    answer = answer_of(rule->actions, answer);
  // A client cannot act on half a reply; only the peer itself knows that it took the message.
  if (!answer.certain && answer.lines.empty() && position != SmtpPosition::end_of_data)
    answer.kind = Kind::dropped;
  if (position == SmtpPosition::auth && answer.kind == Kind::positive) authenticated_ = true;
  ended_ = answer.ends || answer.kind == Kind::dropped;
  answer.ends = ended_;
  return answer;
}

Handshake Peer::handshake() {
  for (const TlsStage stage : {TlsStage::start, TlsStage::client_hello, TlsStage::server_hello}) {
    if (ended_ || match(stage, {})) {
      ended_ = true;
      return Handshake::failed;
    }
  }
  tls_ = true;
  if (const fakes::Rule* rule = match(TlsStage::finished, {})) {
    Played played = play(rule->actions, {});
    ended_ = played.ends;
    early_ = std::move(played.bytes);
  }
  return ended_ ? Handshake::lost : Handshake::up;
}

}  // namespace smtprig::judge
