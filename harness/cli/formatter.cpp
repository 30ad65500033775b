// See formatter.hpp.
#include "harness/cli/formatter.hpp"

#include "reports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace smtprig::cli {
namespace {

constexpr std::size_t left_columns_max = 20;
constexpr std::string_view plain_group = "Options";

bool takes_value(const CLI::Option& option) {
  return option.get_items_expected_max() > 0;
}

// "TARGET...", "CELL"
std::string argument_text(const CLI::Option& argument) {
  return argument.get_type_name() + (argument.get_items_expected_max() > 1 ? "..." : "");
}

// "-l, --long", "--server SERVER,..."
std::string option_text(const CLI::Option& option) {
  std::string text;
  for (const auto& name : option.get_snames())
    text += (text.empty() ? "-" : ", -") + name;
  for (const auto& name : option.get_lnames())
    text += (text.empty() ? "--" : ", --") + name;
  return takes_value(option) ? text + " " + option.get_type_name() : text;
}

std::vector<const CLI::Option*> arguments_of(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& app, const std::string& group) {
  return app.get_options([&](const CLI::Option* option) {
    return !option->get_positional() && option->get_group() == group;
  });
}

// Empty names a command that is not for users.
std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

std::string usage(const CLI::App& app, const std::string& name) {
  const auto commands = commands_of(app);
  auto text = fmt::format("Usage: {}{} [OPTION...]", name, commands.empty() ? "" : " COMMAND");
  for (const auto* argument : arguments_of(app))
    text += argument->get_required() ? " " + argument_text(*argument)
                                     : fmt::format(" [{}]", argument_text(*argument));
  return text + "\n";
}

struct Row {
  std::string left;
  std::string right;
};

struct Block {
  std::string title;  // empty: none
  std::vector<Row> rows;
};

Block options_block(const CLI::App& app, const std::string& group) {
  Block block{group, {}};
  for (const auto* option : options_of(app, group))
    block.rows.push_back({option_text(*option), option->get_description()});
  return block;
}

// Arguments, commands, options by group; the plain ones, which every command has, last.
std::vector<Block> blocks_of(const CLI::App& app) {
  std::vector<Block> blocks(2);
  for (const auto* argument : arguments_of(app))
    blocks[0].rows.push_back({argument_text(*argument), argument->get_description()});
  blocks[1].title = "Commands";
  for (const auto* command : commands_of(app)) {
    const auto about = command->get_description();
    blocks[1].rows.push_back({command->get_name(), about.substr(0, about.find('\n'))});
  }
  for (const auto& group : app.get_groups())
    if (group != plain_group) blocks.push_back(options_block(app, group));
  blocks.push_back(options_block(app, std::string(plain_group)));
  return blocks;
}

// The column in which the right side begins, with room for all on the left that is not too long.
std::size_t right_column(const std::vector<Block>& blocks) {
  std::size_t widest = 0;
  for (const auto& block : blocks)
    for (const auto& row : block.rows)
      if (row.left.size() <= left_columns_max) widest = std::max(widest, row.left.size());
  return 2 + widest + 2;
}

// "  --out DIR    Folder of results (out)"; behind what is too long the right side has a new line.
std::string row_text(const Row& row, std::size_t column) {
  auto text = "  " + row.left;
  text += text.size() + 2 > column ? "\n" + std::string(column, ' ')
                                   : std::string(column - text.size(), ' ');
  return text + reports::wrapped(row.right, help_columns, column, column) + "\n";
}

}  // namespace

std::string Formatter::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const {
  auto text = app->get_description();
  if (!text.ends_with('\n')) text += '\n';
  text += "\n" + usage(*app, name);
  const auto blocks = blocks_of(*app);
  const auto column = right_column(blocks);
  for (const auto& block : blocks) {
    if (block.rows.empty()) continue;
    text += block.title.empty() ? "\n" : fmt::format("\n{}:\n", block.title);
    for (const auto& row : block.rows)
      text += row_text(row, column);
  }
  return text;
}

}  // namespace smtprig::cli
