// The inbound oracle: a conforming server under its policy meets the senders of a scenario, step by
// step. What such servers may do differently is a choice (choices.hpp), and the union over all
// choices is what is permitted. How a server words its refusals is not here but in
// inbound_conduct.cpp.
//
//   SenderSpec -> opening -> transactions or steps -> one fate per message
#include <algorithm>
#include <map>
#include <set>

#include "harness/judge/choices.hpp"
#include "harness/judge/inbound.hpp"
#include "harness/judge/inbound_rows.hpp"
#include "harness/judge/oracle.hpp"

namespace smtprig::judge {
namespace {

using fakes::Say;
using fakes::SenderSpec;
using fakes::SenderTls;
using fakes::Service;
using model::Channel;
using model::Delivery;
using model::Permitted;
using model::Policy;

const Row& row_of(const SenderSpec& spec, model::Attacker attacker) {
  using namespace inbound_rows;
  if (!spec.certificate) return spec.starttls == SenderTls::required ? required : if_offered;
  const CertificateFacts facts = certificate_facts(*spec.certificate, attacker, "client");
  if (facts.expired || facts.not_yet_valid) return expired;
  if (facts.self_signed) return self_signed;
  if (facts.trusted == Truth::no || facts.forbidden) return untrusted;
  if (!facts.for_servers) return wrong_purpose;
  return trusted_client(*spec.certificate, attacker) == Truth::yes ? trusted : maybe_trusted;
}

class ConformingServer {
 public:
  ConformingServer(const model::Cell& cell, const model::Sender& sender, Choices& choices,
                   Trace& trace)
      : cell_(cell), spec_(sender.spec), sender_(sender), choices_(choices), trace_(trace) {}

  // In the order of the sender's messages.
  std::vector<Permitted> fates() {
    fates_.assign(sender_.messages.size(), {.delivery = Delivery::deferred});
    if (spec_.steps.empty()) {
      open();
      while (!over_ && current_ < fates_.size())
        transact();
    } else {
      trace_.note(inbound_rows::drops);
      for (const fakes::SenderStep& step : spec_.steps)
        if (!over_) std::visit([this](const auto& each) { meet(each); }, step);
    }
    return fates_;
  }

 private:
  bool demands_tls() const { return cell_.policy == Policy::encrypt || demands_certificate(); }
  bool demands_certificate() const { return cell_.policy == Policy::require_client_cert; }
  bool offers_tls() const { return cell_.policy != Policy::none; }
  bool takes_mail() const {
    return (tls_ || !demands_tls()) && (trusted_ || !demands_certificate());
  }
  bool pick(Truth truth) {
    return truth == Truth::yes || (truth == Truth::maybe && choices_.coin());
  }

  // What is not settled stays so.
  void end(Delivery delivery) {
    for (std::size_t i = current_; i < fates_.size(); ++i)
      if (!settled(i)) fates_[i] = {.delivery = delivery};
    over_ = true;
  }
  bool settled(std::size_t i) const { return fates_[i].delivery != Delivery::deferred; }

  Truth trust_in(const SenderSpec& spec) const {
    return spec.certificate ? trusted_client(*spec.certificate, cell_.attacker) : Truth::no;
  }

  void shake_hands() {
    if (spec_.tls.max < fakes::TlsVersion::tls1_2) {
      trace_.note(inbound_rows::old_tls);
      return end(Delivery::rejected);
    }
    const Truth common = tls_in_common(spec_.tls, fakes::KeyKind::p256);
    if (common != Truth::yes) trace_.note(inbound_rows::nothing_in_common);
    if (!pick(common)) return end(Delivery::rejected);
    if (spec_.server_name) trace_.note(inbound_rows::server_name);
    if (!spec_.tls.alpn.empty()) {
      trace_.note(inbound_rows::offers_protocols);
      const bool smtp = (":" + spec_.tls.alpn + ":").find(":smtp:") != std::string::npos;
      if (!smtp && choices_.coin()) return end(Delivery::rejected);
    }
    trace_.note(row_of(spec_, cell_.attacker));
    tls_ = true;
    transaction_ = {};
    if (!sender_.resumes.empty()) trace_.note(inbound_rows::resumes);
    if (!demands_certificate()) return;
    trusted_ = pick(trust_in(spec_));
    // A session that is resumed has the client of its first handshake.
    const model::Sender* earlier = cell_.scenario->sender(sender_.resumes);
    if (earlier && choices_.coin()) trusted_ = pick(trust_in(earlier->spec));
    // RFC 3207 4.1: 554 to all that follows, or the handshake or the connection ends.
    if (!trusted_) refused_ = true;
  }

  void start_tls() {
    if (!offers_tls() || tls_) {
      if (tls_)
        trace_.note(inbound_rows::again);
      else if (spec_.starttls == SenderTls::unasked)
        trace_.note(inbound_rows::unasked);
      else if (spec_.starttls == SenderTls::required)
        end(Delivery::deferred);
      return;
    }
    shake_hands();
  }

  void open() {
    if (!spec_.waits_for_greeting) {
      trace_.note(inbound_rows::odd);
      if (choices_.coin()) return end(Delivery::rejected);
    }
    if (spec_.service == Service::submissions) {
      trace_.note(inbound_rows::implicit);
      if (!offers_tls()) return end(Delivery::deferred);  // nobody listens
      shake_hands();
    } else if (spec_.starttls == SenderTls::never) {
      trace_.note(inbound_rows::plaintext);
    } else if (!offers_tls() && spec_.starttls == SenderTls::required) {
      trace_.note(inbound_rows::required);
      return end(Delivery::deferred);
    } else {
      if (!offers_tls()) trace_.note(row_of(spec_, cell_.attacker));
      start_tls();
    }
    if (over_) return;
    if (refused_) return end(Delivery::rejected);
    if (tls_ && !spec_.second_ehlo) {
      trace_.note(inbound_rows::no_ehlo);
      if (choices_.coin()) return end(Delivery::rejected);
    }
    if (tls_ && !spec_.helo_in_tls.empty()) trace_.note(inbound_rows::names_differ);
    if (spec_.auth) authenticate();
  }

  // RFC 4954 4 and RFC 8314: no password outside TLS; the rig's servers have AUTH where people
  // submit, and there alone.
  void authenticate() {
    if (!tls_) {
      trace_.note(inbound_rows::auth_in_clear);
      return end(spec_.auth->in_clear ? Delivery::rejected : Delivery::deferred);
    }
    trace_.note(inbound_rows::auth);
    if (spec_.service == Service::smtp)
      return end(spec_.auth->in_clear ? Delivery::rejected : Delivery::deferred);
    if (!spec_.auth->good_password) end(Delivery::rejected);
  }

  static bool needs_utf8(const model::Message& message) {
    const auto beyond_ascii = [](const std::string& text) {
      return std::ranges::any_of(text, [](unsigned char c) { return c >= 0x80; });
    };
    return message.content.utf8_header || std::ranges::any_of(message.recipients, beyond_ascii);
  }

  bool all_hosts_have(bool fakes::Extensions::*extension) const {
    return std::ranges::all_of(cell_.scenario->hosts, [&](const model::Host& host) {
      return host.receiver.extensions.*extension;
    });
  }

  // Whether MAIL and RCPT are taken as far as extensions go: those that a message asks for may not
  // be there.
  bool grants(const model::Message& message) {
    const model::Dsn& dsn = message.dsn;
    const bool asks =
        spec_.insists && (message.content.binary || message.requiretls || !dsn.notify.empty() ||
                          !dsn.returned.empty() || !dsn.envelope_id.empty() || dsn.original);
    if (!asks && !needs_utf8(message)) return true;
    trace_.note(inbound_rows::unoffered);
    return choices_.coin();
  }

  void transact() {
    const model::Message& message = message_of(sender_.messages[current_]);
    if (message.content.binary && !spec_.insists) {
      trace_.note(inbound_rows::binary);
      // Where BINARYMIME is not offered, the sender keeps it.
      if (choices_.coin()) {
        ++current_;
        return;
      }
    }
    if (!takes_mail() || !grants(message)) {
      fates_[current_++] = {.delivery = Delivery::rejected};
      return;
    }
    transaction_ = {.mail = true, .rcpt = true, .data = true};
    take_content();
  }

  void take_content() {
    if (!takes_mail()) {
      fates_[current_++] = {.delivery = Delivery::rejected};
      return;
    }
    Channel channel = tls_ ? Channel::encrypted : Channel::plaintext;
    if (trusted_) channel = Channel::authenticated;
    fates_[current_] = {.delivery = Delivery::delivered, .channel = channel};
    const model::Message& message = message_of(sender_.messages[current_]);
    if (!message.content.false_end.empty()) trace_.note(inbound_rows::false_end);
    if (message.content.is_odd() || message.content.eight_bit) {
      trace_.note(inbound_rows::odd);
      // Refused, or returned by who hands it on.
      if (message.content.is_odd() && choices_.coin())
        fates_[current_] = {.delivery = Delivery::bounced};
    }
    relay(message);
    ++current_;
    transaction_ = {};
  }

  // What the way on may not carry comes back (RFC 3030 3, 6152 3, 6531 3.2, 8689 4.2.1).
  void relay(const model::Message& message) {
    const auto returned = [&] { fates_[current_] = {.delivery = Delivery::bounced}; };
    if (message.content.binary) trace_.note(inbound_rows::binary);
    const auto lacks = [&](bool fakes::Extensions::*each) { return !all_hosts_have(each); };
    const bool bytes = (message.content.binary && lacks(&fakes::Extensions::binary_mime)) ||
                       (message.content.eight_bit && lacks(&fakes::Extensions::eight_bit_mime));
    if (bytes && choices_.coin()) returned();
    const bool proven = cell_.scenario->secure && !lacks(&fakes::Extensions::requiretls);
    if (message.requiretls && !proven) returned();
    if (needs_utf8(message) && !all_hosts_have(&fakes::Extensions::smtputf8)) returned();
  }

  const model::Message& message_of(const std::string& id) const {
    return *std::ranges::find(cell_.scenario->messages, id, &model::Message::id);
  }

  void meet(const fakes::Close&) { over_ = true; }
  void meet(const fakes::Hang&) { over_ = true; }
  void meet(const fakes::Utterance& step) {
    const bool own_bytes = !step.lines.empty() || !step.raw.empty();
    if (step.says.empty()) return meet_bytes(step.lines.empty() ? step.raw : step.lines.front());
    if (own_bytes && choices_.coin()) return end(Delivery::rejected);
    for (const Say what : step.says)
      if (!over_) meet(what, step);
  }

  // Bytes that the sender means nothing by.
  void meet_bytes(std::string_view bytes) {
    if (awaits_client_hello_) {
      trace_.note(inbound_rows::no_client_hello);
      return end(choices_.coin() ? Delivery::rejected : Delivery::deferred);
    }
    if (bytes == "STARTTLS" || bytes.starts_with("STARTTLS ")) {
      if (tls_) trace_.note(inbound_rows::again);
      if (bytes != "STARTTLS") trace_.note(inbound_rows::parameter);
      awaits_client_hello_ = bytes == "STARTTLS" && offers_tls() && !tls_;
      return;
    }
    trace_.note(inbound_rows::foreign);
    if (choices_.coin()) end(Delivery::rejected);
  }

  void meet(Say what, const fakes::Utterance& step) {
    switch (what) {
      case Say::open:
        return open();
      case Say::starttls:
        if (step.until == fakes::TlsStage::finished) {
          if (!step.raw.empty()) trace_.note(inbound_rows::injected);
          start_tls();
          if (refused_) end(Delivery::rejected);
        } else if (offers_tls() && !tls_) {
          trace_.note(inbound_rows::breaks_off);
          end(Delivery::deferred);
        }
        return;
      case Say::mail:
        return meet_mail();
      case Say::rcpt:
        transaction_.rcpt = transaction_.mail;
        return;
      case Say::data:
        // RFC 3030 3: 503
        transaction_.data = transaction_.rcpt && !transaction_.binary;
        return;
      case Say::chunks:
        transaction_.data = transaction_.rcpt;
        return meet_content(step);
      case Say::content:
        return meet_content(step);
      case Say::auth:
        if (spec_.auth) authenticate();
        return;
      case Say::rset:
      case Say::ehlo:  // RFC 5321 4.1.4
        transaction_ = {};
        return;
      case Say::noop:
      case Say::vrfy:
      case Say::quit:
        return;
    }
  }

  void meet_mail() {
    if (current_ >= fates_.size()) {
      transaction_.mail = takes_mail();
      return;
    }
    const model::Message& message = message_of(sender_.messages[current_]);
    transaction_.binary = message.content.binary;
    if (transaction_.binary) trace_.note(inbound_rows::binary);
    transaction_.mail = takes_mail() && grants(message);
    if (!transaction_.mail) fates_[current_] = {.delivery = Delivery::rejected};
  }

  void meet_content(const fakes::Utterance& step) {
    if (current_ >= fates_.size()) return;
    if (!transaction_.data) {
      fates_[current_++] = {.delivery = Delivery::rejected};
      return;
    }
    const std::size_t index = current_;
    // Content of own bytes is not the message: what comes of it, the message did not arrive.
    if (!step.raw.empty() || !step.lines.empty()) {
      transaction_ = {};
      return;
    }
    take_content();
    // Without waiting for the reply nobody knows who has it.
    if (step.replies && *step.replies == 0 && choices_.coin())
      fates_[index] = {.delivery = Delivery::deferred};
  }

  struct Transaction {
    bool mail = false;
    bool rcpt = false;
    bool data = false;
    bool binary = false;
  };

  const model::Cell& cell_;
  const SenderSpec& spec_;
  const model::Sender& sender_;
  Choices& choices_;
  Trace& trace_;
  std::vector<Permitted> fates_;
  std::size_t current_ = 0;
  bool over_ = false;
  bool tls_ = false;
  bool trusted_ = false;
  bool refused_ = false;
  bool awaits_client_hello_ = false;  // behind a 220 that the sender does not act on
  Transaction transaction_;
};

}  // namespace

Truth trusted_client(fakes::CertificateClass what, model::Attacker attacker) {
  const CertificateFacts facts = certificate_facts(what, attacker, "client");
  if (facts.expired || facts.not_yet_valid || facts.forbidden) return Truth::no;
  // The purpose is a local matter: row I7.
  return std::min({facts.trusted, facts.usable, facts.for_servers ? Truth::yes : Truth::maybe});
}

model::Ruling inbound_ruling(const model::Cell& cell) {
  Trace trace;
  std::map<std::string, Fates> by_message;
  for (const model::Sender& sender : cell.scenario->senders) {
    Choices choices;
    do {
      const std::vector<Permitted> fates = ConformingServer(cell, sender, choices, trace).fates();
      for (std::size_t i = 0; i < fates.size(); ++i)
        by_message[sender.messages[i]].insert(fates[i]);
    } while (choices.next());
  }
  model::Ruling ruling;
  // Where all messages share one set, it is said once.
  const bool same = std::ranges::all_of(
      by_message, [&](const auto& each) { return each.second == by_message.begin()->second; });
  for (const auto& [message, fates] : by_message) {
    for (Permitted fate : fates) {
      if (!same) fate.message = message;
      ruling.permitted.push_back(std::move(fate));
    }
    if (same) break;
  }
  tell_rows(ruling, trace.rows());
  return ruling;
}

}  // namespace smtprig::judge
