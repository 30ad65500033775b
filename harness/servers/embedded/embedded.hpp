// The embedded server under test as a program: `smtprig embedded-server CONFIG [--mutant NAME]`.
#pragma once

#include <string>
#include <vector>

namespace smtprig::embedded {

// `arguments`: what stands behind the subcommand. Runs in the foreground until SIGTERM or SIGINT
// and writes its log to standard output, one line per event, flushed. `--mutant list` prints the
// planted defects. Returns 0, or 2 for wrong arguments, a configuration that does not hold, or an
// address that cannot be bound (the reason on standard error).
int embedded_main(const std::vector<std::string>& arguments);

}  // namespace smtprig::embedded
