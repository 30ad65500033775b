// See embedded.hpp.
#include "harness/servers/embedded/embedded.hpp"

#include "fakes/tls/lean_provider.hpp"
#include "harness/servers/embedded/server.hpp"

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>

namespace smtprig::embedded {
namespace {

constexpr int usage_error = 2;

int fail(const std::string& reason) {
  std::fputs(fmt::format("embedded-server: {}\n", reason).c_str(), stderr);
  return usage_error;
}

void write_line(const std::string& line) {
  std::fputs((line + '\n').c_str(), stdout);
  std::fflush(stdout);
}

int run(Config config, const Mutants& mutants) {
  fakes::tls::use_lean_provider();
  boost::asio::io_context io(1);
  std::optional<Server> server;
  try {
    server.emplace(io, std::move(config), mutants, write_line);
  } catch (const std::exception& error) {
    return fail(fmt::format("cannot start: {}", error.what()));
  }
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&server](boost::system::error_code cancelled, int) {
    if (!cancelled) server->stop();
  });
  io.run();
  return 0;
}

}  // namespace

int embedded_main(const std::vector<std::string>& arguments) {
  constexpr const char* usage = "usage: embedded-server CONFIG [--mutant NAME] | --mutant list";
  std::optional<std::string> file;
  Mutants mutants;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--mutant") {
      if (++i == arguments.size()) return fail(usage);
      if (arguments[i] == "list") {
        std::fputs(mutant_list().c_str(), stdout);
        return 0;
      }
      const auto named = mutant_named(arguments[i]);
      if (!named) {
        return fail(
            fmt::format("unknown mutant \"{}\"; there are:\n{}", arguments[i], mutant_list()));
      }
      mutants = *named;
    } else if (file || argument.starts_with("-")) {
      return fail(usage);
    } else {
      file = argument;
    }
  }
  if (!file) return fail(usage);
  auto config = read_config(*file);
  if (!config) return fail(config.error().message);
  return run(std::move(*config), mutants);
}

}  // namespace smtprig::embedded
