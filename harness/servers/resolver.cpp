// See resolver.hpp. An unpacked unbound finds its libraries by LD_LIBRARY_PATH: it is no program
// that changes its ids, and so needs no view of the file system of its own.
#include "harness/servers/resolver.hpp"

#include <csignal>
#include <deque>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "harness/lab/child.hpp"
#include "harness/servers/layout.hpp"

namespace smtprig::servers {
namespace asio = boost::asio;
using lab::LabError;
namespace {

constexpr const char* unbound_path = "/usr/sbin/unbound";
constexpr std::chrono::seconds resolver_start_deadline{20};
constexpr std::chrono::seconds resolver_stop_deadline{5};
constexpr std::size_t resolver_lines_max = 20;

// test: is answered by unbound itself unless it is told otherwise (RFC 6761 6.2). What is bogus now
// may be right a second later, and a denial likewise. A forwarder is asked for whatever it is, also
// for what no referral leads to; all of it is validated.
constexpr const char* configuration_text = R"(server:
  verbosity: 0
  use-syslog: no
  log-time-ascii: no
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{directory}"
  pidfile: ""
  num-threads: 1
  interface: {listen}@{listen_port}
  access-control: 0.0.0.0/0 allow
  do-ip6: no
  do-not-query-localhost: no
  module-config: "validator iterator"
  trust-anchor: "{trust_anchor}"
  trust-anchor-signaling: no
  val-bogus-ttl: 0
  cache-max-ttl: 0
  cache-max-negative-ttl: 0
  aggressive-nsec: no
  harden-below-nxdomain: no
  qname-minimisation: no
  edns-buffer-size: 1232
  local-zone: "test." nodefault
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: {authority}@{authority_port}
)";

}  // namespace

model::ServerDescription resolver_description() {
  model::ServerDescription description;
  description.name = "unbound";
  description.summary = "the validating resolver of --dns signed";
  description.package = "unbound";
  description.programs.push_back({.path = unbound_path, .or_else = {}, .folder = {}});
  description.version_command = {unbound_path, "-V"};
  description.version_expression = "Version ([0-9][0-9A-Za-z.]*)";
  return description;
}

Installed find_resolver(const std::filesystem::path& cache) {
  const model::ServerDescription description = resolver_description();
  for (Installed& entry : all_installed(description, cache))
    if (entry.origin == Origin::cache) return std::move(entry);
  return find_installed(description, {}, {}, cache);
}

std::string resolver_configuration(const ResolverSettings& settings) {
  return fmt::format(fmt::runtime(configuration_text),
                     fmt::arg("directory", settings.directory.string()),
                     fmt::arg("listen", settings.listen.address().to_string()),
                     fmt::arg("listen_port", settings.listen.port()),
                     fmt::arg("trust_anchor", settings.trust_anchor),
                     fmt::arg("authority", settings.authority.address().to_string()),
                     fmt::arg("authority_port", settings.authority.port()));
}

struct Resolver::Impl {
  Impl(asio::io_context& context, ResolverSettings given, OnDeath death)
      : io(context), settings(std::move(given)), on_death(std::move(death)), changed(context) {}

  asio::io_context& io;
  ResolverSettings settings;
  OnDeath on_death;
  asio::steady_timer changed;  // cancelled when it says or becomes something
  std::unique_ptr<lab::Child> child;
  std::deque<std::string> last_lines;
  bool ready = false;
  bool stopping = false;

  void take_line(const std::string& line);
  void take_exit(int status);
  std::string told(const std::string& reason) const {
    return fmt::format("{}; its last lines:\n{}", reason, fmt::join(last_lines, "\n"));
  }
};

void Resolver::Impl::take_line(const std::string& line) {
  last_lines.push_back(line);
  if (last_lines.size() > resolver_lines_max) last_lines.pop_front();
  if (line.find("start of service") == line.npos) return;
  ready = true;
  changed.cancel();
}

void Resolver::Impl::take_exit(int status) {
  changed.cancel();
  if (ready && !stopping && on_death) on_death(told(lab::describe_status(status)));
}

Resolver::Resolver(asio::io_context& io, ResolverSettings settings, OnDeath on_death)
    : impl_(std::make_shared<Impl>(io, std::move(settings), std::move(on_death))) {}

Resolver::~Resolver() {
  impl_->child.reset();
}

asio::awaitable<void> Resolver::start() {
  const std::shared_ptr<Impl> impl = impl_;
  const ResolverSettings& settings = impl->settings;
  const std::filesystem::path file = settings.directory / "unbound.conf";
  write_file(file, resolver_configuration(settings));
  lab::ChildSettings child;
  const bool unpacked = !settings.root.empty();
  child.argv = {unpacked ? settings.root.string() + unbound_path : unbound_path, "-d", "-c",
                file.string()};
  if (unpacked) child.environment.push_back("LD_LIBRARY_PATH=" + library_path(settings.root));
  child.directory = settings.directory;
  impl->changed.expires_after(resolver_start_deadline);
  impl->child = std::make_unique<lab::Child>(
      impl->io, child, [impl = impl.get()](const std::string& line) { impl->take_line(line); },
      [impl = impl.get()](int status) { impl->take_exit(status); });
  const auto waited = co_await impl->changed.async_wait(asio::as_tuple(asio::use_awaitable));
  if (impl->ready) co_return;
  const auto status = impl->child->status();
  const bool in_time = std::get<0>(waited) == asio::error::operation_aborted;
  throw LabError("start unbound",
                 impl->told(status    ? lab::describe_status(*status)
                            : in_time ? "stopped"
                                      : "it takes no questions within its start deadline"));
}

asio::awaitable<void> Resolver::stop() {
  const std::shared_ptr<Impl> impl = impl_;
  impl->stopping = true;
  if (impl->child) co_await impl->child->stop(SIGTERM, resolver_stop_deadline);
}

}  // namespace smtprig::servers
