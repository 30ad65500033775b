// See fleet.hpp.
#include "harness/run/fleet.hpp"

#include <poll.h>

#include <boost/json.hpp>

#include "harness/lab/channel.hpp"
#include "harness/model/record.hpp"

namespace smtprig::run {
namespace {

namespace json = boost::json;

constexpr int poll_ms = 100;  // how soon a stop is noticed

std::string text(const json::object& object, std::string_view key) {
  return model::unescape(object.at(key).as_string());
}

}  // namespace

bool Fleet::run(const OnResult& on_result, const OnEnd& on_end) {
  while (!stopping()) {
    while (labs_.size() < labs_at_once_ && !waiting_.empty())
      start_next(on_end);
    if (labs_.empty()) {
      if (waiting_.empty()) return true;
      continue;
    }
    std::vector<pollfd> channels;
    for (const auto& lab : labs_)
      channels.push_back({lab->process->channel(), POLLIN, 0});
    if (::poll(channels.data(), channels.size(), poll_ms) <= 0) continue;
    for (std::size_t i = channels.size(); i-- > 0;) {
      if (!(channels[i].revents & (POLLIN | POLLHUP | POLLERR))) continue;
      if (!take_frame(*labs_[i], on_result)) continue;
      const auto lab = std::move(labs_[i]);
      labs_.erase(labs_.begin() + static_cast<std::ptrdiff_t>(i));
      lab->process.reset();
      on_end(lab->task, lab->end);
    }
  }
  labs_.clear();
  return false;
}

void Fleet::start_next(const OnEnd& on_end) {
  auto lab = std::make_unique<Lab>();
  lab->task = std::move(waiting_.front());
  waiting_.pop_front();
  try {
    lab->process = std::make_unique<lab::LabProcess>(lab->task.mode);
    lab::send_frame(lab->process->channel(), json::serialize(to_json(lab->task.job)));
    labs_.push_back(std::move(lab));
  } catch (const lab::LabError& error) {
    lab->end.how = TaskEnd::How::error;
    lab->end.state = error.step;
    lab->end.detail = error.detail;
    on_end(lab->task, lab->end);
  }
}

bool Fleet::take_frame(Lab& lab, const OnResult& on_result) {
  const auto payload = lab::receive_frame(lab.process->channel());
  if (!payload) {
    if (!lab.told) {
      lab.end.how = TaskEnd::How::error;
      lab.end.state = "run the lab";
      lab.end.detail = "it ended without a word: " + lab.process->end();
    }
    return true;
  }
  // A frame is some ten thousand small values that go together.
  json::monotonic_resource memory;
  const auto parsed = json::parse(*payload, &memory);
  const auto& frame = parsed.as_object();
  if (const auto* result = frame.if_contains("result")) {
    auto read = model::result_from_json(*result);
    lab.end.finished.insert(read.cell);
    on_result(lab.task, std::move(read));
  } else if (const auto* died = frame.if_contains("died")) {
    lab.told = true;
    lab.end.how = TaskEnd::How::died;
    lab.end.state = text(died->as_object(), "state");
    lab.end.detail = text(died->as_object(), "detail");
    for (const auto& id : died->as_object().at("in_flight").as_array())
      lab.end.in_flight.insert(std::string(id.as_string()));
  } else if (const auto* error = frame.if_contains("error")) {
    lab.told = true;
    lab.end.how = TaskEnd::How::error;
    lab.end.state = text(error->as_object(), "step");
    lab.end.detail = text(error->as_object(), "detail");
  } else if (frame.contains("done")) {
    lab.told = true;
  }
  return false;
}

}  // namespace smtprig::run
