// See sender_session.hpp. What is said is in sender_commands.cpp; here is in which order, and what
// follows from the replies.
//
//   tasks -> perform -> due replies -> take -> next task
#include "fakes/smtp/sender_session.hpp"

#include <algorithm>
#include <utility>

#include "fakes/smtp/command.hpp"

namespace smtprig::fakes::smtp {

namespace {

using Status = Submission::Status;

constexpr int service_closing = 421;  // RFC 5321 3.8

}  // namespace

SenderSession::SenderSession(const SenderSpec& spec, SenderIdentity identity,
                             std::vector<Envelope> envelopes)
    : spec_(spec),
      identity_(std::move(identity)),
      envelopes_(std::move(envelopes)),
      results_(envelopes_.size()) {
  for (std::size_t i = 0; i < envelopes_.size(); ++i)
    results_[i].recipient_codes.resize(envelopes_[i].recipients.size());
  if (!honest()) {
    for (const SenderStep& step : spec_.steps)
      std::visit([this](const auto& each) { tasks_.emplace_back(each); }, step);
    return;
  }
  tasks_.emplace_back(Utterance{.says = {Say::open}});
  for (std::size_t i = 0; i < envelopes_.size(); ++i) {
    tasks_.emplace_back(Transaction{});
    tasks_.emplace_back(Finish{});
  }
  tasks_.emplace_back(Utterance{.says = {Say::quit}});
}

Acts SenderSession::connected() {
  due_.push_back({.of = Due::Of::greeting});
  if (spec_.service == Service::submissions) {
    shaking_ = TlsStage::finished;
    return {act::Handshake{}};
  }
  if (spec_.waits_for_greeting) return {act::ReadReply{}};
  Acts acts;
  next(acts);
  if (opening_) open(acts);
  if (over_) lost("the peer left");
  const bool waits = !acts.empty() && std::holds_alternative<act::Hang>(acts.back());
  if (!over_ && !waits) acts.emplace_back(act::ReadReply{});
  return acts;
}

Acts SenderSession::shaken() {
  const auto until = std::exchange(shaking_, std::nullopt);
  if (over_ || until != TlsStage::finished) return go_on();
  tls_ = true;
  said_hello_ = said_hello_ && !spec_.second_ehlo;
  may_send_ = false;
  // RFC 3207 4.2: what was learnt before is forgotten.
  if (spec_.second_ehlo) ehlo_ = {};
  return go_on();
}

Acts SenderSession::reply(const ServerReply& reply) {
  Acts acts;
  if (over_ || due_.empty()) return go_on();
  const Due due = due_.front();
  due_.pop_front();
  take(due, reply, acts);
  for (Act& next_act : go_on())
    acts.push_back(std::move(next_act));
  return acts;
}

Acts SenderSession::lost(std::string why) {
  if (!over_ && !quitting_ && has_envelope()) settle(Status::disconnected, 0, why);
  over_ = true;
  if (!honest()) leave_the_rest();
  return {act::End{}};
}

// The peer says nothing more of what it has not said.
void SenderSession::leave_the_rest() {
  for (Submission& result : results_)
    if (result.status == Status::not_tried) result.status = Status::given_up;
}

Acts SenderSession::go_on() {
  Acts acts;
  while (!over_) {
    if (shaking_) {
      acts.emplace_back(act::Handshake{*shaking_});
      return acts;
    }
    if (!due_.empty()) {
      acts.emplace_back(act::ReadReply{});
      return acts;
    }
    if (opening_) {
      open(acts);
    } else if (!next(acts)) {
      break;
    }
    if (!acts.empty() && std::holds_alternative<act::Hang>(acts.back())) return acts;
  }
  if (quitting_ && !over_) {
    acts.emplace_back(act::Drain{});
    return acts;
  }
  if (acts.empty() || !std::holds_alternative<act::End>(acts.back())) acts.emplace_back(act::End{});
  if (!honest()) leave_the_rest();
  lost("the peer left");
  return acts;
}

// False: there is nothing left to do.
bool SenderSession::next(Acts& acts) {
  if (tasks_.empty()) return false;
  const Task task = std::move(tasks_.front());
  tasks_.pop_front();
  if (const auto* utterance = std::get_if<Utterance>(&task)) {
    perform(*utterance, acts);
  } else if (const auto* close = std::get_if<Close>(&task)) {
    leave_the_rest();
    over_ = true;
    acts.emplace_back(act::End{close->how});
  } else if (std::holds_alternative<Hang>(task)) {
    leave_the_rest();
    quitting_ = true;
    acts.emplace_back(act::Hang{});
  } else if (std::holds_alternative<Transaction>(task)) {
    begin_transaction();
  } else if (std::holds_alternative<Finish>(task)) {
    finish_transaction();
  } else if (const auto* one = std::get_if<Recipient>(&task)) {
    if (refused_) return true;
    send(line(command_of(Say::rcpt, one->index)), acts);
    due_.push_back({Due::Of::say, Say::rcpt, one->index});
  } else if (const auto* chunk = std::get_if<Chunk>(&task)) {
    if (refused_) return true;
    Write write;
    write.bytes.segment = spec_.segment;
    write.bytes.delay = spec_.pace;
    add_chunk(chunk->index, write);
    send(std::move(write), acts);
    due_.push_back({Due::Of::say, Say::chunks, chunk->index});
  }
  return true;
}

// The next command of the opening, or its end.
bool SenderSession::open(Acts& acts) {
  if (!said_hello_) {
    said_hello_ = true;
    say(Say::ehlo, acts);
    return true;
  }
  const bool wants_tls = spec_.starttls != SenderTls::never && !tls_ && !tried_tls_;
  if (wants_tls && (ehlo_.has("STARTTLS") || spec_.starttls == SenderTls::unasked)) {
    tried_tls_ = true;
    say(Say::starttls, acts);
    return true;
  }
  if (wants_tls && spec_.starttls == SenderTls::required) {
    give_up(Status::given_up, 0, "STARTTLS was not offered");
    opening_ = false;
    return false;
  }
  if (spec_.auth && !tried_auth_) {
    tried_auth_ = true;
    if (!tls_ && !spec_.auth->in_clear) {
      give_up(Status::given_up, 0, "no TLS to say the password in");
    } else if (!ehlo_.has("AUTH") && !spec_.auth->in_clear) {
      give_up(Status::given_up, 0, "AUTH was not offered");
    } else {
      say(Say::auth, acts);
      return true;
    }
  }
  opening_ = false;
  return false;
}

void SenderSession::begin_transaction() {
  refused_ = may_send_ = needs_reset_ = false;
  if (cannot_be_carried()) {
    refused_ = true;
    settle(Status::given_up, 0, "BINARYMIME was not offered");
    return;
  }
  const bool chunks = goes_by_chunks();
  const std::size_t recipients = envelopes_[current_].recipients.size();
  std::deque<Task> tasks;
  // DATA joins the group only where one recipient is all there is: a 354 to it could not be taken
  // back when every recipient was refused.
  if (spec_.pipelining && ehlo_.has("PIPELINING")) {
    Utterance group{.says = {Say::mail, Say::rcpt}};
    if (recipients == 1 && !chunks) group.says.push_back(Say::data);
    tasks.emplace_back(std::move(group));
    if (recipients != 1 && !chunks) tasks.emplace_back(Utterance{.says = {Say::data}});
    if (chunks) tasks.emplace_back(Utterance{.says = {Say::chunks}});
  } else {
    tasks.emplace_back(Utterance{.says = {Say::mail}});
    for (std::size_t i = 0; i < recipients; ++i)
      tasks.emplace_back(Recipient{i});
    if (!chunks) tasks.emplace_back(Utterance{.says = {Say::data}});
    for (std::size_t i = 0; chunks && i < chunk_count(); ++i)
      tasks.emplace_back(Chunk{i});
  }
  if (!chunks) tasks.emplace_back(Utterance{.says = {Say::content}});
  tasks_.insert(tasks_.begin(), tasks.begin(), tasks.end());
}

void SenderSession::finish_transaction() {
  const Submission& result = results_[current_];
  if (result.code == service_closing || result.status == Status::disconnected) {
    over_ = true;
    return;
  }
  ++current_;
  // RFC 2920 3.1: a 354 is answered by an empty message even where no recipient was accepted.
  if (needs_reset_) tasks_.emplace_front(Utterance{.says = {Say::rset}});
  if (may_send_ && refused_) tasks_.emplace_front(Utterance{.raw = ".\r\n"});
  may_send_ = false;
}

void SenderSession::take(const Due& due, const ServerReply& reply, Acts& acts) {
  if (due.of == Due::Of::greeting) {
    if (reply.first_digit() != 2) give_up(Status::refused, reply.code, reply.text());
    return;
  }
  if (due.of == Due::Of::other) return;
  switch (due.say) {
    case Say::ehlo:
      return take_hello(reply, acts);
    case Say::starttls:
      return take_starttls(reply, acts);
    case Say::auth:
      return take_auth(reply, acts);
    case Say::mail:
    case Say::rcpt:
    case Say::data:
    case Say::content:
    case Say::chunks:
      return take_transaction(due, reply);
    case Say::rset:
      if (!honest() || reply.first_digit() == 2) return;
      give_up(Status::not_tried, 0, "");
      over_ = reply.code == service_closing;
      return;
    case Say::open:
    case Say::noop:
    case Say::vrfy:
    case Say::quit:
      return;
  }
}

void SenderSession::take_hello(const ServerReply& reply, Acts& acts) {
  if (reply.first_digit() == 2) {
    ehlo_ = parse_ehlo(reply);
  } else if (opening_ && reply.first_digit() == 5 && !reply.lines.empty() && !tried_helo_) {
    tried_helo_ = true;  // RFC 5321 3.2
    ehlo_ = {};
    send(line("HELO " + own_name()), acts);
    due_.push_front({Due::Of::say, Say::ehlo, 0});
  } else if (opening_) {
    give_up(Status::refused, reply.code, reply.text());
  }
}

void SenderSession::take_starttls(const ServerReply& reply, Acts&) {
  if (reply.first_digit() == 2) {
    shaking_ = wanted_stage_;
    return;
  }
  due_.insert(due_.begin(), lines_behind_, Due{});
  if (spec_.starttls == SenderTls::required) {
    give_up(Status::given_up, reply.code, reply.text());
  } else if (opening_ && reply.code == service_closing) {
    give_up(Status::refused, reply.code, reply.text());
  }
}

void SenderSession::take_transaction(const Due& due, const ServerReply& reply) {
  if (!has_envelope()) return;
  Submission& result = results_[current_];
  const int digit = reply.first_digit();
  const auto refuse = [&] {
    refused_ = true;
    settle(Status::refused, reply.code, reply.text());
  };
  switch (due.say) {
    case Say::mail:
      needs_reset_ = true;
      if (digit != 2) refuse();
      break;
    case Say::rcpt:
      result.recipient_codes[due.recipient] = reply.code;
      if (digit != 2 && result.reply.empty()) result.reply = reply.text();
      if (due.recipient + 1 == result.recipient_codes.size() &&
          std::ranges::none_of(result.recipient_codes, [](int code) { return code / 100 == 2; }))
        refuse();
      break;
    case Say::data:
      may_send_ = digit == 3;
      if (digit != 3) refuse();
      break;
    case Say::chunks:
      // The first refusal decides (RFC 3030 2): what is answered to further chunks of the group
      // says nothing more.
      if (honest() && refused_) break;
      if (due.recipient + 1 < chunk_count()) {
        if (digit != 2) refuse();
        break;
      }
      [[fallthrough]];
    default:
      // A message that was refused may have been said again, by a step.
      if (digit == 2) result.status = Status::not_tried;
      settle(digit == 2 ? Status::accepted : Status::refused, reply.code, reply.text());
      needs_reset_ = digit != 2;
      refused_ = refused_ || digit != 2;
      may_send_ = false;
      if (!honest()) ++current_;
      break;
  }
}

void SenderSession::settle(Status status, int code, const std::string& reply) {
  Submission& result = results_[current_];
  if (result.status != Status::not_tried) return;
  result.status = status;
  result.code = code;
  result.reply = reply;
}

// Nothing that is left will be sent.
void SenderSession::give_up(Status status, int code, const std::string& reply) {
  if (has_envelope()) settle(status, code, reply);
  if (status == Status::given_up) leave_the_rest();
  opening_ = false;
  tasks_.clear();
  due_.clear();
  if (code == service_closing) {
    over_ = true;
  } else if (!quitting_) {
    tasks_.emplace_back(Utterance{.says = {Say::quit}});
  }
}

}  // namespace smtprig::fakes::smtp
