// What `accept` writes: the smallest entries that make a cell known, in a file that stays a file.
#include <boost/test/unit_test.hpp>

#include "harness/cli/accept.hpp"

namespace smtprig::cli {
namespace {

using model::Channel;
using model::Delivery;
using model::Verdict;

model::CellResult failed() {
  model::CellResult result;
  result.cell = "routing/null-mx@postfix-3.7.11/may";
  result.scenario = "routing/null-mx";
  result.server = {"postfix", "3.7.11"};
  result.policy = model::Policy::may;
  result.ruling.permitted = {{.delivery = Delivery::bounced}};
  result.judgement.verdict = Verdict::fail;
  result.outcome.recipients = {
      {.recipient = "a", .delivery = Delivery::delivered, .channel = Channel::plaintext},
      {.recipient = "b", .delivery = Delivery::bounced},
      {.recipient = "c", .delivery = Delivery::delivered, .channel = Channel::plaintext}};
  result.outcome.conduct = {{.rule = "conduct/C3"}, {.rule = "advice/old-tls"}};
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(accept)

BOOST_AUTO_TEST_CASE(one_entry_per_way_to_end_and_per_broken_rule) {
  const auto entries = accepted(failed(), "so it is", "https://example.org/1");
  BOOST_TEST_REQUIRE(entries.size() == 2u);
  BOOST_TEST((entries[0].delivery == Delivery::delivered));
  BOOST_TEST((entries[0].channel == Channel::plaintext));
  BOOST_TEST(entries[0].violation == "");
  BOOST_TEST(entries[1].violation == "conduct/C3");
  for (const auto& entry : entries) {
    BOOST_TEST(entry.server == "postfix");
    BOOST_TEST(entry.version_from == "3.7.11");
    BOOST_TEST(entry.cells == "routing/null-mx/may");
    BOOST_TEST(entry.reason == "so it is");
  }
}

BOOST_AUTO_TEST_CASE(only_failures_of_a_living_server_can_be_accepted) {
  for (const auto verdict : {Verdict::pass, Verdict::known, Verdict::unexpected_pass,
                             Verdict::not_reached, Verdict::interference, Verdict::error}) {
    auto result = failed();
    result.judgement.verdict = verdict;
    BOOST_TEST(accepted(result, "x", "").empty());
  }
  auto result = failed();
  result.outcome.server = model::ServerHealth::crashed;
  BOOST_TEST(accepted(result, "x", "").empty());
}

BOOST_AUTO_TEST_CASE(letters_end_a_version) {
  auto result = failed();
  result.server.version = "6.8.0p2";
  BOOST_TEST(accepted(result, "x", "").at(0).version_from == "6.8.0");
}

BOOST_AUTO_TEST_CASE(entries_go_behind_the_others) {
  const auto entries = accepted(failed(), "a < b & \"c\"", "");
  const std::string file = with_entries("", entries);
  BOOST_TEST(file.starts_with("<?xml version=\"1.0\""));
  BOOST_TEST(file.ends_with("</known>\n"));
  BOOST_TEST(file.find("a &lt; b &amp; ") != file.npos);
  BOOST_TEST(file.find("delivery=\"delivered\" channel=\"plaintext\"") != file.npos);
  BOOST_TEST(file.find("violation=\"conduct/C3\"") != file.npos);
  BOOST_TEST(file.find("link=") == file.npos);
  const std::string more = with_entries("<!-- kept -->" + file, {entries[0]});
  BOOST_TEST(more.starts_with("<!-- kept -->"));
  BOOST_TEST(more.rfind("<deviation") > more.find("conduct/C3"));
  BOOST_CHECK_THROW(with_entries("<known/>", entries), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace smtprig::cli
