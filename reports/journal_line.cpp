// What a journal event looks like to a reader. C: is what the connecting side said, S: the
// accepting side, S= bytes that are no line, as in the <wire> of scenario files. "tls" marks what
// went inside TLS. A bounded part of the peer's text is shown, escaped.
#include "reports/text.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <variant>

namespace smtprig::reports {
namespace {

constexpr std::size_t bytes_max = 200;

struct Printer {
  const fakes::Event& event;
  Charset charset;

  std::string peer(std::string_view bytes) const {
    if (bytes.size() <= bytes_max) return safe(bytes, charset);
    return fmt::format("{} [+{} bytes]", safe(bytes.substr(0, bytes_max), charset),
                       bytes.size() - bytes_max);
  }
  bool connects() const { return event.who == "injector" || event.who.starts_with("sender"); }

  std::string operator()(const fakes::Connected& body) const {
    return fmt::format("connected: {} to {}", peer(body.remote), peer(body.local));
  }
  std::string operator()(const fakes::Closed& body) const {
    using How = fakes::Closed::How;
    constexpr std::array<std::string_view, 6> words = {
        "closed by the peer (FIN)", "reset by the peer (RST)", "closed by the fake (FIN)",
        "reset by the fake (RST)",  "closed: time-out",        "closed: cancelled"};
    static_assert(static_cast<std::size_t>(How::cancelled) + 1 == words.size());
    return std::string(words[static_cast<std::size_t>(body.how)]) +
           (body.close_notify ? ", after close_notify" : "");
  }
  std::string operator()(const fakes::LineIn& body) const {
    return (connects() ? "S: " : "C: ") + peer(body.text);
  }
  std::string operator()(const fakes::LineOut& body) const {
    return (connects() ? "C: " : "S: ") + peer(body.text);
  }
  std::string operator()(const fakes::BytesOut& body) const {
    return (connects() ? "C= " : "S= ") + peer(body.bytes);
  }
  std::string operator()(const fakes::ClientHelloSeen& body) const {
    std::string text = "ClientHello, ";
    text += body.sni.empty() ? "no SNI" : "SNI " + peer(body.sni);
    if (!body.alpn.empty()) text += ", ALPN " + peer(body.alpn);
    if (body.session) text += ", offers a session";
    return body.status_request ? text + ", asks for a staple" : text;
  }
  std::string operator()(const fakes::CertificatePresented& body) const {
    return fmt::format("certificate presented: {}, {}, SHA-256 {}{}", peer(body.subject), body.key,
                       peer(body.sha256_certificate.substr(0, 16)),
                       body.stapled ? ", stapled" : "");
  }
  std::string operator()(const fakes::TlsEstablished& body) const {
    std::string text =
        fmt::format("TLS established: {}, {}", peer(body.version), peer(body.cipher));
    if (!body.alpn.empty()) text += ", ALPN " + peer(body.alpn);
    return body.resumed ? text + ", resumed" : text;
  }
  std::string operator()(const fakes::CertificateSeen& body) const {
    return fmt::format("certificate seen: {}, SHA-256 {}, {}", peer(body.subject),
                       peer(body.sha256_certificate.substr(0, 16)),
                       body.trusted ? "trusted" : "not trusted");
  }
  std::string operator()(const fakes::TlsAlert& body) const {
    return fmt::format("TLS alert {}: {} ({}, level {})", body.sent ? "sent" : "received",
                       peer(body.name), body.description, body.level);
  }
  std::string operator()(const fakes::TlsFailed& body) const {
    return fmt::format("TLS failed at {}: {}", peer(body.stage), peer(body.reason));
  }
  std::string operator()(const fakes::ContentReceived& body) const {
    return fmt::format("content received: {} bytes, {}, {}", body.bytes,
                       body.complete ? "complete" : "cut short",
                       body.tls ? "inside TLS" : "in clear");
  }
  std::string operator()(const fakes::MessageAccepted& body) const {
    std::string recipients;
    for (const auto& recipient : body.recipients)
      recipients += (recipients.empty() ? "<" : ", <") + peer(recipient) + ">";
    return fmt::format("message accepted from <{}> for {}", peer(body.mail_from), recipients);
  }
  std::string operator()(const fakes::ContentSent& body) const {
    return fmt::format("content sent: {} bytes, {}", body.bytes,
                       body.tls ? "inside TLS" : "in clear");
  }
  std::string operator()(const fakes::FaultFired& body) const {
    return "fault acted: " + peer(body.rule);
  }
  std::string operator()(const fakes::DnsQuery& body) const {
    std::string text = fmt::format("DNS {} {}: ", peer(body.type), peer(body.name));
    text += body.rcode.empty() ? "no answer" : peer(body.rcode);
    if (!body.rcode.empty())
      text += fmt::format(", {} answer{}", body.answers, body.answers == 1 ? "" : "s");
    if (body.authentic) text += ", AD";
    if (body.tcp) text += ", over TCP";
    if (!body.fault.empty()) text += ", fault: " + peer(body.fault);
    if (body.delay_ms > 0) text += fmt::format(", {} ms late", body.delay_ms);
    return text;
  }
  std::string operator()(const fakes::HttpRequest& body) const {
    if (!body.problem.empty()) return "no HTTP request: " + peer(body.problem);
    return fmt::format("HTTP {} {} for {}: {}, {} bytes", peer(body.method), peer(body.target),
                       body.host.empty() ? "no host" : peer(body.host),
                       body.status == 0 ? "no status" : std::to_string(body.status),
                       body.body_sent);
  }
  std::string operator()(const fakes::ReportReceived& body) const {
    return fmt::format("TLSRPT report: {}, {} bytes{}", peer(body.media_type), body.bytes,
                       body.problem.empty() ? "" : ", " + peer(body.problem));
  }
  std::string operator()(const fakes::ServerFact& body) const {
    using Kind = fakes::ServerFact::Kind;
    constexpr std::array<std::string_view, 9> words = {"queued",   "TLS",        "delivered",
                                                       "deferred", "bounced",    "expired",
                                                       "removed",  "TLS report", "note"};
    static_assert(static_cast<std::size_t>(Kind::note) + 1 == words.size());
    std::string text = "server's log: " + std::string(words[static_cast<std::size_t>(body.kind)]);
    if (!body.status.empty()) text += " " + peer(body.status);
    if (!body.recipient.empty()) text += " <" + peer(body.recipient) + ">";
    if (!body.relay.empty()) text += " via " + peer(body.relay);
    if (!body.detail.empty()) text += ": " + peer(body.detail);
    return text;
  }
  std::string operator()(const fakes::ServerLine& body) const {
    return "server's log: " + peer(body.text);
  }
  std::string operator()(const fakes::Injected& body) const {
    return fmt::format("injected <{}> for <{}>: {} {}", peer(body.mail_from), peer(body.recipient),
                       body.reply == 0 ? "no reply" : std::to_string(body.reply),
                       peer(body.reply_text));
  }
  std::string operator()(const fakes::ServerState& body) const {
    return "server " + peer(body.state) + (body.detail.empty() ? "" : ": " + peer(body.detail));
  }
  std::string operator()(const fakes::RigNote& body) const { return "rig: " + peer(body.text); }
};

bool inside_tls(const fakes::EventBody& body) {
  return std::visit(
      [](const auto& alternative) {
        if constexpr (requires { alternative.tls; }) {
          return static_cast<bool>(alternative.tls);
        } else {
          return false;
        }
      },
      body);
}

}  // namespace

JournalLine journal_line(const fakes::Event& event, Charset charset) {
  JournalLine line;
  line.time = fmt::format("{:8.4f}", static_cast<double>(event.at.count()) / 1e6);
  line.who = safe(event.who, charset);
  if (event.connection > 0) line.who += fmt::format("/{}", event.connection);
  if (inside_tls(event.body)) line.channel = "tls";
  line.what = std::visit(Printer{event, charset}, event.body);
  return line;
}

std::string JournalLine::text() const {
  return fmt::format("{}  {}  {:<3}  {}", time, who, channel, what);
}

}  // namespace smtprig::reports
