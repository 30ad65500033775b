// The program `smtprig`. Two hidden subcommands are the rig re-executing itself: `lab-init MODE` is
// the init of a lab, `embedded-server CONFIG` the server under test. All else is parsed and carried
// out.
#include "harness/cli/commands.hpp"
#include "harness/cli/console.hpp"
#include "harness/cli/failure.hpp"
#include "harness/lab/launch.hpp"
#include "harness/run/world.hpp"
#include "harness/servers/embedded/embedded.hpp"

#include <fmt/format.h>

#include <malloc.h>

#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::cli {
namespace {

int lab_init(const std::vector<std::string>& arguments) {
  if (arguments.size() != 2 || (arguments[1] != "loopback" && arguments[1] != "isolated")) {
    print_error("smtprig: lab-init is not for users\n");
    return status_usage;
  }
  const auto mode = arguments[1] == "isolated" ? lab::Mode::isolated : lab::Mode::loopback;
  return lab::init_main(mode, [mode](int channel) { return run::lab_body(channel, mode); });
}

struct Carry {
  const std::string& command;

  int operator()(const RunOptions& options) const { return run_command(options, command); }
  int operator()(const ListOptions& options) const { return list_command(options); }
  int operator()(const ExplainOptions& options) const { return explain_command(options); }
  int operator()(const ValidateOptions& options) const { return validate_command(options); }
  int operator()(const ServersListOptions& options) const { return servers_list_command(options); }
  int operator()(const ServersFetchOptions& options) const {
    return servers_fetch_command(options);
  }
  int operator()(const AcceptOptions& options) const { return accept_command(options); }
  int operator()(const SchemaOptions& options) const { return schema_command(options); }
  int operator()(const CompletionOptions& options) const { return completion_command(options); }
  int operator()(const CompleteOptions& options) const { return complete_command(options); }
};

// How the user calls this program: a wrapper that builds it first says so in SMTPRIG_COMMAND.
std::string command_name(const char* program) {
  const char* given = std::getenv("SMTPRIG_COMMAND");
  return given && *given ? given : program && *program ? program : "smtprig";
}

int program(const std::string& command, const std::vector<std::string>& arguments) {
  const auto parsed = parse(arguments, SMTPRIG_VERSION);
  if (!parsed.command) {
    parsed.status == 0 ? print(parsed.text) : print_error(parsed.text);
    return parsed.status;
  }
  try {
    return std::visit(Carry{command}, *parsed.command);
  } catch (const Failure& failure) {
    print_error(fmt::format("smtprig: {}\n", failure.text));
    return failure.status;
  } catch (const std::exception& error) {
    print_error(fmt::format("smtprig: {}\n", error.what()));
    return status_rig;
  }
}

}  // namespace
}  // namespace smtprig::cli

int main(int argc, char** argv) {
  // glibc gives memory back to the kernel and asks for it again thousands of times in a run of
  // handshakes. Kept, it costs a few MiB.
  ::mallopt(M_TRIM_THRESHOLD, 64 << 20);
  ::mallopt(M_TOP_PAD, 1 << 20);
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (!arguments.empty() && arguments[0] == "lab-init") return smtprig::cli::lab_init(arguments);
  if (!arguments.empty() && arguments[0] == "embedded-server")
    return smtprig::embedded::embedded_main({arguments.begin() + 1, arguments.end()});
  return smtprig::cli::program(smtprig::cli::command_name(argc > 0 ? argv[0] : nullptr), arguments);
}
