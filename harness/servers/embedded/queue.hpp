// The queue: messages that were accepted and not yet decided for every recipient. It lives in
// memory and dies with the process, which a real server's must not (RFC 5321 6.1); a rig starts
// afresh each time. Bounded in messages and bytes. Pure: it knows nothing of time or delivery.
#pragma once

#include "harness/servers/embedded/config.hpp"
#include "harness/servers/embedded/message.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace smtprig::embedded {

class Queue {
 public:
  explicit Queue(const Limits& limits) : limits_(limits) {}

  // Gives the message an id; nullptr: the queue is full.
  std::shared_ptr<const Message> add(Message message);
  // Whether a message of that size would find room.
  bool has_room(std::size_t content_bytes) const;

  // `recipients` of them are decided; true: all are, and the message was removed.
  bool decide(const std::string& id, std::size_t recipients);

  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    std::shared_ptr<const Message> message;
    std::size_t undecided = 0;
  };
  Limits limits_;
  std::map<std::string, Entry> entries_;
  std::size_t bytes_ = 0;
  unsigned long last_id_ = 0;
};

}  // namespace smtprig::embedded
