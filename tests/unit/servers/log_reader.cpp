// Correlation by key and its bounds, on a made-up log format; the patterns of a real server are
// tested with its real lines elsewhere.
#include "harness/servers/log_reader.hpp"

#include <boost/test/unit_test.hpp>

using namespace smtprig;
using fakes::ServerFact;
using Kind = fakes::ServerFact::Kind;
using servers::LogReader;

namespace {

const std::vector<model::LogPattern> patterns = {
    {Kind::tls, R"((?P<key>\d+) tls (?P<detail>\w+) (?P<relay>\S+))"},
    {Kind::note, R"((?P<key>\d+) note (?P<detail>.*))"},
    {Kind::note, R"(loose (?P<detail>.*))"},
    {Kind::delivered,
     R"((?P<key>\d+) (?P<queue_id>\w+) to=(?P<recipient>\S+) sent \((?P<detail>.*)\))"},
    {Kind::deferred,
     R"((?P<key>\d+) (?P<queue_id>\w+) to=(?P<recipient>\S+) deferred \((?P<detail>.*)\))"},
    {Kind::removed, R"((?P<queue_id>\w+) removed)"},
};

std::string text(const ServerFact& fact) {
  static const char* const names[] = {"queued",  "tls",     "delivered",  "deferred", "bounced",
                                      "expired", "removed", "tls-report", "note"};
  return std::string(names[static_cast<int>(fact.kind)]) + ":" + fact.queue_id + ":" +
         fact.recipient + ":" + fact.relay + ":" + fact.detail + ";";
}

std::string read_all(LogReader& reader, const std::vector<std::string>& lines) {
  std::string told;
  for (const std::string& line : lines) {
    for (const ServerFact& fact : reader.read(line))
      told += text(fact);
  }
  return told;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_reader)

BOOST_AUTO_TEST_CASE(correlation) {
  struct Row {
    const char* name;
    std::vector<std::string> lines;
    const char* told;
  };
  const Row rows[] = {
      {"nothing matches", {"", "7 tls", "x"}, ""},
      {"held back until decided", {"7 tls Trusted mx"}, ""},
      {"released, first",
       {"7 tls Trusted mx", "7 A to=r sent (ok)"},
       "tls:A:r:mx:Trusted;delivered:A:r::ok;"},
      {"by key",
       {"7 tls Trusted mx", "8 A to=r sent (ok)", "7 B to=s sent (ok)"},
       "delivered:A:r::ok;tls:B:s:mx:Trusted;delivered:B:s::ok;"},
      {"several of one attempt, in order",
       {"7 tls Untrusted mx1", "7 note bad", "7 tls Trusted mx2", "7 A to=r deferred (x)"},
       "tls:A:r:mx1:Untrusted;note:A:r::bad;tls:A:r:mx2:Trusted;deferred:A:r::x;"},
      {"two recipients share a connection",
       {"7 tls Trusted mx", "7 A to=r sent (ok)", "7 A to=s deferred (no)"},
       "tls:A:r:mx:Trusted;delivered:A:r::ok;tls:A:s:mx:Trusted;deferred:A:s::no;"},
      {"another message of the same process does not",
       {"7 tls Trusted mx", "7 A to=r sent (ok)", "7 B to=s sent (ok)"},
       "tls:A:r:mx:Trusted;delivered:A:r::ok;delivered:B:s::ok;"},
      {"nor does another attempt of the same recipient",
       {"7 tls Trusted mx", "7 A to=r deferred (no)", "7 A to=r sent (ok)"},
       "tls:A:r:mx:Trusted;deferred:A:r::no;delivered:A:r::ok;"},
      {"a new connection forgets the last",
       {"7 tls Trusted mx1", "7 A to=r deferred (no)", "7 tls Verified mx2", "7 A to=r sent (ok)"},
       "tls:A:r:mx1:Trusted;deferred:A:r::no;tls:A:r:mx2:Verified;delivered:A:r::ok;"},
      {"without a key at once", {"loose x", "A removed"}, "note::::x;removed:A:::;"},
      {"a peer's words are not structure",
       {"7 A to=r deferred (8 B to=s sent (ok))", "7 note 7 A to=r sent (ok)"},
       "deferred:A:r::8 B to=s sent (ok);"},
      {"nor are its bytes unreadable",
       {"7 A to=r sent (\xff\xfe\x80 \xc3)"},
       "delivered:A:r::\xff\xfe\x80 \xc3;"},
      {"from end to end", {"x7 A to=r sent (ok)", "7 A to=r sent (ok) x", "A removed\n"}, ""},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      LogReader reader(patterns);
      BOOST_TEST(read_all(reader, row.lines) == row.told);
    }
  }
}

BOOST_AUTO_TEST_CASE(bounds) {
  LogReader reader(patterns);
  for (int key = 0; key < 5'000; ++key)
    reader.read(std::to_string(key) + " tls Trusted mx");
  BOOST_TEST(reader.read("0 A to=r sent (ok)").size() == 1);     // forgotten
  BOOST_TEST(reader.read("4999 A to=r sent (ok)").size() == 2);  // not
  for (int count = 0; count < 100; ++count)
    reader.read("9 note again");
  BOOST_TEST(reader.read("9 A to=r sent (ok)").size() == 17);
}

BOOST_AUTO_TEST_CASE(bad_patterns_are_named) {
  const std::pair<const char*, const char*> rows[] = {
      {"(", "missing )"}, {"(?P<pid>x)", "unknown capture pid"}, {R"((a)\1)", "invalid escape"}};
  for (const auto& [expression, expected] : rows) {
    BOOST_TEST_CONTEXT(expression) {
      const std::vector<model::LogPattern> bad = {{Kind::note, expression}};
      try {
        const LogReader reader(bad);
        BOOST_ERROR("compiled");
      } catch (const lab::LabError& error) {
        BOOST_TEST(error.step.find(expression) != std::string::npos);
        BOOST_TEST(error.detail.find(expected) != std::string::npos, error.detail);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
