// Starts a coroutine whose failure ends the lab: an exception that escapes is thrown out of
// io_context::run(), where lab_main turns it into an error frame.
#pragma once

#include <exception>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace smtprig::run {

inline void spawn(boost::asio::io_context& io, boost::asio::awaitable<void> work) {
  boost::asio::co_spawn(io, std::move(work), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
}

}  // namespace smtprig::run
