// See sink.hpp.
#include "harness/run/sink.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "harness/run/message.hpp"

namespace smtprig::run {
namespace {

constexpr std::size_t events_max = 10'000'000;

constexpr const char* name_with_tls = "sink with TLS";

std::string host_of(std::string_view domain) {
  return fmt::format("mx.{}", domain);
}

boost::asio::ip::tcp::endpoint publish(const Common& common, std::string_view domain) {
  const auto address = common.network.next_v4();
  const auto host = host_of(domain);
  common.table.add(fakes::dns::Record{std::string(domain), "MX", fmt::format("10 {}.", host)});
  common.table.add(fakes::dns::Record{host, "A", address.to_string()});
  return {address, common.network.smtp_port()};
}

fakes::ReceiverSpec spec_with_tls() {
  fakes::ReceiverSpec spec;
  spec.extensions.requiretls = true;
  return spec;
}

fakes::smtp::IdentitySource identity(const Common& common) {
  return [&authority = common.authority](fakes::CertificateClass what) {
    return authority.issue(what,
                           {host_of(sink_domain_with_tls), std::string(sink_domain_with_tls)});
  };
}

auto server(fakes::smtp::Receiver& receiver) {
  return [&receiver](boost::asio::ip::tcp::socket socket) {
    return receiver.serve(std::move(socket));
  };
}

bool is_mail_with_requiretls(const fakes::LineIn& line) {
  return line.tls && line.text.starts_with("MAIL ") && line.text.ends_with(" REQUIRETLS");
}

}  // namespace

Sink::Sink(const Common& common, std::function<void()> on_progress)
    : journal_(fakes::Journal::Clock::now(), events_max),
      receiver_(host_of(sink_domain), "sink", fakes::ReceiverSpec{.starttls = fakes::StartTls::no},
                nullptr, journal_),
      with_tls_(host_of(sink_domain_with_tls), name_with_tls, spec_with_tls(), identity(common),
                journal_, {}, common.contexts),
      listener_(common.io, publish(common, sink_domain), server(receiver_)),
      listener_with_tls_(common.io, publish(common, sink_domain_with_tls), server(with_tls_)) {
  receiver_.on_progress = on_progress;
  with_tls_.on_progress = std::move(on_progress);
}

std::span<const fakes::Event> Sink::news() {
  const auto& events = journal_.events();
  const auto first = std::exchange(read_, events.size());
  return std::span(events).subspan(first);
}

const fakes::Event* Sink::with_requiretls(const fakes::Event& accepted) const {
  if (accepted.who != name_with_tls) return nullptr;  // most are not
  const auto& events = journal_.events();
  for (auto i = static_cast<std::size_t>(&accepted - events.data()); i-- > 0;) {
    const auto& event = events[i];
    if (event.who != accepted.who || event.connection != accepted.connection) continue;
    if (std::holds_alternative<fakes::MessageAccepted>(event.body)) return nullptr;
    const auto* line = std::get_if<fakes::LineIn>(&event.body);
    if (line && is_mail_with_requiretls(*line)) return &event;
  }
  return nullptr;
}

}  // namespace smtprig::run
