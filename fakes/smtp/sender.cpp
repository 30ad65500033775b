// See sender.hpp. One group of commands is written at once where PIPELINING is offered (RFC 2920),
// and its replies are read in order. DATA joins the group only where one recipient is all there is:
// a 354 to it could not be taken back when another recipient was refused.
#include "fakes/smtp/sender.hpp"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "fakes/net/stream.hpp"
#include "fakes/smtp/grammar.hpp"

namespace smtprig::fakes::smtp {

namespace {

using net::IoStatus;
using Status = Submission::Status;

constexpr std::size_t reply_line_bytes_read = 8 * reply_line_bytes_max;
constexpr std::chrono::milliseconds quit_max{2'000};

// One command's reply; `code` 0: none came, and `text` says why.
struct Answer {
  int code = 0;
  std::string text;

  int digit() const { return code / 100; }
};

std::string_view words(IoStatus status) {
  switch (status) {
    case IoStatus::ok:
      return "ok";
    case IoStatus::eof:
      return "connection closed by the server";
    case IoStatus::reset:
      return "connection reset by the server";
    case IoStatus::timed_out:
      return "timed out";
    case IoStatus::cancelled:
      return "cancelled";
    case IoStatus::too_long:
      return "reply line too long";
    case IoStatus::tls_error:
      return "TLS error";
  }
  return "unknown";
}

class Injection {
 public:
  Injection(net::tcp::socket socket, SenderSettings settings)
      : stream_(std::move(socket), net::Tap{}), settings_(std::move(settings)) {}

  // Greeting and EHLO; ok if the answer's digit is 2.
  net::asio::awaitable<Answer> begin() {
    Answer answer = co_await read_reply();
    if (answer.digit() != 2) co_return answer;
    answer = co_await ask("EHLO " + settings_.helo);
    if (answer.digit() == 2) {
      ehlo_ = parse_ehlo(last_);
    } else if (answer.digit() == 5) {
      answer = co_await ask("HELO " + settings_.helo);  // RFC 5321 3.2
    }
    co_return answer;
  }

  net::asio::awaitable<Submission> send(Envelope envelope) {
    Submission result = co_await transact(std::move(envelope));
    if (result.status == Status::refused && !broken_ && result.code != 421) {
      Answer answer = co_await ask("RSET");
      broken_ = broken_ || answer.digit() != 2;
    }
    broken_ = broken_ || result.code == 421 || result.status == Status::disconnected;
    co_return result;
  }

  net::asio::awaitable<void> end() {
    if (!broken_) {
      settings_.deadline = std::min(settings_.deadline, quit_max);
      co_await ask("QUIT");
    }
    co_await stream_.close(CloseHow::fin);
  }

  bool broken() const { return broken_; }

 private:
  net::asio::awaitable<Submission> transact(Envelope envelope) {
    std::vector<std::string> commands{mail_command(envelope)};
    for (const std::string& recipient : envelope.recipients)
      commands.push_back("RCPT TO:<" + recipient + ">");
    bool data_joins = ehlo_.has("PIPELINING") && envelope.recipients.size() == 1;
    if (data_joins) commands.emplace_back("DATA");
    std::vector<Answer> answers = co_await ask_all(std::move(commands));
    std::size_t before_data = 1 + envelope.recipients.size();
    for (std::size_t i = 0; i < answers.size() && i < before_data; ++i) {
      if (answers[i].digit() == 2) continue;
      // RFC 2920 3.1: a 354 is answered by an empty message even where no recipient was accepted.
      bool open = answers.size() > before_data && answers[before_data].digit() == 3;
      if (open) co_await write(".\r\n");
      if (open) co_await read_reply();
      co_return told(answers[i]);
    }
    if (answers.size() < before_data) co_return told(Answer{0, why_});
    Answer data = answers.back();
    if (!data_joins) data = co_await ask("DATA");
    if (data.digit() != 3) co_return told(data);
    if (!co_await write(dot_stuff(envelope.content))) co_return told(Answer{0, why_});
    Answer final = co_await read_reply();
    co_return told(final);
  }

  std::string mail_command(const Envelope& envelope) const {
    std::string line = "MAIL FROM:<" + envelope.mail_from + ">";
    if (ehlo_.has("SIZE")) line += fmt::format(" SIZE={}", envelope.content.size());
    if (ehlo_.has("8BITMIME") && !is_ascii(envelope.content)) line += " BODY=8BITMIME";
    bool ascii = is_ascii(envelope.mail_from);
    for (const std::string& recipient : envelope.recipients)
      ascii = ascii && is_ascii(recipient);
    if (ehlo_.has("SMTPUTF8") && !ascii) line += " SMTPUTF8";
    return line;
  }

  static Submission told(const Answer& answer) {
    Status status = answer.code == 0      ? Status::disconnected
                    : answer.digit() == 2 ? Status::accepted
                                          : Status::refused;
    return Submission{status, answer.code, answer.text};
  }

  // The answers to as many commands as were answered. Without PIPELINING the first refusal is the
  // last.
  net::asio::awaitable<std::vector<Answer>> ask_all(std::vector<std::string> commands) {
    std::vector<Answer> answers;
    bool pipelining = ehlo_.has("PIPELINING");
    std::string group;
    for (const std::string& command : commands)
      group += command + "\r\n";
    if (pipelining) {
      bool written = co_await write(std::move(group));
      if (!written) co_return answers;
    }
    for (std::string& command : commands) {
      Answer answer;
      if (pipelining) {
        answer = co_await read_reply();
      } else {
        answer = co_await ask(std::move(command));
      }
      answers.push_back(answer);
      if (answer.code == 0 || (!pipelining && answer.digit() != 2)) break;
    }
    co_return answers;
  }

  net::asio::awaitable<Answer> ask(std::string command) {
    Answer answer;
    if (co_await write(command + "\r\n")) {
      answer = co_await read_reply();
    } else {
      answer.text = why_;
    }
    co_return answer;
  }

  // A server that refuses and closes has often said why: its reply is read before its end is told.
  net::asio::awaitable<bool> write(std::string bytes) {
    IoStatus status = co_await stream_.write(std::move(bytes), settings_.deadline);
    if (status == IoStatus::ok || status == IoStatus::reset) co_return true;
    give_up(std::string(words(status)));
    co_return false;
  }

  net::asio::awaitable<Answer> read_reply() {
    ReplyParser parser;
    Answer answer;
    for (;;) {
      net::ReadResult read = co_await stream_.read_line(reply_line_bytes_read, settings_.deadline);
      if (read.status != IoStatus::ok) {
        answer.text = give_up(std::string(words(read.status)));
        co_return answer;
      }
      ReplyParser::Status status = parser.feed(read.bytes);
      if (status == ReplyParser::Status::malformed) {
        answer.text = give_up("malformed reply: " + read.bytes);
        co_return answer;
      }
      if (status == ReplyParser::Status::complete) break;
    }
    last_ = parser.reply();
    answer.code = last_.code;
    answer.text = last_.text();
    co_return answer;
  }

  const std::string& give_up(std::string why) {
    broken_ = true;
    return why_ = std::move(why);
  }

  net::Stream stream_;
  SenderSettings settings_;
  Ehlo ehlo_;
  ServerReply last_;
  std::string why_;  // the connection broke
  bool broken_ = false;
};

}  // namespace

net::asio::awaitable<std::vector<Submission>> send_mail(net::tcp::endpoint server,
                                                        std::vector<Envelope> envelopes,
                                                        SenderSettings settings) {
  std::vector<Submission> results(envelopes.size());
  if (envelopes.empty()) co_return results;
  net::ConnectResult connection = co_await net::connect(server, settings.deadline);
  if (!connection.socket) {
    std::string why = connection.status == IoStatus::timed_out ? std::string("timed out")
                                                               : connection.error.message();
    results.front() = Submission{Status::disconnected, 0, "connect: " + why};
    co_return results;
  }
  Injection injection(std::move(*connection.socket), std::move(settings));
  Answer hello = co_await injection.begin();
  if (hello.digit() != 2) {
    Status status = hello.code == 0 ? Status::disconnected : Status::refused;
    results.front() = Submission{status, hello.code, hello.text};
  } else {
    for (std::size_t i = 0; i < envelopes.size() && !injection.broken(); ++i) {
      Submission result = co_await injection.send(std::move(envelopes[i]));
      results[i] = std::move(result);
    }
  }
  co_await injection.end();
  co_return results;
}

}  // namespace smtprig::fakes::smtp
