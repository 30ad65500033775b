// See receiver_session.hpp. One way through: an arrival at a position yields a reply, honest or of
// a rule, and the reply that was sent moves the session.
#include "fakes/smtp/receiver_session.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "fakes/smtp/sasl.hpp"

namespace smtprig::fakes::smtp {

namespace {

using boost::system::result;

SmtpPosition position_of(Verb verb) {
  switch (verb) {
    case Verb::ehlo:
    case Verb::lhlo:
      return SmtpPosition::ehlo;
    case Verb::helo:
      return SmtpPosition::helo;
    case Verb::starttls:
      return SmtpPosition::starttls;
    case Verb::auth:
      return SmtpPosition::auth;
    case Verb::mail:
      return SmtpPosition::mail;
    case Verb::rcpt:
      return SmtpPosition::rcpt;
    case Verb::data:
      return SmtpPosition::data;
    case Verb::bdat:
      return SmtpPosition::bdat;
    case Verb::rset:
      return SmtpPosition::rset;
    case Verb::noop:
      return SmtpPosition::noop;
    case Verb::vrfy:
      return SmtpPosition::vrfy;
    case Verb::quit:
      return SmtpPosition::quit;
    case Verb::known:
    case Verb::unknown:
      break;
  }
  return SmtpPosition::unknown;
}

// "FROM:<a@b> SIZE=5" -> "a@b SIZE=5"
std::string bare_path(std::string_view argument) {
  std::size_t open = argument.find('<');
  std::size_t close = argument.find('>', open);
  if (open == std::string_view::npos || close == std::string_view::npos) return {};
  std::string bare(argument.substr(open + 1, close - open - 1));
  return bare.append(argument.substr(close + 1));
}

}  // namespace

ReceiverSession::ReceiverSession(const ReceiverRules& rules, std::string name,
                                 std::uint32_t connection, bool can_tls, SessionLimits limits)
    : rules_(rules),
      name_(std::move(name)),
      replies_(rules.spec(), name_),
      connection_(connection),
      can_tls_(can_tls),
      limits_(limits) {}

Steps ReceiverSession::connected() {
  Steps steps;
  if (rules_.spec().implicit_tls) {
    begin_tls(steps);
    return steps;
  }
  return arrive({SmtpPosition::connect, {}, {}}, replies_.greeting());
}

Steps ReceiverSession::line(std::string_view text) {
  if (++commands_ > limits_.commands_max) {
    Steps steps;
    if (!silent_) steps.push_back(step::Send{replies_.coded(421, "4.7.0", "Too many commands")});
    steps.push_back(step::End{});
    return steps;
  }
  if (silent_) return {step::ReadLine{}};
  if (exchange_) return continue_exchange(text);

  Command command = parse_command(text);
  if (command.verb == Verb::bdat && rules_.spec().extensions.chunking) return begin_chunk(command);
  std::optional<result<Path, Refusal>> path;
  if (command.verb == Verb::mail) path = parse_mail(command.argument);
  if (command.verb == Verb::rcpt) path = parse_rcpt(command.argument);
  std::string bare = path ? bare_path(command.argument) : std::string();
  if (path) {
    // A rule may accept what has no valid syntax: then the text itself is the address.
    path_ = *path ? **path : Path{bare.empty() ? command.argument : bare, {}};
  }
  Reply honest = command.verb == Verb::auth
                     ? begin_exchange(command)
                     : replies_.command(state_, command, path ? &*path : nullptr);
  return arrive({position_of(command.verb), command.argument, bare}, honest);
}

Steps ReceiverSession::line_too_long() {
  Steps steps;
  if (!silent_) steps.push_back(step::Send{replies_.coded(500, "5.5.2", "Line too long")});
  steps.push_back(step::End{});
  return steps;
}

Steps ReceiverSession::arrive(const Arrival& arrival, const Reply& honest) {
  std::uint32_t& reached = reached_[static_cast<std::size_t>(arrival.position)];
  ReceiverRules::Place place{arrival.position, state_.tls,       ++reached,
                             connection_,      arrival.argument, arrival.bare_argument};
  Steps steps;
  if (const Rule* rule = rules_.find(place)) {
    steps.push_back(step::Note{FaultFired{rule->id}});
    act(arrival, rule->actions, honest, steps);
  } else {
    act(arrival, {Reply{}}, honest, steps);
  }
  return steps;
}

void ReceiverSession::act(const Arrival& arrival, const std::vector<Action>& actions,
                          const Reply& honest, Steps& steps) {
  bool followed = false;
  for (const Action& action : actions) {
    if (const auto* reply = std::get_if<Reply>(&action)) {
      Reply sent = *reply;
      if (is_empty(sent)) {
        sent.lines = honest.lines;
        sent.raw = honest.raw;
      }
      int digit = reply_digit(sent);
      steps.push_back(step::Send{std::move(sent)});
      if (!std::exchange(followed, true)) follow(arrival.position, digit, steps);
    } else if (const auto* alert = std::get_if<Alert>(&action)) {
      steps.push_back(step::SendAlert{*alert});
    } else if (const auto* close = std::get_if<Close>(&action)) {
      steps.push_back(step::End{close->how});
      return;
    } else {
      silent_ = true;
      break;
    }
  }
  if (!followed) follow(arrival.position, 0, steps);
  wait_for_client(steps);
}

// What a reply with this first digit means to the session; 0: none was sent, or it begins with no
// digit.
void ReceiverSession::follow(SmtpPosition position, int digit, Steps& steps) {
  switch (position) {
    case SmtpPosition::connect:
      state_.turned_away = digit == 4 || digit == 5;
      break;
    case SmtpPosition::ehlo:
    case SmtpPosition::helo:
      if (digit != 2) break;
      chunks_.reset();
      state_.hello =
          position == SmtpPosition::ehlo ? ReceiverState::Hello::ehlo : ReceiverState::Hello::helo;
      state_.transaction.reset();  // RFC 5321 4.1.4
      break;
    case SmtpPosition::starttls:
      starting_tls_ = digit == 2 && !state_.tls;  // a rule may say 220 inside TLS too
      break;
    case SmtpPosition::mail:
      if (digit != 2) break;
      chunks_.reset();
      state_.transaction = {path_.mailbox, {}, path_.find("SMTPUTF8") != nullptr};
      if (const Parameter* body = path_.find("BODY"))
        state_.transaction->binary = upper(body->value) == "BINARYMIME";
      break;
    case SmtpPosition::rcpt:
      if (digit == 2 && state_.transaction) state_.transaction->recipients.push_back(path_.mailbox);
      break;
    case SmtpPosition::data:
      if (digit == 3) content_.emplace(Content{DotDecoder(), Digest(limits_.content_kept_bytes)});
      break;
    case SmtpPosition::end_of_data:
      if (digit == 2 && received_) {
        auto held = state_.transaction.value_or(ReceiverState::Transaction{});
        steps.push_back(step::Note{MessageAccepted{
            held.mail_from, held.recipients, received_->token(), received_->sha256(), state_.tls,
            received_->kept(), received_->sha256_body(), received_->sha256_letters()}});
      }
      break;
    case SmtpPosition::bdat:
      // Behind a chunk that was refused only RSET helps (RFC 3030 2): more of them find no
      // transaction.
      if (digit == 2 && state_.transaction) {
        state_.transaction->chunked = true;
      } else {
        for (Step& note : gone())
          steps.push_back(std::move(note));
        state_.transaction.reset();
      }
      break;
    case SmtpPosition::rset:
      if (digit != 2) break;
      for (Step& note : gone())
        steps.push_back(std::move(note));
      state_.transaction.reset();
      break;
    case SmtpPosition::quit:
      quitting_ = digit == 2;
      break;
    case SmtpPosition::auth:
      if (digit == 2) state_.authenticated = true;
      if (digit == 3) exchange_ = std::move(begun_);
      begun_.reset();
      break;
    case SmtpPosition::noop:
    case SmtpPosition::vrfy:
    case SmtpPosition::unknown:
      break;
  }
}

void ReceiverSession::wait_for_client(Steps& steps) {
  if (std::exchange(starting_tls_, false)) {
    if (!silent_) return begin_tls(steps);
    steps.push_back(step::Discard{});
  } else if (content_) {
    steps.push_back(step::ReadContent{});
  } else if (quitting_ && !silent_) {
    steps.push_back(step::End{});
  } else {
    steps.push_back(step::ReadLine{});
  }
}

Steps ReceiverSession::content(std::string_view bytes, std::size_t& used) {
  if (chunk_) return chunk(bytes, used);
  std::string plain;
  used = content_->decoder.feed(bytes, plain);
  content_->digest.feed(plain);
  if (content_->digest.bytes() > limits_.content_bytes_max) return too_many_bytes();
  if (!content_->decoder.complete()) return {step::ReadContent{}};
  return end_of_content();
}

Steps ReceiverSession::too_many_bytes() {
  Steps steps = gone();
  if (!silent_) steps.push_back(step::Send{replies_.coded(421, "4.3.4", "Too many bytes")});
  steps.push_back(step::End{});
  return steps;
}

// RFC 3030 2: the octets of a chunk are read, whatever will be answered to them.
Steps ReceiverSession::begin_chunk(const Command& command) {
  const auto size = parse_chunk_size(command.argument);
  if (!size)
    return arrive({SmtpPosition::bdat, command.argument, {}},
                  replies_.command(state_, command, nullptr));
  const bool taken = !replies_.refuse_chunk(state_);
  chunk_.emplace(Chunk{*size, size->bytes, taken, command.argument});
  if (taken && !chunks_) chunks_.emplace(limits_.content_kept_bytes);
  return size->bytes == 0 ? end_of_chunk() : Steps{step::ReadContent{}};
}

Steps ReceiverSession::chunk(std::string_view bytes, std::size_t& used) {
  used = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_->left, bytes.size()));
  chunk_->left -= used;
  if (chunk_->taken) {
    chunks_->feed(bytes.substr(0, used));
    if (chunks_->bytes() > limits_.content_bytes_max) return too_many_bytes();
  }
  return chunk_->left == 0 ? end_of_chunk() : Steps{step::ReadContent{}};
}

Steps ReceiverSession::end_of_chunk() {
  const Chunk chunk = std::move(*chunk_);
  chunk_.reset();
  if (chunk.taken && chunk.size.last) {
    content_.emplace(Content{DotDecoder(), std::move(*chunks_)});
    chunks_.reset();
    return end_of_content();
  }
  return arrive({SmtpPosition::bdat, chunk.argument, {}}, replies_.chunk(state_, chunk.size.bytes));
}

Steps ReceiverSession::end_of_content() {
  received_ = std::move(content_->digest);
  content_.reset();
  step::Note note{ContentReceived{received_->bytes(), true, state_.tls, received_->sha256(),
                                  received_->token()}};
  if (silent_) {
    received_.reset();
    return {std::move(note), step::ReadLine{}};
  }
  Steps steps{std::move(note)};
  Steps answer = answer_content();
  std::move(answer.begin(), answer.end(), std::back_inserter(steps));
  return steps;
}

Steps ReceiverSession::answer_content() {
  const bool each = rules_.spec().lmtp && state_.transaction;
  Steps steps =
      each ? answer_each_recipient()
           : arrive({SmtpPosition::end_of_data, {}, {}}, replies_.end_of_data(received_->bytes()));
  received_.reset();
  state_.transaction.reset();
  return steps;
}

// RFC 2033 4.2: one reply for each recipient that RCPT was answered well for, in that order.
Steps ReceiverSession::answer_each_recipient() {
  const std::vector<std::string> recipients = state_.transaction->recipients;
  // A rule may have asked for a content that is for nobody: to that there is no reply.
  if (recipients.empty()) return {step::ReadLine{}};
  Steps steps;
  for (const std::string& recipient : recipients) {
    // Only the last one says what to wait for.
    if (!steps.empty() && std::holds_alternative<step::ReadLine>(steps.back())) steps.pop_back();
    state_.transaction->recipients = {recipient};
    Steps answer = arrive({SmtpPosition::end_of_data, recipient, recipient},
                          replies_.end_of_data(received_->bytes()));
    std::move(answer.begin(), answer.end(), std::back_inserter(steps));
    if (silent_ || std::holds_alternative<step::End>(steps.back())) break;
  }
  return steps;
}

// The first answer to AUTH; what follows of the exchange is not known to rules.
Reply ReceiverSession::begin_exchange(const Command& command) {
  if (auto refusal = replies_.refuse_auth(state_, command)) return *refusal;
  const std::string_view argument = command.argument;
  const std::size_t space = std::min(argument.find(' '), argument.size());
  std::string_view initial = argument.substr(std::min(space + 1, argument.size()));
  if (initial == "=") initial = {};  // one that is empty (RFC 4954 4)
  const auto response = from_base64(initial);
  if (!response) return replies_.coded(501, "5.5.2", "Not base64");
  begun_.emplace(*auth_mechanism_named(argument.substr(0, space)), rules_.spec().user,
                 rules_.spec().password, fmt::format("{}.{}", connection_, commands_));
  return told(begun_->begin(*response));
}

Reply ReceiverSession::told(const SaslExchange::Step& step) {
  using Kind = SaslExchange::Step::Kind;
  if (step.kind == Kind::challenge) return make_reply(334, "", to_base64(step.text));
  if (step.kind == Kind::accepted) return replies_.coded(235, "2.7.0", "Authenticated");
  return replies_.coded(535, "5.7.8", "Authentication credentials invalid");
}

// A response to a challenge (RFC 4954 4): a line that is no command.
Steps ReceiverSession::continue_exchange(std::string_view text) {
  SaslExchange exchange = *std::exchange(exchange_, std::nullopt);
  const auto response = from_base64(text);
  Reply reply = replies_.coded(501, "5.5.2", "Not base64");
  if (text == "*") {
    reply = replies_.coded(501, "5.7.0", "Authentication cancelled");
  } else if (response) {
    const SaslExchange::Step step = exchange.next(*response);
    reply = told(step);
    state_.authenticated = step.kind == SaslExchange::Step::Kind::accepted;
    if (step.kind == SaslExchange::Step::Kind::challenge) exchange_ = std::move(exchange);
  }
  return {step::Send{std::move(reply)}, step::ReadLine{}};
}

Steps ReceiverSession::gone() {
  if (!content_ && !chunks_) return {};
  const Digest& part = content_ ? content_->digest : *chunks_;
  Steps steps{step::Note{ContentReceived{part.bytes(), false, state_.tls, {}, part.token()}}};
  content_.reset();
  chunks_.reset();
  return steps;
}

}  // namespace smtprig::fakes::smtp
