// Every writer against its golden file. SMTPRIG_APPROVE=1 in the environment rewrites the files.
#include <boost/test/unit_test.hpp>

#include "reports/jsonl.hpp"
#include "reports/junit.hpp"
#include "reports/markdown.hpp"
#include "reports/terminal.hpp"
#include "sample.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>

namespace smtprig::reports {
namespace {

std::string json_lines(const Run& run) {
  std::ostringstream out;
  JsonLines writer(out);
  writer.begin(run.facts);
  for (const auto& result : run.results)
    writer.add(result);
  writer.end(run.facts, run.end);
  return out.str();
}

std::string terminal_as(const Run& run, bool colour, Charset charset, std::size_t columns) {
  return terminal(run, {.colour = colour, .charset = charset, .columns = columns});
}

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The first line that differs, for a message that helps.
std::string difference(const std::string& expected, const std::string& actual) {
  std::istringstream left(expected);
  std::istringstream right(actual);
  std::string expected_line;
  std::string actual_line;
  for (int number = 1;; ++number) {
    const bool more_left = !!std::getline(left, expected_line);
    const bool more_right = !!std::getline(right, actual_line);
    if (!more_left && !more_right) return "only line ends differ";
    if (more_left != more_right || expected_line != actual_line)
      return "line " + std::to_string(number) +
             "\n  golden: " + (more_left ? expected_line : "(end)") +
             "\n  now:    " + (more_right ? actual_line : "(end)");
  }
}

struct Row {
  std::string_view file;
  std::function<std::string(const Run&)> write;
};

const Row rows[] = {
    {"terminal.txt", [](const Run& run) { return terminal_as(run, false, Charset::utf8, 80); }},
    {"terminal-ascii.txt",
     [](const Run& run) { return terminal_as(run, false, Charset::ascii, 80); }},
    {"terminal-colour.txt",
     [](const Run& run) { return terminal_as(run, true, Charset::utf8, 130); }},
    {"terminal-narrow.txt",
     [](const Run& run) { return terminal_as(run, false, Charset::utf8, 48); }},
    {"junit.xml", [](const Run& run) { return junit(run); }},
    {"results.jsonl", json_lines},
    {"matrix.md", [](const Run& run) { return markdown(run); }},
};

BOOST_AUTO_TEST_CASE(writers_match_their_golden_files) {
  const std::filesystem::path folder = std::string(SMTPRIG_SOURCE_DIR) + "/tests/golden";
  const char* approve = std::getenv("SMTPRIG_APPROVE");
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.file) {
      const auto file = folder / row.file;
      const auto actual = row.write(sample_run());
      if (approve && std::string_view(approve) == "1")
        std::ofstream(file, std::ios::binary | std::ios::trunc) << actual;
      const auto expected = content(file);
      BOOST_CHECK_MESSAGE(expected == actual, difference(expected, actual)
                                                  << "\n  SMTPRIG_APPROVE=1 accepts the change");
    }
  }
}

// The sample would be a weak one if it left something out.
BOOST_AUTO_TEST_CASE(sample_holds_every_verdict_delivery_and_channel) {
  std::array<bool, 8> verdicts{};
  std::array<bool, 6> deliveries{};
  std::array<bool, 4> channels{};
  for (const auto& result : sample_run().results) {
    verdicts[static_cast<std::size_t>(result.judgement.verdict)] = true;
    for (const auto& recipient : result.outcome.recipients) {
      deliveries[static_cast<std::size_t>(recipient.delivery)] = true;
      channels[static_cast<std::size_t>(recipient.channel)] = true;
    }
  }
  for (std::size_t i = 0; i < verdicts.size(); ++i)
    BOOST_TEST(verdicts[i], name(static_cast<model::Verdict>(i)));
  for (std::size_t i = 0; i < deliveries.size(); ++i)
    BOOST_TEST(deliveries[i], name(static_cast<model::Delivery>(i)));
  for (std::size_t i = 0; i < channels.size(); ++i)
    BOOST_TEST(channels[i], name(static_cast<model::Channel>(i)));
}

}  // namespace
}  // namespace smtprig::reports
