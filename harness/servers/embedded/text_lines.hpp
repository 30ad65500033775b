// Files of the server that are lists: one entry a line, words between blanks, "#" begins a comment,
// lines without words do not count. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace smtprig::embedded {

struct TextLine {
  unsigned number = 0;  // from one
  std::vector<std::string> words;
};

std::vector<TextLine> text_lines(std::string_view text);

}  // namespace smtprig::embedded
