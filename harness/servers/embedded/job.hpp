// A message's recipients in one domain, which are tried together: what of the queue is under way,
// ready or waiting for its next attempt.
#pragma once

#include "harness/servers/embedded/message.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace smtprig::embedded {

struct Job {
  Job(boost::asio::io_context& io, std::shared_ptr<const Message> which, std::string where)
      : message(std::move(which)), domain(std::move(where)), wait(io) {}

  std::shared_ptr<const Message> message;
  std::string domain;
  std::vector<std::size_t> recipients;  // not decided; indices into message->recipients
  unsigned attempts = 0;
  bool doubled = false;  // only with the planted defect
  boost::asio::steady_timer wait;

  // The same for all log lines of the present attempt.
  std::string key() const { return message->id + "." + domain + "." + std::to_string(attempts); }
};
using JobPtr = std::shared_ptr<Job>;

}  // namespace smtprig::embedded
