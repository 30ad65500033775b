// One try at one host: greeting, EHLO, STARTTLS, certificate, mail transaction, with the choices
// that the RFCs leave to the sender. Clauses stand with the rows in oracle_rules.cpp.
#include "harness/judge/oracle.hpp"

#include <algorithm>
#include <functional>

namespace smtprig::judge {
namespace {

using fakes::SmtpPosition;
using model::Channel;
using model::Policy;
using Kind = Answer::Kind;
using Results = std::vector<TryResult>;

class HostTry {
 public:
  HostTry(const HostFacts& host, Level level, const std::vector<std::string>& recipients,
          const Needs& needs, HostMemory& memory, Choices& choices, Trace& trace)
      : host_(host),
        level_(level),
        policy_(level.policy),
        recipients_(recipients),
        needs_(needs),
        memory_(memory),
        choices_(choices),
        trace_(trace) {}

  Results connect(bool clear);

 private:
  struct Hello {
    std::optional<TryEnd> failed;
    bool by_helo = false;
    bool starttls = false;
  };

  Results all(TryEnd end) const { return Results(recipients_.size(), TryResult{.end = end}); }
  Kind settle(const Answer& answer);
  std::optional<TryEnd> greet(Peer& peer);
  Hello say_hello(Peer& peer);
  std::optional<TryEnd> log_in(Peer& peer);
  bool can_log_in();
  Results start_tls(Peer& peer);
  Results shake_hands(Peer& peer, bool injected);
  ShownFacts pick_certificate();
  Results use_tls(Peer& peer, const CertificateFacts& certificate, bool usable);
  Truth proves_name(const CertificateFacts& certificate);
  void note_missing_tls();
  Results without_tls(TryEnd end, Peer* same_connection);
  Results transact(Peer& peer, Channel channel);
  std::optional<TryEnd> cannot_carry();
  bool needs_utf8(const std::string& recipient) const;
  Results session_failed(Results results, bool in_tls);
  TryEnd rcpt(Peer& peer, const std::string& recipient);
  std::optional<TryEnd> begin_data(Peer& peer);
  TryEnd finish(Peer& peer, std::string_view recipient);
  void send_content(Peer& peer, Channel channel, Results& results);
  TryEnd end_by(Kind kind);

  const HostFacts& host_;
  Level level_;
  Policy policy_;
  const std::vector<std::string>& recipients_;
  const Needs& needs_;
  HostMemory& memory_;
  Choices& choices_;
  Trace& trace_;
  std::vector<std::string> hello_;  // the reply to the last EHLO; none behind HELO
  Truth verified_ = Truth::no;      // whether the certificate tells who the host is
};

// What the client makes of an answer: one that a reset may have overtaken is read or not, and bytes
// that are no reply are taken as a transient or as a permanent failure.
Kind HostTry::settle(const Answer& answer) {
  if (answer.kind == Kind::dropped) return Kind::dropped;
  if (!answer.certain && choices_.coin()) return Kind::dropped;
  if (answer.kind != Kind::garbage) return answer.kind;
  trace_.note(rows::garbage);
  return choices_.coin() ? Kind::permanent : Kind::transient;
}

Results HostTry::connect(bool clear) {
  Peer peer(host_.receiver, ++memory_.connections);
  peer.meet({.good_login = host_.login == model::Login::good,
             .lmtp = host_.service == fakes::Service::lmtp});
  if (host_.service == fakes::Service::submissions) {
    trace_.note(rows::implicit_tls);
    return shake_hands(peer, false);
  }
  if (const auto end = greet(peer)) return all(*end);
  const Hello hello = say_hello(peer);
  if (hello.failed) return all(*hello.failed);
  if (policy_ == Policy::none) trace_.note(rows::clear_by_policy);
  if (clear) return transact(peer, Channel::plaintext);
  if (hello.starttls) return start_tls(peer);
  trace_.note(hello.by_helo ? rows::ehlo_refused : rows::plain);
  if (policy_ == Policy::may && !level_.required) return transact(peer, Channel::plaintext);
  note_missing_tls();
  return all(level_.required ? TryEnd::unfit : TryEnd::host_transient);
}

// None: it greeted.
std::optional<TryEnd> HostTry::greet(Peer& peer) {
  const Kind greeting = settle(peer.answer(SmtpPosition::connect));
  if (greeting == Kind::positive) return std::nullopt;
  trace_.note(greeting == Kind::permanent ? rows::greeting_refused : rows::transient);
  return greeting == Kind::permanent ? TryEnd::host_permanent : TryEnd::host_transient;
}

// RFC 5321 3.2: EHLO, and HELO where a server does not know that. 500 and 502 say so; another 5yz
// may be taken at its word.
HostTry::Hello HostTry::say_hello(Peer& peer) {
  const auto failure = [&](Kind kind) -> Hello {
    trace_.note(kind == Kind::permanent ? rows::greeting_refused : rows::transient);
    return {.failed = kind == Kind::permanent ? TryEnd::host_permanent : TryEnd::host_transient};
  };
  const Answer answer = peer.answer(SmtpPosition::ehlo);
  const Kind kind = settle(answer);
  hello_ = kind == Kind::positive ? answer.lines : std::vector<std::string>();
  if (kind == Kind::positive) return {.starttls = announces(answer.lines, "STARTTLS")};
  if (kind != Kind::permanent) return failure(kind);
  if (host_.service == fakes::Service::lmtp) {
    trace_.note(rows::lhlo_refused);
    return failure(kind);
  }
  const bool unknown_command = answer.code == 500 || answer.code == 502;
  if (!unknown_command && choices_.coin()) return failure(kind);
  const Kind helo = settle(peer.answer(SmtpPosition::helo));
  if (helo != Kind::positive) return failure(helo);
  return {.by_helo = true};
}

Results HostTry::start_tls(Peer& peer) {
  const Answer answer = peer.answer(SmtpPosition::starttls);
  switch (settle(answer)) {
    case Kind::positive:
      return shake_hands(peer, answer.injected);
    case Kind::transient:
      trace_.note(rows::starttls_transient);
      return without_tls(TryEnd::host_transient, &peer);
    case Kind::permanent:
      trace_.note(rows::starttls_permanent);
      return without_tls(policy_ == Policy::may || level_.by_tlsa || level_.by_sts
                             ? TryEnd::host_transient
                             : TryEnd::host_permanent,
                         &peer);
    default:
      trace_.note(rows::handshake_failed);
      return without_tls(TryEnd::host_transient, nullptr);
  }
}

// What the client names is its own choice (RFC 6066 3), and so is which kinds of keys it takes.
ShownFacts HostTry::pick_certificate() {
  using enum fakes::ServerName;
  fakes::ServerName named = own;
  // RFC 7672 8.1: with TLSA records it is the name by which they were found.
  if (depends_on_name(host_) && policy_ != Policy::dane) {
    trace_.note(rows::by_name);
    // What `secure` looks for in the certificate is the next hop: a sender may name that.
    constexpr fakes::ServerName names[] = {own, none, other};
    named = names[choices_.pick(policy_ == Policy::secure ? 3 : 2)];
  }
  const std::vector<ShownFacts> shown = shown_to(host_, memory_.connections, named);
  if (shown.size() > 1) trace_.note(rows::two_keys);
  return shown.size() > 1 ? shown[choices_.pick(shown.size())] : shown.front();
}

Results HostTry::shake_hands(Peer& peer, bool injected) {
  const Handshake handshake = peer.handshake();
  const auto [certificate, in_common, connection, server_name] = pick_certificate();
  const bool speaks_first =
      host_.service == fakes::Service::submissions && !host_.receiver.implicit_tls;
  bool fails = handshake == Handshake::failed || in_common == Truth::no || speaks_first;
  const auto may_fail = [&](const Row& row) {
    trace_.note(row);
    fails = choices_.coin() || fails;
  };
  if (handshake == Handshake::failed || speaks_first) trace_.note(rows::handshake_failed);
  if (in_common == Truth::no) trace_.note(rows::nothing_in_common);
  if (in_common == Truth::maybe) may_fail(rows::nothing_in_common);
  for (const Row* doubt : doubts_of(host_, memory_.connections))
    may_fail(*doubt);
  if (injected) may_fail(rows::injected);
  for (const Row* doubt : doubts_of(host_.receiver, certificate))
    may_fail(*doubt);
  if (fails) return without_tls(TryEnd::host_transient, nullptr);
  return use_tls(peer, certificate, handshake == Handshake::up);
}

// TLS is up: the certificate first (RFC 3207 4.1), then a new EHLO (4.2), then mail.
Results HostTry::use_tls(Peer& peer, const CertificateFacts& certificate, bool usable) {
  if (policy_ == Policy::dane)
    trace_.note(certificate.meets_tlsa == Truth::no ? rows::tlsa_mismatch : rows::tlsa);
  else
    trace_.note(certificate_row(certificate));
  Truth satisfied = satisfies(certificate, policy_);
  if (level_.by_sts) satisfied = std::min(satisfied, satisfies(certificate, Policy::mta_sts));
  if (level_.required) satisfied = std::min(satisfied, proves_name(certificate));
  if (satisfied == Truth::no || (satisfied == Truth::maybe && choices_.coin()))
    return all(level_.required ? TryEnd::unfit : TryEnd::host_transient);
  if (!usable) {
    trace_.note(rows::lost_after_tls);
    return without_tls(TryEnd::host_transient, nullptr);
  }
  const bool own_way = policy_ == Policy::fingerprint || policy_ == Policy::dane;
  verified_ = satisfies(certificate, own_way ? policy_ : Policy::verify);
  if (host_.service == fakes::Service::submissions)
    if (const auto end = greet(peer)) return all(*end);
  const Hello hello = say_hello(peer);
  if (hello.failed) {
    trace_.note(rows::lost_after_tls);
    if (level_.required && choices_.coin()) return all(*hello.failed);
    return without_tls(policy_ == Policy::may ? TryEnd::host_transient : *hello.failed, nullptr);
  }
  if (level_.required) {
    const bool offered = announces(hello_, "REQUIRETLS");
    trace_.note(offered ? rows::requiretls_met : rows::requiretls_not_offered);
    if (!offered) return all(TryEnd::unfit);
  }
  const bool authenticates =
      level_.required || (policy_ != Policy::may && policy_ != Policy::encrypt);
  return transact(peer, authenticates ? Channel::authenticated : Channel::encrypted);
}

// RFC 8689 4.2.1, step 4: "as specified in [RFC6125] or [RFC7672], as applicable".
Truth HostTry::proves_name(const CertificateFacts& certificate) {
  const Truth by_name = satisfies(certificate, Policy::verify);
  if (by_name == Truth::no) trace_.note(rows::requiretls_unproven);
  if (by_name == Truth::yes || host_.tlsa != TlsaState::usable || !level_.mx_secure ||
      certificate.meets_tlsa == Truth::no)
    return by_name;
  trace_.note(rows::requiretls_by_tlsa);
  return Truth::maybe;
}

void HostTry::note_missing_tls() {
  if (level_.required) trace_.note(rows::requiretls_without_tls);
  if (level_.by_tlsa) trace_.note(rows::tlsa_without_tls);
  if (level_.by_sts) trace_.note(rows::sts_without_tls);
}

// TLS was offered and failed. `end` says how the host is left by who insists on it; `may` can also
// go on in clear, at once or from a later attempt (RFC 3207 6, RFC 7435 4).
Results HostTry::without_tls(TryEnd end, Peer* same_connection) {
  note_missing_tls();
  if (level_.required) return all(TryEnd::unfit);
  // Behind TLS from the first byte there is no clear text to go back to (RFC 8314 3.3).
  if (policy_ != Policy::may || host_.service == fakes::Service::submissions) return all(end);
  memory_.tls_failed = true;
  const bool can_stay = same_connection && !same_connection->ended();
  if (!level_.passes && choices_.coin()) return all(end);
  if (can_stay && choices_.coin()) return transact(*same_connection, Channel::plaintext);
  return connect(true);
}

TryEnd HostTry::end_by(Kind kind) {
  trace_.note(kind == Kind::permanent ? rows::permanent : rows::transient);
  return kind == Kind::permanent ? TryEnd::permanent : TryEnd::transient;
}

TryEnd HostTry::rcpt(Peer& peer, const std::string& recipient) {
  const Answer answer = peer.answer(SmtpPosition::rcpt, "TO:<" + recipient + ">");
  const Kind kind = settle(answer);
  if (kind == Kind::positive) return TryEnd::accepted;
  // RFC 5321 4.5.3.1.10: 552 to RCPT should be read as 452.
  if (answer.code == 552 && choices_.coin()) return end_by(Kind::transient);
  return end_by(kind);
}

// DATA. None: the content is asked for.
std::optional<TryEnd> HostTry::begin_data(Peer& peer) {
  const Kind data = settle(peer.answer(SmtpPosition::data));
  if (data == Kind::intermediate) return std::nullopt;
  // A 2yz reply to DATA is none of those it can have (RFC 5321 4.3.2).
  if (data == Kind::positive) return end_by(choices_.coin() ? Kind::permanent : Kind::transient);
  return end_by(data);
}

// A positive reply to the dot is the message's acceptance, read or not.
TryEnd HostTry::finish(Peer& peer, std::string_view recipient) {
  const Answer dot = peer.answer(SmtpPosition::end_of_data, recipient);
  if (dot.kind == Kind::positive) return TryEnd::accepted;
  return end_by(settle(dot));
}

// For those whose RCPT was answered well. One reply is for all of them, in LMTP each has its own,
// and what the connection takes with it is a temporary failure (RFC 2033 4.2, 5).
void HostTry::send_content(Peer& peer, Channel channel, Results& results) {
  std::optional<TryEnd> end = begin_data(peer);
  const bool each = !end && host_.service == fakes::Service::lmtp;
  if (each && results.size() > 1) trace_.note(rows::each_recipient);
  if (!end && !each) end = finish(peer, {});
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].end != TryEnd::accepted) continue;
    const TryEnd own = each ? finish(peer, recipients_[i]) : *end;
    results[i] = {.end = own, .channel = own == TryEnd::accepted ? channel : Channel::none};
  }
}

// A password goes to a host that is verified, and never in clear (RFC 4954 4, 14); a policy that
// verifies nobody need not find out. A digest tells nobody the password, and not every sender has
// one.
bool HostTry::can_log_in() {
  const bool by_password = offers(hello_, "PLAIN") || offers(hello_, "LOGIN");
  if (by_password && verified_ == Truth::yes && policy_ > Policy::encrypt) return true;
  const bool perhaps = (by_password && verified_ != Truth::no) || offers(hello_, "CRAM-MD5");
  return perhaps && choices_.coin();
}

// None: it goes on to MAIL, which a failed AUTH does not forbid (RFC 4954 4).
std::optional<TryEnd> HostTry::log_in(Peer& peer) {
  if (host_.login == model::Login::none || !announces(hello_, "AUTH")) return std::nullopt;
  trace_.note(rows::login);
  if (!can_log_in()) {
    trace_.note(rows::no_login);
    return choices_.coin() ? std::nullopt : std::optional(TryEnd::host_transient);
  }
  switch (settle(peer.answer(SmtpPosition::auth))) {
    case Kind::positive:
      return std::nullopt;
    case Kind::permanent:
      trace_.note(rows::login_refused);
      if (choices_.coin()) return std::nullopt;
      return choices_.coin() ? TryEnd::host_permanent : TryEnd::host_transient;
    default:
      trace_.note(rows::transient);
      return TryEnd::host_transient;
  }
}

bool HostTry::needs_utf8(const std::string& recipient) const {
  const auto beyond_ascii = [](unsigned char c) { return c >= 0x80; };
  return needs_.utf8_header || std::ranges::any_of(recipient, beyond_ascii);
}

// What only an extension carries, and the host does not announce it. The message is returned, or
// other hosts are asked first (RFC 6531 3.2, last item); none: it can go.
std::optional<TryEnd> HostTry::cannot_carry() {
  const auto returned = [&](const Row& row) {
    trace_.note(row);
    return choices_.coin() ? TryEnd::permanent : TryEnd::host_permanent;
  };
  const auto needs = [&](const std::string& recipient) { return needs_utf8(recipient); };
  if (!announces(hello_, "SMTPUTF8") && std::ranges::any_of(recipients_, needs))
    return returned(rows::no_smtputf8);
  if (needs_.eight_bit && !announces(hello_, "8BITMIME") && !announces(hello_, "SMTPUTF8")) {
    trace_.note(rows::no_eight_bit);
    // Converted, as RFC 6152 3 has it; or sent as it is, as many do.
    if (choices_.coin()) return returned(rows::no_eight_bit);
  }
  if (const auto limit = size_limit(hello_); limit && needs_.bytes > *limit)
    return returned(rows::too_large);
  return std::nullopt;
}

Results HostTry::transact(Peer& peer, Channel channel) {
  if (const auto end = cannot_carry()) return all(*end);
  if (const auto end = log_in(peer)) return all(*end);
  const bool in_tls = channel != Channel::plaintext;
  const Answer answer = peer.answer(SmtpPosition::mail, "FROM:<sender@sink.test>");
  const Kind mail = settle(answer);
  if (mail != Kind::positive) {
    if (answer.code == 530)
      trace_.note(host_.receiver.demands_auth ? rows::login_demanded : rows::tls_demanded);
    return session_failed(all(end_by(mail)), in_tls);
  }
  Results results;
  for (const std::string& recipient : recipients_)
    results.push_back({.end = rcpt(peer, recipient)});
  const auto is_accepted = [](const TryResult& result) { return result.end == TryEnd::accepted; };
  if (std::ranges::any_of(results, is_accepted)) send_content(peer, channel, results);
  return peer.ended() ? session_failed(std::move(results), in_tls) : results;
}

// A session that broke inside TLS counts as a failure of TLS to `may`, also in the middle of the
// transaction; a transient reply to one recipient does not.
Results HostTry::session_failed(Results results, bool in_tls) {
  const bool transient = std::ranges::all_of(
      results, [](const TryResult& result) { return result.end == TryEnd::transient; });
  if (!in_tls || !transient || policy_ != Policy::may) return results;
  trace_.note(rows::lost_after_tls);
  memory_.tls_failed = true;
  return level_.passes || choices_.coin() ? connect(true) : results;
}

}  // namespace

std::vector<TryResult> try_host(const HostFacts& host, Level level,
                                const std::vector<std::string>& recipients, const Needs& needs,
                                HostMemory& memory, Choices& choices, Trace& trace) {
  const bool clear = level.policy == Policy::none ||
                     (level.policy == Policy::may && memory.tls_failed && choices.coin());
  return HostTry(host, level, recipients, needs, memory, choices, trace).connect(clear);
}

}  // namespace smtprig::judge
