// See message.hpp.
#include "harness/servers/embedded/message.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <boost/algorithm/string/case_conv.hpp>

namespace smtprig::embedded {

std::string domain_of(std::string_view address) {
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos) return {};
  return boost::algorithm::to_lower_copy(std::string(address.substr(at + 1)));
}

std::string_view header_section(std::string_view content) {
  if (content.substr(0, 2) == "\r\n") return {};
  const std::size_t end = content.find("\r\n\r\n");
  return end == std::string_view::npos ? content : content.substr(0, end + 2);
}

bool consists_of_lines(std::string_view content) {
  for (std::size_t i = 0; i < content.size(); ++i) {
    if (content[i] == '\n' && (i == 0 || content[i - 1] != '\r')) return false;
    if (content[i] == '\r' && (i + 1 == content.size() || content[i + 1] != '\n')) return false;
  }
  return content.empty() || content.ends_with('\n');
}

std::string date_text(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace smtprig::embedded
