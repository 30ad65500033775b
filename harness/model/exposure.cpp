// See exposure.hpp.
#include "harness/model/exposure.hpp"

#include <algorithm>
#include <utility>

namespace smtprig::model {
namespace {

// `absent`: who is not there at that mail.
Reader worst(const Exposure& exposure, bool Held::*part, const std::vector<Attacker>& all,
             Attacker absent) {
  Reader worst = Reader::nobody;
  for (const Held& each : exposure.held)
    if (each.*part && each.attacker != absent)
      worst = std::max(worst, each.attacker == Attacker::passive ? Reader::passive_listener
                                                                 : Reader::active_attacker);
  if (worst != Reader::nobody) return worst;
  if (exposure.held.empty()) return Reader::not_measured;
  const auto was_run = [&](Attacker attacker) {
    return attacker == absent || std::ranges::count(exposure.held, attacker, &Held::attacker) != 0;
  };
  return std::ranges::all_of(all, was_run) ? Reader::nobody : Reader::not_measured;
}

}  // namespace

Exposure exposure_of(std::vector<Held> held, const std::vector<Attacker>& all) {
  std::ranges::sort(held, {}, &Held::attacker);
  Exposure exposure;
  for (const Held& each : held) {
    if (!exposure.held.empty() && exposure.held.back().attacker == each.attacker) {
      exposure.held.back().envelope |= each.envelope;
      exposure.held.back().content |= each.content;
    } else {
      exposure.held.push_back(each);
    }
  }
  exposure.complete = !exposure.held.empty() && std::ranges::all_of(all, [&](Attacker attacker) {
    return std::ranges::count(exposure.held, attacker, &Held::attacker) != 0;
  });
  constexpr auto at_first = Attacker::sts_block_later, later = Attacker::sts_block;
  exposure.envelope = worst(exposure, &Held::envelope, all, at_first);
  exposure.content = worst(exposure, &Held::content, all, at_first);
  exposure.later_envelope = worst(exposure, &Held::envelope, all, later);
  exposure.later_content = worst(exposure, &Held::content, all, later);
  return exposure;
}

std::optional<bool> listener_reads(const Exposure& exposure, bool Held::*part) {
  const auto found = std::ranges::find(exposure.held, Attacker::passive, &Held::attacker);
  if (found == exposure.held.end()) return std::nullopt;
  return (*found).*part;
}

std::optional<bool> is_read(Reader reader) {
  if (reader == Reader::not_measured) return std::nullopt;
  return reader != Reader::nobody;
}

}  // namespace smtprig::model
