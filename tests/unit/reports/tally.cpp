// Counts, shares, exit status.
#include "reports/tally.hpp"
#include "reports/tradeoff.hpp"

#include <boost/test/unit_test.hpp>

#include "sample.hpp"

namespace smtprig::reports {
namespace {

using model::Verdict;

BOOST_AUTO_TEST_CASE(what_needs_a_look_is_counted) {
  const struct {
    Verdict verdict;
    bool expected;
  } rows[] = {{Verdict::pass, false},        {Verdict::fail, true},
              {Verdict::known, false},       {Verdict::unexpected_pass, true},
              {Verdict::unsupported, false}, {Verdict::not_reached, false},
              {Verdict::interference, true}, {Verdict::error, true}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(name(row.verdict)) {
      std::vector<model::CellResult> results(2);
      results[0].judgement.verdict = Verdict::pass;
      results[1].judgement.verdict = row.verdict;
      BOOST_TEST(count_verdicts(results).unexpected() == (row.expected ? 1u : 0u));
    }
  }
}

BOOST_AUTO_TEST_CASE(per_cent_is_exact_at_its_ends) {
  const struct {
    std::size_t part, whole;
    unsigned expected;
  } rows[] = {{0, 0, 0},       {0, 9, 0},  {9, 9, 100}, {1, 1000, 1},
              {999, 1000, 99}, {1, 3, 33}, {2, 3, 67},  {1, 200, 1}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.part << " of " << row.whole) {
      BOOST_TEST(per_cent(row.part, row.whole) == row.expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(fates_are_counted_per_mail) {
  const auto counts = count_fates(sample_run().results, "embedded");
  BOOST_REQUIRE(counts.size() == 7);
  // A policy of the user's own has its cells together, whatever their levels.
  BOOST_TEST(name(counts[6].policy) == "partners");
  BOOST_TEST(counts[6].mails() == 3u);
  const auto& may = counts[1];
  BOOST_TEST((may.policy == model::Policy::may));
  // control/honest and four of the five mails of reply/mixed are told apart by their channel.
  BOOST_TEST(may[Fate::encrypted] == 3u);
  BOOST_TEST(may[Fate::plaintext] == 2u);
  BOOST_TEST(may[Fate::deferred] == 2u);
  BOOST_TEST(may[Fate::bounced] == 2u);
  BOOST_TEST(may[Fate::lost] == 1u);
  BOOST_TEST(may[Fate::rejected] == 1u);
  BOOST_TEST(may.mails() == 11u);
  BOOST_TEST(may.delivered() == 5u);
  BOOST_TEST(counts[3].clear_attempts == 1u);
  BOOST_TEST(may.clear_attempts == 0u);
}

// What was run with an attacker, and what says nothing about the server, is not a share of its
// mail.
BOOST_AUTO_TEST_CASE(errors_and_attacks_are_left_out) {
  for (const auto& count : count_fates(sample_run().results, "postfix-3.7.11"))
    BOOST_TEST(count[Fate::duplicated] == 0u, name(count.policy));
}

BOOST_AUTO_TEST_CASE(a_policy_is_weighed_by_mails_and_attackers) {
  const auto rows = tradeoffs(sample_run().results, "embedded");
  BOOST_REQUIRE(rows.size() == 7);
  const auto& may = rows[1];
  BOOST_TEST(may.delivered.of == 11u);
  BOOST_TEST(may.delivered.yes == 5u);
  BOOST_TEST(may.encrypted.yes == 3u);
  BOOST_TEST(may.authenticated.yes == 0u);
  BOOST_TEST(may.delivered.against.at("reply/mixed") == 2u);
  // One cell of the column was attacked.
  BOOST_TEST(may.safe_from_listener.of == 1u);
  BOOST_TEST(may.safe_from_listener.yes == 1u);
  BOOST_TEST(may.safe_at_first.yes == 0u);
  BOOST_TEST(may.safe_at_first.against.at("control/honest") == 1u);
  const auto& secure = rows[5];
  BOOST_TEST(secure.authenticated.yes == 1u);
  BOOST_TEST(secure.safe_at_first.yes == 0u);
  BOOST_TEST(secure.safe_later.yes == 1u);
  BOOST_TEST(tradeoffs(sample_run().results, "postfix-3.7.11")[0].safe_at_first.of == 0u);
}

// Impostors alone are run for every policy that authenticates.
BOOST_AUTO_TEST_CASE(what_was_attacked_in_part_does_not_count) {
  auto run = sample_run();
  for (auto& result : run.results)
    result.exposure.complete = false;
  const auto rows = tradeoffs(run.results, "embedded");
  BOOST_TEST(rows[1].safe_at_first.of == 0u);
  BOOST_TEST(rows[1].safe_from_listener.of == 1u);
}

BOOST_AUTO_TEST_CASE(scenarios_are_summed_by_topic) {
  using Topics = std::vector<std::pair<std::string, std::size_t>>;
  const Topics topics = by_topic({{"a/x", 1}, {"b/x/y", 2}, {"b/z", 3}, {"c", 1}});
  BOOST_TEST((topics == Topics{{"b", 5}, {"a", 1}, {"c", 1}}));
  BOOST_TEST(by_topic({}).empty());
}

BOOST_AUTO_TEST_CASE(expected_attacks_stand_behind_the_cell_without) {
  std::vector<model::CellResult> results(3);
  for (auto& each : results)
    each.judgement.verdict = Verdict::pass;
  results[0].cell = "a@embedded/may";
  results[1].cell = "a@embedded/may~strip";
  results[2].cell = "b@embedded/may~strip";
  results[1].attacker = results[2].attacker = model::Attacker::strip;
  const auto shown = [&] {
    std::vector<std::string> cells;
    for (const auto* cell : without_expected_attacks({&results[0], &results[1], &results[2]}))
      cells.push_back(cell->cell);
    return cells;
  };
  using Cells = std::vector<std::string>;
  BOOST_TEST((shown() == Cells{"a@embedded/may", "b@embedded/may~strip"}));
  results[1].judgement.verdict = Verdict::fail;
  BOOST_TEST(shown().size() == 3u);
}

BOOST_AUTO_TEST_CASE(verdicts_read_as_a_sentence) {
  VerdictCounts counts;
  BOOST_TEST(counts.text() == "0 pass");
  counts.by_verdict[static_cast<std::size_t>(Verdict::pass)] = 3;
  counts.by_verdict[static_cast<std::size_t>(Verdict::unexpected_pass)] = 1;
  BOOST_TEST(counts.text() == "3 pass, 1 unexpected-pass");
  BOOST_TEST(counts.unexpected() == 1u);
}

}  // namespace
}  // namespace smtprig::reports
