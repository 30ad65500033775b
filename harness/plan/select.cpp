// Which cells a pattern means. A pattern without * and ? is a prefix that ends where a component of
// the path ends, so "cert" selects "cert/expired" and not "certificate/good". Globs match whole
// ids.
#include "harness/model/pattern.hpp"
#include "harness/plan/plan.hpp"

namespace smtprig::plan {

bool matches(std::string_view pattern, const model::Cell& cell) {
  const std::string id = cell.id();
  if (!model::is_glob(pattern)) return model::prefix_matches(pattern, id);
  return model::glob_matches(pattern, cell.scenario->id) || model::glob_matches(pattern, id);
}

}  // namespace smtprig::plan
