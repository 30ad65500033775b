// Finds and reads the project file that holds, for all commands.
#pragma once

#include "harness/cli/options.hpp"
#include "harness/cli/share.hpp"
#include "harness/xml/project.hpp"

namespace smtprig::cli {

// What the project file that holds says, with what is wrong with it; without a file nothing.
xml::ProjectRead read_project_of(const ProjectChoice& choice, const Share& share,
                                 xml::KnownFiles known = xml::KnownFiles::must_exist);

// The project that holds; a default one if there is none. Says on standard error that it is used.
// Throws Failure with all that is wrong with it.
xml::Project find_project(const ProjectChoice& choice, const Share& share,
                          xml::KnownFiles known = xml::KnownFiles::must_exist);

}  // namespace smtprig::cli
