// Files for a test, in a folder that goes with it, and problems in the form that the tables write.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "harness/xml/read.hpp"

namespace smtprig::xml::test {

class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  // Makes the folders on the way.
  std::filesystem::path write(const std::filesystem::path& name, const std::string& text) const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// "3:5: unknown attribute ... [suggestion]", one for each.
std::vector<std::string> told(const std::vector<Problem>& problems);

// Reads one suite; `body` stands within <suite> from line 2 on.
Suite read_body(const std::string& body);
std::string suite(const std::string& body);

// One case for each shipped scenario, by its id.
boost::unit_test::test_suite* shipped_cases();

// The text of a file of the source tree.
std::string source(const std::filesystem::path& name);

}  // namespace smtprig::xml::test
