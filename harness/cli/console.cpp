// See console.hpp.
#include "harness/cli/console.hpp"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstdlib>

namespace smtprig::cli {
namespace {

constexpr std::size_t columns_default = 80;
constexpr std::size_t columns_max = 160;

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

void write_all(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

}  // namespace

std::size_t columns_of(int descriptor) {
  winsize size{};
  std::size_t columns = 0;
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0) columns = size.ws_col;
  if (columns == 0)
    columns = std::strtoul(std::string(environment("COLUMNS")).c_str(), nullptr, 10);
  return columns == 0 ? columns_default : std::min(columns, columns_max);
}

bool is_live(int descriptor) {
  const auto term = environment("TERM");
  return isatty(descriptor) == 1 && !term.empty() && term != "dumb";
}

reports::TerminalStyle output_style(ColourWhen when) {
  std::setlocale(LC_CTYPE, "");
  reports::TerminalStyle style;
  style.columns = columns_of(STDOUT_FILENO);
  style.charset = std::string_view(nl_langinfo(CODESET)) == "UTF-8" ? reports::Charset::utf8
                                                                    : reports::Charset::ascii;
  style.colour =
      when == ColourWhen::always ||
      (when == ColourWhen::automatic && environment("NO_COLOR").empty() && is_live(STDOUT_FILENO));
  return style;
}

std::string readable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = reports::safe(text.substr(0, end));
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\\' && i + 1 < line.size() && line[i + 1] == '\\') ++i;
      shown += line[i];
    }
    if (end < text.size()) shown += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return shown;
}

void print(std::string_view text) {
  write_all(stdout, text);
}

void print_error(std::string_view text) {
  write_all(stderr, text);
}

}  // namespace smtprig::cli
