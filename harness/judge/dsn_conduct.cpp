// See dsn_conduct.hpp.
#include "harness/judge/dsn_conduct.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "harness/judge/conduct.hpp"
#include "harness/judge/extensions.hpp"

namespace smtprig::judge {
namespace {

using model::Delivery;
using model::Violation;

// The value of a parameter behind the path: "QQ1" of "FROM:<a@b> RET=HDRS ENVID=QQ1".
std::optional<std::string> parameter(std::string_view argument, std::string_view keyword) {
  std::string_view rest = argument.substr(std::min(argument.find('>'), argument.size()));
  while (!rest.empty()) {
    const auto end = std::min(rest.find(' '), rest.size());
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = word.find('=');
    if (equals != word.npos && upper_case(word.substr(0, equals)) == keyword)
      return std::string(word.substr(equals + 1));
  }
  return std::nullopt;
}

// The words of a list in any order.
std::string sorted_list(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    words.push_back(upper_case(list.substr(0, end)));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  std::ranges::sort(words);
  return fmt::format("{}", fmt::join(words, ","));
}

class Reporting {
 public:
  Reporting(const ReportScene& scene, const View& view, const model::RecipientOutcome& outcome,
            std::vector<Violation>& violations)
      : scene_(scene), view_(view), outcome_(outcome), violations_(violations) {
    for (const model::Message& message : scene.messages)
      if (message.id == view.message) message_ = &message;
  }

  void look() {
    if (!message_) return;
    nothing_unwished();
    nothing_withheld();
    for (const Try& one : view_.tries)
      if (one.transaction) wishes_are_passed_on(one);
    reports_say_what_they_must();
  }

 private:
  const model::Dsn& dsn() const { return message_->dsn; }

  void accuse(std::string rule, std::string clause, std::string detail) {
    accuse_once(violations_,
                {std::move(rule), std::move(clause),
                 fmt::format("{} ({} for {})", detail, view_.message, view_.recipient)});
  }

  bool has_report(std::string_view action) const {
    return std::ranges::any_of(view_.reports,
                               [&](const Report& each) { return each.action == action; });
  }

  // C15: no report that was not asked for.
  void nothing_unwished() {
    if (has_report("failed") && !dsn().wants("FAILURE"))
      accuse("conduct/C15", "RFC 3461 5.2.6 (b)",
             "a report of failure, against NOTIFY=" + dsn().notify);
    if (has_report("delayed") && !dsn().notify.empty() && !dsn().wants("DELAY"))
      accuse("conduct/C15", "RFC 3461 5.2.5 (c)",
             "a report of delay, against NOTIFY=" + dsn().notify);
    if ((has_report("relayed") || has_report("delivered")) && !dsn().wants("SUCCESS"))
      accuse("conduct/C15", "RFC 3461 5.2.2 (d), (e)", "a report of success, and none was wanted");
  }

  // C16: the reports that were asked for. Whoever took the message with the wishes tells the rest.
  void nothing_withheld() {
    if (!scene_.server_alive) return;
    if (outcome_.delivery == Delivery::bounced && dsn().wants("FAILURE") && !has_report("failed"))
      accuse("conduct/C16", "RFC 3461 5.2.6 (a); RFC 5321 6.1",
             "no report of a failure came to its sender");
    if (outcome_.delivery != Delivery::delivered || !dsn().wants("SUCCESS")) return;
    const Copy& copy = view_.copies.front();
    if (copy.transaction->mail == no_event || !copy.surely_read) return;
    const Command& mail = copy.session->commands[copy.transaction->mail];
    if (!announced(*copy.session, mail, "DSN") && !has_report("relayed"))
      accuse("conduct/C16", "RFC 3461 5.2.2 (b)",
             "passed on to who tells nobody, and no \"relayed\" report came");
  }

  // C17: to a receiver that announces DSN, with the values that came.
  void wishes_are_passed_on(const Try& one) {
    if (one.transaction->mail == no_event) return;
    const Command& mail = one.session->commands[one.transaction->mail];
    if (!announced(*one.session, mail, "DSN")) return;
    const auto compare = [&](const Command& command, std::string_view keyword,
                             const std::string& wanted, std::string_view clause) {
      const std::string found = parameter(command.argument, keyword).value_or("");
      const bool list = keyword == "NOTIFY" || keyword == "RET";
      if (list ? sorted_list(found) != sorted_list(wanted) : found != wanted)
        accuse("conduct/C17", std::string(clause),
               fmt::format("{} \"{}\" was passed on as \"{}\"", keyword, wanted, found));
    };
    compare(mail, "ENVID", dsn().envelope_id, "RFC 3461 5.2.1 (a)");
    compare(mail, "RET", dsn().returned, "RFC 3461 5.2.1 (b)");
    const Command* rcpt = rcpt_of(one, view_);
    if (!rcpt) return;
    compare(*rcpt, "NOTIFY", dsn().notify, "RFC 3461 5.2.1 (c)");
    // One that was not there may be added, with the address of the recipient.
    const auto original = parameter(rcpt->argument, "ORCPT");
    if (std::ranges::any_of(view_.address, [](unsigned char c) { return c >= 0x80; }))
      return;  // has a form of its own (RFC 6533 3)
    const std::string wanted = "rfc822;" + view_.address;
    const bool same = original && original->size() == wanted.size() &&
                      same_address(original->substr(7), view_.address);
    if (original ? !same : dsn().original)
      accuse("conduct/C17", "RFC 3461 5.2.1 (d)",
             fmt::format("ORCPT \"{}\" was passed on as \"{}\"", wanted, original.value_or("")));
  }

  // C18: the sender's own name of the transaction, and no more of the message than it asked for.
  void reports_say_what_they_must() {
    for (const Report& report : view_.reports) {
      const auto& content =
          std::get<fakes::MessageAccepted>(scene_.journal[report.event].body).content;
      if (!dsn().envelope_id.empty() &&
          content.find("Original-Envelope-Id: " + dsn().envelope_id) == content.npos)
        accuse("conduct/C18", "RFC 3464 2.2.1", "a report does not tell the ENVID");
      if (dsn().original && content.find("Original-Recipient: rfc822;") == content.npos)
        accuse("conduct/C18", "RFC 3464 2.3.1", "a report does not tell the ORCPT");
      if (report.action != "failed") continue;
      const bool whole = content.find(written_in_each_body) != content.npos;
      if (dsn().returned == "HDRS" && whole)
        accuse("conduct/C18", "RFC 3461 4.3", "the whole message came back, against RET=HDRS");
      if (dsn().returned == "FULL" && !message_->requiretls && !whole)
        accuse("conduct/C18", "RFC 3461 4.3", "the message did not come back, against RET=FULL");
    }
  }

  const ReportScene& scene_;
  const View& view_;
  const model::RecipientOutcome& outcome_;
  std::vector<Violation>& violations_;
  const model::Message* message_ = nullptr;
};

}  // namespace

void check_reports(const ReportScene& scene, const std::vector<View>& views,
                   const model::Outcome& outcome, std::vector<Violation>& violations) {
  for (std::size_t i = 0; i < views.size() && i < outcome.recipients.size(); ++i)
    Reporting(scene, views[i], outcome.recipients[i], violations).look();
}

}  // namespace smtprig::judge
