// See tasks.hpp.
#include "harness/servers/embedded/tasks.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <list>
#include <utility>

namespace smtprig::embedded {
namespace {

bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == boost::asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

struct Tasks::State {
  explicit State(boost::asio::io_context& context) : io(context) {}
  boost::asio::io_context& io;
  std::list<boost::asio::cancellation_signal> running;
  bool abandoned = false;
};

Tasks::Tasks(boost::asio::io_context& io) : state_(std::make_shared<State>(io)) {}

Tasks::~Tasks() {
  state_->abandoned = true;
}

void Tasks::spawn(boost::asio::awaitable<void> task, std::function<void()> done) {
  const auto place = state_->running.emplace(state_->running.end());
  boost::asio::co_spawn(state_->io, std::move(task),
                        boost::asio::bind_cancellation_slot(
                            place->slot(), [state = state_, place,
                                            done = std::move(done)](std::exception_ptr failure) {
                              state->running.erase(place);
                              if (failure && !is_cancellation(failure))
                                std::rethrow_exception(failure);
                              if (!state->abandoned) done();
                            }));
}

void Tasks::cancel() {
  // Inside the io_context: asked from elsewhere, Asio (1.81) posts a request that refers to the
  // signal, and a task that ends before that runs has taken the signal with it.
  boost::asio::dispatch(state_->io, [state = state_] {
    // A task may end, and be erased, while it is asked to.
    for (auto place = state->running.begin(); place != state->running.end();) {
      auto& signal = *place++;
      signal.emit(boost::asio::cancellation_type::terminal);
    }
  });
}

std::size_t Tasks::size() const {
  return state_->running.size();
}

}  // namespace smtprig::embedded
