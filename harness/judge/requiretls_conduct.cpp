// What becomes of messages that require TLS (RFC 8689): see dsn_conduct.hpp.
#include <algorithm>

#include <fmt/format.h>

#include "harness/judge/conduct.hpp"
#include "harness/judge/dsn_conduct.hpp"
#include "harness/judge/extensions.hpp"

namespace smtprig::judge {
namespace {

using Violations = std::vector<model::Violation>;

bool says_requiretls(std::string_view command) {
  return (upper_case(command) + " ").find(" REQUIRETLS ") != std::string::npos;
}

// C21: the next server is told (RFC 8689 2, 4.2.1).
void is_passed_on(const View& view, Violations& violations) {
  for (const Try& one : view.tries) {
    if (!one.transaction || one.transaction->mail == no_event) continue;
    const Command& mail = one.session->commands[one.transaction->mail];
    if (!says_requiretls(mail.argument))
      accuse_once(violations, {"conduct/C21", "RFC 8689 4.2.1",
                               fmt::format("MAIL without REQUIRETLS for {} ({})", view.message,
                                           place(*one.session))});
  }
}

// Whether the connection on which the sink took a report was told of it.
bool report_says_requiretls(const std::vector<fakes::Event>& journal, std::size_t report) {
  for (std::size_t i = report; i-- > 0;) {
    const fakes::Event& event = journal[i];
    if (event.who != "sink" || event.connection != journal[report].connection) continue;
    const auto* line = std::get_if<fakes::LineIn>(&event.body);
    return line && says_requiretls(line->text);
  }
  return false;
}

// C22: "All non-delivery messages [...] MUST also specify the REQUIRETLS SMTP option", and "the
// server MUST behave as if RET=HDRS was present" (RFC 8689 5). The sink offers it.
void reports_are_protected(const ReportScene& scene, const View& view, Violations& violations) {
  for (const Report& report : view.reports) {
    if (report.action != "failed") continue;
    const auto& content =
        std::get<fakes::MessageAccepted>(scene.journal[report.event].body).content;
    if (!report_says_requiretls(scene.journal, report.event))
      accuse_once(violations,
                  {"conduct/C22", "RFC 8689 5",
                   "the report of a failure of " + view.message + " came without REQUIRETLS"});
    if (content.find(written_in_each_body) != content.npos)
      accuse_once(violations,
                  {"conduct/C22", "RFC 8689 5",
                   "the report of a failure of " + view.message + " returns the whole message"});
  }
}

// The code that says why, where every connection ended alike; empty: they did not.
std::string_view code_of(const View& view) {
  const auto lacks_extension = [](const Try& one) {
    const Command* hello = one.session->command("EHLO");
    return one.session->tls() && !one.transaction && hello && hello->tls &&
           hello->code / 100 == 2 && !announces(hello->lines, "REQUIRETLS");
  };
  const auto lacks_starttls = [](const Try& one) {
    const Command* hello = one.session->command("EHLO");
    return !one.session->tls() && !one.transaction && hello && hello->code / 100 == 2 &&
           !announces(hello->lines, "STARTTLS");
  };
  if (view.tries.empty()) return {};
  if (std::ranges::all_of(view.tries, lacks_extension)) return "5.7.30";
  if (std::ranges::all_of(view.tries, lacks_starttls)) return "5.7.10";
  return {};
}

// C23: "The following status codes SHOULD be used" (RFC 8689 4.2.1).
void code_says_why(const View& view, const model::RecipientOutcome& outcome,
                   Violations& violations) {
  if (outcome.delivery != model::Delivery::bounced || outcome.status.empty()) return;
  const auto wanted = code_of(view);
  if (!wanted.empty() && outcome.status != wanted)
    accuse_once(violations,
                {"advice/C23", "RFC 8689 4.2.1",
                 fmt::format("returned with {} in place of {}", outcome.status, wanted)});
}

}  // namespace

void check_requiretls(const ReportScene& scene, const std::vector<View>& views,
                      const model::Outcome& outcome, Violations& violations) {
  for (std::size_t i = 0; i < views.size() && i < outcome.recipients.size(); ++i) {
    const View& view = views[i];
    const auto message = std::ranges::find(scene.messages, view.message, &model::Message::id);
    if (message == scene.messages.end() || !message->requiretls) continue;
    is_passed_on(view, violations);
    reports_are_protected(scene, view, violations);
    code_says_why(view, outcome.recipients[i], violations);
  }
}

}  // namespace smtprig::judge
