// Short ways to write cells and journals by hand. A journal tells a story event by event; helpers
// stand for the honest parts, so that a test shows only what it is about.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fakes/journal.hpp"
#include "harness/judge/judge.hpp"
#include "harness/model/cell.hpp"

namespace smtprig::judge::test {

// A rule at an SMTP position or a TLS stage.
fakes::Rule on(std::variant<fakes::SmtpPosition, fakes::TlsStage> position,
               std::vector<fakes::Action> actions);
fakes::Reply line(const std::string& text);
fakes::Reply raw(const std::string& bytes);

// One host "mx" and one MX record for it.
model::Scenario one_mx(fakes::ReceiverSpec receiver = {});
// Hosts "mx1", "mx2", ... with preferences 10, 20, ...
model::Scenario several_mx(std::vector<fakes::ReceiverSpec> receivers);

model::Cell cell_of(model::Scenario scenario, model::Policy policy,
                    model::Attacker attacker = model::Attacker::none);

// "P E A D B" in this order, those that are permitted: "E/D". Hosts and recipients are left out.
std::string codes(const model::Ruling& ruling);
// "E/P*" -> "P/E/D": the same order, P* being P or D.
std::string expanded(const std::string& codes);
// All that is permitted, as judge::text says it, joined by ", ".
std::string texts(const model::Ruling& ruling);

inline constexpr const char* token = "0123456789abcdef";
inline constexpr const char* sender = "0123456789abcdef@sink.test";

class Story {
 public:
  // Addresses of recipients are those of the cell.
  explicit Story(const model::Cell& cell) : domain_(cell.domain()) {}

  std::vector<fakes::Event> events;

  std::string address(const std::string& local = "rcpt") const {
    return local + (local.find('@') == local.npos ? "@" : ".") + domain_;
  }
  const std::string& domain() const { return domain_; }

  Story& add(const std::string& who, std::uint32_t connection, fakes::EventBody body);
  Story& injected(const std::string& local = "rcpt", int reply = 250,
                  const std::string& text = "2.0.0 queued as Q1");

  // The connection that the following lines belong to; begins it.
  Story& connect(const std::string& who = "mx", std::uint32_t connection = 1,
                 const std::string& greeting = "220 mx ESMTP");
  // A command and its reply, in or out of TLS. An empty reply: none.
  Story& say(const std::string& command, const std::string& reply = "250 2.0.0 ok");
  Story& reply(const std::string& text);
  Story& here(fakes::EventBody body);  // any event of this connection
  Story& ehlo(const std::vector<std::string>& keywords = {"STARTTLS"});
  Story& starttls();                               // 220, ClientHello, handshake
  Story& mail(const std::string& local = "rcpt");  // MAIL, RCPT, DATA, content
  Story& dot(const std::string& reply = "250 2.0.0 queued", const std::string& local = "rcpt");
  Story& quit();
  Story& closed(fakes::Closed::How how = fakes::Closed::How::peer_fin);
  Story& fault(const std::string& rule);
  // A whole delivery: connect, EHLO, STARTTLS unless `clear`, mail, dot, QUIT, close.
  Story& delivery(const std::string& who = "mx", std::uint32_t connection = 1, bool clear = false,
                  const std::string& local = "rcpt");
  // TLS comes up, the client does not like the certificate.
  Story& turned_away(const std::string& who = "mx", std::uint32_t connection = 1);

  Story& fact(fakes::ServerFact::Kind kind, const std::string& status = "",
              const std::string& detail = "", const std::string& local = "rcpt",
              const std::string& relay = "");
  Story& deferred(const std::string& status = "4.4.1", const std::string& detail = "refused");
  Story& deferred_thrice(const std::string& status = "4.4.1",
                         const std::string& detail = "refused");
  Story& removed_by_rig();
  // A permanent decision, in the log and told to the sender.
  Story& bounced(const std::string& status = "", const std::string& local = "rcpt");
  Story& report(const std::string& fields);

  Classified classified(const model::Cell& cell, unsigned attempts = 3) const {
    return classify(cell, events, attempts);
  }

 private:
  std::string domain_;
  std::string who_ = "mx";
  std::uint32_t connection_ = 1;
  bool tls_ = false;
};

// The violations by rule, joined by " ".
std::string rules(const model::Outcome& outcome);

// The cells of a row of a table, separated by "|", without the blanks around them.
std::vector<std::string> split(const std::string& row);

}  // namespace smtprig::judge::test
