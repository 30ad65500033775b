// Which policy applies when, sentence by sentence of RFC 8461 3.1 (the end), 3.3, 5.1, 6, 8.3 and
// 10.2.
#include "harness/servers/embedded/sts_cache.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace smtprig::embedded;
using namespace std::chrono_literals;

const StsRecord no_record{.reason = "no record"};

StsRecord record(std::string id) {
  return {.id = std::move(id)};
}

StsPolicy policy(std::chrono::seconds max_age, StsMode mode = StsMode::enforce) {
  return {.mode = mode, .mx = {"mx.a.test"}, .max_age = max_age};
}

const StsCache::Time start = StsCache::Time(std::chrono::hours(500'000));

}  // namespace

BOOST_AUTO_TEST_SUITE(sts_cache)

BOOST_AUTO_TEST_CASE(first_contact) {
  StsCache cache;
  BOOST_TEST(!cache.find("a.test", start));
  BOOST_TEST(cache.wants_fetch("a.test", record("1"), start));
  // RFC 8461 3.1: without a usable record the remaining steps are skipped.
  BOOST_TEST(!cache.wants_fetch("a.test", no_record, start));
}

BOOST_AUTO_TEST_CASE(a_policy_lives_for_max_age) {
  StsCache cache;
  cache.keep("a.test", "1", policy(100s), start);
  for (const auto age : {0s, 1s, 100s}) {
    BOOST_TEST_CONTEXT(age.count()) {
      BOOST_REQUIRE(cache.find("a.test", start + age));
      BOOST_TEST(cache.find("a.test", start + age)->id == "1");
      BOOST_TEST(!cache.wants_fetch("a.test", record("1"), start + age));
    }
  }
  BOOST_TEST(!cache.find("a.test", start + 100s + 1ms));
  BOOST_TEST(cache.wants_fetch("a.test", record("1"), start + 101s));
  // A clock that is set back ends nothing.
  BOOST_TEST(cache.find("a.test", start - 1h));
}

BOOST_AUTO_TEST_CASE(max_age_zero_is_for_this_delivery) {
  StsCache cache;
  cache.keep("a.test", "1", policy(0s), start);
  BOOST_TEST(cache.find("a.test", start));
  BOOST_TEST(!cache.find("a.test", start + 1s));
}

BOOST_AUTO_TEST_CASE(another_id_wants_a_fetch) {
  StsCache cache;
  cache.keep("a.test", "2", policy(100s), start);
  // There is no order of ids.
  BOOST_TEST(cache.wants_fetch("a.test", record("1"), start));
  BOOST_TEST(cache.wants_fetch("a.test", record("3"), start));
  cache.keep("a.test", "3", policy(50s, StsMode::testing), start + 60s);
  BOOST_TEST(cache.find("a.test", start + 60s)->id == "3");
  BOOST_TEST((cache.find("a.test", start + 60s)->policy.mode == StsMode::testing));
  BOOST_TEST(cache.find("a.test", start + 110s));  // its own age counts
  BOOST_TEST(!cache.find("a.test", start + 111s));
}

// RFC 8461 3.3: "if no live policy can be discovered via DNS or fetched via HTTPS, but a valid
// policy exists in the sender's cache, the sender MUST apply that cached policy".
BOOST_AUTO_TEST_CASE(a_cached_policy_outlives_its_sources) {
  StsCache cache;
  cache.keep("a.test", "1", policy(1000s), start);
  BOOST_TEST(!cache.wants_fetch("a.test", no_record, start + 1s));
  BOOST_TEST(cache.find("a.test", start + 1s));
  cache.fetch_failed("a.test", "2", start + 2s);
  BOOST_REQUIRE(cache.find("a.test", start + 3s));
  BOOST_TEST(cache.find("a.test", start + 3s)->id == "1");
  BOOST_TEST(!cache.find("a.test", start + 1001s));
}

// "In the case where the HTTPS GET fails, implementers SHOULD limit further attempts to a period of
// five minutes or longer per version ID".
BOOST_AUTO_TEST_CASE(a_failed_fetch_is_not_repeated_at_once) {
  StsCache cache;
  cache.fetch_failed("a.test", "1", start);
  BOOST_TEST(!cache.find("a.test", start));
  BOOST_TEST(!cache.wants_fetch("a.test", record("1"), start));
  BOOST_TEST(!cache.wants_fetch("a.test", record("1"), start + 299s));
  BOOST_TEST(cache.wants_fetch("a.test", record("1"), start + 300s));
  BOOST_TEST(cache.wants_fetch("a.test", record("2"), start));
  BOOST_TEST(cache.wants_fetch("b.test", record("1"), start));
  cache.fetch_failed("a.test", "1", start + 300s);
  BOOST_TEST(!cache.wants_fetch("a.test", record("1"), start + 599s));
  cache.keep("a.test", "1", policy(10s), start + 600s);
  BOOST_TEST(cache.wants_fetch("a.test", record("1"), start + 611s));
}

// RFC 8461 5.1 step 3 and 8.3: mode none replaces what was enforced and is itself kept.
BOOST_AUTO_TEST_CASE(mode_none_is_kept) {
  StsCache cache;
  cache.keep("a.test", "1", policy(1000s), start);
  cache.keep("a.test", "2", policy(500s, StsMode::none), start + 1s);
  BOOST_REQUIRE(cache.find("a.test", start + 2s));
  BOOST_TEST((cache.find("a.test", start + 2s)->policy.mode == StsMode::none));
  BOOST_TEST(!cache.wants_fetch("a.test", record("2"), start + 2s));
  BOOST_TEST(!cache.find("a.test", start + 502s));
}

// RFC 8461 3.4: neither the parent's nor a subdomain's.
BOOST_AUTO_TEST_CASE(domains_are_exact) {
  StsCache cache;
  cache.keep("A.Test.", "1", policy(100s), start);
  BOOST_TEST(cache.find("a.test", start));
  BOOST_TEST(cache.find("a.TEST.", start));
  BOOST_TEST(!cache.find("sub.a.test", start));
  BOOST_TEST(!cache.find("test", start));
  BOOST_TEST(cache.size() == 1u);
}

// RFC 8461 6.
BOOST_AUTO_TEST_CASE(what_is_reported) {
  StsCache cache;
  BOOST_TEST(cache.failure_is_reportable("a.test", record("1"), start));
  BOOST_TEST(!cache.failure_is_reportable("a.test", no_record, start));
  cache.keep("a.test", "1", policy(100s), start);
  BOOST_TEST(cache.failure_is_reportable("a.test", no_record, start));
  BOOST_TEST(!cache.failure_is_reportable("a.test", no_record, start + 101s));
  cache.keep("a.test", "2", policy(100s, StsMode::none), start);
  BOOST_TEST(!cache.failure_is_reportable("a.test", no_record, start));
  BOOST_TEST(cache.failure_is_reportable("a.test", record("3"), start));
}

// "MTAs SHOULD proactively refresh cached policies before they expire".
BOOST_AUTO_TEST_CASE(due_for_a_refresh) {
  StsCache cache;
  cache.keep("long.test", "1", policy(1'000'000s), start);
  cache.keep("short.test", "1", policy(1'000s), start);
  BOOST_TEST(cache.due(start + 86'399s).empty());
  const std::vector<std::string> due = cache.due(start + 86'400s);
  BOOST_TEST(due == std::vector<std::string>{"long.test"});
  cache.keep("long.test", "1", policy(1'000'000s), start + 86'400s);
  BOOST_TEST(cache.due(start + 86'401s).empty());
}

BOOST_AUTO_TEST_CASE(bounded) {
  StsCache cache(StsCache::Limits{.domains_max = 3});
  cache.keep("short.test", "1", policy(1s), start + 2s);
  cache.keep("old.test", "1", policy(1000s), start);
  cache.keep("b.test", "1", policy(1000s), start + 1s);
  // What has expired goes first, then the oldest.
  cache.keep("c.test", "1", policy(1000s), start + 10s);
  BOOST_TEST(cache.size() == 3u);
  BOOST_TEST(cache.find("old.test", start + 10s));
  cache.keep("d.test", "1", policy(1000s), start + 11s);
  BOOST_TEST(cache.size() == 3u);
  BOOST_TEST(!cache.find("old.test", start + 11s));
  BOOST_TEST(cache.find("b.test", start + 11s));
  for (int i = 0; i < 10; ++i)
    cache.fetch_failed("f" + std::to_string(i) + ".test", "1", start + std::chrono::seconds(i));
  BOOST_TEST(!cache.wants_fetch("f9.test", record("1"), start + 10s));
  BOOST_TEST(cache.wants_fetch("f0.test", record("1"), start + 10s));
}

BOOST_AUTO_TEST_SUITE_END()
