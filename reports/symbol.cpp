// See symbol.hpp.
#include "reports/symbol.hpp"

#include <algorithm>

namespace smtprig::reports {

const std::array<Symbol, 8>& symbols() {
  static constexpr std::array<Symbol, 8> table = {{
      {Fate::plaintext, "○", "o", Colour::yellow, "plaintext",
       "delivered in plaintext: anyone on the way can read it"},
      {Fate::encrypted, "◐", "e", Colour::cyan, "encrypted",
       "delivered encrypted: hides it from a listener, not from an impostor"},
      {Fate::authenticated, "●", "A", Colour::green, "authenticated",
       "delivered encrypted, to a receiver that proved who it is"},
      {Fate::deferred, "↻", "d", Colour::magenta, "deferred",
       "deferred: stays queued and is tried again; arrives late or never"},
      {Fate::bounced, "✗", "x", Colour::red, "bounced",
       "bounced: given up at once, its sender is told"},
      {Fate::rejected, "⊘", "r", Colour::red, "rejected", "rejected: the server never took it"},
      {Fate::lost, "0", "0", Colour::alarm, "lost",
       "lost: taken, and neither delivered nor reported"},
      {Fate::duplicated, "2", "2", Colour::alarm, "duplicated",
       "duplicated: more than one copy arrived"},
  }};
  return table;
}

const Symbol& symbol(Fate fate) {
  return symbols()[static_cast<std::size_t>(fate)];
}

Fate fate(const model::RecipientOutcome& recipient) {
  using model::Channel;
  using model::Delivery;
  switch (recipient.delivery) {
    case Delivery::delivered:
      return recipient.channel == Channel::authenticated ? Fate::authenticated
             : recipient.channel == Channel::encrypted   ? Fate::encrypted
                                                         : Fate::plaintext;
    case Delivery::deferred:
      return Fate::deferred;
    case Delivery::bounced:
      return Fate::bounced;
    case Delivery::rejected:
      return Fate::rejected;
    case Delivery::lost:
      return Fate::lost;
    case Delivery::duplicated:
      return Fate::duplicated;
  }
  return Fate::lost;
}

const std::array<Mark, 7>& marks() {
  using model::Verdict;
  static constexpr std::array<Mark, 7> table = {{
      {Verdict::fail, "!", "!", Colour::alarm, "not permitted: see below"},
      {Verdict::known, "*", "*", Colour::dim,
       "not permitted, and a known deviation of this server"},
      {Verdict::unexpected_pass, "+", "+", Colour::alarm,
       "permitted, though a known deviation says otherwise"},
      {Verdict::unsupported, "-", "-", Colour::dim, "the server has no such policy"},
      {Verdict::not_reached, "‹", "<", Colour::dim,
       "the policy rightly stopped before the fault of the scenario"},
      {Verdict::interference, "~", "~", Colour::alarm, "another outcome when run alone"},
      {Verdict::error, "E", "E", Colour::alarm, "the rig failed; says nothing about the server"},
  }};
  return table;
}

const Mark* mark(model::Verdict verdict) {
  const auto found = std::ranges::find(marks(), verdict, &Mark::verdict);
  return found == marks().end() ? nullptr : &*found;
}

std::vector<Fate> fates(const model::CellResult& result) {
  std::vector<Fate> found;
  const auto verdict = result.judgement.verdict;
  if (verdict == model::Verdict::unsupported || verdict == model::Verdict::error) return found;
  for (const auto& recipient : result.outcome.recipients)
    if (const auto one = fate(recipient); std::ranges::find(found, one) == found.end())
      found.push_back(one);
  return found;
}

}  // namespace smtprig::reports
