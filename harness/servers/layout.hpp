// The directory of an instance: folders, configuration rendered from templates, CA bundle; and the
// values of the placeholders. Nothing is started here.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "harness/lab/network.hpp"
#include "harness/servers/instance.hpp"
#include "harness/servers/template.hpp"

namespace smtprig::servers {

// One line per domain, from the policy lines of the description. Throws LabError for a policy that
// the server does not have.
std::string policy_lines(const model::ServerDescription& description,
                         const std::vector<DomainPolicy>& domains);

// The lines of the listeners for mail from outside, each with its own addresses and port.
std::string inbound_lines(const model::ServerDescription& description, const lab::Network& network);

// The companions that some domain's policy asks for.
std::vector<const model::ServerCompanion*> needed_companions(const InstanceSettings& settings);

// All placeholders of instance.hpp.
Values placeholder_values(const InstanceSettings& settings, const lab::Network& network);

// Whether a template or a command of the description holds this placeholder.
bool mentions(const model::ServerDescription& description, std::string_view placeholder);

// Makes the directory and everything in it. Owners are set only if the caller is root: elsewhere
// there is one user.
void lay_out(const InstanceSettings& settings, const Values& values);

// What {clock-file} says from now on. A reader finds the old time or the new one. Throws
// std::filesystem::filesystem_error or LabError.
void put_clock(const InstanceSettings& settings, std::chrono::seconds ahead);

std::vector<std::string> render_command(const model::Argv& command, const Values& values,
                                        std::string_view where);

std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& text);

}  // namespace smtprig::servers
