// See delivery.hpp.
#include "harness/servers/embedded/delivery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace smtprig::embedded {

using model::Policy;

namespace {

void make_temporary(Failure& failure) {
  failure.permanent = false;
  failure.status.front() = '4';
}

}  // namespace

Delivery::Delivery(SessionPlan plan, const Mutants& mutants)
    : plan_(std::move(plan)), mutants_(mutants) {
  for (const std::size_t recipient : plan_.recipients) {
    result_.recipients.push_back({.recipient = recipient});
  }
}

Action Delivery::start() {
  if (!plan_.tls_first) return {.kind = Action::Kind::read};
  stage_ = Stage::handshake;
  return {.kind = Action::Kind::start_tls};
}

Action Delivery::reply(const ServerReply& reply) {
  if (unanswered_ > 0) --unanswered_;
  switch (stage_) {
    case Stage::greeting:
      return on_greeting(reply);
    case Stage::ehlo:
    case Stage::helo:
      return on_hello(reply);
    case Stage::starttls:
      return on_starttls(reply);
    case Stage::handshake:
      break;  // the driver reads no reply between 220 and the handshake
    case Stage::auth:
      return on_auth(reply);
    case Stage::mail:
      return on_mail(reply);
    case Stage::rcpt:
      return on_rcpt(reply);
    case Stage::data:
      return on_data(reply);
    case Stage::dot:
      return on_dot(reply);
  }
  return lost("reply out of turn", "4.5.0");
}

Action Delivery::on_greeting(const ServerReply& reply) {
  if (!positive(reply)) return host_fails(reply);
  return say_hello();
}

Action Delivery::say_hello() {
  stage_ = Stage::ehlo;
  const std::string_view verb = plan_.lmtp && !mutants_.says_ehlo_to_lmtp ? "LHLO" : "EHLO";
  return {.kind = Action::Kind::send, .bytes = fmt::format("{} {}\r\n", verb, plan_.hostname)};
}

Action Delivery::on_hello(const ServerReply& reply) {
  // RFC 5321 3.2: a server that does not know EHLO gets HELO, and offers no extension then. LMTP
  // has neither (RFC 2033 4.1).
  if (stage_ == Stage::ehlo && !plan_.lmtp && (reply.code == 500 || reply.code == 502)) {
    stage_ = Stage::helo;
    return {.kind = Action::Kind::send, .bytes = fmt::format("HELO {}\r\n", plan_.hostname)};
  }
  if (!positive(reply)) {
    return tls_ && !plan_.requiretls ? tls_fails(failure_of(reply), true) : host_fails(reply);
  }
  extensions_ = stage_ == Stage::ehlo ? extensions_of(reply) : PeerExtensions{};
  return after_hello();
}

Action Delivery::after_hello() {
  if (tls_) {
    hello_in_tls_ = true;
    if (mutants_.uses_pre_tls_extensions) extensions_ = extensions_ | before_tls_;
    if (mutants_.starttls_inside_tls && extensions_.starttls) {
      stage_ = Stage::starttls;
      return {.kind = Action::Kind::send, .bytes = "STARTTLS\r\n"};
    }
    // RFC 8689 4.2.1, step 5.
    if (plan_.requiretls && !extensions_.requiretls && !mutants_.requiretls_unasked)
      return refuse("5.7.30", "REQUIRETLS support required: it was not offered inside TLS", true);
    return begin_transaction();
  }
  if (plan_.policy == Policy::none || plan_.falling_back) return begin_transaction();
  if (extensions_.starttls || mutants_.starttls_though_not_offered) {
    stage_ = Stage::starttls;
    return {.kind = Action::Kind::send, .bytes = "STARTTLS\r\n"};
  }
  result_.tls = {true, "starttls-not-supported", "STARTTLS was not offered"};
  if (!requires_tls() || mutants_.plaintext_fallback_under_encrypt) return begin_transaction();
  return lacks_tls("4.7.4", "starttls-not-supported: TLS is required, but was not offered", true);
}

Action Delivery::on_starttls(const ServerReply& reply) {
  if (reply.code == 220) {
    stage_ = Stage::handshake;
    return {.kind = Action::Kind::start_tls};
  }
  // Whatever the code says, it speaks of TLS and not of the message: never permanent.
  result_.quit = true;
  result_.tls = {true, "starttls-not-supported", one_line(reply)};
  return tls_fails(
      {.status = "4.7.0", .text = "starttls-not-supported: STARTTLS refused: " + one_line(reply)},
      true);
}

Action Delivery::tls_up(const CertificateCheck& check) {
  tls_ = true;
  check_ = check;
  result_.tls = {true, check.satisfied ? "" : check.cause, check.satisfied ? "" : check.reason};
  // RFC 3207 4.2: what was learnt before TLS is forgotten.
  before_tls_ = std::exchange(extensions_, PeerExtensions{});
  const bool logs_in_first = mutants_.logs_in_before_verification && plan_.login;
  if (!check_.satisfied && !mutants_.mail_before_verification && !logs_in_first) {
    return lacks_tls("4.7.5", check_.cause + ": " + check_.reason, true);
  }
  if (plan_.tls_first) {
    stage_ = Stage::greeting;
    return {.kind = Action::Kind::read};
  }
  if (mutants_.no_second_ehlo) {
    hello_in_tls_ = true;
    extensions_ = before_tls_;
    return begin_transaction();
  }
  return say_hello();
}

Action Delivery::tls_failed(std::string_view reason) {
  result_.tls = {true, "validation-failure", std::string(reason)};
  return tls_fails({.status = "4.7.5",
                    .text = fmt::format("validation-failure: TLS handshake failed: {}", reason)},
                   false);
}

Action Delivery::lost(std::string_view why, std::string_view status) {
  constexpr std::string_view stages[] = {
      "the greeting", "EHLO", "HELO", "STARTTLS", "the TLS handshake",
      "AUTH",         "MAIL", "RCPT", "DATA",     "the end of data"};
  unanswered_ = 0;
  const Failure failure{
      .status = std::string(status),
      .text = fmt::format("{} in answer to {}", why, stages[static_cast<std::size_t>(stage_)])};
  if (tls_ && !hello_in_tls_) return tls_fails(failure, false);
  // RFC 5321 3.8: as if a 451 reply had come; also where the final dot was sent (RFC 1047: at worst
  // the message comes twice, never not at all).
  settle(Fate::deferred, failure);
  return finish(false);
}

Action Delivery::unreachable(std::string why) {
  return defer("4.4.1", std::move(why), false);
}

Action Delivery::begin_transaction() {
  Failure failure;
  if (refuses_message(failure)) {
    settle(Fate::bounced, failure);
    return finish(true);
  }
  if (plan_.login && extensions_.auth && !logged_in_) return log_in();
  if (tls_ && !check_.satisfied && mutants_.logs_in_before_verification)
    return defer("4.7.5", check_.cause + ": " + check_.reason, true);
  if (extensions_.auth && mutants_.auth_where_offered && stage_ != Stage::auth) {
    stage_ = Stage::auth;
    return {.kind = Action::Kind::send, .bytes = "AUTH PLAIN AGd1ZXN0AGd1ZXN0\r\n"};
  }
  stage_ = Stage::mail;
  commands_.push_back(mail_command());
  if (check_.satisfied || !tls_) {
    for (const RecipientResult& result : result_.recipients) {
      commands_.push_back(rcpt_command(plan_.message->recipients[result.recipient]));
    }
    if (!extensions_.chunking) commands_.push_back("DATA\r\n");
  }
  if (!extensions_.pipelining) return next();
  // RFC 2920 3.1: MAIL, RCPT and DATA in one group; DATA must be its last command.
  Action group{.kind = Action::Kind::send};
  for (const std::string& command : commands_)
    group.bytes += command;
  unanswered_ = static_cast<unsigned>(commands_.size());
  commands_.clear();
  return group;
}

Action Delivery::next() {
  if (unanswered_ > 0) return {.kind = Action::Kind::read};
  Action action{.kind = Action::Kind::send, .bytes = std::move(commands_.front())};
  commands_.pop_front();
  return action;
}

Action Delivery::on_mail(const ServerReply& reply) {
  if (tls_ && !check_.satisfied) {  // only with the planted defect
    return defer("4.7.5", check_.cause + ": " + check_.reason, true);
  }
  if (!positive(reply)) return decide(reply);
  stage_ = Stage::rcpt;
  return next();
}

Action Delivery::on_rcpt(const ServerReply& reply) {
  RecipientResult& result = result_.recipients[next_recipient_++];
  if (!positive(reply)) {
    if (reply.code == 421) return decide(reply);
    Failure failure = failure_of(reply);
    if (mutants_.trusts_enhanced_code) failure.permanent = reply.text().starts_with('5');
    result.fate = failure.permanent ? Fate::bounced : Fate::deferred;
    result.failure = failure;
  }
  if (next_recipient_ < result_.recipients.size()) return next();
  stage_ = Stage::data;
  // One by one, DATA without a recipient is not worth asking for.
  if (unanswered_ == 0 && !any_pending()) return finish(true);
  return extensions_.chunking ? send_chunk() : next();
}

Action Delivery::send_chunk() {
  stage_ = Stage::dot;
  std::string content = plan_.message->content;
  if (mutants_.stuffs_chunks) {
    content = fakes::smtp::dot_stuff(content);
    content.resize(content.size() - 3);
  }
  std::string command = fmt::format("BDAT {} LAST\r\n", content.size());
  return {.kind = Action::Kind::send, .bytes = std::move(command) + content, .final_dot = true};
}

Action Delivery::on_data(const ServerReply& reply) {
  if (reply.code != 354) {
    return any_pending() ? decide(reply) : finish(true);
  }
  stage_ = Stage::dot;
  // RFC 2920 3.1: no recipient was accepted, but DATA was: end of data alone.
  if (!any_pending() && plan_.lmtp) return finish(false);  // no reply would come to it
  if (!any_pending()) return {.kind = Action::Kind::send, .bytes = ".\r\n", .final_dot = true};
  return {.kind = Action::Kind::send,
          .bytes = fakes::smtp::dot_stuff(plan_.message->content),
          .final_dot = true};
}

Action Delivery::on_dot(const ServerReply& reply) {
  if (plan_.lmtp && !mutants_.first_lmtp_reply_decides) return on_dot_of_one(reply);
  if (!positive(reply)) {
    if (temporary(reply) && mutants_.loses_on_final_dot_4xx) settle(Fate::dropped, {});
    return decide(reply);
  }
  for (RecipientResult& result : result_.recipients)
    if (result.fate == Fate::pending) deliver(result, reply);
  return finish(true);
}

void Delivery::deliver(RecipientResult& result, const ServerReply& reply) const {
  result.fate = Fate::delivered;
  result.reply = one_line(reply);
  result.relayed_notify =
      extensions_.dsn && plan_.message->recipients[result.recipient].notify.given;
}

Action Delivery::decide(const ServerReply& reply) {
  const Failure failure = failure_of(reply);
  settle(failure.permanent ? Fate::bounced : Fate::deferred, failure);
  return finish(true);
}

Action Delivery::host_fails(const ServerReply& reply) {
  Failure failure = failure_of(reply);
  if (requires_tls()) make_temporary(failure);
  settle(failure.permanent ? Fate::refused : Fate::deferred, failure);
  return finish(true);
}

Action Delivery::tls_fails(Failure failure, bool quit) {
  if (plan_.requiretls) return lacks_tls(failure.status, std::move(failure.text), quit);
  // What TLS has to do with a peer's ability is not permanent for the message.
  make_temporary(failure);
  settle(Fate::deferred, failure);
  result_.fall_back = may_go_clear();
  return finish(quit);
}

Action Delivery::defer(std::string_view status, std::string text, bool quit) {
  settle(Fate::deferred, {.status = std::string(status), .text = std::move(text)});
  return finish(quit);
}

Action Delivery::lacks_tls(std::string_view status, std::string text, bool quit) {
  if (!plan_.requiretls) return defer(status, std::move(text), quit);
  return refuse("5.7.10", "REQUIRETLS: " + std::move(text), quit);
}

Action Delivery::refuse(std::string_view status, std::string text, bool quit) {
  if (mutants_.defers_requiretls) return defer("4.7.0", std::move(text), quit);
  settle(Fate::refused,
         {.permanent = true, .status = std::string(status), .text = std::move(text)});
  return finish(quit);
}

Action Delivery::finish(bool quit) {
  result_.quit = quit;
  result_.unanswered = unanswered_;
  return {.kind = Action::Kind::finish};
}

void Delivery::settle(Fate fate, const Failure& failure) {
  for (RecipientResult& result : result_.recipients) {
    if (result.fate != Fate::pending) continue;
    result.fate = fate;
    result.failure = failure;
  }
}

bool Delivery::any_pending() const {
  return std::any_of(result_.recipients.begin(), result_.recipients.end(),
                     [](const RecipientResult& result) { return result.fate == Fate::pending; });
}

bool Delivery::requires_tls() const {
  return plan_.policy >= Policy::encrypt;
}

bool Delivery::may_go_clear() const {
  if (plan_.tls_first) return false;
  if (plan_.policy == Policy::dane && mutants_.falls_back_under_dane) return true;
  if (requires_tls()) return mutants_.plaintext_fallback_under_encrypt;
  return !mutants_.never_falls_back;
}

Failure Delivery::failure_of(const ServerReply& reply) const {
  if (!temporary(reply) && !permanent(reply)) {
    return {.status = "4.5.0", .text = "unexpected reply: " + one_line(reply)};
  }
  Failure failure{.permanent = permanent(reply),
                  .status = status_of(reply),
                  .text = one_line(reply),
                  .from_peer = true};
  if (temporary(reply) && mutants_.bounces_on_4xx) failure.permanent = true;
  // 530 asks for the TLS that failed a moment ago (RFC 3207 4): it may work next time. Who asked
  // for mail to go without is told at once (RFC 8689 4.2.2).
  if (plan_.falling_back && reply.code == 530 && !plan_.tls_optional) {
    failure.permanent = false;
    failure.status = "4.7.0";
  }
  return failure;
}

}  // namespace smtprig::embedded
