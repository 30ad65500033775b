// What each command does. All return an exit status and throw Failure.
#pragma once

#include <string>

#include "harness/cli/options.hpp"

namespace smtprig::cli {

// `command`: how the program was called, for commands that are printed to be copied.
int run_command(const RunOptions& options, const std::string& command);
int list_command(const ListOptions& options);
int explain_command(const ExplainOptions& options);
int validate_command(const ValidateOptions& options);
int servers_list_command(const ServersListOptions& options);
int servers_fetch_command(const ServersFetchOptions& options);
int accept_command(const AcceptOptions& options);
int schema_command(const SchemaOptions& options);
int completion_command(const CompletionOptions& options);
int complete_command(const CompleteOptions& options);

}  // namespace smtprig::cli
