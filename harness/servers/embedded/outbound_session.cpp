// See outbound_session.hpp.
#include "harness/servers/embedded/outbound_session.hpp"

#include "harness/servers/embedded/sts_certificate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace smtprig::embedded {
namespace {

namespace asio = boost::asio;
using fakes::net::IoStatus;
using fakes::smtp::ReplyParser;

constexpr std::size_t reply_line_bytes_max = 4'096;  // RFC 5321 4.5.3.1.5 asks for 512

std::string why(IoStatus status) {
  switch (status) {
    case IoStatus::ok:
      return "";
    case IoStatus::eof:
      return "connection closed by the peer";
    case IoStatus::reset:
      return "connection reset";
    case IoStatus::timed_out:
      return "timed out";
    case IoStatus::cancelled:
      return "cancelled";
    case IoStatus::too_long:
      return "line without end";
    case IoStatus::tls_error:
      return "TLS error";
  }
  return "";
}

// What OpenSSL says of a record header that is none.
bool is_garbage(std::string_view failure) {
  constexpr std::array words = {
      "wrong version number", "http request",    "https proxy request", "packet length too long",
      "record layer failure", "bad record type", "unexpected message"};
  return std::any_of(words.begin(), words.end(), [failure](std::string_view word) {
    return failure.find(word) != std::string_view::npos;
  });
}

fakes::tls::Context client_from(fakes::TlsVersion lowest, bool asks_for_staple) {
  fakes::tls::Settings settings;
  settings.role = fakes::tls::Role::client;
  settings.versions = {lowest, fakes::TlsVersion::tls1_3};
  settings.versions.tickets = fakes::Tickets::resumed;
  settings.asks_for_staple = asks_for_staple;
  settings.sends_alerts = false;
  return fakes::tls::Context(settings);
}

}  // namespace

// RFC 8996 4 forbids 1.0 and 1.1; RFC 9325 5.2 and RFC 7435 3 set opportunistic use apart, because
// clear text is worse.
ClientContexts::ClientContexts(bool asks_for_staple, bool sends_no_name)
    : sends_no_name_(sends_no_name),
      opportunistic_(client_from(fakes::TlsVersion::tls1_0, asks_for_staple)),
      mandatory_(client_from(fakes::TlsVersion::tls1_2, asks_for_staple)) {}

std::shared_ptr<const fakes::tls::Context> ClientContexts::of(const Demand& demand,
                                                              fakes::tls::Session session) const {
  const auto& context = demand.policy <= model::Policy::may ? opportunistic_ : mandatory_;
  // RFC 6066 3: a host name, never an address.
  const bool named =
      !sends_no_name_ && fakes::smtp::is_domain(demand.mx_host) && demand.mx_host.front() != '[';
  return std::make_shared<const fakes::tls::Context>(
      context.with_server_name(named ? demand.mx_host : "").with_session(std::move(session)));
}

std::string Target::text() const {
  return fmt::format("{}[{}]:{}", escaped(host, true), address.to_string(), port);
}

OutboundSession::OutboundSession(const OutboundSettings& settings, Target target, SessionPlan plan,
                                 Demand demand, std::optional<DaneDemand> dane, std::string key)
    : settings_(settings),
      target_(std::move(target)),
      message_id_(plan.message->id),
      key_(std::move(key)),
      demand_(std::move(demand)),
      dane_(std::move(dane)),
      delivery_(std::move(plan), settings.mutants) {}

asio::awaitable<SessionResult> OutboundSession::run() {
  const asio::ip::tcp::endpoint remote(target_.address, target_.port);
  auto connected = co_await fakes::net::connect(remote, settings_.timeouts.connect);
  if (!connected.socket) {
    const std::string reason =
        connected.status == IoStatus::timed_out ? why(connected.status) : connected.error.message();
    delivery_.unreachable(fmt::format("cannot connect to {}: {}", target_.text(), reason));
    co_return delivery_.result();
  }
  boost::system::error_code unknown;
  own_address_ = connected.socket->local_endpoint(unknown).address().to_string();
  stream_.emplace(std::move(*connected.socket), fakes::net::Tap{});
  Action action = delivery_.start();
  while (action.kind != Action::Kind::finish)
    action = co_await perform(std::move(action));
  SessionResult result = delivery_.result();
  if (result.tls.result_type.empty() && !tested_.satisfied) {
    result.tls.result_type = tested_.cause;
    result.tls.reason = tested_.reason;
  }
  co_return result;
}

asio::awaitable<Action> OutboundSession::perform(Action action) {
  if (action.kind == Action::Kind::start_tls) co_return co_await start_tls();
  if (action.kind == Action::Kind::send) {
    const IoStatus sent =
        co_await stream_->write(std::move(action.bytes), settings_.timeouts.reply);
    if (sent != IoStatus::ok) co_return delivery_.lost(why(sent));
  }
  const Received received =
      co_await receive(action.final_dot ? settings_.timeouts.final_dot : settings_.timeouts.reply);
  if (received.reply) co_return delivery_.reply(*received.reply);
  co_return delivery_.lost(received.why, received.status);
}

asio::awaitable<OutboundSession::Received> OutboundSession::receive(
    std::chrono::milliseconds within) {
  Received received;
  if (!injected_.empty()) {
    received.reply = std::move(injected_.front());
    injected_.pop_front();
    co_return received;
  }
  // One deadline for the whole reply: a peer that drips lines does not get more time.
  const auto end = Clock::now() + within;
  ReplyParser parser;
  for (;;) {
    const auto left = std::max(end - Clock::now(), Clock::duration::zero());
    const fakes::net::ReadResult line = co_await stream_->read_line(reply_line_bytes_max, left);
    if (line.status != IoStatus::ok) {
      received.why = why(line.status);
      co_return received;
    }
    const ReplyParser::Status status = parser.feed(line.bytes);
    if (status == ReplyParser::Status::more) continue;
    if (status == ReplyParser::Status::complete) {
      received.reply = parser.reply();
    } else {
      received.why = fmt::format("no reply but \"{}\"", line.bytes.substr(0, 200));
      received.status = "4.5.0";
    }
    co_return received;
  }
}

asio::awaitable<void> OutboundSession::keep_injected_replies() {
  // Into a queue of its own first, or receive() would hand out what was just stored.
  std::deque<fakes::smtp::ServerReply> kept;
  while (stream_->buffered() > 0) {
    const Received received = co_await receive(std::chrono::milliseconds(10));
    if (!received.reply) break;
    kept.push_back(*received.reply);
  }
  injected_ = std::move(kept);
}

asio::awaitable<Action> OutboundSession::start_tls() {
  if (settings_.mutants.keeps_injected_reply) co_await keep_injected_replies();
  // Where a TLS record is awaited, whatever is there already is none.
  if (stream_->buffered() > 0) settings_.on_garbage();
  offered_ = settings_.sessions->take(place_of_session(demand_, target_.text()));
  // RFC 3207 4.2: what lies in the buffer came before TLS and is dropped.
  const IoStatus status = co_await stream_->handshake(settings_.contexts.of(demand_, offered_),
                                                      settings_.timeouts.handshake);
  if (status != IoStatus::ok) {
    const std::string& failure = stream_->engine().failure();
    if (status == IoStatus::tls_error && is_garbage(failure)) settings_.on_garbage();
    resumption_failed_ = offered_ != nullptr;
    co_return delivery_.tls_failed(failure.empty() ? why(status) : failure);
  }
  const fakes::tls::Engine& engine = stream_->engine();
  if (settings_.mutants.insists_on_resumption && offered_ && !engine.resumed()) {
    settings_.sessions->keep(place_of_session(demand_, target_.text()), std::move(offered_));
    co_return delivery_.tls_failed("session not resumed");
  }
  CertificateCheck check = check_peer(engine);
  if (demand_.tests_sts)
    tested_ = check_sts_certificate(engine.peer_chain(), settings_.roots.get(), demand_.mx_host,
                                    demand_.now, settings_.mutants);
  if (settings_.mutants.remembers_refused_certificate) {
    if (!check.satisfied) settings_.refused->insert(target_.host);
    check.satisfied = check.satisfied && !settings_.refused->contains(target_.host);
  }
  settings_.log->tls({message_id_, key_, target_.text()}, name(check.trust), engine.version(),
                     engine.cipher());
  co_return delivery_.tls_up(check);
}

// A resumed session shows the certificates of its first handshake. What was good enough then may
// not be now, and it may never have been: it is kept whatever came of it.
CertificateCheck OutboundSession::check_peer(const fakes::tls::Engine& engine) {
  if (settings_.mutants.trusts_resumed_sessions && engine.resumed())
    return {.trust = Trust::verified, .satisfied = true};
  if (settings_.mutants.trusts_tls_from_the_first_byte && delivery_.tls_first())
    return {.trust = Trust::verified, .satisfied = true, .host_verified = true};
  demand_.now = settings_.clock.now();
  const auto check = [&](const Demand& demand) {
    return check_certificate(engine.peer_chain(), settings_.roots.get(), demand, settings_.mutants);
  };
  if (dane_) return check_by_dane(engine);
  if (demand_.policy == model::Policy::mta_sts) {
    auto by_sts = check_sts_certificate(engine.peer_chain(), settings_.roots.get(), demand_.mx_host,
                                        demand_.now, settings_.mutants);
    by_sts.host_verified = by_sts.satisfied;
    return by_sts;
  }
  CertificateCheck result = check(demand_);
  if (demand_.proves_name && settings_.mutants.requiretls_to_anybody)
    return {.trust = result.trust, .satisfied = true};
  Demand by_name = demand_;
  by_name.policy = model::Policy::verify;
  if (demand_.proves_name && result.satisfied) result = check(by_name);
  if (!delivery_.has_login()) return result;
  const bool pinned = demand_.policy == model::Policy::fingerprint;
  result.host_verified = pinned ? result.satisfied : check(by_name).satisfied;
  return result;
}

CertificateCheck OutboundSession::check_by_dane(const fakes::tls::Engine& engine) {
  dane_->now = demand_.now;
  CertificateCheck result = settings_.dane.check(engine.peer_chain(), *dane_).certificate;
  if (settings_.mutants.dane_needs_pkix && result.satisfied) {
    Demand by_name = demand_;
    by_name.policy = model::Policy::verify;
    result =
        check_certificate(engine.peer_chain(), settings_.roots.get(), by_name, settings_.mutants);
  }
  result.host_verified = result.satisfied;
  return result;
}

// In TLS 1.3 tickets come behind the handshake, with the first replies. Up to TLS 1.2 a server that
// resumes need not send another.
void OutboundSession::keep_session() {
  if (!stream_->tls()) return;
  const fakes::tls::Engine& engine = stream_->engine();
  fakes::tls::Session session = engine.session();
  const bool usable_again = engine.resumed() && engine.version() != "TLSv1.3";
  if (!session && usable_again) session = std::move(offered_);
  settings_.sessions->keep(place_of_session(demand_, target_.text()), std::move(session));
}

asio::awaitable<void> OutboundSession::farewell() {
  if (!stream_) co_return;
  const SessionResult& result = delivery_.result();
  if (result.quit) {
    const auto end = Clock::now() + settings_.timeouts.quit;
    const IoStatus sent = co_await stream_->write("QUIT\r\n", settings_.timeouts.quit);
    // The replies to the rest of a pipelined group come first.
    for (unsigned waiting = result.unanswered + 1; sent == IoStatus::ok && waiting > 0; --waiting) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
      const Received received = co_await receive(std::max(left, std::chrono::milliseconds(0)));
      if (!received.reply) break;
    }
  }
  keep_session();
  if (settings_.mutants.needs_close_notify && stream_->tls()) {
    co_await receive(settings_.timeouts.quit);
    truncated_ = stream_->engine().state() != fakes::tls::State::closed;
  }
  co_await stream_->close(fakes::CloseHow::fin);
}

}  // namespace smtprig::embedded
