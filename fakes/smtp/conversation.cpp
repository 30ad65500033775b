// See conversation.hpp:
//
//   Stream -> read_line(), read_content(), shake_hands() -> ReceiverSession
//   Stream <- write() <---------------- perform() <----------- steps
#include "fakes/smtp/conversation.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace smtprig::fakes::smtp {

using net::IoStatus;

namespace {

bool sends_alerts(const ReceiverSpec& spec) {
  const auto is_alert = [](const Action& action) {
    const Close* close = std::get_if<Close>(&action);
    return std::holds_alternative<Alert>(action) || (close && close->how == CloseHow::alert);
  };
  return std::ranges::any_of(
      spec.rules, [&](const Rule& rule) { return std::ranges::any_of(rule.actions, is_alert); });
}

}  // namespace

std::shared_ptr<const tls::Context> ReceiverHost::context(bool pausing, std::uint32_t connection) {
  const std::vector<CertificateChoice>& choices = rules.spec().certificates;
  ContextId id{pausing, {}};
  for (std::size_t i = 0; i < choices.size(); ++i)
    if (choices[i].connection.contains(connection)) id.second.push_back(i);
  std::shared_ptr<const tls::Context>& made = contexts[id];
  if (made) return made;
  tls::Settings settings;
  settings.role = tls::Role::server;
  settings.versions = rules.spec().tls;
  settings.server_name = name;
  settings.identity = identity(rules.spec().certificate);
  if (const auto second = rules.spec().second_certificate) settings.second = identity(*second);
  for (const std::size_t i : id.second)
    settings.by_name.push_back({choices[i].server_name, identity(choices[i].certificate)});
  settings.staples_unasked = rules.spec().staple == Staple::unsolicited;
  settings.pause_at_client_hello = pausing;
  if (rules.spec().asks_for_certificate)
    settings.client_certificate = tls::ClientCertificate::asked;
  if (rules.spec().demands_certificate)
    settings.client_certificate = tls::ClientCertificate::demanded;
  settings.sends_alerts = sends_alerts(rules.spec());
  made = shared_contexts->of(settings);
  return made;
}

Conversation::Conversation(ReceiverHost& host, net::Stream& stream, const net::Tap& tap)
    : host_(host),
      stream_(stream),
      tap_(tap),
      session_(host.rules, host.name, tap.connection, static_cast<bool>(host.identity),
               SessionLimits{host.limits.content_bytes_max, host.limits.content_kept_bytes,
                             host.limits.commands_max}) {}

net::asio::awaitable<void> Conversation::run() {
  Steps steps = session_.connected();
  while (!over_)
    steps = co_await perform(std::move(steps));
  for (Step& last : steps)
    if (auto* note = std::get_if<step::Note>(&last)) take(*note);
  co_await stream_.close(how_);
}

// Returns what the session says to the last of `steps`.
net::asio::awaitable<Steps> Conversation::perform(Steps steps) {
  for (Step& next : steps) {
    IoStatus status = IoStatus::ok;
    if (auto* note = std::get_if<step::Note>(&next)) {
      take(*note);
    } else if (auto* send = std::get_if<step::Send>(&next)) {
      status = co_await write(std::move(send->reply), false);
    } else if (auto* below = std::get_if<step::SendBelowTls>(&next)) {
      status = co_await write(std::move(below->reply), true);
    } else if (std::holds_alternative<step::AwaitClient>(next)) {
      status = co_await stream_.readable(host_.limits.handshake);
    } else if (auto* alert = std::get_if<step::SendAlert>(&next)) {
      status = co_await write(alert->alert);
    } else if (std::holds_alternative<step::ReadLine>(next)) {
      co_return co_await read_line();
    } else if (std::holds_alternative<step::ReadContent>(next)) {
      co_return co_await read_content();
    } else if (auto* handshake = std::get_if<step::Handshake>(&next)) {
      co_return co_await shake_hands(handshake->until);
    } else if (std::holds_alternative<step::Discard>(next)) {
      co_return co_await discard();
    } else if (auto* end = std::get_if<step::End>(&next)) {
      how_ = end->how;
      break;
    }
    if (status != IoStatus::ok) break;
  }
  co_return finish();
}

Steps Conversation::finish() {
  over_ = true;
  return session_.gone();
}

void Conversation::take(step::Note& note) {
  bool accepted = std::holds_alternative<MessageAccepted>(note.body);
  tap_.add(std::move(note.body));
  if (accepted && host_.progress) host_.progress();
}

net::asio::awaitable<IoStatus> Conversation::write(Reply reply, bool below_tls) {
  if (reply.delay.count() > 0) co_await stream_.pause(reply.delay);
  for (std::string& segment : reply_segments(reply)) {
    IoStatus status = IoStatus::ok;
    if (below_tls) {
      status = co_await stream_.write_raw(std::move(segment), host_.limits.idle);
    } else {
      status = co_await stream_.write(std::move(segment), host_.limits.idle);
    }
    if (status != IoStatus::ok) co_return status;
  }
  bool tls = stream_.tls() && !below_tls;
  if (below_tls || !reply.raw.empty()) {
    if (!is_empty(reply)) tap_.add(BytesOut{reply_bytes(reply), tls});
  } else {
    for (std::string& line : reply.lines)
      tap_.add(LineOut{std::move(line), tls});
  }
  co_return IoStatus::ok;
}

net::asio::awaitable<IoStatus> Conversation::write(Alert alert) {
  IoStatus status = co_await stream_.write_alert(alert, host_.limits.idle);
  if (status == IoStatus::ok) {
    std::string name(tls::alert_name(alert.description));
    tap_.add(TlsAlert{true, alert.level, alert.description, std::move(name)});
  }
  co_return status;
}

net::asio::awaitable<Steps> Conversation::read_line() {
  net::ReadResult read = co_await stream_.read_line(host_.limits.line_bytes_max, host_.limits.idle);
  bool unfinished = read.status == IoStatus::eof && !read.bytes.empty();
  if (read.status == IoStatus::ok || unfinished) tap_.add(LineIn{read.bytes, stream_.tls()});
  if (read.status == IoStatus::ok) co_return session_.line(read.bytes);
  if (read.status == IoStatus::too_long) co_return session_.line_too_long();
  co_return finish();
}

net::asio::awaitable<Steps> Conversation::read_content() {
  net::ReadResult read = co_await stream_.read_some(host_.limits.idle);
  if (read.status != IoStatus::ok) co_return finish();
  std::size_t used = 0;
  Steps steps = session_.content(read.bytes, used);
  if (used < read.bytes.size()) stream_.unread(std::string_view(read.bytes).substr(used));
  co_return steps;
}

net::asio::awaitable<Steps> Conversation::shake_hands(TlsStage until) {
  net::Duration deadline = host_.limits.handshake;
  bool pausing = until != TlsStage::finished;
  IoStatus status = IoStatus::ok;
  if (!std::exchange(shaking_hands_, true)) {
    status = co_await stream_.handshake(host_.context(pausing, tap_.connection), deadline);
  } else if (!pausing) {
    status = co_await stream_.continue_handshake(deadline);
  }
  if (status == IoStatus::ok && until == TlsStage::server_hello)
    status = co_await stream_.answer_client_hello(deadline);
  if (status != IoStatus::ok) co_return finish();
  co_return session_.reached(until);
}

net::asio::awaitable<Steps> Conversation::discard() {
  IoStatus status = IoStatus::ok;
  while (status == IoStatus::ok) {
    net::ReadResult read = co_await stream_.read_raw(host_.limits.idle);
    status = read.status;
  }
  co_return finish();
}

}  // namespace smtprig::fakes::smtp
