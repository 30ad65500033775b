// The receiving peer as a machine without I/O: it takes what the client did and returns what to do
// next. It applies a ReceiverSpec: the first rule that matches replaces the honest behaviour. One
// object is one connection.
//
//   input                   connected -> line* -> content* -> line* ... gone
//   output, in this order   notes and sends, then one step that says what to wait for, or that all
//   ends
//
// A reply of a rule changes the session as an honest one would: its first digit decides. A Reply
// with neither lines nor raw bytes is the honest reply, with that delay and segmentation. After a
// rule without Close or Hang the session goes on; at a TLS stage before `finished` it then says
// nothing more.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fakes/journal.hpp"
#include "fakes/smtp/command.hpp"
#include "fakes/smtp/content.hpp"
#include "fakes/smtp/receiver_replies.hpp"
#include "fakes/smtp/receiver_rules.hpp"
#include "fakes/smtp/sasl_exchange.hpp"
#include "fakes/spec.hpp"

namespace smtprig::fakes::smtp {

namespace step {

struct Note {  // for the journal
  EventBody body;
};
struct Send {  // lines, or raw bytes, through TLS where that is established
  Reply reply;
};
struct SendBelowTls {  // past the engine, also where TLS is established
  Reply reply;
};
// Wait until the client has sent something, without reading it. A client throws away what came with
// the 220 to STARTTLS (RFC 3207 4.2): noise that shall reach its handshake must not be sent before
// it began.
struct AwaitClient {};
struct SendAlert {
  Alert alert;
};
struct ReadLine {};
struct ReadContent {};
// Advance the handshake until this stage is reached: `client_hello` without any answer,
// `server_hello` with the first flight sent, `finished`.
struct Handshake {
  TlsStage until = TlsStage::finished;
};
struct Discard {};  // read and throw away, below TLS, until the client is gone
struct End {
  CloseHow how = CloseHow::fin;
};

}  // namespace step

using Step =
    std::variant<step::Note, step::Send, step::SendBelowTls, step::AwaitClient, step::SendAlert,
                 step::ReadLine, step::ReadContent, step::Handshake, step::Discard, step::End>;
using Steps = std::vector<Step>;

inline constexpr std::size_t smtp_positions = static_cast<std::size_t>(SmtpPosition::unknown) + 1;

struct SessionLimits {
  std::size_t content_bytes_max = 64u << 20;
  std::size_t content_kept_bytes = 64u << 10;
  unsigned commands_max = 10'000;
};

class ReceiverSession {
 public:
  // `rules` must outlive the session. `name`: of the host, in greeting and EHLO. `connection`: the
  // ordinal over all connections to the host, from 1. Without `can_tls` no handshake is tried.
  ReceiverSession(const ReceiverRules& rules, std::string name, std::uint32_t connection,
                  bool can_tls, SessionLimits limits);
  ReceiverSession(const ReceiverSession&) = delete;
  ReceiverSession& operator=(const ReceiverSession&) = delete;

  Steps connected();
  // Answers step::ReadLine; without CRLF.
  Steps line(std::string_view text);
  Steps line_too_long();
  // Answers step::ReadContent. `used` receives how many of `bytes` were content; the rest is the
  // next command.
  Steps content(std::string_view bytes, std::size_t& used);
  // Answers step::Handshake: the stage was reached. A handshake that fails is gone().
  Steps reached(TlsStage stage);
  // The client left, a send failed, a time-out passed. Only notes are returned.
  Steps gone();

  bool tls() const { return state_.tls; }

 private:
  // The client's arrival at a position, with what it said there.
  struct Arrival {
    SmtpPosition position;
    std::string_view argument;
    std::string_view bare_argument;
  };
  struct Content {
    DotDecoder decoder;
    Digest digest;
  };
  struct Chunk {
    ChunkSize size;
    std::uint64_t left = 0;
    bool taken = false;  // it belongs to a transaction
    std::string argument;
  };

  Steps arrive(const Arrival& arrival, const Reply& honest);
  void act(const Arrival& arrival, const std::vector<Action>& actions, const Reply& honest,
           Steps& steps);
  void follow(SmtpPosition position, int digit, Steps& steps);
  void wait_for_client(Steps& steps);
  Steps end_of_content();
  Steps answer_content();
  Steps answer_each_recipient();
  Reply begin_exchange(const Command& command);
  Reply told(const SaslExchange::Step& step);
  Steps continue_exchange(std::string_view text);
  Steps begin_chunk(const Command& command);
  Steps chunk(std::string_view bytes, std::size_t& used);
  Steps end_of_chunk();
  Steps too_many_bytes();
  void begin_tls(Steps& steps);
  void go_on_from(TlsStage stage, Steps& steps);
  void act_at(TlsStage stage, const Rule& rule, Steps& steps);
  const Rule* rule_at(TlsStage stage) const;

  const ReceiverRules& rules_;
  std::string name_;
  ReceiverReplies replies_;
  std::uint32_t connection_;
  bool can_tls_;
  SessionLimits limits_;

  ReceiverState state_;
  bool silent_ = false;                   // a rule said Hang
  bool starting_tls_ = false;             // STARTTLS was answered with 2yz
  bool quitting_ = false;                 // QUIT was answered with 2yz
  Path path_;                             // of the MAIL or RCPT that is being answered
  std::optional<SaslExchange> begun_;     // by the AUTH that is being answered
  std::optional<SaslExchange> exchange_;  // the client's response is awaited
  std::optional<Content> content_;        // while it is being read
  std::optional<Chunk> chunk_;            // while it is being read
  std::optional<Digest> chunks_;          // all that came of a content by BDAT
  std::optional<Digest> received_;        // of a content that ended, until it was answered
  unsigned commands_ = 0;
  std::array<std::uint32_t, smtp_positions> reached_{};
};

}  // namespace smtprig::fakes::smtp
