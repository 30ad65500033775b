// See text_lines.hpp.
#include "harness/servers/embedded/text_lines.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/algorithm/string/trim.hpp>

#include <algorithm>

namespace smtprig::embedded {

std::vector<TextLine> text_lines(std::string_view text) {
  std::vector<TextLine> lines;
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line(text.substr(0, std::min(end, text.find('#'))));
    text.remove_prefix(std::min(end + 1, text.size()));
    boost::algorithm::trim(line);
    if (line.empty()) continue;
    TextLine& made = lines.emplace_back();
    made.number = number;
    boost::algorithm::split(made.words, line, boost::algorithm::is_any_of(" \t\r"),
                            boost::algorithm::token_compress_on);
  }
  return lines;
}

}  // namespace smtprig::embedded
