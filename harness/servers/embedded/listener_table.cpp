// See listener_table.hpp.
#include "harness/servers/embedded/listener_table.hpp"

#include "harness/servers/embedded/text_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

namespace smtprig::embedded {
namespace {

using boost::asio::ip::tcp;
using boost::system::result;

std::optional<InboundPolicy> policy_of(std::string_view word) {
  const auto policy = model::policy_named(word);
  const bool inbound = policy && std::ranges::find(model::inbound_policies, *policy) !=
                                     model::inbound_policies.end();
  return inbound ? policy : std::nullopt;
}

std::optional<Service> service_of(std::string_view word) {
  for (const Service service : {Service::smtp, Service::submission, Service::submissions})
    if (name(service) == word) return service;
  return std::nullopt;
}

result<ListenerEntry, ConfigError> parse_entry(const std::vector<std::string>& words) {
  if (words.size() != 3) return ConfigError{"expected: address:port policy service"};
  const auto endpoint = parse_endpoint(words[0]);
  if (!endpoint) return endpoint.error();
  const auto policy = policy_of(words[1]);
  if (!policy) {
    return ConfigError{
        fmt::format("unknown policy \"{}\" (none, may, encrypt, require-client-cert)", words[1])};
  }
  const auto service = service_of(words[2]);
  if (!service) {
    return ConfigError{
        fmt::format("unknown service \"{}\" (smtp, submission, submissions)", words[2])};
  }
  if (*service == Service::submissions && *policy == InboundPolicy::none) {
    return ConfigError{"submissions is TLS from the first byte: policy none cannot hold"};
  }
  return ListenerEntry{*endpoint, *policy, *service};
}

}  // namespace

std::string_view name(Service service) {
  switch (service) {
    case Service::smtp:
      return "smtp";
    case Service::submission:
      return "submission";
    case Service::submissions:
      return "submissions";
    case Service::lmtp:
      break;  // nothing listens for that
  }
  return "";
}

result<std::vector<ListenerEntry>, ConfigError> parse_listeners(std::string_view text) {
  std::vector<ListenerEntry> entries;
  for (const TextLine& line : text_lines(text)) {
    const auto entry = parse_entry(line.words);
    if (!entry) {
      return ConfigError{fmt::format("line {}: {}", line.number, entry.error().message)};
    }
    const bool twice =
        entry->endpoint.port() != 0 &&
        std::ranges::find(entries, entry->endpoint, &ListenerEntry::endpoint) != entries.end();
    if (twice) {
      return ConfigError{fmt::format("line {}: {} stands twice", line.number, line.words[0])};
    }
    entries.push_back(*entry);
  }
  return entries;
}

result<tcp::endpoint, ConfigError> parse_endpoint(std::string_view text) {
  const ConfigError error{
      fmt::format("\"{}\" is not an address and port (127.0.0.1:25, [::1]:25)", text)};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return error;
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failed != std::errc{} || end != digits.data() + digits.size()) return error;
  std::string host(text.substr(0, colon));
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code invalid;
  const auto address = boost::asio::ip::make_address(host, invalid);
  if (invalid || address.is_v6() != bracketed) return error;
  return tcp::endpoint(address, port);
}

}  // namespace smtprig::embedded
