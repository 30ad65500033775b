// The one time-out primitive: runs an awaitable and asks it to stop when its time is over, or when
// the waiting coroutine is cancelled. Which of the two it was is told apart. It returns only after
// the operation has ended, so that no operation outlives the buffers it uses. `a || timer` is not
// used anywhere: it was seen to report an end of file at once as a time-out much later.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace smtprig::fakes::net {

enum class Waited {
  done,       // the operation ended by itself
  timed_out,  // it was asked to stop because its time was over
  cancelled,  // it was asked to stop by somebody else
};

template <class T>
struct Timed {
  Waited how = Waited::done;
  std::optional<T> value;  // also set where the operation succeeded although it was asked to stop
};

// Runs `operation` for at most `deadline`. It must honour terminal cancellation, as all operations
// of Asio do. Exceptions other than operation_aborted pass through. An operation that is cancelled
// on its I/O object (socket.cancel()) counts as done: its value says operation_aborted.
template <class T>
boost::asio::awaitable<Timed<T>> with_deadline(boost::asio::awaitable<T> operation,
                                               std::chrono::steady_clock::duration deadline) {
  namespace asio = boost::asio;
  auto executor = co_await asio::this_coro::executor;
  auto state = co_await asio::this_coro::cancellation_state;
  asio::cancellation_signal stop;
  Timed<T> result;

  auto outer = state.slot();
  if (outer.is_connected()) {
    outer.assign([&stop, &result](asio::cancellation_type type) {
      if (result.how == Waited::done) result.how = Waited::cancelled;
      stop.emit(type);
    });
  }
  // The handler of an expired timer may run after its cancellation: it must not touch this frame
  // then.
  asio::steady_timer timer(executor, deadline);
  auto armed = std::make_shared<bool>(true);
  timer.async_wait([&stop, &result, armed](boost::system::error_code error) {
    if (error || !*armed) return;
    if (result.how == Waited::done) result.how = Waited::timed_out;
    stop.emit(asio::cancellation_type::terminal);
  });

  try {
    result.value =
        co_await asio::co_spawn(executor, std::move(operation),
                                asio::bind_cancellation_slot(stop.slot(), asio::use_awaitable));
  } catch (const boost::system::system_error& error) {
    *armed = false;
    if (error.code() != asio::error::operation_aborted) throw;
    if (result.how == Waited::done) result.how = Waited::cancelled;
  }
  *armed = false;
  timer.cancel();
  if (outer.is_connected()) outer.clear();
  co_return result;
}

}  // namespace smtprig::fakes::net
