// Templates of server configurations and commands: text with {placeholders}. A placeholder that has
// no value is an error, as is a brace that begins none; "{{" is a brace. Values are put in as they
// are and never looked into.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "harness/lab/lab_error.hpp"

namespace smtprig::servers {

using Values = std::map<std::string, std::string, std::less<>>;

// `where` names the template in the LabError.
std::string render(std::string_view text, const Values& values, std::string_view where);

}  // namespace smtprig::servers
