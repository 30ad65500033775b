// What an honest receiving peer answers, as pure functions of its spec and of what the session has
// come to. Nothing here changes the session: the reply that is sent, whoever made it, does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fakes/smtp/command.hpp"
#include "fakes/smtp/reply.hpp"
#include "fakes/spec.hpp"

namespace smtprig::fakes::smtp {

struct ReceiverState {
  enum class Hello { none, helo, ehlo };
  struct Transaction {
    std::string mail_from;
    std::vector<std::string> recipients;
    bool smtputf8 = false;
    bool binary = false;   // BODY=BINARYMIME
    bool chunked = false;  // a chunk was taken: the content has begun
  };
  bool tls = false;
  bool authenticated = false;
  Hello hello = Hello::none;
  bool turned_away = false;  // the greeting was 4yz or 5yz (RFC 5321 3.1)
  std::optional<Transaction> transaction;
};

class ReceiverReplies {
 public:
  // Both must outlive the object. `name`: of the host, in greeting and EHLO.
  ReceiverReplies(const ReceiverSpec& spec, const std::string& name) : spec_(spec), name_(name) {}

  Reply greeting() const;
  // `path`: of MAIL and RCPT, else null.
  Reply command(const ReceiverState& state, const Command& command,
                const boost::system::result<Path, Refusal>* path) const;
  Reply end_of_data(std::uint64_t bytes) const;
  // To a chunk that is not the last, once it was read (RFC 3030 2).
  Reply chunk(const ReceiverState& state, std::uint64_t bytes) const;
  // To AUTH that begins no exchange; nothing where it does.
  std::optional<Reply> refuse_auth(const ReceiverState& state, const Command& command) const;
  // Where BDAT cannot be followed; nothing where the chunk belongs to a transaction.
  std::optional<Reply> refuse_chunk(const ReceiverState& state) const;
  // With the enhanced status code if the peer announces them (RFC 2034 4).
  Reply coded(int code, std::string_view enhanced, std::string_view text) const;

 private:
  Reply ehlo(const ReceiverState& state, const Command& command) const;
  bool offers_auth(const ReceiverState& state) const;
  Reply starttls(const ReceiverState& state, const Command& command) const;
  Reply mail(const ReceiverState& state, const boost::system::result<Path, Refusal>& path) const;
  Reply rcpt(const ReceiverState& state, const boost::system::result<Path, Refusal>& path) const;
  Reply data(const ReceiverState& state) const;
  std::optional<Reply> refuse_mail_parameter(const Parameter& parameter) const;
  std::optional<Reply> refuse_rcpt_parameter(const Parameter& parameter) const;

  const ReceiverSpec& spec_;
  const std::string& name_;
};

}  // namespace smtprig::fakes::smtp
