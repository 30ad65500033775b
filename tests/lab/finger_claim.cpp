// What the output of posttls-finger claims. It says so in the words of Postfix 3.7
// (posttls-finger.c, tls_client.c, tls_dane.c); text that the peer sends stands behind "<".
#include <algorithm>
#include <array>

#include "finger.hpp"

namespace smtprig::tests {
namespace {

constexpr std::array<std::string_view, 6> claim_names = {"nothing", "authenticated", "encrypted",
                                                         "clear",   "refused",       "beyond it"};

// Whether a line holds it that is not the peer's.
bool says(std::string_view output, std::string_view text) {
  while (!output.empty()) {
    const std::string_view line = output.substr(0, output.find('\n'));
    output.remove_prefix(std::min(line.size() + 1, output.size()));
    if (line.find("posttls-finger: <") == line.npos && line.find(text) != line.npos) return true;
  }
  return false;
}

// What it would mean for mail that TLS did not come up.
Claim without_tls(std::string_view output, bool dane_asks) {
  if (dane_asks) return Claim::refused;
  const bool tried = says(output, "posttls-finger: > STARTTLS");
  return says(output, "posttls-finger: > EHLO") && !tried ? Claim::clear : Claim::none;
}

}  // namespace

std::string_view name(Claim claim) {
  return claim_names[static_cast<std::size_t>(claim)];
}

Claim claim_of(std::string_view output, model::Policy policy) {
  const auto said = [&](std::string_view text) { return says(output, text); };
  if (said("Destination address lookup failed: ") || said(": TLSA lookup error for ") ||
      said(": Connection refused"))
    return Claim::refused;
  const bool absent = said("no TLSA records found, resorting");
  const bool unusable =
      said("no usable TLSA records found, resorting") || said(": all TLSA records unusable");
  if (policy == model::Policy::dane_only) {
    if (absent || unusable) return Claim::refused;
    if (said("MX RRset insecure: ")) return Claim::beyond;
  }
  if (!said(" TLS connection established to ")) return without_tls(output, !absent);
  if (said("lost connection while sending EHLO")) return Claim::refused;
  if (absent || unusable) return Claim::encrypted;
  if (said(": Verified TLS connection")) return Claim::authenticated;
  // By records that match, of a host that an insecure MX record names.
  if (said(": Trusted TLS connection")) return Claim::encrypted;
  return said(": Untrusted TLS connection") ? Claim::refused : Claim::none;
}

bool agrees(Claim claim, const model::Ruling& ruling) {
  return std::ranges::any_of(ruling.permitted, [claim](const model::Permitted& permitted) {
    const bool delivered = permitted.delivery == model::Delivery::delivered;
    switch (claim) {
      case Claim::authenticated:
        return delivered && permitted.channel == model::Channel::authenticated;
      case Claim::encrypted:
        return delivered && permitted.channel == model::Channel::encrypted;
      case Claim::clear:
        return delivered && permitted.channel == model::Channel::plaintext;
      case Claim::refused:
        return permitted.delivery == model::Delivery::deferred;
      case Claim::none:
      case Claim::beyond:
        break;
    }
    return false;
  });
}

}  // namespace smtprig::tests
