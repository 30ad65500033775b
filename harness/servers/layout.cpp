// Files are dated back: Postfix re-reads a configuration file that is younger than a second until
// it is not, which costs two seconds at every start; and no server minds an old file.
#include "harness/servers/layout.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/servers/installed.hpp"

namespace smtprig::servers {
namespace fs = std::filesystem;
namespace {

constexpr time_t long_ago = 1'577'836'800;  // 2020-01-01

std::string joined(const std::vector<std::string>& words, char separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return text;
}

// "AB:CD" of "abcd".
std::string with_colons(const std::string& hex) {
  std::string text;
  for (std::size_t index = 0; index < hex.size(); ++index) {
    if (index > 0 && index % 2 == 0) text += ':';
    const char c = hex[index];
    text += c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return text;
}

unsigned id_of(const model::ServerDescription& description, const std::string& user) {
  if (user.empty() || user == "root") return 0;
  const auto found =
      std::find_if(description.users.begin(), description.users.end(),
                   [&](const model::ServerUser& entry) { return entry.name == user; });
  if (found == description.users.end()) {
    throw lab::LabError("lay out the server's directory", "unknown user " + user);
  }
  return found->id;
}

// A text that stands indented in its element: the margin that all lines share goes, and so do empty
// lines. The reader has taken away that of the first.
std::string without_margin(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t margin = std::string::npos;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find_first_not_of(' ');
    if (first == std::string::npos) continue;
    if (!lines.empty()) margin = std::min(margin, first);
    lines.push_back(std::move(line));
  }
  std::string result;
  for (const std::string& line : lines)
    result += (&line == &lines.front() ? line : line.substr(margin)) + '\n';
  return result;
}

void make_directory(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) throw lab::LabError("create " + path.string(), error.message());
}

}  // namespace

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw lab::LabError("read " + path.string(), std::strerror(errno));
  return text.str();
}

void write_file(const fs::path& path, const std::string& text) {
  make_directory(path.parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw lab::LabError("write " + path.string(), std::strerror(errno));
  const timespec times[2] = {{long_ago, 0}, {long_ago, 0}};
  ::utimensat(AT_FDCWD, path.c_str(), times, 0);
}

namespace {

const model::ServerRelay& relay_by(const model::ServerDescription& description,
                                   fakes::Service service) {
  const auto found = std::ranges::find(description.relays, service, &model::ServerRelay::service);
  if (found == description.relays.end())
    throw lab::LabError("configure " + description.name, "it has no relay by that service");
  return *found;
}

Values relay_values(const DomainPolicy& domain) {
  const DomainPolicy::Relay& relay = *domain.relay;
  Values values = {
      {"domain", domain.domain}, {"relay", relay.host}, {"relay-port", std::to_string(relay.port)}};
  if (relay.login) {
    values["user"] = relay.login->user;
    values["password"] = relay.login->password;
  }
  return values;
}

std::string destination_of(const model::ServerDescription& description,
                           const DomainPolicy& domain) {
  if (!domain.relay) return domain.domain;
  const model::ServerRelay& relay = relay_by(description, domain.relay->service);
  if (relay.destination.empty()) return domain.domain;
  return render(relay.destination, relay_values(domain), "destination of a relay");
}

// Routes of what goes to no relay.
std::string route_lines(const model::ServerDescription& description,
                        const std::vector<DomainPolicy>& domains) {
  std::string text;
  for (const DomainPolicy& domain : domains) {
    const auto policy =
        std::ranges::find(description.policies, domain.policy, &model::ServerPolicy::policy);
    if (domain.relay || policy == description.policies.end() || policy->route.empty()) continue;
    text += render(policy->route, {{"domain", domain.domain}}, "route of a policy") + '\n';
  }
  return text;
}

// `part`: line, or login, which a relay without one has no use for.
std::string relay_lines(const model::ServerDescription& description,
                        const std::vector<DomainPolicy>& domains,
                        std::string model::ServerRelay::*part) {
  std::string text;
  for (const DomainPolicy& domain : domains) {
    if (!domain.relay || (part == &model::ServerRelay::login && !domain.relay->login)) continue;
    const std::string& line = relay_by(description, domain.relay->service).*part;
    if (!line.empty()) text += render(line, relay_values(domain), "relay") + '\n';
  }
  return text;
}

std::string tls_report_lines(const model::ServerDescription& description,
                             const std::vector<DomainPolicy>& domains) {
  std::string text;
  if (description.tls_reports.empty()) return text;
  for (const DomainPolicy& domain : domains)
    if (domain.tls_reports)
      text += render(description.tls_reports, {{"domain", domain.domain}}, "tls-reports") + '\n';
  return text;
}

}  // namespace

std::string policy_lines(const model::ServerDescription& description,
                         const std::vector<DomainPolicy>& domains) {
  std::string text;
  for (const DomainPolicy& domain : domains) {
    const auto policy = std::find_if(
        description.policies.begin(), description.policies.end(),
        [&](const model::ServerPolicy& entry) { return entry.policy == domain.policy; });
    if (policy == description.policies.end()) {
      throw lab::LabError(fmt::format("configure {}", description.name),
                          fmt::format("it has no policy {}", model::name(domain.policy)));
    }
    const bool relayed = domain.relay && !policy->relay_line.empty();
    const std::string& line = relayed ? policy->relay_line : policy->line;
    if (line.empty()) continue;
    std::vector<std::string> colons;
    for (const std::string& pin : domain.pins)
      colons.push_back(with_colons(pin));
    const Values values = {{"domain", domain.domain},
                           {"destination", destination_of(description, domain)},
                           {"sha256", joined(domain.pins, '|')},
                           {"sha256-colons", joined(colons, '|')}};
    text += render(line, values, fmt::format("policy {}", model::name(domain.policy)));
    text += '\n';
  }
  return text;
}

std::filesystem::path beside_program(const char* name) {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path() / name;
}

std::string inbound_lines(const model::ServerDescription& description,
                          const lab::Network& network) {
  std::string text;
  for (const model::ServerInbound& entry : description.inbound) {
    const auto v4 = listener_of(network, entry.policy, entry.service, false);
    const auto v6 = listener_of(network, entry.policy, entry.service, true);
    const Values values = {{"listen", v4.address().to_string()},
                           {"listen6", v6.address().to_string()},
                           {"port", std::to_string(v4.port())}};
    text += without_margin(
        render(entry.lines, values, fmt::format("listener {}", model::name(entry.policy))));
  }
  return text;
}

boost::asio::ip::tcp::endpoint listener_of(const lab::Network& network, model::Policy policy,
                                           fakes::Service service, bool ipv6) {
  const auto place = std::ranges::find(model::inbound_policies, policy);
  const auto group = static_cast<unsigned>(place - model::inbound_policies.begin());
  return network.listener(group, static_cast<unsigned>(service), ipv6);
}

std::vector<const model::ServerCompanion*> needed_companions(const InstanceSettings& settings) {
  const auto is_needed = [&](const model::ServerCompanion& companion) {
    return std::ranges::any_of(settings.domains, [&](const DomainPolicy& domain) {
      return std::ranges::any_of(
          settings.description.policies, [&](const model::ServerPolicy& policy) {
            return policy.policy == domain.policy && policy.companion == companion.name;
          });
    });
  };
  std::vector<const model::ServerCompanion*> needed;
  for (const model::ServerCompanion& companion : settings.description.companions)
    if (is_needed(companion)) needed.push_back(&companion);
  return needed;
}

Values placeholder_values(const InstanceSettings& settings, const lab::Network& network) {
  Values values = {
      {"dir", settings.directory.string()},
      {"self", "/proc/self/exe"},
      {"hostname", std::string(model::server_hostname)},
      {"listen", network.server().to_string()},
      {"listen-port", std::to_string(settings.port(network))},
      {"dns", network.dns().to_string()},
      {"dns-port", std::to_string(network.dns_port())},
      {"smtp-port", std::to_string(network.smtp_port())},
      {"https-port", std::to_string(network.https_port())},
      {"ca-file", (settings.directory / "ca.pem").string()},
      {"crl-file", (settings.directory / "crl.pem").string()},
      {"policies", policy_lines(settings.description, settings.domains)},
      {"relays", relay_lines(settings.description, settings.domains, &model::ServerRelay::line) +
                     route_lines(settings.description, settings.domains)},
      {"logins", relay_lines(settings.description, settings.domains, &model::ServerRelay::login)},
      {"tls-reports", tls_report_lines(settings.description, settings.domains)},
      {"server-certificate", (settings.directory / "server.pem").string()},
      {"inbound", settings.inbound ? inbound_lines(settings.description, network) : ""},
      {"user", settings.account.user},
      {"password", settings.account.password},
      {"preload", settings.preloaded().empty() ? "" : "LD_PRELOAD=" + settings.preloaded()},
      {"attempts", std::to_string(settings.description.attempts)},
      {"clock-file", (settings.directory / "clock").string()},
      {"auth-socket", (settings.directory / "auth").string()}};
  for (const model::ServerProgram& program : settings.description.programs)
    if (!program.folder.empty()) values[program.folder] = program_folder(program, settings.root);
  for (const model::ServerCompanion& companion : settings.description.companions)
    values[companion.name];
  for (const model::ServerCompanion* companion : needed_companions(settings))
    values[companion->name] = render(companion->text, values, "text of a companion");
  return values;
}

bool mentions(const model::ServerDescription& description, std::string_view placeholder) {
  const std::string written = fmt::format("{{{}}}", placeholder);
  const auto holds = [&](const std::string& text) { return text.find(written) != text.npos; };
  const auto holds_one = [&](const model::ServerOverride& entry) {
    return std::ranges::any_of(entry.lines, holds);
  };
  const bool in_override = description.configuration &&
                           std::ranges::any_of(description.configuration->overrides, holds_one);
  return in_override || std::ranges::any_of(description.start, holds) ||
         std::ranges::any_of(description.files, [&](const model::ServerFile& file) {
           return holds(read_file(description.folder / file.source));
         });
}

void lay_out(const InstanceSettings& settings, const Values& values) {
  const model::ServerDescription& description = settings.description;
  make_directory(settings.directory);
  for (const model::ServerDirectory& directory : description.directories) {
    const fs::path path = settings.directory / directory.path;
    make_directory(path);
    const unsigned owner = id_of(description, directory.owner);
    const unsigned group = id_of(description, directory.group);
    if (::geteuid() == 0 && settings.ids != lab::Ids::one &&
        ::chown(path.c_str(), owner, group) != 0) {
      throw lab::LabError("set the owner of " + path.string(), std::strerror(errno));
    }
    if (::chmod(path.c_str(), directory.mode) != 0) {
      throw lab::LabError("set the mode of " + path.string(), std::strerror(errno));
    }
  }
  const std::vector<model::ServerFile>& files =
      settings.takes_own() ? description.configuration->files : description.files;
  for (const model::ServerFile& file : files) {
    const fs::path source = description.folder / file.source;
    write_file(settings.directory / file.path, render(read_file(source), values, source.string()));
  }
  write_file(settings.directory / "ca.pem", settings.trusted_pem);
  write_file(settings.directory / "crl.pem", settings.crl_pem);
  put_clock(settings, std::chrono::seconds(0));
  const fs::path identity = settings.directory / "server.pem";
  write_file(identity, settings.identity_pem);
  if (::chmod(identity.c_str(), 0600) != 0) {
    throw lab::LabError("set the mode of " + identity.string(), std::strerror(errno));
  }
}

std::string InstanceSettings::preloaded() const {
  std::string libraries = moves_clock ? clock_library(description, root) : "";
  if (!needs_shim()) return libraries;
  return libraries.empty() ? shim.string() : libraries + ":" + shim.string();
}

void put_clock(const InstanceSettings& settings, std::chrono::seconds ahead) {
  const fs::path made = settings.directory / "clock.new";
  write_file(made, fmt::format("+{}\n", ahead.count()));
  fs::rename(made, settings.directory / "clock");
}

std::vector<std::string> render_command(const model::Argv& command, const Values& values,
                                        std::string_view where) {
  std::vector<std::string> words;
  for (const std::string& word : command)
    words.push_back(render(word, values, where));
  return words;
}

}  // namespace smtprig::servers
