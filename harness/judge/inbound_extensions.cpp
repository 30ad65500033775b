// How a server keeps to the extensions that it announces; see inbound.hpp. Rules "conduct/I29" and
// "conduct/I30".
#include <algorithm>

#include <fmt/format.h>

#include "harness/judge/conduct.hpp"
#include "harness/judge/extensions.hpp"
#include "harness/judge/inbound.hpp"
#include "harness/judge/peer.hpp"

namespace smtprig::judge {
namespace {

using model::Violation;

void accuse_server(std::vector<Violation>& violations, const InboundSession& session,
                   const char* rule, const char* clause, const std::string& detail) {
  accuse_once(violations, {rule, clause, fmt::format("{} ({})", detail, session.sender->name)});
}

}  // namespace

void check_announced(const InboundSession& session, std::vector<Violation>& violations) {
  const Exchange* hello = nullptr;
  bool binary = false;
  for (const Exchange& each : session.exchanges) {
    if (hello && hello->tls != each.tls) hello = nullptr;
    if (each.verb == "EHLO" && each.code / 100 == 2) hello = &each;
    if (each.verb == "MAIL") {
      const bool asked =
          extensions_used({.verb = "MAIL", .argument = each.argument}).contains("BINARYMIME");
      binary = asked && each.code / 100 == 2;
    }
    // I30: "a 503 [...] response MUST be sent"
    if (each.verb == "DATA" && binary && each.code / 100 == 3)
      accuse_server(violations, session, "conduct/I30", "RFC 3030 3",
                    "DATA for a binary message was answered \"" + each.lines.back() + "\"");
    const bool about_mail =
        each.verb == "MAIL" || each.verb == "RCPT" || each.verb == "BDAT" || each.verb == ".";
    if (each.code / 100 != 2 || !hello || !about_mail) continue;
    // I29: what is not recognized is refused by 555.
    for (const std::string& keyword :
         extensions_used({.verb = each.verb, .argument = each.argument}))
      if (!announces(hello->lines, keyword))
        accuse_server(violations, session, "conduct/I29", "RFC 5321 4.1.1.11",
                      fmt::format("{} with {}, which is not announced, was answered \"{}\"",
                                  each.verb, keyword, each.lines.back()));
  }
}

}  // namespace smtprig::judge
