// See injector.hpp.
#include "harness/run/injector.hpp"

#include <algorithm>

#include "harness/run/spawn.hpp"

namespace smtprig::run {
namespace {

using fakes::smtp::Submission;

constexpr unsigned connections_max = 4;
constexpr std::size_t messages_per_connection = 16;
constexpr unsigned tries_max = 2;

}  // namespace

boost::asio::awaitable<Submission> Injector::submit(fakes::smtp::Envelope envelope) {
  if (envelope.requiretls) co_return co_await submit_in_tls(std::move(envelope));
  auto waiting = std::make_shared<Waiting>(io_);
  waiting->envelope = std::move(envelope);
  queue_.push_back(waiting);
  if (workers_ < connections_max) {
    ++workers_;
    spawn(io_, work());
  }
  while (!waiting->done)
    co_await waiting->signal.wait();
  co_return waiting->result;
}

boost::asio::awaitable<Submission> Injector::submit_in_tls(fakes::smtp::Envelope envelope) {
  fakes::SenderSpec spec;
  spec.starttls = fakes::SenderTls::required;
  spec.insists = true;
  std::vector<fakes::smtp::Envelope> one;
  one.push_back(std::move(envelope));
  fakes::smtp::Sender sender(std::move(spec), {});
  const auto results = co_await sender.send(server_, std::move(one));
  co_return results.empty() ? Submission{} : results.front();
}

boost::asio::awaitable<void> Injector::work() {
  while (!queue_.empty()) {
    std::vector<std::shared_ptr<Waiting>> batch;
    std::vector<fakes::smtp::Envelope> envelopes;
    while (!queue_.empty() && batch.size() < messages_per_connection) {
      batch.push_back(queue_.front());
      envelopes.push_back(queue_.front()->envelope);
      queue_.pop_front();
    }
    fakes::smtp::SenderSettings settings;
    const auto results =
        co_await fakes::smtp::send_mail(server_, std::move(envelopes), std::move(settings));
    settle(batch, results);
  }
  --workers_;
}

void Injector::settle(const std::vector<std::shared_ptr<Waiting>>& batch,
                      const std::vector<Submission>& results) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& waiting = *batch[i];
    waiting.result = i < results.size() ? results[i] : Submission{};
    ++waiting.tries;
    if (waiting.result.status == Submission::Status::not_tried && waiting.tries < tries_max) {
      queue_.push_back(batch[i]);
      continue;
    }
    if (waiting.result.status == Submission::Status::not_tried)
      waiting.result.status = Submission::Status::disconnected;
    waiting.done = true;
    waiting.signal.raise();
  }
}

}  // namespace smtprig::run
