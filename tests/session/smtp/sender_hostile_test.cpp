// The sending peer with servers that do what they should not, at each stage of a session: it ends,
// in bounded time, and says what it saw.
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include <fmt/format.h>

#include "fakes/smtp/sender.hpp"
#include "world.hpp"

using namespace smtprig::fakes;
using namespace smtprig::fakes::smtp;
using Strings = std::vector<std::string>;
using Status = Submission::Status;

BOOST_AUTO_TEST_SUITE(sender_hostile)

namespace {

// What a server says to each line of its client, from the greeting on; its last word is the
// misdeed: bytes, or one of CLOSE, RESET, MUTE, FLOOD. "TLS" stands for a handshake that it joins.
net::asio::awaitable<void> misbehave(net::tcp::socket socket, Strings script,
                                     std::shared_ptr<const tls::Context> context) {
  net::Stream stream(std::move(socket), net::Tap{});
  net::IoStatus status = net::IoStatus::ok;
  for (std::size_t i = 0; i < script.size() && status == net::IoStatus::ok; ++i) {
    const std::string& word = script[i];
    if (word == "CLOSE" || word == "RESET") {
      co_await stream.close(word == "CLOSE" ? CloseHow::fin : CloseHow::rst);
      co_return;
    }
    if (word == "TLS") {
      status = co_await stream.handshake(context, 5s);
    } else if (word != "MUTE" && word != "FLOOD") {
      status = co_await stream.write(word, 1s);
    }
    while (word == "FLOOD" && status == net::IoStatus::ok)
      status = co_await stream.write("250-more\r\n", 1s);
    if (i + 1 < script.size() && script[i + 1] == "TLS") continue;
    const net::ReadResult read = co_await stream.read_line(1u << 20, 2s);
    if (read.status != net::IoStatus::ok) break;
  }
  // It keeps what it was left with until the client goes.
  net::ReadResult read;
  while (read.status == net::IoStatus::ok)
    read = co_await stream.read_some(2s);
  co_await stream.close(CloseHow::fin);
}

std::shared_ptr<const tls::Context> server_context() {
  static tls::Authority authority;
  tls::Settings settings;
  settings.identity = authority.issue(CertificateClass::good, {"mx.peer.test", "peer.test"});
  return std::make_shared<tls::Context>(settings);
}

struct Result {
  Submission submission;
  std::chrono::milliseconds took{0};
};

Result meet(const Strings& script, SenderSpec spec = {}) {
  World world;
  const auto context = server_context();
  net::Listener listener(
      world.io, {net::asio::ip::make_address("127.0.0.1"), 0},
      [&](net::tcp::socket socket) { return misbehave(std::move(socket), script, context); });
  Envelope one;
  one.mail_from = "a@b.test";
  one.recipients = {"c@d.test"};
  one.content = "x\r\n";
  SenderSettings how;
  how.deadline = 100ms;
  how.tap = {&world.journal, "sender", 1};
  Sender sender(std::move(spec), how);
  const auto begin = std::chrono::steady_clock::now();
  auto results = world.run(sender.send(listener.local(), {one}));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  BOOST_REQUIRE(results.size() == 1);
  return {results.front(), took};
}

std::string many_lines() {
  std::string lines;
  for (std::size_t i = 0; i <= reply_lines_max; ++i)
    lines += "250-more\r\n";
  return lines;
}

// An honest server up to each stage.
const std::vector<Strings> stages = {
    {},
    {"220 mx\r\n"},
    {"220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n"},
    {"220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n", "TLS"},
    {"220 mx\r\n", "250 mx\r\n"},
    {"220 mx\r\n", "250 mx\r\n", "250 ok\r\n"},
    {"220 mx\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n"},
    {"220 mx\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"},
};

}  // namespace

BOOST_AUTO_TEST_CASE(misdeeds_at_each_stage) {
  const struct {
    const char* name;
    std::string misdeed;
    const char* told;  // in the reply of the submission; empty: not compared
  } rows[] = {
      {"closes", "CLOSE", ""},
      {"resets", "RESET", ""},
      {"says nothing", "MUTE", "timed out"},
      {"garbage", "hello there\r\n", "malformed reply: hello there"},
      {"no line end", "250", "timed out"},
      {"half a reply", "250-half\r\n", "timed out"},
      {"two codes", "250-a\r\n550 b\r\n", "malformed reply: 550 b"},
      {"NULs", std::string("\0\0\0\0\r\n", 6), "malformed reply: "},
      {"too many lines", many_lines(), "malformed reply: 250-more"},
      {"a line without end", std::string(100'000, 'x'), "reply line too long"},
      {"a code that is none", "999 what\r\n", "malformed reply: "},
      {"bare line feeds", "\n\n\n", "malformed reply: "},
  };
  for (const auto& row : rows)
    for (const Strings& stage : stages) {
      BOOST_TEST_CONTEXT(row.name << " at stage " << stage.size()) {
        Strings script = stage;
        script.push_back(row.misdeed);
        const Result result = meet(script);
        BOOST_TEST((result.submission.status == Status::disconnected));
        BOOST_TEST(result.submission.reply.starts_with(row.told), result.submission.reply);
        BOOST_TEST(result.took.count() < 4'000);
      }
    }
}

BOOST_AUTO_TEST_CASE(misdeeds_in_the_handshake) {
  for (const std::string& misdeed :
       {std::string("CLOSE"), std::string("RESET"), std::string("MUTE"), std::string("not TLS\r\n"),
        many_lines(), std::string("\x15\x03\x03\x00\x02\x02\x28", 7)}) {
    BOOST_TEST_CONTEXT(misdeed) {
      const Strings script = {"220 mx\r\n", "250-mx\r\n250 STARTTLS\r\n", "220 go\r\n" + misdeed};
      const bool bytes = misdeed.size() > 5;
      const Result result =
          meet(bytes ? script : Strings{script[0], script[1], "220 go\r\n", misdeed});
      BOOST_TEST((result.submission.status == Status::disconnected));
      BOOST_TEST(result.took.count() < 4'000);
      SenderSpec implicit;
      implicit.service = Service::submissions;
      const Result from_the_first_byte = meet({misdeed}, implicit);
      BOOST_TEST((from_the_first_byte.submission.status == Status::disconnected));
      BOOST_TEST(from_the_first_byte.submission.reply.starts_with("no TLS: "));
      BOOST_TEST(from_the_first_byte.took.count() < 4'000);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_reply_without_end) {
  const Result result = meet({"FLOOD"});
  BOOST_TEST((result.submission.status == Status::disconnected));
  BOOST_TEST(result.submission.reply == "malformed reply: 250-more");
}

// What a server says behind QUIT is read, and has an end.
BOOST_AUTO_TEST_CASE(a_server_that_does_not_let_go) {
  for (const char* misdeed : {"MUTE", "FLOOD", "221 bye\r\n250 more\r\n"}) {
    BOOST_TEST_CONTEXT(misdeed) {
      Strings script = stages.back();
      script.insert(script.end(), {"250 queued\r\n", misdeed});
      // The content is two lines to such a server.
      script.insert(script.end() - 2, "");
      const Result result = meet(script);
      BOOST_TEST((result.submission.status == Status::accepted));
      BOOST_TEST(result.took.count() < 6'000);
    }
  }
}

// Whoever refuses and closes at once has still said why.
BOOST_AUTO_TEST_CASE(a_refusal_before_the_end_is_read) {
  const Result result = meet({"554 5.7.1 go away\r\n", "CLOSE"});
  BOOST_TEST((result.submission.status == Status::refused));
  BOOST_TEST(result.submission.code == 554);
  BOOST_TEST(result.submission.reply == "5.7.1 go away");
}

BOOST_AUTO_TEST_CASE(a_peer_that_hangs_survives_a_flood) {
  SenderSpec spec;
  spec.steps = {Hang{}};
  const Result result = meet({"220 mx\r\n250-more\r\n250-more\r\n"}, spec);
  BOOST_TEST((result.submission.status == Status::given_up));
  BOOST_TEST(result.took.count() < 4'000);
}

BOOST_AUTO_TEST_SUITE_END()
