// JSON Lines: a header record ("run"), one record per cell ("cell", with its canonical and measured
// parts), a summary record ("summary"); results.schema.json describes them. Every line is flushed
// as it is written, so that an interrupted run leaves a file that is complete up to its last cell.
// Where a cell occurs twice (it was run again alone, or reopened), the last record counts.
#pragma once

#include <map>
#include <ostream>
#include <string>

#include <boost/json/object.hpp>

#include "reports/run.hpp"
#include "reports/tally.hpp"

namespace smtprig::reports {

boost::json::object run_record(const RunFacts& facts);
boost::json::object cell_record(const model::CellResult& result,
                                boost::json::storage_ptr memory = {});
boost::json::object summary_record(const RunFacts& facts, const VerdictCounts& counts,
                                   const RunEnd& end);

class JsonLines {
 public:
  // `out` must outlive the writer. A failed write shows in out's state, which is the caller's to
  // look at.
  explicit JsonLines(std::ostream& out) : out_(out) {}

  void begin(const RunFacts& facts);
  void add(const model::CellResult& result);
  void end(const RunFacts& facts, const RunEnd& end);

 private:
  void line(const boost::json::object& record);

  std::ostream& out_;
  std::map<std::string, model::Verdict> verdicts_;  // by cell
};

}  // namespace smtprig::reports
