// See relay_table.hpp.
#include "harness/servers/embedded/relay_table.hpp"

#include "harness/servers/embedded/text_lines.hpp"

#include <fmt/format.h>
#include <boost/algorithm/string/case_conv.hpp>

#include <array>
#include <charconv>
#include <utility>

namespace smtprig::embedded {
namespace {

using boost::system::result;
using fakes::Service;

constexpr std::array<std::pair<std::string_view, Service>, 4> relay_services = {{
    {"smtp", Service::smtp},
    {"submission", Service::submission},
    {"submissions", Service::submissions},
    {"lmtp", Service::lmtp},
}};

struct Place {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const Place&) const = default;
};

std::optional<Place> parse_place(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || text[colon - 1] == '.') return std::nullopt;
  Place place{boost::algorithm::to_lower_copy(std::string(text.substr(0, colon)))};
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, failed] =
      std::from_chars(digits.data(), digits.data() + digits.size(), place.port);
  if (failed != std::errc{} || end != digits.data() + digits.size() || place.port == 0)
    return std::nullopt;
  return place;
}

ConfigError error_at(unsigned line, std::string_view what) {
  return {fmt::format("line {}: {}", line, what)};
}

std::optional<Login> parse_login(const TextLine& line) {
  std::string text = line.words.at(1);
  for (std::size_t i = 2; i < line.words.size(); ++i)
    text += " " + line.words[i];
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) return std::nullopt;
  return Login{text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

result<void, ConfigError> RelayTable::add_lines(std::string_view text) {
  for (const TextLine& line : text_lines(text)) {
    if (line.words.size() != 3) return error_at(line.number, "expected: domain service host:port");
    const auto* service = std::ranges::find(relay_services, line.words[1],
                                            &std::pair<std::string_view, Service>::first);
    if (service == relay_services.end())
      return error_at(line.number, fmt::format("unknown service \"{}\" (smtp, submission, "
                                               "submissions, lmtp)",
                                               line.words[1]));
    const auto place = parse_place(line.words[2]);
    if (!place)
      return error_at(line.number,
                      fmt::format("\"{}\" is not a host and port (mx.test:25)", line.words[2]));
    const std::string domain = boost::algorithm::to_lower_copy(line.words[0]);
    const RelayEntry entry{service->second, place->host, place->port, std::nullopt};
    if (!entries_.try_emplace(domain, entry).second)
      return error_at(line.number, fmt::format("domain {} has two relays", domain));
  }
  return {};
}

result<void, ConfigError> RelayTable::add_logins(std::string_view text) {
  for (const TextLine& line : text_lines(text)) {
    const auto place = parse_place(line.words.front());
    const auto login = line.words.size() < 2 ? std::nullopt : parse_login(line);
    if (!place || !login) return error_at(line.number, "expected: host:port user:password");
    bool found = false;
    for (auto& [domain, entry] : entries_) {
      if (Place{entry.host, entry.port} != *place) continue;
      if (entry.login)
        return error_at(line.number, fmt::format("{} has two logins", line.words.front()));
      entry.login = login;
      found = true;
    }
    if (!found) return error_at(line.number, fmt::format("no relay is at {}", line.words.front()));
  }
  return {};
}

const RelayEntry* RelayTable::find(std::string_view domain) const {
  const auto place = entries_.find(boost::algorithm::to_lower_copy(std::string(domain)));
  return place == entries_.end() ? nullptr : &place->second;
}

}  // namespace smtprig::embedded
