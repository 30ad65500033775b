// Arbitrary bytes as commands, as replies, and as content in pieces. What is parsed must keep its
// limits and parse again to the same; pieces must not matter; stuffing must be undone by
// unstuffing.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "fakes/smtp/grammar.hpp"

namespace {

using namespace smtprig::fakes::smtp;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_path(const boost::system::result<Path, Refusal>& path, std::string_view prefix) {
  if (!path) {
    require(path.error().code == 501 && !path.error().text.empty());
    return;
  }
  require(path->mailbox.size() + 2 <= path_bytes_max);
  std::string again = std::string(prefix) + "<" + path->mailbox + ">";
  auto second = prefix == "FROM:" ? parse_mail(again) : parse_rcpt(again);
  require(second && second->mailbox == path->mailbox);
}

void check_commands(std::string_view text) {
  Command command = parse_command(text);
  require(command.name.size() + command.argument.size() <= text.size());
  check_path(parse_mail(command.argument), "FROM:");
  check_path(parse_rcpt(command.argument), "TO:");
  check_path(parse_mail(text), "FROM:");
}

void check_replies(std::string_view text) {
  ReplyParser parser;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    ReplyParser::Status status = parser.feed(text.substr(0, end));
    const ServerReply& reply = parser.reply();
    require(reply.lines.size() <= reply_lines_max);
    if (status == ReplyParser::Status::complete) {
      require(reply.code >= 200 && reply.code < 600 && !reply.lines.empty());
      require(reply.enhanced.empty() || reply.enhanced[0] - '0' == reply.first_digit());
      Ehlo ehlo = parse_ehlo(reply);
      require(ehlo.keywords.size() < reply.lines.size());
      ehlo.size_bytes_max();
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void check_content(std::string_view text, std::size_t step) {
  std::string back;
  DotDecoder decoder;
  std::string wire = dot_stuff(text);
  require(decoder.feed(wire, back) == wire.size() && decoder.complete());
  std::string expected(text);
  if (!text.empty() && !text.ends_with("\r\n")) expected += "\r\n";
  require(back == expected);

  DotDecoder whole;
  DotDecoder pieces;
  std::string out_whole;
  std::string out_pieces;
  Digest digest_whole(16);
  Digest digest_pieces(16);
  std::size_t used_whole = whole.feed(text, out_whole);
  std::size_t used_pieces = 0;
  while (used_pieces < text.size() && !pieces.complete())
    used_pieces += pieces.feed(text.substr(used_pieces, step), out_pieces);
  require(used_whole == used_pieces && out_whole == out_pieces);
  require(whole.complete() == pieces.complete());
  digest_whole.feed(text);
  for (std::size_t at = 0; at < text.size(); at += step)
    digest_pieces.feed(text.substr(at, step));
  require(digest_whole.token() == digest_pieces.token());
  require(digest_whole.sha256() == digest_pieces.sha256());
  require(digest_whole.kept() == digest_pieces.kept());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_commands(text);
  check_replies(text);
  check_content(text, 1 + data[0] % 32);
  return 0;
}
