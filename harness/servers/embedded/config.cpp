// See config.hpp.
#include "harness/servers/embedded/config.hpp"

#include "harness/servers/embedded/key_value_text.hpp"
#include "harness/servers/embedded/text_lines.hpp"

#include <fmt/format.h>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/json/parse.hpp>

#include <array>
#include <fstream>
#include <iterator>

namespace smtprig::embedded {
namespace {

namespace json = boost::json;
using boost::system::result;

// Errors inside this file travel as this exception and leave it as a result.
struct Invalid {
  std::string message;
};

template <class... Arguments>
[[noreturn]] void refuse(fmt::format_string<Arguments...> text, Arguments&&... arguments) {
  throw Invalid{fmt::format(text, std::forward<Arguments>(arguments)...)};
}

const json::object& as_object(const json::value& value, std::string_view member) {
  if (!value.is_object()) refuse("{}: expected an object", member);
  return value.get_object();
}

const json::array& as_array(const json::value& value, std::string_view member) {
  if (!value.is_array()) refuse("{}: expected an array", member);
  return value.get_array();
}

std::string as_string(const json::value& value, std::string_view member) {
  if (!value.is_string() || value.get_string().empty()) refuse("{}: expected a string", member);
  return std::string(value.get_string());
}

std::int64_t as_number(const json::value& value, std::string_view member, std::int64_t min,
                       std::int64_t max) {
  if (!value.is_int64() || value.get_int64() < min || value.get_int64() > max) {
    refuse("{}: expected a whole number from {} to {}", member, min, max);
  }
  return value.get_int64();
}

std::chrono::milliseconds as_time(const json::value& value, std::string_view member) {
  constexpr std::int64_t thirty_days_ms = 30LL * 24 * 3600 * 1000;
  return std::chrono::milliseconds(as_number(value, member, 0, thirty_days_ms));
}

std::string read_file(const std::filesystem::path& path, std::string_view member) {
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) refuse("{}: cannot read {}", member, path.string());
  return text;
}

void check(const result<void, ConfigError>& added, std::string_view member) {
  if (!added) refuse("{}: {}", member, added.error().message);
}

void read_policies(const json::value& value, PolicyTable& table) {
  for (const json::value& item : as_array(value, "policies")) {
    std::string domain, policy;
    std::vector<std::string> pins;
    for (const auto& [key, member] : as_object(item, "policies[]")) {
      if (key == "domain") {
        domain = as_string(member, "policies[].domain");
      } else if (key == "policy") {
        policy = as_string(member, "policies[].policy");
      } else if (key == "pins") {
        for (const json::value& pin : as_array(member, "policies[].pins")) {
          pins.push_back(as_string(pin, "policies[].pins[]"));
        }
      } else {
        refuse("policies[].{}: unknown member (domain, policy, pins)", std::string_view(key));
      }
    }
    check(table.add(domain, policy, std::move(pins)), "policies");
  }
}

void read_timeouts(const json::value& value, Timeouts& timeouts) {
  const std::array<std::pair<std::string_view, std::chrono::milliseconds*>, 8> members = {{
      {"dns", &timeouts.dns},
      {"connect", &timeouts.connect},
      {"reply", &timeouts.reply},
      {"handshake", &timeouts.handshake},
      {"final_dot", &timeouts.final_dot},
      {"quit", &timeouts.quit},
      {"client", &timeouts.client},
      {"https", &timeouts.https},
  }};
  for (const auto& [key, number] : as_object(value, "timeouts_ms")) {
    const std::string name = fmt::format("timeouts_ms.{}", std::string_view(key));
    std::chrono::milliseconds* field = nullptr;
    for (const auto& member : members) {
      if (member.first == std::string_view(key)) field = member.second;
    }
    if (!field) {
      refuse("{}: unknown member (dns, connect, reply, handshake, final_dot, quit, client, https)",
             name);
    }
    *field = as_time(number, name);
    if (field->count() == 0) refuse("{}: must be above zero", name);
  }
}

void read_limits(const json::value& value, Limits& limits) {
  const std::array<std::pair<std::string_view, std::size_t*>, 6> members = {{
      {"message_bytes_max", &limits.message_bytes_max},
      {"recipients_max", &limits.recipients_max},
      {"queue_messages_max", &limits.queue_messages_max},
      {"queue_bytes_max", &limits.queue_bytes_max},
      {"deliveries_max", &limits.deliveries_max},
      {"clients_max", &limits.clients_max},
  }};
  for (const auto& [key, number] : as_object(value, "limits")) {
    const std::string name = fmt::format("limits.{}", std::string_view(key));
    std::size_t* field = nullptr;
    for (const auto& member : members) {
      if (member.first == std::string_view(key)) field = member.second;
    }
    if (!field) refuse("{}: unknown member", name);
    *field = static_cast<std::size_t>(as_number(number, name, 1, 1LL << 40));
  }
}

boost::asio::ip::tcp::endpoint as_endpoint(const json::value& value, std::string_view member) {
  const auto endpoint = parse_endpoint(as_string(value, member));
  if (!endpoint) refuse("{}: {}", member, endpoint.error().message);
  return *endpoint;
}

void read_listeners(const std::string& text, Config& config) {
  const auto listeners = parse_listeners(text);
  if (!listeners) refuse("listeners_file: {}", listeners.error().message);
  config.listeners = *listeners;
}

void read_users(const json::value& value, Users& users) {
  for (const auto& [key, password] : as_object(value, "users")) {
    const std::string member = fmt::format("users.{}", std::string_view(key));
    if (key.empty()) refuse("users: a name is empty");
    users[std::string(key)] = as_string(password, member);
  }
}

void read_report_domains(const std::string& text, Config& config) {
  for (const TextLine& line : text_lines(text)) {
    if (line.words.size() != 1 || !is_host_name(line.words.front()))
      refuse("tls_report_file: line {}: expected a domain", line.number);
    config.tls_reports.insert(boost::algorithm::to_lower_copy(line.words.front()));
  }
}

// What a listener's policy needs of other members.
void check_listeners(const Config& config) {
  for (const ListenerEntry& entry : config.listeners) {
    if (entry.policy == InboundPolicy::none) continue;
    if (config.certificate_pem.empty()) {
      refuse("listeners_file: policy {} needs certificate_file", name(entry.policy));
    }
    if (entry.policy == InboundPolicy::require_client_cert && config.ca_pem.empty()) {
      refuse("listeners_file: policy {} needs ca_file", name(entry.policy));
    }
  }
}

Config config_from(const json::object& root, const std::filesystem::path& folder) {
  Config config;
  if (const auto* value = root.if_contains("default_policy")) {
    const auto policy = supported_policy(as_string(*value, "default_policy"));
    if (!policy) refuse("default_policy: {}", policy.error().message);
    config.policies = PolicyTable(*policy);
  }
  for (const auto& [key, value] : root) {
    if (key == "hostname") {
      config.hostname = as_string(value, key);
    } else if (key == "listen") {
      config.listen = as_endpoint(value, key);
    } else if (key == "dns") {
      config.dns = as_endpoint(value, key);
    } else if (key == "smtp_port") {
      config.smtp_port = static_cast<std::uint16_t>(as_number(value, key, 1, 65535));
    } else if (key == "https_port") {
      config.https_port = static_cast<std::uint16_t>(as_number(value, key, 1, 65535));
    } else if (key == "ca_file") {
      config.ca_pem = read_file(folder / as_string(value, key), key);
    } else if (key == "policies") {
      read_policies(value, config.policies);
    } else if (key == "policy_file") {
      check(config.policies.add_lines(read_file(folder / as_string(value, key), key)), key);
    } else if (key == "relay_file") {
      check(config.relays.add_lines(read_file(folder / as_string(value, key), key)), key);
    } else if (key == "tls_report_file") {
      read_report_domains(read_file(folder / as_string(value, key), key), config);
    } else if (key == "tls_report_ms") {
      config.tls_report = as_time(value, key);
    } else if (key == "listeners_file") {
      read_listeners(read_file(folder / as_string(value, key), key), config);
    } else if (key == "certificate_file") {
      config.certificate_pem = read_file(folder / as_string(value, key), key);
    } else if (key == "clock_file") {
      config.clock = LabClock(folder / as_string(value, key));
    } else if (key == "users") {
      read_users(value, config.users);
    } else if (key == "retry_ms") {
      std::vector<std::chrono::milliseconds> waits;
      for (const json::value& wait : as_array(value, key))
        waits.push_back(as_time(wait, key));
      config.schedule = Schedule(std::move(waits));
    } else if (key == "timeouts_ms") {
      read_timeouts(value, config.timeouts);
    } else if (key == "limits") {
      read_limits(value, config.limits);
    } else if (key != "default_policy" && key != "login_file") {
      refuse("{}: unknown member", std::string_view(key));
    }
  }
  // They are for relays, wherever in the file those stand.
  if (const auto* value = root.if_contains("login_file")) {
    const std::string text = read_file(folder / as_string(*value, "login_file"), "login_file");
    check(config.relays.add_logins(text), "login_file");
  }
  for (const std::string_view required : {"hostname", "listen", "dns"}) {
    if (!root.contains(required)) refuse("{}: missing", required);
  }
  check_listeners(config);
  return config;
}

}  // namespace

result<Config, ConfigError> parse_config(std::string_view text,
                                         const std::filesystem::path& folder) {
  json::error_code failed;
  const json::value root = json::parse(text, failed);
  if (failed) return ConfigError{"not JSON: " + failed.message()};
  try {
    return config_from(as_object(root, "file"), folder);
  } catch (const Invalid& invalid) {
    return ConfigError{invalid.message};
  }
}

result<Config, ConfigError> read_config(const std::filesystem::path& file) {
  try {
    const std::string text = read_file(file, "configuration");
    auto config = parse_config(text, file.parent_path());
    if (!config) return ConfigError{file.string() + ": " + config.error().message};
    return config;
  } catch (const Invalid& invalid) {
    return ConfigError{invalid.message};
  }
}

}  // namespace smtprig::embedded
