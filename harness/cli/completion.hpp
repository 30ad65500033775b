// What could stand in the place of a word that is being typed, out of the definition of the command
// line; so a new option or command is completed without a line here. Pure: words that only the
// machine knows (scenarios, servers) come from a function.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace smtprig::cli {

struct Candidate {
  std::string word;
  std::string about;  // may be empty

  bool operator==(const Candidate&) const = default;
};

struct Completion {
  std::vector<Candidate> candidates;
  bool files = false;    // and the shell's own files
  bool folders = false;  // and its folders
};

// What stands before the word.
struct Typed {
  std::string command;                                      // "run", "servers fetch"; empty: none
  std::map<std::string, std::vector<std::string>> options;  // "--server" -> values, lists split
  std::vector<std::string> arguments;

  bool has(const std::string& option) const { return options.contains(option); }
  std::vector<std::string> values(const std::string& option) const;
};

// All words of a kind (definition.hpp); those that do not begin with `word` are left out by the
// caller.
using Vocabulary = std::function<std::vector<Candidate>(std::string_view kind,
                                                        std::string_view word, const Typed& typed)>;

// `words`: those behind the program's name, the last one as far as it is typed.
Completion complete(const std::vector<std::string>& words, const Vocabulary& vocabulary);

// Ids, which are paths, up to the next "/" behind `word`; complete ones with what is said of them.
std::vector<Candidate> next_components(std::string_view word, const std::vector<Candidate>& ids);

// A line each: the word, a tab, what is said of it. ":files" and ":folders" are lines of their own.
// Words that a line could not hold are left out.
std::string completion_text(const Completion& completion);

}  // namespace smtprig::cli
