// One running server under test, for every description alike; see instance.hpp. Death is seen
// through the child's pidfd at once, at whatever the server was doing.
#include "harness/servers/instance.hpp"

#include <csignal>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "harness/lab/child.hpp"
#include "harness/servers/auth_service.hpp"
#include "harness/servers/greeting.hpp"
#include "harness/servers/layout.hpp"
#include "harness/servers/log_reader.hpp"
#include "harness/servers/own_configuration.hpp"
#include "harness/servers/surroundings.hpp"
#include "harness/servers/syslog.hpp"

namespace smtprig::servers {
namespace asio = boost::asio;
namespace fs = std::filesystem;
using lab::LabError;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds command_deadline{30'000};
constexpr milliseconds greeting_deadline{10'000};
// A server does not tell when it listens; a refused connection costs nothing.
constexpr milliseconds retry_after{5};
constexpr std::size_t last_lines_max = 20;

int signal_number(const std::string& name) {
  for (int number = 1; number < NSIG; ++number) {
    const char* const abbreviation = ::sigabbrev_np(number);
    if (abbreviation && name == abbreviation) return number;
  }
  throw LabError("stop the server", "unknown signal " + name);
}

}  // namespace

struct Instance::Impl {
  Impl(asio::io_context& context, const lab::Network& net, InstanceSettings given, OnLine line,
       OnDeath death)
      : io(context),
        network(net),
        settings(std::move(given)),
        on_line(std::move(line)),
        on_death(std::move(death)),
        reader(settings.description.log),
        stop_signal(signal_number(settings.description.stop_signal)) {}
  ~Impl() { clear(); }

  asio::io_context& io;
  const lab::Network& network;
  InstanceSettings settings;
  OnLine on_line;
  OnDeath on_death;
  LogReader reader;
  int stop_signal;
  Values values;
  std::vector<model::Argv> indexes;  // commands, rendered
  std::optional<Surroundings> surroundings;
  std::optional<Syslog> syslog;
  std::optional<AuthService> auth_service;
  std::vector<std::unique_ptr<lab::Child>> companions;  // of needed_companions()
  std::unique_ptr<lab::Child> child;
  std::deque<std::string> last_lines;
  bool laid_out = false;  // the directory is ours to remove
  bool serving = false;   // greeted, and not being stopped

  asio::ip::tcp::endpoint smtp() const { return {network.server(), settings.port(network)}; }
  bool running() const { return child && child->running(); }

  void prepare();
  void take_over();
  std::vector<Shown> shown_folders() const;
  void launch_companions();
  void launch();
  void add_environment(std::vector<std::string>& environment) const;
  void keep_line(const std::string& line);
  void take_line(const std::string& line);
  void take_exit(int status, const std::string& who = {});
  asio::awaitable<void> await_companions(steady_clock::time_point end);
  model::Argv rendered(const model::Argv& command) const {
    return render_command(command, values, "a command of " + settings.description.name);
  }
  void clear() noexcept;
  LabError failure(const std::string& reason) const;
  asio::awaitable<void> run_command(model::Argv command, std::string input, const char* where);
};

void Instance::Impl::prepare() {
  const model::ServerDescription& description = settings.description;
  const bool isolated = network.mode() == lab::Mode::isolated;
  if (description.needs_namespace && !isolated) {
    throw LabError("start " + description.name, "it runs in isolated mode only");
  }
  if (!settings.root.empty() && !isolated) {
    throw LabError("start " + description.name, "a root of its own needs isolated mode");
  }
  if (!settings.configuration.empty() && (!isolated || !description.configuration)) {
    throw LabError("start " + description.name, "it takes no configuration of the user's own here");
  }
  values = placeholder_values(settings, network);
  laid_out = true;
  lay_out(settings, values);
  if (settings.takes_own()) take_over();
  if (mentions(description, "auth-socket"))
    auth_service.emplace(io, values.at("auth-socket"), settings.account);
  if (isolated) {
    surroundings.emplace(description, settings.root, settings.directory / "surroundings", network,
                         shown_folders());
    // A configuration that the rig does not know may write anywhere.
    if (settings.takes_own()) lab::make_machine_read_only();
    syslog.emplace(io, "/dev/log", [this](const std::string& line) { take_line(line); });
  }
}

void Instance::Impl::take_over() {
  const model::ServerConfiguration& configuration = *settings.description.configuration;
  const auto render_line = [this, &configuration](const std::string& line) {
    return render(line, values, "an override of " + configuration.home);
  };
  OwnConfiguration own = read_configuration(configuration, settings.configuration, render_line);
  write_configuration(own, settings.configuration, settings.directory / configuration.folder);
  for (OwnConfiguration::Index& index : own.indexes) {
    index.captures.insert(values.begin(), values.end());
    index.captures["file"] = settings.directory / configuration.folder / index.file;
    indexes.push_back(render_command(index.command, index.captures, "the command for an index"));
  }
}

std::vector<Shown> Instance::Impl::shown_folders() const {
  if (!settings.takes_own()) return {};
  const model::ServerConfiguration& configuration = *settings.description.configuration;
  const fs::path copy = settings.directory / configuration.folder;
  std::vector<Shown> shown = {{copy, configuration.home}};
  if (settings.configuration != configuration.home) shown.push_back({copy, settings.configuration});
  return shown;
}

void Instance::Impl::add_environment(std::vector<std::string>& environment) const {
  environment.push_back("HOME=" + settings.directory.string());
  if (const auto libraries = settings.preloaded(); !libraries.empty())
    environment.push_back("LD_PRELOAD=" + libraries);
  if (!settings.moves_clock) return;
  // Of libfaketime: deadlines go by the machine.
  environment.push_back("FAKETIME_TIMESTAMP_FILE=" + values.at("clock-file"));
  environment.emplace_back("FAKETIME_NO_CACHE=1");
  environment.emplace_back("FAKETIME_DONT_FAKE_MONOTONIC=1");
}

void Instance::Impl::launch() {
  lab::ChildSettings child_settings;
  child_settings.argv = render_command(settings.description.start, values, "the start command");
  child_settings.argv.insert(child_settings.argv.end(), settings.extra_arguments.begin(),
                             settings.extra_arguments.end());
  add_environment(child_settings.environment);
  child_settings.directory = settings.directory;
  child_settings.network = &network;
  child = std::make_unique<lab::Child>(
      io, child_settings, [this](const std::string& line) { take_line(line); },
      [this](int status) { take_exit(status); });
}

void Instance::Impl::keep_line(const std::string& line) {
  last_lines.push_back(line);
  if (last_lines.size() > last_lines_max) last_lines.pop_front();
}

void Instance::Impl::take_line(const std::string& line) {
  keep_line(line);
  const std::vector<fakes::ServerFact> facts = reader.read(line);
  if (on_line) on_line(line, facts);
}

// `who`: a companion, without which the server cannot do what the cells ask of it.
void Instance::Impl::take_exit(int status, const std::string& who) {
  if (!std::exchange(serving, false)) return;
  const std::string end = lab::describe_status(status);
  if (on_death) on_death(who.empty() ? end : fmt::format("its companion {}: {}", who, end));
}

void Instance::Impl::launch_companions() {
  for (const model::ServerCompanion* companion : needed_companions(settings)) {
    lab::ChildSettings child_settings;
    child_settings.argv = rendered(companion->start);
    for (const auto& [name, value] : companion->environment)
      child_settings.environment.push_back(name + "=" +
                                           render(value, values, "environment of a companion"));
    add_environment(child_settings.environment);
    child_settings.directory = settings.directory;
    child_settings.network = &network;
    companions.push_back(std::make_unique<lab::Child>(
        io, child_settings, [this](const std::string& line) { keep_line(line); },
        [this, name = companion->name](int status) { take_exit(status, name); }));
  }
}

asio::awaitable<void> Instance::Impl::await_companions(steady_clock::time_point end) {
  const auto needed = needed_companions(settings);
  asio::steady_timer timer(io);
  for (std::size_t i = 0; i < needed.size(); ++i) {
    const asio::ip::tcp::endpoint place(network.server(),
                                        static_cast<std::uint16_t>(needed[i]->port));
    for (;;) {
      const auto left = std::chrono::ceil<milliseconds>(end - steady_clock::now());
      const std::string who = "its companion " + needed[i]->name;
      if (left.count() <= 0) throw failure(who + " takes no connection");
      const bool ready = co_await takes_connections(io, place, left);
      if (const auto status = companions[i]->status())
        throw failure(who + ": " + lab::describe_status(*status));
      if (ready) break;
      timer.expires_after(retry_after);
      co_await timer.async_wait(as_result);
    }
  }
}

void Instance::Impl::clear() noexcept {
  serving = false;
  child.reset();
  companions.clear();
  auth_service.reset();
  syslog.reset();
  surroundings.reset();
  std::error_code ignored;
  if (std::exchange(laid_out, false) && !settings.keep) fs::remove_all(settings.directory, ignored);
}

LabError Instance::Impl::failure(const std::string& reason) const {
  return LabError("start " + settings.description.name,
                  fmt::format("{}; its last lines:\n{}", reason, fmt::join(last_lines, "\n")));
}

asio::awaitable<void> Instance::Impl::run_command(model::Argv command, std::string input,
                                                  const char* where) {
  if (command.empty()) co_return;
  lab::ChildSettings child_settings;
  child_settings.argv = std::move(command);
  add_environment(child_settings.environment);
  child_settings.directory = settings.directory;
  child_settings.network = &network;
  child_settings.input = std::move(input);
  const lab::Completed done =
      co_await lab::run_child(io, std::move(child_settings), command_deadline);
  if (done.succeeded()) co_return;
  throw LabError(
      fmt::format("run {} of {}", where, settings.description.name),
      fmt::format("{}: {}", done.timed_out ? "timed out" : lab::describe_status(done.status),
                  done.output));
}

Instance::Instance(asio::io_context& io, const lab::Network& network, InstanceSettings settings,
                   OnLine on_line, OnDeath on_death)
    : impl_(std::make_shared<Impl>(io, network, std::move(settings), std::move(on_line),
                                   std::move(on_death))) {}

Instance::~Instance() {
  impl_->clear();
}

asio::awaitable<void> Instance::start() {
  const std::shared_ptr<Impl> impl = impl_;
  const auto end = steady_clock::now() + impl->settings.description.start_deadline;
  impl->prepare();
  for (const model::Argv& command : impl->indexes)
    co_await impl->run_command(command, {}, "the command for an index");
  impl->launch_companions();
  impl->launch();
  co_await impl->await_companions(end);
  asio::steady_timer timer(impl->io);
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(end - steady_clock::now());
    if (left.count() <= 0) throw impl->failure("no greeting within its start deadline");
    const Greeting greeting = co_await ask_greeting(impl->io, impl->smtp(), left);
    if (!impl->running()) {
      const auto status = impl->child ? impl->child->status() : std::nullopt;
      throw impl->failure(status ? lab::describe_status(*status) : "stopped");
    }
    if (greeting == Greeting::ready) break;
    timer.expires_after(retry_after);
    co_await timer.async_wait(as_result);
  }
  impl->serving = true;
}

asio::awaitable<bool> Instance::stop() {
  const std::shared_ptr<Impl> impl = impl_;
  impl->serving = false;
  bool by_itself = true;
  if (impl->running()) {
    by_itself =
        co_await impl->child->stop(impl->stop_signal, impl->settings.description.stop_deadline);
  }
  for (const auto& companion : impl->companions)
    if (companion->running())
      co_await companion->stop(SIGTERM, impl->settings.description.stop_deadline);
  impl->clear();
  co_return by_itself;
}

void Instance::set_clock(std::chrono::seconds ahead) {
  put_clock(impl_->settings, ahead);
}

asio::ip::tcp::endpoint Instance::smtp() const {
  return impl_->smtp();
}

asio::awaitable<void> Instance::flush() {
  const std::shared_ptr<Impl> impl = impl_;
  co_await impl->run_command(impl->rendered(impl->settings.description.flush), {},
                             "the flush command");
}

asio::awaitable<void> Instance::remove(std::vector<std::string> queue_ids) {
  const std::shared_ptr<Impl> impl = impl_;
  if (queue_ids.empty()) co_return;
  std::string input;
  for (const std::string& id : queue_ids)
    input += id + '\n';
  co_await impl->run_command(impl->rendered(impl->settings.description.remove), std::move(input),
                             "the remove command");
}

asio::awaitable<model::ServerHealth> Instance::probe() {
  const std::shared_ptr<Impl> impl = impl_;
  if (!impl->running()) co_return model::ServerHealth::crashed;
  const Greeting greeting = co_await ask_greeting(impl->io, impl->smtp(), greeting_deadline);
  if (!impl->running()) co_return model::ServerHealth::crashed;
  switch (greeting) {
    case Greeting::ready:
      co_return model::ServerHealth::alive;
    case Greeting::refused:
      co_return model::ServerHealth::lost_listener;
    case Greeting::silent:
    case Greeting::other:
      break;
  }
  co_return model::ServerHealth::hung;
}

bool Instance::running() const {
  return impl_->running();
}

}  // namespace smtprig::servers
