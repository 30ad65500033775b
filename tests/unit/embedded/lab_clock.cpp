// The clock of the embedded server: ahead of the machine's by what a file says at that moment.
#include "harness/servers/embedded/lab_clock.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

using smtprig::embedded::LabClock;
using namespace std::chrono;

class ClockFile {
 public:
  ClockFile()
      : path(std::filesystem::temp_directory_path() / ("clock." + std::to_string(::getpid()))) {}
  ~ClockFile() { std::filesystem::remove(path); }
  void says(const std::string& text) const { std::ofstream(path) << text; }

  const std::filesystem::path path;
};

hours ahead(const LabClock& clock) {
  return round<hours>(clock.now() - system_clock::now());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lab_clock)

BOOST_AUTO_TEST_CASE(follows_its_file) {
  BOOST_TEST(ahead(LabClock()).count() == 0);
  const ClockFile file;
  const LabClock clock(file.path);
  BOOST_TEST(ahead(clock).count() == 0);
  file.says("+691200\n");
  BOOST_TEST(ahead(clock).count() == 8 * 24);
  file.says("+0\n");
  BOOST_TEST(ahead(clock).count() == 0);
}

BOOST_AUTO_TEST_CASE(anything_else_is_no_time) {
  const ClockFile file;
  const LabClock clock(file.path);
  for (const char* text : {"", "soon\n", "-3600\n", "99999999999999999999\n", "4294967297\n"}) {
    file.says(text);
    BOOST_TEST(ahead(clock).count() == 0, text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
