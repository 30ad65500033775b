// STARTTLS in replies that an attacker on the path has written over: the keyword becomes as many X,
// as devices were seen to do it, so that no length changes.
#pragma once

#include <string>
#include <string_view>

namespace smtprig::fakes {

inline constexpr std::string_view starttls_keyword = "STARTTLS";
inline constexpr std::string_view starttls_written_over = "XXXXXXXX";

// Whether `word` (upper case) stands at that place of a line, in any case, and ends there.
bool has_word(std::string_view line, std::size_t at, std::string_view word);

// A line of a reply, with code, with or without its end.
std::string stripped_line(std::string line);
// Several lines, with their ends; the last one may lack its own.
std::string stripped_reply(std::string_view reply);

}  // namespace smtprig::fakes
