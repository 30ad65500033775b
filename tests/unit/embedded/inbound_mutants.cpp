// Every planted defect of reception that acts in the session: the same dialogue with a correct
// server and with the defective one. Those that need a connection are in tests/session/embedded.
#include "dialogue.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace smtprig::embedded;
using namespace smtprig::embedded::test;
using namespace std::string_literals;

constexpr auto none = InboundPolicy::none;
constexpr auto may = InboundPolicy::may;
constexpr auto encrypt = InboundPolicy::encrypt;
constexpr auto require = InboundPolicy::require_client_cert;

std::string code(InboundSession& session, const std::string& line) {
  return last_line(session.line(line, false).bytes).substr(0, 3);
}

// The reply to the last of the lines, spoken in clear.
std::function<std::string(InboundSession&)> last_of(std::vector<std::string> lines) {
  return [lines](InboundSession& session) {
    std::string reply;
    for (const std::string& line : lines)
      reply = code(session, line);
    return reply;
  };
}

// The same with a handshake in front.
std::function<std::string(InboundSession&)> inside_tls(std::vector<std::string> lines) {
  return [lines](InboundSession& session) {
    session.tls_up(tls_of());
    return last_of(lines)(session);
  };
}

std::string offer(InboundSession& session) {
  session.tls_up(tls_of());
  const std::string reply = session.line("EHLO c.test", false).bytes;
  return reply.find("STARTTLS") == std::string::npos ? "none" : "STARTTLS";
}

// RCPT inside TLS for a transaction that was begun in clear.
std::string across(InboundSession& session) {
  last_of({"EHLO c.test", "MAIL FROM:<a@b.test>"})(session);
  start_tls(session);
  return code(session, "RCPT TO:<r@to.test>");
}

std::string received_from(InboundSession& session) {
  code(session, "EHLO before.test");
  start_tls(session);
  code(session, "EHLO after.test");
  const std::string content = message_through(session);
  return content.substr(15, content.find(' ', 15) - 15);
}

void begin_data(InboundSession& session) {
  last_of({"EHLO c.test", "MAIL FROM:<a@b.test>", "RCPT TO:<r@to.test>", "DATA"})(session);
}

// What became of a content that holds `smuggled` in the place of an end, in pieces of any size.
std::function<std::string(InboundSession&)> smuggling(const std::string& smuggled) {
  return [smuggled](InboundSession& session) -> std::string {
    begin_data(session);
    for (const char c : "Subject: x\r\n\r\n..one" + smuggled) {
      std::size_t used = 0;
      const InboundOutput output = session.content({&c, 1}, used);
      if (!output.message) continue;
      BOOST_TEST(output.message->content.ends_with("\r\n\r\n.one\r\n"));
      return "two messages";
    }
    std::size_t used = 0;
    const InboundOutput output = session.content("rest\r\n.\r\n", used);
    return output.message ? "one message" : output.bytes.substr(0, 3);
  };
}

// The content that is queued, behind the Received field.
std::function<std::string(InboundSession&)> content_of(const std::string& content) {
  return [content](InboundSession& session) {
    begin_data(session);
    const InboundOutput output = send_content(session, content + ".\r\n");
    BOOST_REQUIRE(output.message.has_value());
    const std::string& all = output.message->content;
    return all.substr(all.find("+0000\r\n") + 7);
  };
}

// The same, brought by BDAT.
std::function<std::string(InboundSession&)> chunk_of(const std::string& content) {
  return [content](InboundSession& session) {
    last_of({"EHLO c.test", "MAIL FROM:<a@b.test>", "RCPT TO:<r@to.test>"})(session);
    session.line("BDAT " + std::to_string(content.size()) + " LAST", false);
    const InboundOutput output = send_content(session, content);
    BOOST_REQUIRE(output.message.has_value());
    const std::string& all = output.message->content;
    return all.substr(all.find("+0000\r\n") + 7);
  };
}

std::string left_in_the_middle(InboundSession& session) {
  begin_data(session);
  send_content(session, "Subject: x\r\n\r\nhalf");
  const auto message = session.unfinished();
  return message && message->content.ends_with("half\r\n") ? "queued" : "dropped";
}

const std::string good = "AUTH PLAIN AHVzZXIAc2VjcmV0";
const std::string wrong = "AUTH PLAIN AHVzZXIAd3Jvbmc=";
const std::string long_line(1'500, 'x');

struct Row {
  std::string mutant;
  InboundPolicy policy;
  Service service;
  std::function<std::string(InboundSession&)> look;
  std::string correct;
  std::string defective;
};

const std::vector<Row> rows = {
    {"mail-before-tls", encrypt, Service::smtp, last_of({"EHLO c.test", "MAIL FROM:<a@b.test>"}),
     "530", "250"},
    {"forgets-client-certificate", require, Service::smtp, inside_tls({"EHLO c.test"}), "554",
     "250"},
    {"offers-starttls-inside-tls", may, Service::smtp, offer, "none", "STARTTLS"},
    {"offers-starttls-inside-tls", encrypt, Service::submissions, offer, "none", "STARTTLS"},
    {"handshakes-unasked", none, Service::smtp, last_of({"EHLO c.test", "STARTTLS"}), "502", "220"},
    {"ignores-starttls-parameter", may, Service::smtp, last_of({"EHLO c.test", "STARTTLS x"}),
     "501", "220"},
    {"second-starttls", may, Service::smtp, inside_tls({"EHLO c.test", "STARTTLS"}), "503", "220"},
    {"keeps-transaction-across-tls", may, Service::smtp, across, "503", "250"},
    {"keeps-first-name", may, Service::smtp, received_from, "after.test", "before.test"},
    {"auth-in-clear", may, Service::submission, last_of({"EHLO c.test", good}), "538", "235"},
    {"auth-in-clear", encrypt, Service::submission, last_of({"EHLO c.test", good}), "530", "235"},
    {"takes-any-password", may, Service::submission, inside_tls({"EHLO c.test", wrong}), "535",
     "235"},
    {"refuses-good-password", may, Service::submission, inside_tls({"EHLO c.test", good}), "235",
     "535"},
    {"ends-data-at-lf", none, Service::smtp, smuggling("\n.\n"), "554", "two messages"},
    {"ends-data-at-lf-crlf", none, Service::smtp, smuggling("\n.\r\n"), "554", "two messages"},
    {"ends-data-at-crlf-lf", none, Service::smtp, smuggling("\r\n.\n"), "554", "two messages"},
    {"ends-data-at-cr", none, Service::smtp, smuggling("\r.\r"), "554", "two messages"},
    {"splits-at-nul", none, Service::smtp, content_of("a\0b\r\n"s), "a\0b\r\n"s, "a"},
    {"drops-eighth-bit", none, Service::smtp, content_of("\xe1\r\n"), "\xe1\r\n", "a\r\n"},
    {"cuts-long-lines", none, Service::smtp, content_of("a\r\n" + long_line + "\r\nb\r\n"),
     "a\r\n" + long_line + "\r\nb\r\n", "a\r\n" + long_line.substr(0, 998) + "\r\nb\r\n"},
    {"queues-unfinished", none, Service::smtp, left_in_the_middle, "dropped", "queued"},
    {"changes-body", none, Service::smtp, content_of("a\r\n"), "a\r\n",
     "a\r\n-- \r\nThis message was looked at.\r\n"},
    {"binary-by-data", none, Service::smtp,
     last_of(
         {"EHLO c.test", "MAIL FROM:<a@b.test> BODY=BINARYMIME", "RCPT TO:<r@to.test>", "DATA"}),
     "503", "354"},
    {"unstuffs-chunks", none, Service::smtp, chunk_of("a\r\n..b\r\n"), "a\r\n..b\r\n",
     "a\r\n.b\r\n"},
    {"ignores-parameters", none, Service::smtp,
     last_of({"EHLO c.test", "MAIL FROM:<a@b.test> REQUIRETLS"}), "555", "250"},
};

// Seen on a connection only; stuffs-chunks where mail goes on, see delivery.cpp.
const std::set<std::string> elsewhere = {
    "accepts-self-signed-client",
    "trusts-resumed-clients",
    "accepts-expired-client",
    "keeps-injected-commands",
    "accepts-old-tls",
    "bears-a-grudge",
    "parses-garbage",
    "leaks-handshakes",
    "needs-known-name",
    "forgets-after-dot",
    "crashes-on-http",
    "stuffs-chunks",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(inbound_mutants)

BOOST_AUTO_TEST_CASE(each_is_seen) {
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.mutant << ", " << name(row.policy)) {
      const auto look = [&row](const Mutants& mutants) {
        auto session =
            session_of({.policy = row.policy, .service = row.service, .mutants = mutants});
        return row.look(session);
      };
      BOOST_TEST((look({}) == row.correct), look({}));
      const Mutants planted = mutant_named(row.mutant).value();
      BOOST_TEST((look(planted) == row.defective), look(planted));
    }
  }
}

// The forms of a false end are defects of their own.
BOOST_AUTO_TEST_CASE(ends_are_told_apart) {
  const std::pair<std::string, std::string> forms[] = {{"ends-data-at-lf", "\n.\n"},
                                                       {"ends-data-at-lf-crlf", "\n.\r\n"},
                                                       {"ends-data-at-crlf-lf", "\r\n.\n"},
                                                       {"ends-data-at-cr", "\r.\r"}};
  for (const auto& [mutant, own] : forms) {
    for (const auto& [other, form] : forms) {
      BOOST_TEST_CONTEXT(mutant << " and the form of " << other) {
        auto session = session_of({.mutants = mutant_named(mutant).value()});
        BOOST_TEST(smuggling(form)(session) == (mutant == other ? "two messages" : "554"));
      }
    }
    auto session = session_of({.mutants = mutant_named(mutant).value()});
    BOOST_TEST(content_of("a\r\n..b\r\n")(session) == "a\r\n.b\r\n");
  }
}

BOOST_AUTO_TEST_CASE(none_is_left_out) {
  std::set<std::string> names = elsewhere;
  for (const Row& row : rows)
    names.insert(row.mutant);
  const std::string list = mutant_list();
  for (std::size_t at = 0; at < list.size(); at = list.find('\n', at) + 1) {
    const std::string line = list.substr(at, list.find('\n', at) - at);
    if (line.find(" inbound: ") == std::string::npos) continue;
    BOOST_TEST(names.erase(line.substr(0, line.find(' '))) == 1u, line);
  }
  BOOST_TEST(names.empty());
}

BOOST_AUTO_TEST_SUITE_END()
