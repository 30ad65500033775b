// Coroutines that a server has under way. Who starts one here can stop all and see that none is
// left; an exception that leaves a coroutine, other than its cancellation, is a programmer's error
// and leaves io_context::run().
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>

namespace smtprig::embedded {

class Tasks {
 public:
  explicit Tasks(boost::asio::io_context& io);
  ~Tasks();
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  // `done` is called when the coroutine has ended, whatever ended it; not after ~Tasks.
  void spawn(boost::asio::awaitable<void> task, std::function<void()> done);
  // Asks all to stop; they end soon after, while the io_context runs.
  void cancel();
  std::size_t size() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace smtprig::embedded
