// The rules of a receiving peer with their patterns compiled: which rule, if any, acts at a place.
// The argument of a Selector is searched in the text behind the verb; for MAIL and RCPT also in the
// bare form "a@b SIZE=5", without "FROM:" and brackets. At positions without a command the text is
// empty.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include "fakes/spec.hpp"

namespace re2 {
class RE2;
}

namespace smtprig::fakes::smtp {

// What all sessions of a host share: its spec, with the patterns of the rules compiled once.
class ReceiverRules {
 public:
  // Throws std::invalid_argument, which names the rule, if a pattern is not valid.
  explicit ReceiverRules(ReceiverSpec spec);
  ReceiverRules(ReceiverRules&&) noexcept;
  ~ReceiverRules();

  const ReceiverSpec& spec() const { return spec_; }

  // What a rule's selector is compared with.
  struct Place {
    std::variant<SmtpPosition, TlsStage> position;
    bool tls = false;
    std::uint32_t nth = 1;
    std::uint32_t connection = 1;
    std::string_view argument;       // the text behind the verb
    std::string_view bare_argument;  // of MAIL and RCPT, without "FROM:" and brackets
  };
  // The first rule that matches; null if none does.
  const Rule* find(const Place& place) const;

 private:
  ReceiverSpec spec_;
  std::vector<std::unique_ptr<re2::RE2>> patterns_;  // one per rule; null: matches all
};

}  // namespace smtprig::fakes::smtp
