// Who could have read the mail of a cell: found by searching what attackers held for its addresses
// and its random token, never assumed from a channel. What was not measured is not known.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "harness/model/cell.hpp"

namespace smtprig::model {

// What one attacker held of a cell's mail, decrypted as far as it could.
struct Held {
  Attacker attacker = Attacker::none;
  bool envelope = false;  // an address of MAIL or RCPT
  bool content = false;
  bool operator==(const Held&) const = default;
};

// Ordered: a later value is worse, but for the first.
enum class Reader {
  not_measured,  // nobody is known, and not every attacker was run who could have
  nobody,
  active_attacker,  // who meddles with connections or with the DNS
  passive_listener,
};
std::string_view name(Reader reader);  // "passive-listener"

// The first mail of a sender to a domain, and mail that follows while a policy of MTA-STS is kept,
// are told apart: whoever withholds the policy gets the one and not the other. DANE knows no such
// difference.
struct Exposure {
  Reader envelope = Reader::not_measured;
  Reader content = Reader::not_measured;
  Reader later_envelope = Reader::not_measured;
  Reader later_content = Reader::not_measured;
  bool complete = false;   // everybody was run who could tell something of the cell
  std::vector<Held> held;  // by those who were run, in the order of Attacker
  bool operator==(const Exposure&) const = default;
};

// The worst over those who were run. `all`: who can tell something of the cell, see attack.hpp.
Exposure exposure_of(std::vector<Held> held, const std::vector<Attacker>& all);

// Whether somebody who only listens could have read it; none: nobody was run who does.
std::optional<bool> listener_reads(const Exposure& exposure, bool Held::*part);
// Whether that reader is an attacker; none: not measured.
std::optional<bool> is_read(Reader reader);

}  // namespace smtprig::model
