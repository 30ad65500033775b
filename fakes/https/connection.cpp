// See connection.hpp. The way of a request:
//
//   Stream -> RequestReader -> answer(): rules, Handler -> bytes_of() -> send() -> Stream
#include "connection.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <boost/algorithm/string/predicate.hpp>

namespace smtprig::fakes::https {

using net::IoStatus;

namespace {

using Clock = std::chrono::steady_clock;

bool only_waits(const Action& action) {
  const auto* reply = std::get_if<Reply>(&action);
  return reply && reply->lines.empty() && reply->raw.empty();
}

std::vector<std::string> segments_of(const Reply& reply) {
  std::vector<std::string> lines;
  if (!reply.raw.empty()) {
    lines.push_back(reply.raw);
  } else {
    for (const std::string& line : reply.lines)
      lines.push_back(line + "\r\n");
  }
  if (reply.segment == Segmentation::per_line) return lines;
  std::string whole;
  for (const std::string& line : lines)
    whole += line;
  if (reply.segment == Segmentation::whole) return {whole};
  std::vector<std::string> bytes;
  for (const char c : whole)
    bytes.emplace_back(1, c);
  return bytes;
}

// RFC 9112 3.2.2: a target may name the host, which then counts; here only its path is wanted.
void take_path(Request& request) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!boost::algorithm::istarts_with(request.target, scheme)) continue;
    const std::size_t path =
        std::min(request.target.find('/', scheme.size()), request.target.size());
    request.host = request.target.substr(scheme.size(), path - scheme.size());
    request.has_host = true;
    request.target.erase(0, path);
    if (request.target.empty()) request.target = "/";
  }
}

// Without a port.
bool is_for(const Request& request, const std::string& name) {
  const std::string host = request.host.substr(0, request.host.find(':'));
  return boost::algorithm::iequals(host, name);
}

}  // namespace

std::shared_ptr<const tls::Context> HostShared::context(bool pausing) {
  std::shared_ptr<const tls::Context>& made = contexts[pausing ? 1 : 0];
  if (made) return made;
  tls::Settings settings;
  settings.role = tls::Role::server;
  settings.versions = spec.tls;
  settings.server_name = name;
  settings.identity = identity(spec.certificate);
  settings.pause_at_client_hello = pausing;
  made = std::make_shared<tls::Context>(settings);
  return made;
}

const HttpsRule* Connection::rule_at(TlsStage stage) const {
  for (const HttpsRule& rule : host_.spec.rules) {
    if (rule.when.position != std::variant<HttpsPosition, TlsStage>(stage)) continue;
    if (rule.when.connection.contains(tap_.connection)) return &rule;
  }
  return nullptr;
}

const HttpsRule* Connection::rule_at(HttpsPosition position, std::uint32_t nth) const {
  for (const HttpsRule& rule : host_.spec.rules) {
    if (rule.when.position != std::variant<HttpsPosition, TlsStage>(position)) continue;
    if (rule.when.connection.contains(tap_.connection) && rule.when.nth.contains(nth)) return &rule;
  }
  return nullptr;
}

void Connection::log(HttpRequest event) {
  tap_.add(std::move(event));
  if (host_.progress) host_.progress();
}

net::asio::awaitable<void> Connection::run() {
  bool going_on = co_await shake_hands();
  while (going_on)
    going_on = co_await read_request();
  co_await stream_.close(how_);
}

// True when TLS is up and requests may come.
net::asio::awaitable<bool> Connection::shake_hands() {
  if (!co_await pass(TlsStage::start)) co_return false;
  const bool answered_late = rule_at(TlsStage::server_hello);
  const bool pausing = answered_late || rule_at(TlsStage::client_hello);
  const net::Duration deadline = host_.limits.handshake;
  IoStatus status = co_await stream_.handshake(host_.context(pausing), deadline);
  if (pausing) {
    if (status != IoStatus::ok || !co_await pass(TlsStage::client_hello)) co_return false;
    if (answered_late) {
      status = co_await stream_.answer_client_hello(deadline);
      if (status != IoStatus::ok || !co_await pass(TlsStage::server_hello)) co_return false;
    }
    status = co_await stream_.continue_handshake(deadline);
  }
  if (status != IoStatus::ok) co_return false;
  co_return co_await pass(TlsStage::finished);
}

// False: the connection ends here.
net::asio::awaitable<bool> Connection::pass(TlsStage stage) {
  const HttpsRule* rule = rule_at(stage);
  if (!rule) co_return true;
  tap_.add(FaultFired{rule->id});
  const bool below_tls = stage != TlsStage::finished;
  // A client that is still about to begin would read an answer to nothing.
  if (stage == TlsStage::start && !rule->actions.empty() && !only_waits(rule->actions.front()) &&
      !std::holds_alternative<Close>(rule->actions.front())) {
    if (co_await stream_.readable(host_.limits.handshake) != IoStatus::ok) co_return false;
  }
  const Next next = co_await act(*rule, below_tls);
  if (next == Next::instead && below_tls) co_await discard(true);
  co_return next == Next::go_on || (next == Next::instead && !below_tls);
}

net::asio::awaitable<Connection::Next> Connection::act(const HttpsRule& rule, bool below_tls) {
  Next next = Next::go_on;
  for (const Action& action : rule.actions) {
    if (const auto* close = std::get_if<Close>(&action)) {
      how_ = close->how;
      co_return Next::end;
    }
    if (std::holds_alternative<Hang>(action)) {
      co_await discard(below_tls);
      co_return Next::end;
    }
    IoStatus status = IoStatus::ok;
    if (const auto* alert = std::get_if<Alert>(&action)) {
      const Alert sent = *alert;
      status = co_await stream_.write_alert(sent, host_.limits.idle);
      if (status == IoStatus::ok)
        tap_.add(TlsAlert{true, sent.level, sent.description,
                          std::string(tls::alert_name(sent.description))});
      next = Next::instead;
    } else if (const auto* reply = std::get_if<Reply>(&action)) {
      if (reply->delay.count() > 0) co_await stream_.pause(reply->delay);
      if (!only_waits(action)) next = Next::instead;
      std::string sent;
      for (std::string& segment : segments_of(*reply)) {
        sent += segment;
        if (status != IoStatus::ok) break;
        if (below_tls) {
          status = co_await stream_.write_raw(std::move(segment), host_.limits.idle);
        } else {
          status = co_await stream_.write(std::move(segment), host_.limits.idle);
        }
      }
      if (!sent.empty()) tap_.add(BytesOut{std::move(sent), !below_tls});
    }
    if (status != IoStatus::ok) co_return Next::end;
  }
  co_return next;
}

// Reads and forgets until the client leaves or is silent for too long.
net::asio::awaitable<void> Connection::discard(bool below_tls) {
  IoStatus status = IoStatus::ok;
  while (status == IoStatus::ok) {
    net::ReadResult read;
    if (below_tls) {
      read = co_await stream_.read_raw(host_.limits.idle);
    } else {
      read = co_await stream_.read_some(host_.limits.idle);
    }
    status = read.status;
  }
}

// Reads the next request and answers it. False: the connection is over.
net::asio::awaitable<bool> Connection::read_request() {
  RequestReader::Status status = reader_.feed({});  // what came behind the last
  Clock::time_point end = Clock::now() + host_.limits.request;
  while (status == RequestReader::Status::more || status == RequestReader::Status::continues) {
    if (status == RequestReader::Status::continues) {
      std::string line = "HTTP/1.1 100 Continue\r\n\r\n";
      if (co_await stream_.write(std::move(line), host_.limits.idle) != IoStatus::ok)
        co_return false;
    }
    const bool begun = reader_.begun();
    const net::Duration left = std::max(end - Clock::now(), Clock::duration::zero());
    net::ReadResult read = co_await stream_.read_some(begun ? left : host_.limits.idle);
    if (read.status != IoStatus::ok) {
      const bool late = read.status == IoStatus::timed_out;
      if (begun) log({.problem = late ? "it came too slowly" : "it was cut short"});
      co_return false;
    }
    if (!begun) end = Clock::now() + host_.limits.request;
    status = reader_.feed(read.bytes);
  }
  if (status == RequestReader::Status::refused) {
    co_await refuse();
    co_return false;
  }
  Request request = reader_.take();
  co_return co_await answer(std::move(request));
}

net::asio::awaitable<void> Connection::refuse() {
  const RequestReader::Refusal why = reader_.refusal();
  Response response;
  response.status = why.status;
  response.keep_alive = false;
  HttpRequest event;
  event.sni = stream_.engine().server_name();
  event.status = static_cast<int>(why.status);
  event.problem = why.problem;
  log(event);
  ResponseBytes bytes = bytes_of(response);
  co_await stream_.write(std::move(bytes.head), host_.limits.idle);
}

net::asio::awaitable<bool> Connection::answer(Request request) {
  HttpRequest event;
  event.method = request.method;
  event.target = request.target;
  event.host = request.host;
  event.sni = stream_.engine().server_name();
  event.nth = ++host_.requests;
  if (const HttpsRule* rule = rule_at(HttpsPosition::request, event.nth)) {
    tap_.add(FaultFired{rule->id});
    // Before the actions: some of them never end.
    const bool goes_on = std::ranges::all_of(rule->actions, only_waits);
    if (!goes_on) log(event);
    const Next next = co_await act(*rule, false);
    if (next != Next::go_on) co_return next == Next::instead;
  }
  take_path(request);
  Answer answer;
  if (request.version >= 11 && !request.has_host) {
    answer.response.status = 400;  // RFC 9112 3.2
  } else if (request.has_host && !is_for(request, host_.name)) {
    answer.response.status = 421;  // RFC 9110 15.5.20
  } else {
    answer = host_.handler(request, event.nth, tap_);
  }
  const bool last = ++answered_ >= host_.limits.requests_max || !request.keep_alive;
  answer.response.version = request.version;
  answer.response.keep_alive = !last;
  answer.response.head_only = request.method == "HEAD";
  co_return co_await send(std::move(answer), std::move(event), last);
}

net::asio::awaitable<bool> Connection::send(Answer answer, HttpRequest event, bool last) {
  ResponseBytes bytes = bytes_of(answer.response);
  event.status = static_cast<int>(answer.response.status);
  if (answer.delay.count() > 0) co_await stream_.pause(answer.delay);
  const HttpsRule* rule = rule_at(HttpsPosition::body, event.nth);
  std::string rest;
  if (rule) {
    const std::size_t half = bytes.body.size() / 2;
    rest = bytes.body.substr(half);
    bytes.body.resize(half);
  }
  std::string first = std::move(bytes.head);
  if (answer.segment_bytes == 0) {
    event.body_sent = bytes.body.size();
    first += std::exchange(bytes.body, {});
  }
  IoStatus status = co_await stream_.write(std::move(first), host_.limits.idle);
  if (status != IoStatus::ok) event.body_sent = 0;
  if (status == IoStatus::ok && !bytes.body.empty())
    status = co_await send_body(answer, std::move(bytes.body), event);
  if (rule && status == IoStatus::ok) {
    tap_.add(FaultFired{rule->id});
    const bool goes_on = std::ranges::all_of(
        rule->actions, [](const Action& action) { return std::holds_alternative<Reply>(action); });
    if (!goes_on) log(event);
    const Next next = co_await act(*rule, false);
    if (!goes_on) co_return false;
    if (next != Next::end) status = co_await send_body(answer, std::move(rest), event);
  }
  log(std::move(event));
  co_return status == IoStatus::ok && !last;
}

// Adds to `event` what was sent.
net::asio::awaitable<IoStatus> Connection::send_body(const Answer& answer, std::string body,
                                                     HttpRequest& event) {
  const std::size_t step = answer.segment_bytes == 0 ? body.size() : answer.segment_bytes;
  for (std::size_t at = 0; at < body.size(); at += step) {
    if (at > 0 && answer.pause.count() > 0) co_await stream_.pause(answer.pause);
    std::string segment = body.substr(at, step);
    const std::size_t size = segment.size();
    const IoStatus status = co_await stream_.write(std::move(segment), host_.limits.idle);
    if (status != IoStatus::ok) co_return status;
    event.body_sent += size;
  }
  co_return IoStatus::ok;
}

}  // namespace smtprig::fakes::https
