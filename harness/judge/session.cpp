// See session.hpp.
#include "harness/judge/session.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace smtprig::judge {
namespace {

using fakes::Event;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_reply_line(std::string_view line) {
  return line.size() >= 3 && is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]) &&
         (line.size() == 3 || line[3] == ' ' || line[3] == '-');
}

class Builder {
 public:
  Builder(Session& session, bool lmtp) : session_(session), lmtp_(lmtp) {}

  void add(std::size_t index, const Event& event) {
    index_ = index;
    session_.last = index;
    std::visit([this](const auto& body) { on(body); }, event.body);
  }

 private:
  void on(const fakes::Connected& body) {
    session_.address = body.local;
    push("CONNECT", {}, false);
  }
  void on(const fakes::Closed&) { session_.closed = index_; }
  void on(const fakes::LineIn& body) {
    // A handshake record (RFC 8446 5.1), cut into lines at random.
    if (!body.tls && body.text.starts_with("\x16\x03")) session_.tls_into_clear = true;
    if (awaits_response()) return push("RESPONSE", {}, body.tls);
    const auto space = body.text.find(' ');
    std::string_view argument;
    if (space != body.text.npos) argument = std::string_view(body.text).substr(space + 1);
    push(upper_case(std::string_view(body.text).substr(0, space)), argument, body.tls);
    transact();
  }
  void on(const fakes::LineOut& body) { reply_line(body.text, true); }
  void on(const fakes::BytesOut& body) {
    std::string_view rest = body.bytes;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      std::string_view line = rest.substr(0, end);
      rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (is_reply_line(line)) reply_line(line, end != std::string_view::npos);
    }
  }
  void on(const fakes::ClientHelloSeen&) { session_.client_hello = true; }
  void on(const fakes::TlsEstablished&) {
    session_.tls_up = index_;
    waiting_.clear();
    // With TLS from the first byte the greeting comes inside it.
    Command& connect = session_.commands.front();
    if (session_.commands.size() > 1 || connect.code != 0) return;
    connect.tls = true;
    waiting_.push_back(0);
  }
  void on(const fakes::TlsFailed&) { session_.tls_failed = index_; }
  void on(const fakes::TlsAlert& body) {
    if (!body.sent) session_.alert = index_;
  }
  void on(const fakes::ContentReceived& body) {
    if (session_.transactions.empty()) session_.transactions.emplace_back();
    Transaction& transaction = session_.transactions.back();
    transaction.content = index_;
    if (!body.complete) return;
    if (lmtp_) return push_each(transaction, body.tls);
    // By BDAT the last chunk's command is the end of the content, and keeps its argument.
    if (!session_.commands.empty() && session_.commands.back().verb == "BDAT")
      session_.commands.back().verb = ".";
    else
      push(".", {}, body.tls);
    transaction.dots = {session_.commands.size() - 1};
  }
  void on(const fakes::MessageAccepted&) {
    if (session_.transactions.empty()) session_.transactions.emplace_back();
    session_.transactions.back().accepted.push_back(index_);
  }
  void on(const fakes::FaultFired&) { session_.faults.push_back(index_); }
  template <typename Other>
  void on(const Other&) {}

  // RFC 4954 4: what follows a challenge is no command.
  bool awaits_response() const {
    const Command& last = session_.commands.back();
    return last.answered && last.code == 334 && (last.verb == "AUTH" || last.verb == "RESPONSE");
  }

  // RFC 2033 4.2: for each RCPT that was answered well.
  void push_each(Transaction& transaction, bool tls) {
    // By BDAT the last chunk itself gets no reply.
    if (!session_.commands.empty() && session_.commands.back().verb == "BDAT" &&
        !session_.commands.back().answered && !waiting_.empty())
      waiting_.pop_back();
    for (const std::size_t rcpt : transaction.rcpt) {
      if (session_.commands[rcpt].code / 100 != 2) continue;
      push(".", {}, tls);
      transaction.dots.push_back(session_.commands.size() - 1);
    }
  }

  void push(std::string verb, std::string_view argument, bool tls) {
    session_.commands.push_back(
        {.verb = std::move(verb), .argument = std::string(argument), .tls = tls, .event = index_});
    waiting_.push_back(session_.commands.size() - 1);
  }

  // Replies come in the order of the commands (RFC 2920 3.2). A line that answers nothing is
  // ignored.
  void reply_line(std::string_view line, bool complete) {
    if (waiting_.empty() || !is_reply_line(line)) return;
    Command& command = session_.commands[waiting_.front()];
    command.lines.emplace_back(line);
    command.reply_event = index_;
    command.code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (!complete || (line.size() > 3 && line[3] == '-')) return;
    command.answered = true;
    waiting_.pop_front();
  }

  void transact() {
    const std::size_t last = session_.commands.size() - 1;
    const std::string& verb = session_.commands[last].verb;
    if (verb == "MAIL") {
      session_.transactions.push_back({.mail = last});
    } else if (!session_.transactions.empty()) {
      if (verb == "RCPT") session_.transactions.back().rcpt.push_back(last);
      if (verb == "DATA" || verb == "BDAT") session_.transactions.back().data = last;
    }
  }

  Session& session_;
  bool lmtp_;
  std::size_t index_ = 0;
  std::deque<std::size_t> waiting_;
};

}  // namespace

const Command* Session::command(std::string_view verb) const {
  const auto found = std::find_if(commands.rbegin(), commands.rend(),
                                  [&](const Command& each) { return each.verb == verb; });
  return found == commands.rend() ? nullptr : &*found;
}

std::vector<Session> sessions_of(const model::Scenario& scenario,
                                 const std::vector<Event>& journal) {
  std::vector<Session> sessions;
  std::map<std::pair<std::string_view, std::uint32_t>, std::size_t> places;
  std::deque<Builder> builders;
  // Builders refer to sessions: all of these are made before the first builder is.
  for (std::size_t i = 0; i < journal.size(); ++i) {
    const Event& event = journal[i];
    if (event.connection == 0 || !scenario.host(event.who)) continue;
    if (!places.try_emplace({event.who, event.connection}, sessions.size()).second) continue;
    sessions.push_back({.host = event.who, .connection = event.connection, .first = i});
  }
  for (Session& session : sessions)
    builders.emplace_back(session, scenario.host(session.host)->receiver.lmtp);
  for (std::size_t i = 0; i < journal.size(); ++i) {
    const auto place = places.find({journal[i].who, journal[i].connection});
    if (place != places.end()) builders[place->second].add(i, journal[i]);
  }
  return sessions;
}

bool is_hello(std::string_view verb) {
  return verb == "EHLO" || verb == "HELO" || verb == "LHLO";
}

bool tells_password(const Command& command) {
  const std::string mechanism = upper_case(command.argument.substr(0, command.argument.find(' ')));
  return command.verb == "AUTH" && mechanism != "CRAM-MD5";
}

std::string place(const Session& session) {
  return fmt::format("connection {} to {}", session.connection, session.host);
}

std::string_view path_of(std::string_view argument) {
  const auto open = argument.find('<');
  const auto close = argument.find('>', open);
  if (open == argument.npos || close == argument.npos) return argument;
  return argument.substr(open + 1, close - open - 1);
}

bool same_address(std::string_view a, std::string_view b) {
  const auto at_a = a.rfind('@'), at_b = b.rfind('@');
  if (at_a == a.npos || at_b == b.npos) return a == b;
  return a.substr(0, at_a) == b.substr(0, at_b) &&
         upper_case(a.substr(at_a)) == upper_case(b.substr(at_b));
}

std::string enhanced_code(std::string_view line) {
  if (line.size() < 5) return {};
  std::string_view code = line.substr(4);
  code = code.substr(0, code.find_first_not_of("0123456789."));
  if (std::ranges::count(code, '.') != 2 || code.size() < 5 || code[0] != line[0]) return {};
  return std::string(code);
}

std::string_view trimmed(std::string_view text, std::string_view blanks) {
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string upper_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

}  // namespace smtprig::judge
