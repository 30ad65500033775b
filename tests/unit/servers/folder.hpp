// A temporary folder that goes with its object.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace smtprig::tests {

struct Folder {
  std::filesystem::path path;

  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "smtprig-test-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  void write(const std::string& name, const std::string& text, bool executable = false) const {
    std::filesystem::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
    if (executable) {
      std::filesystem::permissions(path / name, std::filesystem::perms::owner_all);
    }
  }
};

}  // namespace smtprig::tests
