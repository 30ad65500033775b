// See extensions.hpp.
#include "harness/judge/extensions.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "harness/judge/conduct.hpp"
#include "harness/judge/peer.hpp"

namespace smtprig::judge {
namespace {

using model::Violation;
using Violations = std::vector<Violation>;

bool has_eighth_bit(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c >= 0x80; });
}

std::string_view header_of(std::string_view content) {
  return content.substr(0, content.find("\r\n\r\n"));
}

// In an earlier reply of the session, whatever that is worth.
bool ever_announced(const Session& session, const Command& command, std::string_view keyword) {
  return std::ranges::any_of(session.commands, [&](const Command& each) {
    return each.event < command.event && announces(each.lines, keyword);
  });
}

// C12: "optional <mail-parameters> are associated with negotiated SMTP service extensions".
void only_what_was_offered(const Session& session, Violations& violations) {
  for (const Command& command : session.commands)
    for (const std::string& keyword : extensions_used(command))
      if (!announced(session, command, keyword) && !ever_announced(session, command, keyword))
        accuse_once(violations, {"conduct/C12", "RFC 5321 2.2.1, 4.1.1.2, 4.1.1.3",
                                 fmt::format("{} makes use of {}, which was not announced, at {}",
                                             command.verb == "." ? "BDAT" : command.verb, keyword,
                                             place(session))});
}

// C13 and C14, of one transaction: what only SMTPUTF8 and 8BITMIME carry.
void content_fits(const std::vector<fakes::Event>& journal, const Session& session,
                  const Transaction& transaction, Violations& violations) {
  if (transaction.mail == no_event) return;
  const Command& mail = session.commands[transaction.mail];
  const bool utf8 = announced(session, mail, "SMTPUTF8");
  const auto accuse_utf8 = [&](std::string_view what) {
    accuse_once(violations, {"conduct/C13", "RFC 6531 3.2",
                             fmt::format("{} has UTF-8 and SMTPUTF8 was not announced, at {}", what,
                                         place(session))});
  };
  if (!utf8 && has_eighth_bit(mail.argument)) accuse_utf8("MAIL");
  for (const std::size_t rcpt : transaction.rcpt)
    if (!utf8 && has_eighth_bit(session.commands[rcpt].argument)) accuse_utf8("RCPT");
  if (transaction.accepted.empty()) return;
  const auto& content =
      std::get<fakes::MessageAccepted>(journal[transaction.accepted.front()].body).content;
  if (!utf8 && has_eighth_bit(header_of(content))) accuse_utf8("the header");
  if (has_eighth_bit(content) && !announced(session, mail, "8BITMIME") &&
      !announced(session, mail, "BINARYMIME"))
    accuse_once(violations,
                {"advice/C14", "RFC 6152 3",
                 "bytes above 127, and 8BITMIME was not announced, at " + place(session)});
}

}  // namespace

std::set<std::string> extensions_used(const Command& command) {
  std::set<std::string> used;
  if (command.verb == "AUTH") used.insert("AUTH");
  // The end of a content that came by BDAT has its argument: see session.cpp.
  if (command.verb == "BDAT" || (command.verb == "." && !command.argument.empty()))
    used.insert("CHUNKING");
  if (command.verb != "MAIL" && command.verb != "RCPT") return used;
  const std::string text = upper_case(command.argument);
  const auto path_end = text.find('>');
  if (path_end == text.npos) return used;
  const std::string parameters = text.substr(path_end + 1) + " ";
  const auto uses = [&](std::string_view parameter, const char* extension) {
    if (parameters.find(parameter) != parameters.npos) used.insert(extension);
  };
  uses(" SIZE=", "SIZE");
  uses(" BODY=8BITMIME ", "8BITMIME");
  uses(" BODY=BINARYMIME ", "BINARYMIME");
  uses(" SMTPUTF8 ", "SMTPUTF8");
  uses(" AUTH=", "AUTH");
  uses(" REQUIRETLS ", "REQUIRETLS");
  for (const char* parameter : {" RET=", " ENVID=", " NOTIFY=", " ORCPT="})
    uses(parameter, "DSN");
  return used;
}

const Command* hello_before(const Session& session, const Command& command) {
  const Command* hello = nullptr;
  for (const Command& each : session.commands) {
    if (each.event >= command.event) break;
    if (each.tls != command.tls || each.code / 100 != 2) continue;
    if (each.verb == "EHLO" || each.verb == "LHLO") hello = &each;
    if (each.verb == "HELO") hello = nullptr;
  }
  return hello;
}

bool announced(const Session& session, const Command& command, std::string_view keyword) {
  const Command* hello = hello_before(session, command);
  if (!hello) return false;
  // RFC 6531 3.1: who offers SMTPUTF8 has 8BITMIME.
  return announces(hello->lines, keyword) ||
         (keyword == "8BITMIME" && announces(hello->lines, "SMTPUTF8"));
}

void check_extensions(const std::vector<fakes::Event>& journal,
                      const std::vector<Session>& sessions, Violations& violations) {
  for (const Session& session : sessions) {
    only_what_was_offered(session, violations);
    for (const Transaction& transaction : session.transactions)
      content_fits(journal, session, transaction, violations);
  }
}

}  // namespace smtprig::judge
