// The life of one cell in a lab: opens its stage, injects its messages, follows them until the
// server holds them no longer (or the planned attempts were made and they were removed), and knows
// then what was written down. It waits for events, never for time; a quiet cell ends after a stated
// time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fakes/journal.hpp"
#include "fakes/smtp/sender.hpp"
#include "harness/model/cell.hpp"
#include "harness/model/exposure.hpp"
#include "harness/run/injector.hpp"
#include "harness/run/message.hpp"
#include "harness/run/signal.hpp"
#include "harness/run/stage.hpp"

namespace smtprig::run {

// What a cell asks of its world.
struct Wishes {
  std::function<void(const std::string& queue_id)> remove;  // its planned attempts were made
  std::function<void()> look_at_server;                     // it broke a connection to the injector
  std::function<void(const std::string& address)> comes_from;  // its senders do
  // Until the server's clock is so many days ahead.
  std::function<boost::asio::awaitable<void>(unsigned days)> await_day;
};

class CellRun {
 public:
  struct Settings {
    std::uint64_t seed = 0;
    unsigned round = 0;                       // see compose()
    unsigned attempts = 3;                    // planned, per recipient
    bool tls_reports = false;                 // the server reports its sessions (RFC 8460)
    std::chrono::milliseconds quiet{90'000};  // silence after which a cell ends as it is
  };

  CellRun(const Common& common, model::Cell cell, Settings settings, Injector& injector,
          Wishes wishes);

  // To the cell's end, or to abandon().
  boost::asio::awaitable<void> run();
  // The server is gone: run() returns soon.
  void abandon();

  // Events that others see on behalf of this cell.
  void server_line(const std::string& line, const std::vector<fakes::ServerFact>& facts);
  void dns_query(const fakes::DnsQuery& query);
  void report_received(const fakes::Event& event);  // at the sink
  void note(fakes::EventBody body);

  // Its addresses refuse from now on.
  // What is said of it from then on is no evidence: it is due to the closing.
  void close_stage();

  const model::Cell& cell() const { return cell_; }
  const fakes::Journal& journal() const { return journal_; }
  const std::vector<Composed>& messages() const { return messages_; }
  bool ended() const { return ended_; }
  std::chrono::microseconds took() const { return took_; }
  // Something was written down after the end.
  bool reopened() const { return ended_ && journal_.events().size() > events_at_end_; }
  void close_again() { events_at_end_ = journal_.events().size(); }
  // What its attacker holds of its mail; nothing where there is none.
  const model::Held& held();

 private:
  struct Recipient {
    unsigned deferrals = 0;
    bool settled = false;  // delivered, bounced or expired
  };
  // A sending peer of the scenario, on its way.
  struct Bringer {
    const model::Sender* sender = nullptr;
    std::vector<std::size_t> messages;  // indices
    std::vector<fakes::smtp::Submission> results;
    std::unique_ptr<fakes::smtp::Sender> peer;
    bool waits = false;  // it says nothing more and keeps the connection
    bool done = false;
  };
  struct Awaited {
    bool due = false;
    bool came = false;
  };
  struct Progress {
    std::string token;
    std::string queue_id;
    bool accepted = false;
    bool unanswered = false;  // the server broke the connection instead of answering
    bool gone = false;        // the queue entry was removed, by the server or for us
    bool removal_asked = false;
    bool wants_failures = true;  // to be told of them (RFC 3461 4.1)
    bool wants_successes = false;
    Awaited failure;
    Awaited success;                              // "relayed" and the like
    std::map<std::string, Recipient> recipients;  // by address
  };

  static void take_report(const fakes::MessageAccepted& report, Progress& progress);
  boost::asio::awaitable<void> inject();
  boost::asio::awaitable<void> await_turn(std::size_t message);
  boost::asio::awaitable<void> bring();
  boost::asio::awaitable<void> follow_sender(std::shared_ptr<Bringer> bringer);
  boost::asio::awaitable<void> pass_barrier();
  boost::asio::awaitable<void> dismiss();
  void take_results(const Bringer& bringer);
  boost::asio::awaitable<void> settle();
  void apply(const fakes::ServerFact& fact);
  void ask_for_removal();
  bool messages_over() const;
  bool reports_over() const;

  Common common_;
  model::Cell cell_;
  Settings settings_;
  Injector& injector_;
  Wishes wishes_;
  Signal signal_;
  fakes::Journal journal_;
  std::vector<Composed> messages_;
  std::vector<Progress> progress_;  // parallel to messages_
  std::unique_ptr<Stage> stage_;
  bool abandoned_ = false;
  bool ended_ = false;
  bool closed_ = false;
  model::Held held_;
  // Queue ids of what came from its senders, with whether they are gone.
  std::map<std::string, bool> brought_;
  bool tls_report_due_ = false;  // mail was decided, and no report has told of it yet
  bool behind_barrier_ = false;  // what no answer was given to has a queue id by now, or none
  std::vector<std::shared_ptr<Bringer>> bringers_;
  std::size_t events_at_end_ = 0;
  std::chrono::microseconds took_{0};
};

}  // namespace smtprig::run
