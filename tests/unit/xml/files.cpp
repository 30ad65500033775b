// See files.hpp.
#include "files.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace smtprig::xml::test {

namespace fs = std::filesystem;

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "smtprig-xml-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  path_ = fs::canonical(name);
}

Folder::~Folder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

fs::path Folder::write(const fs::path& name, const std::string& text) const {
  const auto file = path_ / name;
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

std::vector<std::string> told(const std::vector<Problem>& problems) {
  std::vector<std::string> all;
  for (const auto& problem : problems) {
    const auto& at = problem.location;
    std::string text =
        std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + problem.message;
    if (!problem.suggestion.empty()) text += " [" + problem.suggestion + "]";
    all.push_back(text);
  }
  return all;
}

std::string suite(const std::string& body) {
  return "<suite xmlns=\"urn:smtprig:1\">\n" + body + "\n</suite>\n";
}

Suite read_body(const std::string& body) {
  const Folder folder;
  return read_suites({folder.write("suite.xml", suite(body))});
}

std::string source(const fs::path& name) {
  std::ifstream in(fs::path(SMTPRIG_SOURCE_DIR) / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace smtprig::xml::test
