// Turns the log of a server under test into facts, by the patterns of its description. Pure: lines
// in, facts out. A pattern must match a line from end to end, its structured part first, so text
// that a peer brought into the log cannot pose as structure. Lines are bytes (Latin-1 to RE2): no
// byte that a peer sends makes a line unreadable.
//
// Lines about one delivery attempt are joined by `key` (Postfix: the pid of smtp(8)): what is known
// of the connection (kinds `tls` and `note`) waits until a deciding line names queue id and
// recipient.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "fakes/journal.hpp"
#include "harness/lab/lab_error.hpp"
#include "harness/model/server.hpp"

namespace smtprig::servers {

class LogReader {
 public:
  // Throws LabError naming a pattern that does not compile or captures an unknown name.
  explicit LogReader(const std::vector<model::LogPattern>& patterns);
  ~LogReader();
  LogReader(LogReader&&) noexcept;

  // The facts that are known now; the first pattern that matches decides. Mostly none or one, more
  // when a line releases those that waited; those come first.
  std::vector<fakes::ServerFact> read(std::string_view line);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace smtprig::servers
