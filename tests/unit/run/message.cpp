// What a message looks like on the wire, by the shape that its scenario asks for.
#define BOOST_TEST_MODULE run
#include "harness/run/message.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

#include "fakes/smtp/content.hpp"

namespace {

using namespace smtprig;

model::Cell cell() {
  auto scenario = std::make_shared<model::Scenario>();
  scenario->id = "inbound/content";
  scenario->senders = {{.messages = {"m1"}}};
  return {.scenario = scenario, .server = {.name = "embedded"}, .policy = model::Policy::may};
}

run::Composed composed(const model::Content& content, unsigned round = 0) {
  model::Message message;
  message.recipients = {"anna", "bert@one"};
  message.content = content;
  return run::compose(cell(), message, 7, round);
}

run::Composed shaped(bool model::Content::*shape) {
  model::Content content;
  content.*shape = true;
  return composed(content);
}

bool has(const run::Composed& message, std::string_view bytes) {
  return message.envelope.content.find(bytes) != std::string::npos;
}

// Line ends that are not CRLF, as RFC 5321 2.3.8 wants them.
std::size_t bare(const std::string& content, char what) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] != what) continue;
    const bool paired = what == '\n' ? i > 0 && content[i - 1] == '\r'
                                     : i + 1 < content.size() && content[i + 1] == '\n';
    count += !paired;
  }
  return count;
}

std::size_t longest_line(const std::string& content) {
  std::size_t longest = 0;
  for (std::size_t begin = 0; begin < content.size();) {
    const auto end = std::min(content.find("\r\n", begin), content.size());
    longest = std::max(longest, end - begin);
    begin = end + 2;
  }
  return longest;
}

bool eight_bit(const std::string& content) {
  return std::ranges::any_of(content, [](char c) { return (c & '\x80') != 0; });
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_message) {
  const auto one = composed({});
  const auto same = composed({});
  BOOST_TEST(one.envelope.content == same.envelope.content);
  BOOST_TEST(one.token == same.token);
  BOOST_TEST(one.token.size() == 16u);
  BOOST_TEST(composed({}, 1).token != one.token);
}

BOOST_AUTO_TEST_CASE(an_ordinary_message) {
  const auto message = composed({});
  const auto& envelope = message.envelope;
  BOOST_TEST(message.id == "m1");
  BOOST_TEST(envelope.mail_from == message.token + "@sink.test");
  const std::vector<std::string> recipients = {"anna@" + cell().domain(),
                                               "bert@one." + cell().domain()};
  BOOST_TEST(envelope.recipients == recipients, boost::test_tools::per_element());
  BOOST_TEST(envelope.token == message.token);
  BOOST_TEST(!envelope.verbatim);
  BOOST_TEST(has(message, "X-Smtprig-Token: " + message.token + "\r\n"));
  BOOST_TEST(has(message, "Subject: inbound/content@embedded/may\r\n"));
  BOOST_TEST(message.sha256_body == fakes::smtp::body_digest(envelope.content));
  BOOST_TEST(bare(envelope.content, '\n') == 0u);
  BOOST_TEST(bare(envelope.content, '\r') == 0u);
  BOOST_TEST(longest_line(envelope.content) <= 998u);
  BOOST_TEST(!eight_bit(envelope.content));
  BOOST_TEST(envelope.content.ends_with("\r\n"));
}

// Each shape is what it says, and nothing else.
BOOST_AUTO_TEST_CASE(each_shape_by_itself) {
  using model::Content;
  const struct {
    const char* name;
    bool Content::*shape;
  } rows[] = {{"none", nullptr},
              {"eight-bit", &Content::eight_bit},
              {"long-line", &Content::long_line},
              {"dots", &Content::dots},
              {"mime", &Content::mime},
              {"full-line", &Content::full_line},
              {"attachment", &Content::attachment},
              {"utf8-header", &Content::utf8_header},
              {"bare-lf", &Content::bare_lf},
              {"bare-cr", &Content::bare_cr},
              {"nul", &Content::nul}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const auto message = row.shape ? shaped(row.shape) : composed({});
      const std::string& content = message.envelope.content;
      const auto is = [&](bool Content::*shape) { return row.shape == shape; };
      BOOST_TEST(eight_bit(content) == (is(&Content::eight_bit) || is(&Content::utf8_header)));
      BOOST_TEST((longest_line(content) == 998) == is(&Content::full_line));
      BOOST_TEST(message.envelope.utf8_header == is(&Content::utf8_header));
      BOOST_TEST((longest_line(content) > 998) == is(&Content::long_line));
      BOOST_TEST(has(message, "\r\n.") == is(&Content::dots));
      BOOST_TEST(has(message, "Content-Type: multipart/mixed") ==
                 (is(&Content::mime) || is(&Content::attachment)));
      BOOST_TEST((bare(content, '\n') > 0) == is(&Content::bare_lf));
      BOOST_TEST((bare(content, '\r') > 0) == is(&Content::bare_cr));
      BOOST_TEST((content.find('\0') != content.npos) == is(&Content::nul));
      BOOST_TEST(!message.envelope.verbatim);
      BOOST_TEST(content.ends_with("\r\n"));
      BOOST_TEST(message.sha256_body == fakes::smtp::body_digest(content));
    }
  }
}

BOOST_AUTO_TEST_CASE(binary) {
  const auto message = shaped(&model::Content::binary);
  const std::string& content = message.envelope.content;
  BOOST_TEST(message.envelope.binary);
  BOOST_TEST(bare(content, '\n') > 0u);
  BOOST_TEST(bare(content, '\r') > 0u);
  BOOST_TEST(!content.ends_with("\n"));
  BOOST_TEST(content.find('\0') == content.npos);
  for (int byte = 1; byte < 256; ++byte)
    BOOST_TEST(content.find(static_cast<char>(byte)) != content.npos);
  BOOST_TEST(!composed({}).envelope.binary);
}

BOOST_AUTO_TEST_CASE(an_attachment_takes_up_the_size) {
  model::Content content;
  content.attachment = true;
  for (const std::size_t bytes : {0u, 1'000u, 100'000u}) {
    content.bytes_min = bytes;
    const auto message = composed(content);
    const std::string& text = message.envelope.content;
    const auto body = text.substr(text.find("\r\n\r\n") + 4);
    BOOST_TEST(body.size() >= bytes);
    BOOST_TEST(body.size() < bytes + 700);
    BOOST_TEST(body.ends_with("--=_rig--\r\n"));
    BOOST_TEST(text == composed(content).envelope.content);
    BOOST_TEST(text != composed(content, 1).envelope.content);
  }
}

BOOST_AUTO_TEST_CASE(every_line_that_fills_up_dots_begins_with_one) {
  model::Content content;
  content.dots = true;
  content.bytes_min = 5'000;
  const std::string text = composed(content).envelope.content;
  std::size_t dots = 0;
  for (std::size_t at = 0; (at = text.find("\r\n.", at)) != text.npos; ++at)
    ++dots;
  BOOST_TEST(dots > 60u);
}

BOOST_AUTO_TEST_CASE(wishes_and_parameters) {
  model::Message message;
  message.dsn = {.notify = "NEVER", .returned = "HDRS", .envelope_id = "QQ", .original = true};
  message.requiretls = true;
  const auto envelope = run::compose(cell(), message, 7, 0).envelope;
  BOOST_TEST(envelope.notify == "NEVER");
  BOOST_TEST(envelope.returned == "HDRS");
  BOOST_TEST(envelope.envelope_id == "QQ");
  BOOST_TEST(envelope.original);
  BOOST_TEST(envelope.requiretls);
}

BOOST_AUTO_TEST_CASE(size) {
  model::Content content;
  for (const std::size_t bytes : {1u, 71u, 73u, 1'000u, 1'000'000u}) {
    content.bytes_min = bytes;
    const auto message = composed(content);
    const std::string& text = message.envelope.content;
    const auto body = text.substr(text.find("\r\n\r\n") + 4);
    BOOST_TEST(body.size() >= bytes);
    BOOST_TEST(body.size() < bytes + 200);
    BOOST_TEST(longest_line(body) <= 998u);
  }
}

// What stands behind the false end is a whole transaction, which nobody has sent.
BOOST_AUTO_TEST_CASE(false_end) {
  model::Content content;
  content.false_end = "\n.\r\n";
  const auto message = composed(content);
  BOOST_TEST(message.envelope.verbatim);
  BOOST_TEST(has(message, "false end\n.\r\nMAIL FROM:<" + message.token +
                              "@sink.test>\r\nRCPT TO:<" + "smuggled@" + cell().domain() +
                              ">\r\nDATA\r\n"));
  // The one end is not within it.
  BOOST_TEST(!has(message, "\r\n.\r\n"));
  BOOST_TEST(message.envelope.content.ends_with("\r\n"));
}
