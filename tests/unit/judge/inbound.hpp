// Short ways to write what senders did, event by event; see build.hpp for the outbound ones.
#pragma once

#include <string>
#include <vector>

#include "build.hpp"

namespace smtprig::judge::test {

// One sender "sender" that brings message m1 to "rcpt", and an honest host "mx" behind the server.
model::Cell inbound_cell(model::Policy policy, fakes::SenderSpec spec = {},
                         model::Content content = {});

class InboundStory {
 public:
  explicit InboundStory(const model::Cell& cell) : cell_(cell) {}

  std::vector<fakes::Event> events;

  InboundStory& add(const std::string& who, fakes::EventBody body);
  InboundStory& here(fakes::EventBody body);  // of the sender's connection
  InboundStory& connect(const std::string& greeting = "220 mta ESMTP",
                        const std::string& who = "sender");
  // A line of the sender and the reply to it, its lines joined by "/"; empty: none.
  InboundStory& say(const std::string& line, const std::string& reply = "250 2.0.0 ok");
  InboundStory& bytes(const std::string& raw, const std::string& reply);
  InboundStory& reply(const std::string& lines);
  InboundStory& ehlo(const std::string& keywords = "STARTTLS");
  InboundStory& shaken(const std::string& version = "TLSv1.3");
  InboundStory& starttls();  // 220 and a handshake
  InboundStory& content(const std::string& reply = "250 2.0.0 queued as Q1");
  // MAIL, RCPT, DATA, content and its reply.
  InboundStory& mail(const std::string& reply = "250 2.0.0 queued as Q1");
  // What the sender knows at last.
  InboundStory& injected(int reply = 250, const std::string& text = "2.0.0 queued as Q1",
                         bool given_up = false, const std::string& local = "rcpt");
  // A copy at the host behind the server.
  InboundStory& arrived(const std::string& local = "rcpt", const std::string& sha256_body = "hash",
                        const std::string& text = "Received: from client.test (x)\r\n");

  Classified classified() const { return classify(cell_, events, 1); }
  // Rules that were broken, joined by " ".
  std::string rules() const { return test::rules(classified().outcome); }
  // "delivered encrypted weakest encrypted" of the only recipient, with a status where there is
  // one.
  std::string fate() const;

 private:
  const model::Cell& cell_;
  std::string who_ = "sender";
  bool tls_ = false;
  std::uint32_t copies_ = 0;
};

}  // namespace smtprig::judge::test
