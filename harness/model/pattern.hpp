// Patterns over ids that are paths: prefixes and globs. What is selected on the command line, what
// a known deviation speaks of and what an exception of a policy names are written the same way.
#pragma once

#include <string>
#include <string_view>

namespace smtprig::model {

// Whether it holds * (any text) or ? (one character).
bool is_glob(std::string_view pattern);

// A glob, over the whole text. No other character is special.
bool glob_matches(std::string_view pattern, const std::string& text);

// A prefix that ends where a component ends (at "/", "@" or "~"), so "cert" fits "cert/expired" and
// not "certificate/good". A final "/" says nothing more.
bool prefix_matches(std::string_view pattern, std::string_view id);

// Whichever it is.
bool path_matches(std::string_view pattern, const std::string& path);

}  // namespace smtprig::model
