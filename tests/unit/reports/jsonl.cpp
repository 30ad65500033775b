// JSON Lines: what is written is complete after every cell.
#include "reports/jsonl.hpp"

#include <boost/test/unit_test.hpp>

#include "harness/model/record.hpp"
#include "sample.hpp"

#include <boost/json.hpp>

#include <sstream>
#include <string>

namespace smtprig::reports {
namespace {

// Counts what was flushed, as a killed process would leave it.
class FlushedBuffer : public std::stringbuf {
 public:
  std::string flushed;

 private:
  int sync() override {
    flushed = str();
    return 0;
  }
};

BOOST_AUTO_TEST_CASE(every_line_is_flushed_when_its_cell_ends) {
  const auto run = sample_run();
  FlushedBuffer buffer;
  std::ostream out(&buffer);
  JsonLines writer(out);
  writer.begin(run.facts);
  std::size_t lines = 1;
  for (const auto& result : run.results) {
    writer.add(result);
    ++lines;
    BOOST_REQUIRE(buffer.flushed == buffer.str());
    BOOST_REQUIRE(std::ranges::count(buffer.flushed, '\n') == static_cast<std::ptrdiff_t>(lines));
    BOOST_REQUIRE(buffer.flushed.back() == '\n');
  }
}

BOOST_AUTO_TEST_CASE(a_cell_reads_back) {
  for (const auto& result : sample_run().results) {
    BOOST_TEST_CONTEXT(result.cell) {
      const auto text = boost::json::serialize(cell_record(result));
      const auto back = model::result_from_json(boost::json::parse(text));
      BOOST_TEST(boost::json::serialize(cell_record(back)) == text);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_summary_counts_what_was_written) {
  const auto run = sample_run();
  std::ostringstream out;
  JsonLines writer(out);
  writer.begin(run.facts);
  writer.add(run.results.front());
  writer.end(run.facts, run.end);
  const auto text = out.str();
  const auto last = text.rfind('\n', text.size() - 2) + 1;
  const auto summary = boost::json::parse(text.substr(last)).as_object();
  BOOST_TEST(summary.at("cells").to_number<int>() == 1);
  BOOST_TEST(summary.at("planned").to_number<int>() == 99);
  BOOST_TEST(summary.at("interrupted").as_bool());
  BOOST_TEST(summary.at("verdicts").at("pass").to_number<int>() == 1);
}

}  // namespace
}  // namespace smtprig::reports
