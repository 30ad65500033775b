// The log: one event, one line, made to be read by programs. Text that a peer or a client chose
// stands last and in quotes, with C escapes, or between < and >; no such text can forge a field or
// a line.
//
//   TIME queued    id=ID from=<ADDRESS> to=<ADDRESS> size=BYTES
//   TIME tls       id=ID key=KEY relay=HOST[ADDRESS]:PORT trust=WORD version=TLSv1.3 cipher=NAME
//   TIME tried     id=ID key=KEY relay=RELAY status=X.Y.Z text="..."      one address failed
//   TIME delivered id=ID key=KEY to=<ADDRESS> relay=RELAY status=X.Y.Z text="..."
//   TIME deferred | bounced | expired                                     likewise
//   TIME reported  id=ID as=ID       a notification (the second ID) was made
//   TIME removed   id=ID             the queue forgot the message
//   TIME tls-report domain=DOMAIN text="..."     a report of TLS sessions was sent, or none will be
//   TIME tls-in    client=ADDRESS trust=WORD version=TLSv1.3 cipher=NAME name="..."
//   TIME started listen=ADDRESS:PORT [policy=POLICY service=SERVICE]
//   TIME stopped queued=COUNT    TIME note text="..."
//
// TIME is RFC 3339 in UTC with milliseconds. KEY is the same for all lines of one attempt. RELAY is
// "none" where no host was reached. WORD is Anonymous, Untrusted, Trusted or Verified; a client, of
// whom no name is expected, is never Verified, and `name` is its certificate's subject.
#pragma once

#include "harness/servers/embedded/message.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace smtprig::embedded {

class Log {
 public:
  // Receives each line without its line end.
  using Sink = std::function<void(const std::string& line)>;
  explicit Log(Sink sink) : sink_(std::move(sink)) {}

  struct Attempt {
    std::string_view id;
    std::string_view key;
    std::string_view relay;  // empty: none
  };

  // `policy`, `service`: empty for the listener in clear.
  void started(std::string_view listen, std::string_view policy = {},
               std::string_view service = {}) const;
  void stopped(std::size_t queued) const;
  void queued(const Message& message) const;  // a line per recipient
  void tls(const Attempt& attempt, std::string_view trust, std::string_view version,
           std::string_view cipher) const;
  void tls_in(std::string_view client, std::string_view trust, std::string_view version,
              std::string_view cipher, std::string_view subject) const;
  void tried(const Attempt& attempt, const Failure& failure) const;
  // `event`: delivered, deferred, bounced, expired
  void decided(std::string_view event, const Attempt& attempt, std::string_view recipient,
               std::string_view status, std::string_view text) const;
  void reported(std::string_view id, std::string_view notification) const;
  void removed(std::string_view id) const;
  void tls_report(std::string_view domain, std::string_view what) const;
  void note(std::string_view text) const;

 private:
  void line(std::string_view text) const;
  Sink sink_;
};

// C escapes for what is not printable ASCII, for the backslash and for the quote; with `address`
// also for space, < and >.
std::string escaped(std::string_view text, bool address = false);

}  // namespace smtprig::embedded
