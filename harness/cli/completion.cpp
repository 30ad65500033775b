// See completion.hpp.
#include "harness/cli/completion.hpp"

#include "harness/cli/definition.hpp"
#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

namespace smtprig::cli {
namespace {

constexpr std::string_view list_mark = ",...";

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool needs_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

std::string long_name(const CLI::Option& option) {
  return option.get_lnames().empty() ? "-" + option.get_snames().front()
                                     : "--" + option.get_lnames().front();
}

const CLI::Option* option_named(const CLI::App& app, std::string_view name) {
  for (const auto* option : app.get_options()) {
    for (const auto& candidate : option->get_lnames())
      if (name == "--" + candidate) return option;
    for (const auto& candidate : option->get_snames())
      if (name == "-" + candidate) return option;
  }
  return nullptr;
}

std::vector<const CLI::App*> commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// Walks over the words before the last as CLI11 would, but forgives what is wrong.
class Walk {
 public:
  explicit Walk(const CLI::App& program) : app_(&program) {}

  void start(std::string_view first) {
    if (implies_run(first)) enter("run");
  }
  void step(const std::string& word) {
    if (open_) {
      record(*open_, word);
      open_ = nullptr;
    } else if (!only_arguments_ && word == "--") {
      only_arguments_ = true;
    } else if (!only_arguments_ && word.starts_with("-") && word.size() > 1) {
      option(word);
    } else if (!typed_.arguments.empty() || !enter(word)) {
      typed_.arguments.push_back(word);
    }
  }

  const CLI::App& app() const { return *app_; }
  const CLI::Option* open() const { return open_; }  // an option whose value is the next word
  bool only_arguments() const { return only_arguments_; }
  const Typed& typed() const { return typed_; }

 private:
  bool enter(const std::string& word) {
    for (const auto* command : commands(*app_)) {
      if (command->get_name() != word) continue;
      app_ = command;
      typed_.command += (typed_.command.empty() ? "" : " ") + word;
      return true;
    }
    return false;
  }
  void option(const std::string& word) {
    const auto equals = word.find('=');
    const auto* named = option_named(*app_, word.substr(0, equals));
    if (!named) return;
    typed_.options[long_name(*named)];
    if (equals != std::string::npos) {
      record(*named, word.substr(equals + 1));
    } else if (needs_value(*named)) {
      open_ = named;
    }
  }
  void record(const CLI::Option& option, const std::string& value) {
    auto& values = typed_.options[long_name(option)];
    if (!option.get_type_name().ends_with(list_mark)) return values.push_back(value);
    for (auto& one : split(value, ','))
      if (!one.empty()) values.push_back(std::move(one));
  }

  const CLI::App* app_;
  const CLI::Option* open_ = nullptr;
  bool only_arguments_ = false;
  Typed typed_;
};

class Completer {
 public:
  Completer(const Walk& walk, const Vocabulary& vocabulary)
      : walk_(walk), vocabulary_(vocabulary) {}

  Completion take(const std::string& word) {
    const auto& app = walk_.app();
    const auto equals = word.find('=');
    if (walk_.open()) {
      add_values(walk_.open()->get_type_name(), word, "");
    } else if (!walk_.only_arguments() && word.starts_with("--") && equals != std::string::npos) {
      if (const auto* option = option_named(app, word.substr(0, equals)))
        add_values(option->get_type_name(), word.substr(equals + 1), word.substr(0, equals + 1));
    } else if (!walk_.only_arguments() && word.starts_with("-")) {
      add_options(word);
    } else {
      if (walk_.typed().arguments.empty() && !walk_.only_arguments())
        for (const auto* command : commands(app))
          add(command->get_name(), first_line(command->get_description()), word);
      add_argument(word);
    }
    return std::move(completion_);
  }

 private:
  void add(const std::string& candidate, const std::string& about, std::string_view word) {
    if (candidate.starts_with(word)) completion_.candidates.push_back({candidate, about});
  }

  // Those that were typed are not offered again, unless they may come several times.
  void add_options(const std::string& word) {
    for (const auto* option : walk_.app().get_options()) {
      if (option->get_positional()) continue;
      if (walk_.typed().has(long_name(*option)) && option->get_items_expected_max() <= 1) continue;
      for (const auto& name : option->get_lnames())
        add("--" + name, option->get_description(), word);
    }
    if (!walk_.typed().command.empty()) return;
    // Options of run need no command before them.
    for (const auto* option : walk_.app().get_subcommand("run")->get_options())
      for (const auto& name : option->get_lnames())
        if (!option_named(walk_.app(), "--" + name))
          add("--" + name, option->get_description(), word);
  }

  // The last argument may take all that follow.
  void add_argument(const std::string& word) {
    const auto arguments =
        walk_.app().get_options([](const CLI::Option* option) { return option->get_positional(); });
    if (arguments.empty()) return;
    const auto at = walk_.typed().arguments.size();
    const auto* argument = arguments[std::min(at, arguments.size() - 1)];
    if (at >= arguments.size() && argument->get_items_expected_max() <= 1) return;
    add_values(argument->get_type_name(), word, "");
  }

  // `before`: what of the typed word is no part of the value, and is put before each candidate.
  void add_values(std::string_view kind, std::string_view word, std::string before) {
    std::set<std::string> chosen;
    if (kind.ends_with(list_mark)) {
      kind.remove_suffix(list_mark.size());
      if (const auto comma = word.rfind(','); comma != std::string_view::npos) {
        for (auto& one : split(word.substr(0, comma), ','))
          chosen.insert(std::move(one));
        before += word.substr(0, comma + 1);
        word.remove_prefix(comma + 1);
      }
    }
    // Files behind "--known=" would have to be listed here: the shell cannot.
    if (kind == "FILE" || kind == "PATH" || kind == "TARGET") completion_.files = before.empty();
    if (kind == "DIR") completion_.folders = before.empty();
    for (const auto& [value, about] : words_of(kind, word))
      if (value.starts_with(word) && !chosen.contains(value))
        completion_.candidates.push_back({before + value, about});
  }

  std::vector<Candidate> words_of(std::string_view kind, std::string_view word) const {
    if (kind.find('|') == std::string_view::npos) return vocabulary_(kind, word, walk_.typed());
    std::vector<Candidate> all;
    for (auto& one : split(kind, '|'))
      all.push_back({std::move(one), ""});
    return all;
  }

  const Walk& walk_;
  const Vocabulary& vocabulary_;
  Completion completion_;
};

}  // namespace

std::vector<std::string> Typed::values(const std::string& option) const {
  const auto found = options.find(option);
  return found == options.end() ? std::vector<std::string>() : found->second;
}

Completion complete(const std::vector<std::string>& words, const Vocabulary& vocabulary) {
  Raw raw;
  const auto program = definition(raw, "");
  Walk walk(*program);
  const std::string word = words.empty() ? "" : words.back();
  if (words.size() > 1) walk.start(words.front());
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    walk.step(words[i]);
  return Completer(walk, vocabulary).take(word);
}

std::vector<Candidate> next_components(std::string_view word, const std::vector<Candidate>& ids) {
  std::vector<Candidate> found;
  std::set<std::string> seen;
  for (const auto& id : ids) {
    if (!id.word.starts_with(word)) continue;
    const auto slash = id.word.find('/', word.size());
    const bool whole = slash == std::string::npos;
    const auto part = id.word.substr(0, whole ? slash : slash + 1);
    if (seen.insert(part).second) found.push_back({part, whole ? id.about : ""});
  }
  return found;
}

std::string completion_text(const Completion& completion) {
  std::string text;
  if (completion.files) text += ":files\n";
  if (completion.folders) text += ":folders\n";
  for (const auto& [word, about] : completion.candidates)
    if (word.find_first_of("\t\r\n ") == std::string::npos && reports::safe(word) == word)
      text += fmt::format("{}\t{}\n", word, reports::safe(about));
  return text;
}

}  // namespace smtprig::cli
