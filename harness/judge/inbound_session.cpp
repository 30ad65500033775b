// See inbound_session.hpp.
#include "harness/judge/inbound_session.hpp"

#include <algorithm>
#include <deque>

#include "harness/judge/session.hpp"

namespace smtprig::judge {
namespace {

using fakes::Event;

class InboundBuilder {
 public:
  explicit InboundBuilder(InboundSession& session) : session_(session) {}

  void add(std::size_t index, const Event& event) {
    index_ = index;
    session_.last = index;
    std::visit([this](const auto& body) { on(body); }, event.body);
  }

 private:
  void on(const fakes::Connected&) {
    session_.first = index_;
    push("CONNECT", {}, session_.sender->spec.service == fakes::Service::submissions);
  }
  void on(const fakes::LineOut& body) {
    const auto space = body.text.find(' ');
    std::string_view argument;
    if (space != body.text.npos) argument = std::string_view(body.text).substr(space + 1);
    push(upper_case(std::string_view(body.text).substr(0, space)), argument, body.tls);
  }
  // Bytes that begin with a command are one, whatever stands behind it.
  void on(const fakes::BytesOut& body) {
    const std::string_view line = std::string_view(body.bytes).substr(0, body.bytes.find('\r'));
    const auto space = line.find(' ');
    const std::string verb = upper_case(line.substr(0, space));
    const bool command = verb == "STARTTLS" || verb == "EHLO" || verb == "MAIL" || verb == "AUTH";
    push(command ? verb : "", space == line.npos ? "" : line.substr(space + 1), body.tls);
  }
  // By BDAT the last chunk's command is the end of the content.
  void on(const fakes::ContentSent& body) {
    if (!session_.exchanges.empty() && session_.exchanges.back().verb == "BDAT")
      session_.exchanges.back().verb = ".";
    else
      push(".", {}, body.tls);
  }
  void on(const fakes::LineIn& body) {
    if (shaking_ && !body.tls) session_.answered_in_handshake = true;
    if (body.text.size() < 3) return;
    if (waiting_.empty()) {
      if (body.text.starts_with("421")) return;  // a farewell may come at any time (RFC 5321 3.8)
      session_.unasked.push_back(body.text);
      session_.unasked_in_tls = session_.unasked_in_tls || body.tls;
      return;
    }
    Exchange& exchange = session_.exchanges[waiting_.front()];
    exchange.lines.push_back(body.text);
    if (body.text.size() > 3 && body.text[3] == '-') return;
    exchange.code = std::atoi(body.text.substr(0, 3).c_str());
    shaking_ = exchange.verb == "STARTTLS" && exchange.code / 100 == 2;
    waiting_.pop_front();
  }
  void on(const fakes::TlsEstablished& body) {
    session_.tls = true;
    session_.version = body.version;
    shaking_ = false;
    // On submissions the greeting is still to come.
    if (session_.exchanges.size() > 1) waiting_.clear();
  }
  void on(const fakes::TlsFailed& body) {
    session_.tls_failed = true;
    session_.failure = body.reason;
    shaking_ = false;
  }
  template <typename Other>
  void on(const Other&) {}

  void push(std::string verb, std::string_view argument, bool tls) {
    session_.exchanges.push_back(
        {.verb = std::move(verb), .argument = std::string(argument), .tls = tls, .event = index_});
    waiting_.push_back(session_.exchanges.size() - 1);
  }

  InboundSession& session_;
  std::size_t index_ = 0;
  bool shaking_ = false;
  std::deque<std::size_t> waiting_;
};

}  // namespace

const Exchange* InboundSession::last_of(std::string_view verb, bool in_tls) const {
  const auto found = std::find_if(exchanges.rbegin(), exchanges.rend(), [&](const Exchange& each) {
    return each.verb == verb && each.tls == in_tls;
  });
  return found == exchanges.rend() ? nullptr : &*found;
}

std::vector<InboundSession> inbound_sessions(const model::Scenario& scenario,
                                             const std::vector<Event>& journal) {
  std::vector<InboundSession> sessions;
  for (const model::Sender& sender : scenario.senders) {
    InboundSession session{.sender = &sender};
    InboundBuilder builder(session);
    bool connected = false;
    for (std::size_t i = 0; i < journal.size(); ++i) {
      if (journal[i].who != sender.name) continue;
      connected = connected || std::holds_alternative<fakes::Connected>(journal[i].body);
      builder.add(i, journal[i]);
    }
    if (connected) sessions.push_back(std::move(session));
  }
  return sessions;
}

}  // namespace smtprig::judge
