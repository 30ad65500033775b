// Which known deviations speak of a cell, and what they describe.
#include "harness/judge/deviations.hpp"

#include <boost/test/unit_test.hpp>

#include "build.hpp"

namespace smtprig::judge::test {

BOOST_AUTO_TEST_SUITE(deviations)

BOOST_AUTO_TEST_CASE(versions) {
  const struct {
    const char *version, *from, *to;
    bool expected;
  } rows[] = {
      {"3.7.11", "", "", true},
      {"3.7.11", "3.7.11", "3.7.11", true},
      {"3.7.11", "3.7.9", "", true},
      {"3.7.9", "3.7.11", "", false},
      {"3.7.11", "", "3.7.9", false},
      {"3.7.11", "", "3.7", true},
      {"3.8.0", "", "3.7", false},
      {"3.8", "3.7.11", "3.9", true},
      {"4.96-15", "4.96", "4.96", true},
      {"", "3.7", "", false},
      {"", "", "3.7", true},
  };
  for (const auto& row : rows)
    BOOST_TEST_CONTEXT(row.version << " in " << row.from << ".." << row.to)
  BOOST_TEST(version_within(row.version, row.from, row.to) == row.expected);
}

BOOST_AUTO_TEST_CASE(entries_of_a_cell) {
  const auto count = [](const char* server, const char* cells, const char* to,
                        model::Attacker attacker = model::Attacker::none) {
    model::Cell cell = cell_of(one_mx(), model::Policy::may, attacker);
    cell.server = {.name = "postfix", .version = "3.7.11"};
    return entries_for(cell, {{.server = server, .version_to = to, .cells = cells}}).size();
  };
  BOOST_TEST(count("postfix", "topic/name/may", "") == 1);
  BOOST_TEST(count("postfix", "topic/*", "") == 1);
  BOOST_TEST(count("postfix", "*/may", "") == 1);
  BOOST_TEST(count("postfix", "topic/nam?/m??", "") == 1);
  BOOST_TEST(count("postfix", "topic/name", "") == 0);
  BOOST_TEST(count("postfix", "topic/nam[e]/may", "") == 0);
  BOOST_TEST(count("postfix", "topic/name/verify", "") == 0);
  BOOST_TEST(count("exim", "topic/*", "") == 0);
  BOOST_TEST(count("postfix", "topic/*", "3.6") == 0);
  // A cell under attack is of the same scenario.
  BOOST_TEST(count("postfix", "topic/*", "", model::Attacker::impostor_other_name) == 1);
}

BOOST_AUTO_TEST_CASE(what_shows_under_attack_only) {
  const auto count = [](model::Attacker attacker) {
    model::Cell cell = cell_of(one_mx(), model::Policy::may, attacker);
    cell.server = {.name = "postfix", .version = "3.7.11"};
    return entries_for(cell, {{.server = "postfix", .cells = "topic/*", .attacked = true}}).size();
  };
  BOOST_TEST(count(model::Attacker::none) == 0);
  BOOST_TEST(count(model::Attacker::passive) == 0);
  BOOST_TEST(count(model::Attacker::strip) == 1);
}

BOOST_AUTO_TEST_CASE(descriptions) {
  const model::RecipientOutcome outcome{.delivery = model::Delivery::bounced, .status = "5.1.0"};
  using Entry = model::KnownDeviation;
  BOOST_TEST(describes(Entry{.delivery = model::Delivery::bounced}, outcome));
  BOOST_TEST(describes(Entry{.status = "5.1.0"}, outcome));
  BOOST_TEST(describes(Entry{.channel = model::Channel::none}, outcome));
  BOOST_TEST(!describes(Entry{}, outcome));
  BOOST_TEST(!describes(Entry{.violation = "conduct/C2"}, outcome));
  BOOST_TEST(!describes(Entry{.delivery = model::Delivery::deferred}, outcome));
  BOOST_TEST(!describes(Entry{.delivery = model::Delivery::bounced, .status = "5.1.1"}, outcome));
  BOOST_TEST(!describes(
      Entry{.delivery = model::Delivery::bounced, .channel = model::Channel::plaintext}, outcome));
  const model::Violation violation{.rule = "conduct/C2"};
  BOOST_TEST(describes(Entry{.violation = "conduct/C2"}, violation));
  BOOST_TEST(!describes(Entry{.violation = "conduct/C3"}, violation));
  BOOST_TEST(!describes(Entry{}, model::Violation{}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::judge::test
