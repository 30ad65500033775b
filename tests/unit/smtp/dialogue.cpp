// See dialogue.hpp.
#include "dialogue.hpp"

#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/test/unit_test.hpp>

namespace smtprig::fakes::smtp {

namespace {

std::string slashed(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool line_end = bytes.substr(i, 2) == "\r\n";
    text += line_end ? '/' : bytes[i];
    i += line_end;
  }
  return text;
}

std::string_view name(TlsStage stage) {
  constexpr std::string_view names[] = {"start", "client-hello", "server-hello", "finished"};
  return names[static_cast<int>(stage)];
}

std::string_view name(CloseHow how) {
  constexpr std::string_view names[] = {"fin", "rst", "no-notify", "alert"};
  return names[static_cast<int>(how)];
}

struct Writer {
  std::string operator()(const act::Note&) const { return {}; }
  std::string operator()(const act::Send& send) const {
    const Reply& bytes = send.bytes;
    std::string text = bytes.raw.empty() ? fmt::format("{}", fmt::join(bytes.lines, " / "))
                                         : "{" + slashed(bytes.raw) + "}";
    if (bytes.delay.count() > 0) text += fmt::format(" after {}", bytes.delay.count());
    if (bytes.segment == Segmentation::per_line) text += " per line";
    if (bytes.segment == Segmentation::per_byte) text += " per byte";
    return text;
  }
  std::string operator()(const act::ReadReply&) const { return "reply"; }
  std::string operator()(const act::Handshake& handshake) const {
    return fmt::format("handshake:{}", name(handshake.until));
  }
  std::string operator()(const act::Hang&) const { return "hang"; }
  std::string operator()(const act::Drain&) const { return "drain"; }
  std::string operator()(const act::End& end) const { return fmt::format("end:{}", name(end.how)); }
};

std::string note_text(const EventBody& body) {
  if (const auto* line = std::get_if<LineOut>(&body))
    return fmt::format("out{} {}", line->tls ? "+tls" : "", line->text);
  if (const auto* bytes = std::get_if<BytesOut>(&body))
    return fmt::format("bytes{} {}", bytes->tls ? "+tls" : "", slashed(bytes->bytes));
  if (const auto* content = std::get_if<ContentSent>(&body))
    return fmt::format("content{} {} {}", content->tls ? "+tls" : "", content->bytes,
                       content->token);
  return "?";
}

ServerReply parsed(std::string_view lines) {
  ReplyParser parser;
  for (;;) {
    const auto end = lines.find('/');
    const auto status = parser.feed(lines.substr(0, end));
    if (status == ReplyParser::Status::complete) return parser.reply();
    if (status == ReplyParser::Status::malformed || end == lines.npos)
      throw std::invalid_argument("no reply");
    lines.remove_prefix(end + 1);
  }
}

// Every answer says last, and only last, what it waits for.
void check_shape(const Acts& acts) {
  BOOST_TEST(!acts.empty());
  for (const Act& each : acts) {
    const bool goes_on =
        std::holds_alternative<act::Note>(each) || std::holds_alternative<act::Send>(each);
    BOOST_TEST(goes_on == (&each != &acts.back()));
  }
}

void check_broken_off(const SenderSpec& spec, const std::vector<Envelope>& mail,
                      const std::vector<Turn>& turns, std::size_t played) {
  Client client(spec, mail);
  for (std::size_t i = 0; i < played; ++i)
    client.feed(turns[i].server);
  const std::vector<Submission> before = client.session().results();
  BOOST_TEST(client.feed("LOST") == "end:fin");
  const std::vector<Submission> after = client.session().results();
  for (std::size_t i = 0; i < after.size(); ++i) {
    // What was decided stays so; nothing is accepted by an end, and what is sent stays sent.
    if (before[i].status != Submission::Status::not_tried)
      BOOST_TEST((after[i].status == before[i].status));
    else
      BOOST_TEST((after[i].status != Submission::Status::accepted &&
                  after[i].status != Submission::Status::refused));
    BOOST_TEST(after[i].content_sent == before[i].content_sent);
  }
  const std::string told = client.results();
  BOOST_TEST(client.feed("LOST") == "end:fin");
  BOOST_TEST(client.feed("250 late") == "end:fin");
  BOOST_TEST(client.feed("TLS") == "end:fin");
  BOOST_TEST(client.results() == told);
}

}  // namespace

std::string text(const Acts& acts) {
  std::vector<std::string> all;
  for (const Act& each : acts)
    if (!std::holds_alternative<act::Note>(each)) all.push_back(std::visit(Writer(), each));
  return fmt::format("{}", fmt::join(all, " | "));
}

std::string notes(const Acts& acts) {
  std::vector<std::string> all;
  for (const Act& each : acts)
    if (const auto* note = std::get_if<act::Note>(&each)) all.push_back(note_text(note->body));
  return fmt::format("{}", fmt::join(all, " | "));
}

std::string text(const std::vector<Submission>& results) {
  constexpr std::string_view names[] = {"accepted", "refused", "disconnected", "not_tried",
                                        "given_up"};
  std::vector<std::string> all;
  for (const Submission& result : results) {
    std::string one(names[static_cast<int>(result.status)]);
    if (result.code != 0) one += fmt::format(" {}", result.code);
    int any = 0;
    for (const int code : result.recipient_codes)
      any += code;
    if (any != 0) one += fmt::format(" [{}]", fmt::join(result.recipient_codes, ","));
    all.push_back(std::move(one));
  }
  return fmt::format("{}", fmt::join(all, ", "));
}

std::vector<Envelope> envelopes(std::size_t count) {
  std::vector<Envelope> all;
  for (std::size_t i = 1; i <= count; ++i) {
    const std::string number = std::to_string(i);
    Envelope one;
    one.mail_from = "a" + number + "@b.test";
    one.recipients = {"c" + number + "@d.test"};
    one.content = number + "\r\n";
    one.token = "t" + number;
    all.push_back(std::move(one));
  }
  return all;
}

Client::Client(SenderSpec spec, std::vector<Envelope> mail)
    : spec_(std::move(spec)),
      session_(spec_, {.helo = "me.test", .user = "tim", .password = "tanstaaftanstaaf"},
               std::move(mail)) {}

Acts Client::acts(std::string_view server) {
  Acts acts;
  if (server.empty())
    acts = session_.connected();
  else if (server == "TLS")
    acts = session_.shaken();
  else if (server == "LOST")
    acts = session_.lost("gone");
  else
    acts = session_.reply(parsed(server));
  check_shape(acts);
  return acts;
}

void check(const SenderSpec& spec, const std::vector<Envelope>& mail,
           const std::vector<Turn>& turns, std::string_view results) {
  Client client(spec, mail);
  for (std::size_t i = 0; i < turns.size(); ++i) {
    BOOST_TEST_CONTEXT("turn " << i << ": " << turns[i].server)
    BOOST_TEST(client.feed(turns[i].server) == turns[i].client);
  }
  if (!turns.back().client.ends_with("end:fin") && !turns.back().client.ends_with("end:rst"))
    BOOST_TEST(client.feed("LOST") == "end:fin");
  BOOST_TEST(client.results() == results);
  for (std::size_t played = 0; played <= turns.size(); ++played)
    BOOST_TEST_CONTEXT("broken off behind " << played << " turns")
  check_broken_off(spec, mail, turns, played);
}

}  // namespace smtprig::fakes::smtp
