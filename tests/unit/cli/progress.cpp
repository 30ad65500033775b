// Progress, with a clock that the test moves.
#include "harness/cli/progress.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace smtprig::cli {
namespace {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(durations_read_well) {
  BOOST_TEST(duration_text(0s) == "0 s");
  BOOST_TEST(duration_text(59s) == "59 s");
  BOOST_TEST(duration_text(125s) == "2 min 5 s");
  BOOST_TEST(duration_text(4800s) == "1 h 20 min");
}

BOOST_AUTO_TEST_CASE(a_terminal_gets_one_line_that_is_rewritten) {
  Progress progress(200, true, 80);
  BOOST_TEST(progress.clear() == "");
  BOOST_TEST(progress.update(0, 0, 0ms) == "\r\x1b[K[................] 0/200 cells, 0%");
  BOOST_TEST(progress.update(1, 0, 50ms) == "");
  BOOST_TEST(progress.update(100, 2, 2s) ==
             "\r\x1b[K[########........] 100/200 cells, 50%, 2 unexpected, 50 cells/s, "
             "about 2 s left");
  BOOST_TEST(progress.update(200, 2, 2010ms).find("200/200 cells, 100%") != std::string::npos);
  BOOST_TEST(progress.clear() == "\r\x1b[K");
  BOOST_TEST(progress.clear() == "");
}

BOOST_AUTO_TEST_CASE(a_narrow_terminal_is_not_overrun) {
  Progress progress(200, true, 30);
  const auto text = progress.update(100, 2, 2s);
  BOOST_TEST(text.size() <= std::string("\r\x1b[K").size() + 29);
  BOOST_TEST(text.find('[', 5) == std::string::npos);
}

// In a log: now and then a line, not one per cell.
BOOST_AUTO_TEST_CASE(elsewhere_lines_are_few) {
  Progress progress(1000, false, 80);
  std::string text;
  for (std::size_t done = 0; done <= 1000; ++done)
    text += progress.update(done, 0, done * 20ms);
  const auto lines = std::count(text.begin(), text.end(), '\n');
  BOOST_TEST(lines >= 5);
  BOOST_TEST(lines <= 12);
  BOOST_TEST(text.ends_with("1000/1000 cells, 100%\n"));
  BOOST_TEST(text.find('\r') == std::string::npos);
  BOOST_TEST(progress.clear() == "");
}

BOOST_AUTO_TEST_CASE(a_short_run_prints_no_line_elsewhere) {
  Progress progress(10, false, 80);
  for (std::size_t done = 0; done <= 10; ++done)
    BOOST_TEST(progress.update(done, 0, done * 10ms) == "");
}

// A run that stalls still says that it lives.
BOOST_AUTO_TEST_CASE(a_stalled_run_says_so) {
  Progress progress(1000, false, 80);
  BOOST_TEST(progress.update(1, 0, 1s) == "");
  BOOST_TEST(progress.update(1, 0, 6s).starts_with("1/1000 cells, 0%, 0 cells/s, about "));
}

BOOST_AUTO_TEST_CASE(no_cells_and_too_many_do_no_harm) {
  Progress none(0, true, 80);
  BOOST_TEST(none.update(0, 0, 0ms).find("0/0 cells") != std::string::npos);
  Progress more(2, true, 80);
  BOOST_TEST(more.update(7, 0, 0ms).find("2/2 cells") != std::string::npos);
}

}  // namespace
}  // namespace smtprig::cli
