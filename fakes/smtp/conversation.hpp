// One connection of a receiving peer: performs the steps of a ReceiverSession on a Stream, writes
// the journal, and feeds back what came of it. For Receiver only.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes/journal.hpp"
#include "fakes/net/stream.hpp"
#include "fakes/smtp/receiver.hpp"
#include "fakes/smtp/receiver_rules.hpp"
#include "fakes/smtp/receiver_session.hpp"
#include "fakes/tls/engine.hpp"

namespace smtprig::fakes::smtp {

// What the connections of one host share.
struct ReceiverHost {
  std::string name;
  ReceiverRules rules;
  IdentitySource identity;  // may be empty
  ReceiverLimits limits;
  std::shared_ptr<tls::Contexts> shared_contexts;
  std::function<void()> progress;  // after each acknowledged message

  // A context per way of shaking hands and per choice of certificates that are for a connection,
  // made when a client first needs it.
  std::shared_ptr<const tls::Context> context(bool pausing, std::uint32_t connection);

  using ContextId = std::pair<bool, std::vector<std::size_t>>;  // indices of spec().certificates
  std::map<ContextId, std::shared_ptr<const tls::Context>> contexts;
};

class Conversation {
 public:
  // All three must outlive the conversation.
  Conversation(ReceiverHost& host, net::Stream& stream, const net::Tap& tap);

  // Talks until the session ends or the client is gone, then closes the stream.
  net::asio::awaitable<void> run();

 private:
  net::asio::awaitable<Steps> perform(Steps steps);
  net::asio::awaitable<net::IoStatus> write(Reply reply, bool below_tls);
  net::asio::awaitable<net::IoStatus> write(Alert alert);
  net::asio::awaitable<Steps> read_line();
  net::asio::awaitable<Steps> read_content();
  net::asio::awaitable<Steps> shake_hands(TlsStage until);
  net::asio::awaitable<Steps> discard();
  void take(step::Note& note);
  Steps finish();

  ReceiverHost& host_;
  net::Stream& stream_;
  const net::Tap& tap_;
  ReceiverSession session_;
  CloseHow how_ = CloseHow::fin;
  bool shaking_hands_ = false;
  bool over_ = false;
};

}  // namespace smtprig::fakes::smtp
