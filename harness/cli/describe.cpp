// See describe.hpp.
#include "harness/cli/describe.hpp"

#include <fmt/format.h>

#include <array>
#include <limits>
#include <variant>

namespace smtprig::cli {
namespace {

constexpr auto open_end = std::numeric_limits<std::uint32_t>::max();

std::string_view position_text(fakes::SmtpPosition position) {
  constexpr std::array<std::string_view, 15> words = {
      "the greeting", "EHLO", "HELO", "STARTTLS",      "AUTH",
      "MAIL",         "RCPT", "DATA", "the final dot", "RSET",
      "NOOP",         "VRFY", "QUIT", "BDAT",          "an unknown command"};
  static_assert(static_cast<std::size_t>(fakes::SmtpPosition::unknown) + 1 == words.size());
  return words[static_cast<std::size_t>(position)];
}

std::string_view stage_text(fakes::TlsStage stage) {
  constexpr std::array<std::string_view, 4> words = {
      "the start of the handshake", "the ClientHello", "the end of its own first flight",
      "the end of the handshake"};
  static_assert(static_cast<std::size_t>(fakes::TlsStage::finished) + 1 == words.size());
  return words[static_cast<std::size_t>(stage)];
}

struct ActionText {
  std::string operator()(const fakes::Reply& reply) const {
    std::string text;
    if (!reply.raw.empty()) {
      text = fmt::format("sends the bytes \"{}\"", reply.raw);
    } else if (reply.lines.empty()) {
      text = "replies as an honest one";
    } else {
      text = fmt::format("replies \"{}\"", fmt::join(reply.lines, " / "));
    }
    if (reply.segment == fakes::Segmentation::per_line) text += ", a segment per line";
    if (reply.segment == fakes::Segmentation::per_byte) text += ", a segment per byte";
    if (reply.delay.count() > 0) text += fmt::format(", after {} ms", reply.delay.count());
    return text;
  }
  std::string operator()(const fakes::Close& close) const {
    switch (close.how) {
      case fakes::CloseHow::rst:
        return "resets the connection";
      case fakes::CloseHow::no_notify:
        return "closes without close_notify";
      case fakes::CloseHow::alert:
        return "closes with a fatal TLS alert";
      default:
        return "closes";
    }
  }
  std::string operator()(const fakes::Hang&) const { return "says nothing more"; }
  std::string operator()(const fakes::Alert& alert) const {
    return fmt::format("sends TLS alert {} (level {})", alert.description, alert.level);
  }
};

std::string_view version_text(fakes::TlsVersion version) {
  constexpr std::array<std::string_view, 4> words = {"1.0", "1.1", "1.2", "1.3"};
  return words[static_cast<std::size_t>(version)];
}

std::string certificate_text(fakes::CertificateClass certificate) {
  if (certificate == fakes::CertificateClass::good) return "";
  const auto& entry = fakes::entry_of(certificate);
  return fmt::format("presents a certificate \"{}\": {}", entry.word, entry.doc);
}

std::string shown_text(const fakes::CertificateChoice& choice) {
  constexpr std::array<std::string_view, 4> clients = {"", " to clients that send no server name",
                                                       " to clients that name it",
                                                       " to clients that name another host"};
  const auto& entry = fakes::entry_of(choice.certificate);
  auto text = fmt::format("presents a certificate \"{}\"{}: {}", entry.word,
                          clients[static_cast<std::size_t>(choice.server_name)], entry.doc);
  if (choice.connection != fakes::Ordinals{})
    text += "; on connection " + ordinals_text(choice.connection);
  return text;
}

std::string_view staple_text(fakes::Staple staple) {
  constexpr std::array<std::string_view, 5> words = {
      "", "staples a good OCSP response", "staples an OCSP response: revoked",
      "staples an OCSP response that is out of date", "staples an OCSP response, asked for or not"};
  return words[static_cast<std::size_t>(staple)];
}

void add_extensions(std::vector<std::string>& list, const fakes::Extensions& extensions) {
  const std::pair<bool, std::string_view> keywords[] = {
      {extensions.pipelining, "PIPELINING"},
      {extensions.eight_bit_mime, "8BITMIME"},
      {extensions.smtputf8, "SMTPUTF8"},
      {extensions.dsn, "DSN"},
      {extensions.enhanced_status_codes, "ENHANCEDSTATUSCODES"},
      {extensions.size_bytes > 0, "SIZE"}};
  if (extensions.auth != fakes::OffersAuth::no) {
    std::vector<std::string_view> mechanisms;
    for (const auto mechanism : extensions.mechanisms)
      mechanisms.push_back(name(mechanism));
    list.push_back(fmt::format("offers AUTH by {}{}", fmt::join(mechanisms, ", "),
                               extensions.auth == fakes::OffersAuth::in_tls ? ", inside TLS" : ""));
  }
  std::vector<std::string_view> missing;
  for (const auto& [announced, keyword] : keywords)
    if (!announced) missing.push_back(keyword);
  if (!missing.empty())
    list.push_back(fmt::format("does not announce {}", fmt::join(missing, ", ")));
  if (extensions.size_bytes > 0 && extensions.size_bytes != fakes::Extensions{}.size_bytes)
    list.push_back(fmt::format("announces SIZE {}", extensions.size_bytes));
}

void add_tls_reactions(std::vector<std::string>& list, const fakes::TlsSpec& tls) {
  constexpr std::array<std::string_view, 4> tickets = {
      "", "sends tickets and resumes sessions", "sends tickets and ignores those brought back",
      "sends tickets and refuses who brings one back"};
  constexpr std::array<std::string_view, 5> names = {
      "", "refuses a client that asks for another name",
      "refuses a client that does not ask for its name", "refuses a client that asks for any name",
      "warns a client that asks for any name"};
  constexpr std::array<std::string_view, 5> groups = {"", "MODP 1024", "MODP 2048", "ffdhe2048",
                                                      "ffdhe3072"};
  for (const std::string_view text : {tickets[static_cast<std::size_t>(tls.tickets)],
                                      names[static_cast<std::size_t>(tls.server_names)]})
    if (!text.empty()) list.emplace_back(text);
  if (tls.dh != fakes::DhGroup::fitting)
    list.push_back(
        fmt::format("has the Diffie-Hellman group {}", groups[static_cast<std::size_t>(tls.dh)]));
  if (!tls.alpn.empty()) list.push_back(fmt::format("selects by ALPN one of these: {}", tls.alpn));
}

std::string dns_reply_text(fakes::DnsReply reply) {
  switch (reply) {
    case fakes::DnsReply::honest:
      return "is answered";
    case fakes::DnsReply::insecure:
      return "is answered without proof";
    case fakes::DnsReply::none:
      return "is not answered";
    case fakes::DnsReply::truncated:
      return "is answered over TCP only";
    case fakes::DnsReply::wrong_id:
      return "is answered under another ID";
    case fakes::DnsReply::garbage:
      return "is answered by garbage";
    default:
      return fmt::format("is answered {}", name(reply));
  }
}

}  // namespace

std::string ordinals_text(const fakes::Ordinals& ordinals) {
  if (ordinals.last == open_end) return fmt::format("from {} on", ordinals.first);
  if (ordinals.first == ordinals.last) return std::to_string(ordinals.first);
  return fmt::format("{} to {}", ordinals.first, ordinals.last);
}

std::string rule_text(const fakes::Rule& rule) {
  const auto& when = rule.when;
  std::string text = "at ";
  if (const auto* position = std::get_if<fakes::SmtpPosition>(&when.position)) {
    text += position_text(*position);
  } else {
    text += stage_text(std::get<fakes::TlsStage>(when.position));
  }
  if (when.phase == fakes::Phase::pre_tls) text += ", before TLS";
  if (when.phase == fakes::Phase::post_tls) text += ", inside TLS";
  if (!when.argument.empty())
    text += fmt::format(", where its argument matches /{}/", when.argument);
  if (when.nth != fakes::Ordinals{}) text += ", time " + ordinals_text(when.nth);
  if (when.connection != fakes::Ordinals{})
    text += ", on connection " + ordinals_text(when.connection);
  text += ": ";
  for (std::size_t i = 0; i < rule.actions.size(); ++i)
    text += (i > 0 ? ", then " : "") + std::visit(ActionText{}, rule.actions[i]);
  return text;
}

std::vector<std::string> deviations(const model::Host& host) {
  std::vector<std::string> list;
  const auto& receiver = host.receiver;
  if (host.reach == model::Reach::refuses) list.emplace_back("refuses every connection");
  if (!host.published) list.emplace_back("has no address record");
  if (receiver.starttls == fakes::StartTls::no)
    list.emplace_back("does not offer STARTTLS (502 when asked all the same)");
  if (receiver.require_tls)
    list.emplace_back("demands TLS: 530 5.7.0 to all but EHLO, NOOP, STARTTLS and QUIT before it");
  if (receiver.implicit_tls) list.emplace_back("speaks TLS from the first byte");
  if (receiver.lmtp) list.emplace_back("speaks LMTP: LHLO, and a reply for each recipient");
  if (receiver.demands_auth)
    list.emplace_back("demands a login: 530 5.7.0 to MAIL of who has not authenticated");
  if (receiver.asks_for_certificate) list.emplace_back("asks the client for a certificate");
  if (receiver.demands_certificate) list.emplace_back("refuses a client without a certificate");
  add_tls_reactions(list, receiver.tls);
  const std::pair<const std::string&, std::string_view> choices[] = {
      {receiver.tls.ciphers, "ciphers"},
      {receiver.tls.ciphersuites, "cipher suites"},
      {receiver.tls.groups, "groups"},
      {receiver.tls.signature_algorithms, "signatures"}};
  for (const auto& [names, what] : choices)
    if (!names.empty()) list.push_back(fmt::format("speaks these {} only: {}", what, names));
  add_extensions(list, receiver.extensions);
  if (const auto text = certificate_text(receiver.certificate); !text.empty())
    list.emplace_back(text);
  if (receiver.second_certificate)
    list.push_back(fmt::format("to clients that do not take its key: \"{}\"",
                               fakes::entry_of(*receiver.second_certificate).word));
  for (const auto& each : receiver.certificates)
    list.push_back(shown_text(each));
  if (const auto text = staple_text(receiver.staple); !text.empty()) list.emplace_back(text);
  const fakes::TlsSpec honest;
  if (receiver.tls.min != honest.min || receiver.tls.max != honest.max)
    list.push_back(receiver.tls.min == receiver.tls.max
                       ? fmt::format("speaks TLS {} only", version_text(receiver.tls.min))
                       : fmt::format("speaks TLS {} to {}", version_text(receiver.tls.min),
                                     version_text(receiver.tls.max)));
  for (const auto& rule : receiver.rules)
    list.push_back(rule_text(rule));
  return list;
}

std::vector<std::string> sts_texts(const model::StsPublication& sts) {
  constexpr std::array<std::string_view, 2> positions = {"a request", "half of the body"};
  const auto& answer = sts.host.answers.front();
  std::vector<std::string> list{
      answer.body ? fmt::format("the policy \"{}\"; id {}", *answer.body, sts.id)
                  : fmt::format("{}, names {}; max_age {} s, id {}", name(answer.mode),
                                answer.mx.empty() ? "no host"
                                                  : fmt::format("{}", fmt::join(answer.mx, ", ")),
                                answer.max_age_seconds, sts.id)};
  if (!sts.from.empty()) list.push_back("from message " + sts.from + " on");
  if (!sts.record) list.emplace_back("has no TXT record of its own");
  if (sts.reach == model::Reach::refuses) list.emplace_back("its host refuses every connection");
  if (!sts.published) list.emplace_back("its host has no address record");
  if (const auto text = certificate_text(sts.host.https.certificate); !text.empty())
    list.push_back("its host " + text);
  for (const auto& line : answer.more)
    list.push_back(fmt::format("also says \"{}\"", line));
  if (answer.status != 200) list.push_back(fmt::format("answers with status {}", answer.status));
  if (!answer.location.empty()) list.push_back("points to " + answer.location);
  if (answer.content_type != "text/plain")
    list.push_back(answer.content_type ? "has the media type " + *answer.content_type
                                       : std::string("has no media type"));
  if (answer.line_end == fakes::LineEnd::lf) list.emplace_back("ends its lines by LF");
  if (answer.body_bytes_min > 0)
    list.push_back(fmt::format("is {} bytes long at least", answer.body_bytes_min));
  if (answer.chunked) list.emplace_back("comes in chunks");
  if (answer.delay.count() > 0)
    list.push_back(fmt::format("comes after {} ms", answer.delay.count()));
  if (answer.segment_bytes > 0)
    list.push_back(fmt::format("comes {} bytes at a time, every {} ms", answer.segment_bytes,
                               answer.pause.count()));
  for (const auto& rule : sts.host.https.rules) {
    const auto* position = std::get_if<fakes::HttpsPosition>(&rule.when.position);
    auto text =
        fmt::format("at {}:", position ? positions[static_cast<std::size_t>(*position)]
                                       : stage_text(std::get<fakes::TlsStage>(rule.when.position)));
    for (const auto& action : rule.actions)
      text += " " + std::visit(ActionText{}, action);
    list.push_back(std::move(text));
  }
  return list;
}

std::vector<std::string> tlsrpt_texts(const model::TlsReporting& reporting) {
  std::vector<std::string> list{reporting.record ? fmt::format("the record \"{}\"", reporting.text)
                                                 : std::string("no record")};
  if (reporting.reach == model::Reach::refuses)
    list.emplace_back("its collector refuses every connection");
  if (!reporting.published) list.emplace_back("its collector has no address record");
  if (const auto text = certificate_text(reporting.collector.https.certificate); !text.empty())
    list.push_back("its collector " + text);
  constexpr unsigned created = 201;
  for (const auto& answer : reporting.collector.answers) {
    if (answer.status == created && answer.delay.count() == 0) continue;
    const std::string which = answer.nth == fakes::Ordinals{}
                                  ? ""
                                  : fmt::format("request {} ", ordinals_text(answer.nth));
    const std::string after =
        answer.delay.count() == 0 ? "" : fmt::format(" after {} ms", answer.delay.count());
    list.push_back(
        fmt::format("its collector answers {}with status {}{}", which, answer.status, after));
  }
  return list;
}

std::string_view attacker_text(model::Attacker attacker) {
  switch (attacker) {
    case model::Attacker::none:
      break;
    case model::Attacker::passive:
      return "listens in front of every host: hands each byte on, and keeps it";
    case model::Attacker::strip:
      return "stands in front of every host and writes over STARTTLS";
    case model::Attacker::impostor_self_signed:
      return "is in place of every host, with its names and a certificate of its own making";
    case model::Attacker::impostor_other_name:
      return "is in place of every host, with a trusted certificate for another name";
    case model::Attacker::dns_spoof:
      return "forges the MX records: they name a host of its own";
    case model::Attacker::dns_block:
      return "withholds TLSA records, and is in place of every host with a certificate of its own "
             "making";
    case model::Attacker::sts_block:
      return "withholds the policy of MTA-STS, and is in place of every host with a certificate of "
             "its own making";
    case model::Attacker::sts_block_later:
      return "lets a first message pass; then it withholds the policy of MTA-STS, and is in place "
             "of every host with a certificate of its own making";
  }
  return "";
}

std::string tlsa_text(const model::TlsaRecord& record) {
  constexpr std::array<std::string_view, 4> whose = {
      "its own certificate", "its certificate's issuer", "the root of its chain",
      "another certificate"};
  const auto where = record.at.empty() ? "" : fmt::format(", at {}", record.at);
  if (!record.rdata.empty())
    return fmt::format("TLSA with {} bytes of its own{}", record.rdata.size(), where);
  return fmt::format("TLSA {} {} {} of {}{}", record.usage, record.selector, record.matching,
                     whose[static_cast<std::size_t>(record.of)], where);
}

std::string fault_text(const model::DnsFault& fault) {
  auto text = fmt::format("{} of {} {}", fault.type == "*" ? "any type" : fault.type, fault.name,
                          dns_reply_text(fault.reply));
  if (fault.delay.count() > 0) text += fmt::format(", {} ms late", fault.delay.count());
  if (fault.nth != fakes::Ordinals{}) text += ", time " + ordinals_text(fault.nth);
  return text;
}

std::string expectation_text(const model::Expectation& expectation) {
  const auto names = [](const auto& values) {
    std::vector<std::string_view> list;
    for (const auto value : values)
      list.push_back(model::name(value));
    return list;
  };
  std::string text = expectation.policies.empty()
                         ? "under every policy:"
                         : fmt::format("under {}:", fmt::join(names(expectation.policies), ", "));
  if (!expectation.delivery.empty())
    text += fmt::format(" {}", fmt::join(names(expectation.delivery), " or "));
  if (!expectation.channel.empty())
    text += fmt::format(" channel {}", fmt::join(names(expectation.channel), " or "));
  if (!expectation.because.empty()) text += fmt::format(", because {}", expectation.because);
  return text;
}

}  // namespace smtprig::cli
