// The inbound part of a cell: its senders, one after the other, and what became of their messages.
#include <algorithm>
#include <map>

#include "harness/model/account.hpp"
#include "harness/run/cell_run.hpp"
#include "harness/run/spawn.hpp"
#include "harness/servers/instance.hpp"

namespace smtprig::run {
namespace {

using fakes::smtp::Submission;

// For a queue entry that was begun and never finished, of which no log tells the end.
constexpr std::chrono::seconds brought_deadline{5};

// Whether a client with it lowers its security level, and so says another ClientHello.
bool is_weak(fakes::CertificateClass what) {
  const auto recipe = fakes::recipe_of(what);
  return recipe.key == fakes::KeyKind::rsa1024 || recipe.digest != fakes::SignatureDigest::sha256;
}

fakes::smtp::SenderSettings settings_for(const model::Cell& cell, const model::Sender& sender,
                                         const Common& common, fakes::Journal& journal) {
  fakes::smtp::SenderSettings settings;
  const model::Account account;
  settings.identity = {"client.test", account.user, account.password};
  settings.server_name = std::string(model::server_hostname);
  settings.trust = common.trust;
  settings.contexts = common.contexts;
  settings.tap = {&journal, sender.name, 1};
  if (sender.spec.certificate) {
    const auto what = cell.attacker == model::Attacker::none ? *sender.spec.certificate
                                                             : fakes::CertificateClass::self_signed;
    const auto issue = [&authority = common.authority, what, names = client_names(cell.domain())] {
      return authority.issue_client(what, names);
    };
    if (is_weak(what))
      settings.certificate = issue();
    else
      settings.certificate_when_asked = issue;
  }
  return settings;
}

}  // namespace

// All senders of a cell come from one address, as one client would.
boost::asio::awaitable<void> CellRun::bring() {
  const boost::asio::ip::tcp::endpoint v4(common_.network.next_v4(), 0);
  wishes_.comes_from(v4.address().to_string());
  std::optional<boost::asio::ip::tcp::endpoint> v6;
  // On loopback there is but one IPv6 address, and the system takes it by itself.
  if (common_.network.has_v6_pool()) {
    v6.emplace(common_.network.next_v6(), 0);
    wishes_.comes_from(v6->address().to_string());
  }
  std::map<std::string, fakes::tls::Session> sessions;  // by sender
  for (const auto& sender : cell_.scenario->senders) {
    auto bringer = std::make_shared<Bringer>();
    bringer->sender = &sender;
    for (const auto& id : sender.messages)
      for (std::size_t i = 0; i < messages_.size(); ++i)
        if (messages_[i].id == id) bringer->messages.push_back(i);
    auto settings = settings_for(cell_, sender, common_, journal_);
    settings.local = sender.ipv6 ? v6 : v4;
    if (!sender.resumes.empty()) settings.session = sessions[sender.resumes];
    bringer->peer = std::make_unique<fakes::smtp::Sender>(sender.spec, std::move(settings));
    bringer->peer->on_hang = [this, raw = bringer.get()] {
      raw->waits = true;
      signal_.raise();
    };
    bringers_.push_back(bringer);
    spawn(common_.io, follow_sender(bringer));
    while (!bringer->done && !bringer->waits && !abandoned_)
      co_await signal_.wait();
    take_results(*bringer);
    sessions[sender.name] = bringer->peer->session();
    if (abandoned_) co_return;
  }
  const auto unsure = [](const Progress& progress) { return progress.unanswered; };
  const auto has_false_end = [](const model::Message& message) {
    return !message.content.false_end.empty();
  };
  if (std::ranges::any_of(progress_, unsure) ||
      std::ranges::any_of(cell_.scenario->messages, has_false_end))
    co_await pass_barrier();
}

boost::asio::awaitable<void> CellRun::follow_sender(std::shared_ptr<Bringer> bringer) {
  std::vector<fakes::smtp::Envelope> envelopes;
  for (const std::size_t index : bringer->messages)
    envelopes.push_back(messages_[index].envelope);
  const auto server = servers::listener_of(common_.network, cell_.policy,
                                           bringer->sender->spec.service, bringer->sender->ipv6);
  bringer->results = co_await bringer->peer->send(server, std::move(envelopes));
  bringer->done = true;
  signal_.raise();
}

void CellRun::take_results(const Bringer& bringer) {
  // Where nobody listens, no message was refused.
  const bool connected =
      bringer.results.empty() || !bringer.results.front().reply.starts_with("connect: ");
  for (std::size_t n = 0; n < bringer.messages.size(); ++n) {
    const std::size_t i = bringer.messages[n];
    const auto& envelope = messages_[i].envelope;
    Submission result;
    if (n < bringer.results.size()) result = bringer.results[n];
    const bool given_up =
        !bringer.done || !connected || result.status == Submission::Status::given_up;
    progress_[i].accepted = result.status == Submission::Status::accepted;
    progress_[i].unanswered = result.content_sent && !progress_[i].accepted && result.code == 0;
    for (std::size_t r = 0; r < envelope.recipients.size(); ++r) {
      const int own = r < result.recipient_codes.size() ? result.recipient_codes[r] : 0;
      const bool refused = own / 100 == 4 || own / 100 == 5;
      if (refused) progress_[i].recipients.erase(envelope.recipients[r]);
      journal_.add(bringer.sender->name, 1,
                   fakes::Injected{envelope.mail_from, envelope.recipients[r], messages_[i].token,
                                   messages_[i].sha256_body, refused ? own : result.code,
                                   result.reply, given_up, messages_[i].sha256_letters});
    }
  }
}

// Behind a message that a sender never saw answered, or that may count as two, goes one of our own:
// once that has arrived, the server has told what it took before, and by its queue ids all of it is
// followed to its end.
boost::asio::awaitable<void> CellRun::pass_barrier() {
  fakes::smtp::Envelope envelope = messages_.front().envelope;
  envelope.recipients = {cell_.address(model::barrier_recipient)};
  envelope.content = "Subject: barrier\r\n\r\nWhat came before this has been decided.\r\n";
  envelope.verbatim = false;
  const auto result = co_await injector_.submit(envelope);
  const auto arrived = [&] {
    return std::ranges::any_of(journal_.events(), [&](const fakes::Event& event) {
      const auto* accepted = std::get_if<fakes::MessageAccepted>(&event.body);
      return accepted && !accepted->recipients.empty() &&
             accepted->recipients.front() == envelope.recipients.front();
    });
  };
  const auto deadline = Signal::Clock::now() + settings_.quiet;
  while (result.status == Submission::Status::accepted && !arrived() && !abandoned_ &&
         Signal::Clock::now() < deadline)
    co_await signal_.wait(deadline);
  if (result.status != Submission::Status::accepted || !arrived()) {
    journal_.add("rig", 0, fakes::RigNote{"a message of the rig's own did not arrive"});
    wishes_.look_at_server();
  }
  behind_barrier_ = true;
  const auto patience = Signal::Clock::now() + brought_deadline;
  const auto gone = [](const auto& entry) { return entry.second; };
  while (!std::ranges::all_of(brought_, gone) && !abandoned_ && Signal::Clock::now() < patience)
    co_await signal_.wait(patience);
}

// Who keeps its connection to the end is sent away.
boost::asio::awaitable<void> CellRun::dismiss() {
  for (const auto& bringer : bringers_)
    if (!bringer->done) bringer->peer->stop();
  const auto done = [](const auto& bringer) { return bringer->done; };
  while (!std::ranges::all_of(bringers_, done))
    co_await signal_.wait();
}

}  // namespace smtprig::run
