// What the lab changes in the text of a configuration file of the user's own, and which files that
// text names. Text in, text out; the expressions are those of the server's description.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/lab/lab_error.hpp"
#include "harness/model/server.hpp"
#include "harness/servers/template.hpp"

namespace smtprig::servers {

// Turns the template of a line into the line.
using RenderLine = std::function<std::string(const std::string& line)>;

struct Edited {
  std::string text;
  std::vector<std::string> notes;  // for the user: reasons, and indented below them each line
};

// Whether an override asks for a change depends on the user's text alone, not on other overrides.
// What the user's text says already is left as it is.
// Throws LabError for an expression that does not compile.
Edited with_overrides(const model::ServerConfiguration& configuration, const std::string& file,
                      std::string_view text, const RenderLine& render_line);

// What an expression found, with its named captures.
struct Mention {
  std::string text;
  Values captures;
};
std::vector<Mention> mentions_in(std::string_view text, const std::string& expression);

}  // namespace smtprig::servers
