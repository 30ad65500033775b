// See sink.hpp.
#include "harness/run/sink.hpp"

#include <fmt/format.h>

#include "harness/run/message.hpp"

namespace smtprig::run {
namespace {

constexpr std::size_t events_max = 10'000'000;

std::string host_name() {
  return fmt::format("mx.{}", sink_domain);
}

boost::asio::ip::tcp::endpoint publish(const Common& common) {
  const auto address = common.network.next_v4();
  const std::string domain(sink_domain);
  common.table.add(fakes::dns::Record{domain, "MX", fmt::format("10 {}.", host_name())});
  common.table.add(fakes::dns::Record{host_name(), "A", address.to_string()});
  return {address, common.network.smtp_port()};
}

}  // namespace

Sink::Sink(const Common& common, std::function<void()> on_progress)
    : journal_(fakes::Journal::Clock::now(), events_max),
      receiver_(host_name(), "sink", fakes::ReceiverSpec{.starttls = fakes::StartTls::no}, nullptr,
                journal_),
      listener_(common.io, publish(common), [this](boost::asio::ip::tcp::socket socket) {
        return receiver_.serve(std::move(socket));
      }) {
  receiver_.on_progress = std::move(on_progress);
}

std::span<const fakes::Event> Sink::news() {
  const auto& events = journal_.events();
  const auto first = std::exchange(read_, events.size());
  return std::span(events).subspan(first);
}

}  // namespace smtprig::run
