// One symbol per outcome of a message, one mark per verdict that is not a plain pass. Two
// alphabets: Unicode, and ASCII where the locale has nothing else. All are one column wide.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "harness/model/result.hpp"
#include "reports/text.hpp"

namespace smtprig::reports {

enum class Colour { plain, yellow, cyan, green, magenta, red, alarm, dim, bold };

// In the order of legends: what arrives first, from the least protected up.
enum class Fate {
  plaintext,
  encrypted,
  authenticated,
  deferred,
  bounced,
  rejected,
  lost,
  duplicated,
};

struct Symbol {
  Fate fate;
  std::string_view utf8;
  std::string_view ascii;
  Colour colour;
  std::string_view word;     // "authenticated"
  std::string_view meaning;  // for the legend

  std::string_view text(Charset charset) const { return charset == Charset::utf8 ? utf8 : ascii; }
};

struct Mark {
  model::Verdict verdict;
  std::string_view utf8;
  std::string_view ascii;
  Colour colour;
  std::string_view meaning;

  std::string_view text(Charset charset) const { return charset == Charset::utf8 ? utf8 : ascii; }
};

const std::array<Symbol, 8>& symbols();
const Symbol& symbol(Fate fate);
Fate fate(const model::RecipientOutcome& recipient);

// Of every verdict but pass.
const std::array<Mark, 7>& marks();
const Mark* mark(model::Verdict verdict);  // nullptr: pass

// What a cell shows: the distinct fates of its messages in their order. Empty where the outcome
// says nothing about the server (unsupported, error).
std::vector<Fate> fates(const model::CellResult& result);

}  // namespace smtprig::reports
