// The configuration of the user's own (run --config): what of his folder goes into the lab, what is
// changed in it, and what he has to know about it. Nothing is changed in the folder itself.
// Refused: a folder that lacks a file which must be changed, more than 10,000 files or 64 MiB. Left
// out and told: what cannot be read, and what is neither file nor folder; links are followed.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/lab/lab_error.hpp"
#include "harness/model/server.hpp"
#include "harness/servers/overrides.hpp"
#include "harness/servers/template.hpp"

namespace smtprig::servers {

struct OwnConfiguration {
  std::map<std::string, std::string> edited;  // by path in the folder: the text for the lab
  std::vector<std::string> copied;            // paths in the folder: as they are
  // Commands that make indexes, not rendered, each with the values of its own placeholders.
  struct Index {
    model::Argv command;
    Values captures;
    std::string file;  // path in the folder
  };
  std::vector<Index> indexes;
  std::vector<std::string> notes;  // for the user: changes, and what could not be taken over
};

// Reads the user's folder; throws LabError. Without a lab at hand `render_line` may return the
// template as it is: the notes then show its placeholders.
OwnConfiguration read_configuration(const model::ServerConfiguration& configuration,
                                    const std::filesystem::path& folder,
                                    const RenderLine& render_line);

// Writes what was read from `folder` to `target`.
void write_configuration(const OwnConfiguration& own, const std::filesystem::path& folder,
                         const std::filesystem::path& target);

}  // namespace smtprig::servers
