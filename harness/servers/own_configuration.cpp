// A file that a configuration names is looked for at three places: in the folder itself, where a
// system has the configuration (the folder is shown there), and on this machine.
#include "harness/servers/own_configuration.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <unistd.h>

#include "harness/servers/layout.hpp"

namespace smtprig::servers {
namespace fs = std::filesystem;
using lab::LabError;
namespace {

constexpr std::size_t files_max = 10'000;
constexpr std::uintmax_t folder_bytes_max = 64u << 20;
constexpr int folder_depth_max = 8;

std::string step_of(const fs::path& folder) {
  return "take over the configuration " + folder.string();
}

// The path of `file` below `folder`, by its text alone.
std::optional<std::string> below(const std::string& file, const fs::path& folder) {
  const std::string prefix = folder.lexically_normal().string();
  const std::string text = fs::path(file).lexically_normal().string();
  if (!text.starts_with(prefix + "/")) return std::nullopt;
  return text.substr(prefix.size() + 1);
}

class FolderReader {
 public:
  FolderReader(const fs::path& folder, OwnConfiguration& own) : folder_(folder), own_(own) {}

  void read() {
    std::error_code error;
    fs::recursive_directory_iterator entry(folder_, fs::directory_options::follow_directory_symlink,
                                           error);
    if (error) throw LabError(step_of(folder_), error.message());
    while (entry != fs::recursive_directory_iterator()) {
      take(entry);
      entry.increment(error);
      if (error) throw LabError(step_of(folder_), error.message());
    }
    std::ranges::sort(own_.copied);
  }

 private:
  void take(fs::recursive_directory_iterator& entry) {
    std::error_code error;
    const std::string path = entry->path().lexically_relative(folder_).string();
    const fs::file_status status = entry->status(error);
    const bool is_folder = fs::is_directory(status);
    if (is_folder && entry.depth() < folder_depth_max &&
        ::access(entry->path().c_str(), R_OK | X_OK) == 0)
      return;
    entry.disable_recursion_pending();
    if (is_folder && entry.depth() >= folder_depth_max) return leave_out(path, "it lies too deep");
    if (::access(entry->path().c_str(), R_OK) != 0) return leave_out(path, "it cannot be read");
    if (!fs::is_regular_file(status)) return leave_out(path, "it is no file");
    bytes_ += entry->file_size(error);
    own_.copied.push_back(path);
    if (own_.copied.size() > files_max || bytes_ > folder_bytes_max)
      throw LabError(step_of(folder_), fmt::format("it holds more than {} files or {} MiB",
                                                   files_max, folder_bytes_max >> 20));
  }

  void leave_out(const std::string& path, const char* why) {
    own_.notes.push_back(fmt::format("{} is left out: {}", path, why));
  }

  const fs::path& folder_;
  OwnConfiguration& own_;
  std::uintmax_t bytes_ = 0;
};

class ReferenceReader {
 public:
  ReferenceReader(const model::ServerConfiguration& configuration, const fs::path& folder,
                  OwnConfiguration& own)
      : configuration_(configuration), folder_(folder), own_(own) {}

  // `text` is the user's, without what the lab changes.
  void read(const std::string& file, const std::string& text) {
    for (const model::ServerReference& reference : configuration_.references) {
      for (const Mention& mention : mentions_in(text, reference.expression))
        take(file, reference, mention);
    }
  }

 private:
  void take(const std::string& file, const model::ServerReference& reference,
            const Mention& mention) {
    const auto inside = mention.captures.find("inside"), path = mention.captures.find("path");
    if (inside != mention.captures.end())
      return take_inside(file, reference, mention, inside->second);
    if (path == mention.captures.end())
      return tell(fmt::format("{} asks for {}, which the lab does not have", file, mention.text));
    for (const fs::path& place : {folder_, fs::path(configuration_.home)})
      if (const auto name = below(path->second, place))
        return take_inside(file, reference, mention, *name);
    std::error_code error;
    tell(fmt::format(
        "{} names {}, which lies outside of the folder: {}", file, path->second,
        fs::exists(path->second, error) ? "this machine's own is used" : "this machine has none"));
  }

  void take_inside(const std::string& file, const model::ServerReference& reference,
                   const Mention& mention, const std::string& name) {
    std::error_code error;
    if (std::ranges::binary_search(own_.copied, name)) {
      if (reference.index.empty() || !indexed_.insert(name).second) return;
      own_.indexes.push_back({reference.index, mention.captures, name});
      return;
    }
    if (fs::is_directory(folder_ / name, error)) return;
    // Only its index is there: "transport.db".
    const bool has_index = std::ranges::any_of(
        own_.copied, [&](const std::string& other) { return other.starts_with(name + "."); });
    if (!has_index) tell(fmt::format("{} names {}, which is not in the folder", file, name));
  }

  void tell(std::string note) {
    if (told_.insert(note).second) own_.notes.push_back(std::move(note));
  }

  const model::ServerConfiguration& configuration_;
  const fs::path& folder_;
  OwnConfiguration& own_;
  std::set<std::string> told_, indexed_;
};

}  // namespace

OwnConfiguration read_configuration(const model::ServerConfiguration& configuration,
                                    const fs::path& folder, const RenderLine& render_line) {
  OwnConfiguration own;
  FolderReader(folder, own).read();
  std::set<std::string> files;
  for (const model::ServerOverride& entry : configuration.overrides)
    files.insert(entry.file);
  for (const model::ServerRewrite& entry : configuration.rewrites)
    files.insert(entry.file);
  ReferenceReader references(configuration, folder, own);
  std::vector<std::string> changes;
  for (const std::string& file : files) {
    const auto place = std::ranges::find(own.copied, file);
    if (place == own.copied.end())
      throw LabError(step_of(folder), fmt::format("there is no {} that can be read", file));
    const std::string text = read_file(folder / file);
    Edited edited = with_overrides(configuration, file, text, render_line);
    std::ranges::move(edited.notes, std::back_inserter(changes));
    own.edited[file] = std::move(edited.text);
    references.read(file, text);
  }
  for (const auto& [file, text] : own.edited)
    std::erase(own.copied, file);
  own.notes.insert(own.notes.begin(), changes.begin(), changes.end());
  return own;
}

void write_configuration(const OwnConfiguration& own, const fs::path& folder,
                         const fs::path& target) {
  for (const std::string& path : own.copied) {
    write_file(target / path, read_file(folder / path));
    std::error_code error;
    const fs::file_status status = fs::status(folder / path, error);
    if (!error) fs::permissions(target / path, status.permissions(), error);
    if (error) throw LabError("set the mode of " + (target / path).string(), error.message());
  }
  for (const auto& [path, text] : own.edited)
    write_file(target / path, text);
}

}  // namespace smtprig::servers
