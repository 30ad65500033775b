// The /dev/log of an isolated lab: what a server says by syslog(3), which is all that it says when
// its start fails early. Datagrams become lines without their "<priority>" (RFC 3164 4.1).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "harness/lab/lab_error.hpp"

namespace smtprig::servers {

class Syslog {
 public:
  using OnLine = std::function<void(const std::string& line)>;

  // Binds `path` in place of what is there, open to every user. Throws LabError.
  Syslog(boost::asio::io_context& io, const std::string& path, OnLine on_line);
  ~Syslog();  // no callback runs afterwards
  Syslog(const Syslog&) = delete;
  Syslog& operator=(const Syslog&) = delete;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// "text" of "<22>text\n".
std::string without_priority(const std::string& datagram);

}  // namespace smtprig::servers
