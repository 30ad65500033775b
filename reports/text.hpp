// Text that is safe to print: whatever a peer sent, a report stays one line per line, left to
// right, without terminal commands. Also the line that a journal event becomes, in the syntax of
// <wire>.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "fakes/journal.hpp"

namespace smtprig::reports {

enum class Charset { utf8, ascii };

// Bytes with C escapes as in model::escape; beyond that, code points that are invisible, that turn
// the direction of text, or that XML 1.0 forbids become \xHH. `ascii` escapes all above 0x7F.
std::string safe(std::string_view bytes, Charset charset = Charset::utf8);

// Columns of UTF-8 text, one per code point.
std::size_t width(std::string_view text);

// "1 cell", "2 cells"
std::string counted(std::size_t count, std::string_view noun);

// At most `columns` wide, with an ellipsis in place of what is cut: at the end, or in the middle,
// where both ends of an id are kept.
enum class Cut { end, middle };
std::string clipped(std::string_view text, std::size_t columns, Cut cut, Charset charset);

// Broken at blanks, longer words anywhere, so that no line reaches beyond `columns`. The first line
// begins in column `start` (it is not padded), further lines are indented by `indent`.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t start,
                    std::size_t indent);

// An event as "  0.0123  mx1/1  tls  C: MAIL FROM:<a@b>": seconds, who, channel, what; all safe.
struct JournalLine {
  std::string time;
  std::string who;
  std::string channel;  // "tls" or ""
  std::string what;     // holds at most about 200 bytes of a peer's text

  std::string text() const;
};
JournalLine journal_line(const fakes::Event& event, Charset charset = Charset::utf8);

}  // namespace smtprig::reports
