// See message.hpp.
#include "harness/servers/embedded/message.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/trim.hpp>

#include <algorithm>

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

bool says_tls_optional(const Message& message) {
  constexpr std::string_view name = "tls-required:";
  const std::string header =
      boost::algorithm::to_lower_copy(std::string(header_section(message.content)));
  unsigned fields = 0;
  bool is_no = false;
  for (std::size_t at = 0; at < header.size();) {
    // A field ends where the next line does not begin with a space (RFC 5322 2.2.3).
    std::size_t end = header.find("\r\n", at);
    while (end != std::string::npos && end + 2 < header.size() &&
           (header[end + 2] == ' ' || header[end + 2] == '\t'))
      end = header.find("\r\n", end + 2);
    end = std::min(end, header.size());
    if (header.compare(at, name.size(), name) == 0) {
      ++fields;
      is_no = boost::algorithm::trim_copy(
                  header.substr(at + name.size(), end - at - name.size())) == "no";
    }
    at = end + 2;
  }
  return fields == 1 && is_no;
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
