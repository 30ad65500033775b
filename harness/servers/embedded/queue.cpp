// See queue.hpp.
#include "harness/servers/embedded/queue.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace smtprig::embedded {

bool Queue::has_room(std::size_t content_bytes) const {
  return entries_.size() < limits_.queue_messages_max &&
         bytes_ + content_bytes <= limits_.queue_bytes_max;
}

std::shared_ptr<const Message> Queue::add(Message message) {
  if (!has_room(message.content.size())) return nullptr;
  message.id = fmt::format("E{:06X}", ++last_id_);
  auto stored = std::make_shared<const Message>(std::move(message));
  bytes_ += stored->content.size();
  entries_[stored->id] = {.message = stored, .undecided = stored->recipients.size()};
  return stored;
}

bool Queue::decide(const std::string& id, std::size_t recipients) {
  const auto place = entries_.find(id);
  if (place == entries_.end()) return false;
  Entry& entry = place->second;
  entry.undecided -= std::min(recipients, entry.undecided);
  if (entry.undecided > 0) return false;
  bytes_ -= entry.message->content.size();
  entries_.erase(place);
  return true;
}

}  // namespace smtprig::embedded
