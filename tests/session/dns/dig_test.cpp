// The DNS server as BIND's `dig` sees it, which parses every section and complains of what is odd.
// Exits 77 (skipped) where dig is not installed.
#define BOOST_TEST_MODULE dns_dig
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "world.hpp"

namespace {

using namespace smtprig::fakes::dns;

std::string output_of(const std::string& command, bool answered = true) {
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  BOOST_REQUIRE(pipe);
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
    output.push_back(static_cast<char>(c));
  BOOST_TEST((pclose(pipe) == 0) == answered);
  return output;
}

struct NeedsDig {
  NeedsDig() {
    if (std::system("dig -v >/dev/null 2>&1") == 0) return;
    std::cerr << "skipped: dig is missing (apt-get install bind9-dnsutils)\n";
    std::exit(77);
  }
};
BOOST_TEST_GLOBAL_FIXTURE(NeedsDig);

BOOST_AUTO_TEST_CASE(dig) {
  World world;
  const std::string to = "dig @127.0.0.1 -p " + std::to_string(world.port()) + " +tries=1 ";
  struct Row {
    std::string arguments;
    std::vector<std::string> contains;
    std::vector<std::string> lacks;
  };
  const std::vector<Row> rows = {
      {"a.test MX", {"status: NOERROR", "10 mx1.a.test.", " ad;", "EDNS: version: 0, flags:;"}, {}},
      {"a.test MX +noadflag", {"10 mx1.a.test."}, {" ad;"}},
      {"a.test MX +dnssec", {"10 mx1.a.test.", " ad;", "flags: do;"}, {}},
      {"a.test MX +noedns", {"10 mx1.a.test."}, {"EDNS"}},
      {"a.test MX +tcp", {"10 mx1.a.test.", "(TCP)"}, {}},
      {"a.test TXT", {"\"v=x; \\\"q\\\"\""}, {" ad;"}},
      {"alias.a.test A", {"ANSWER: 2", "CNAME", "127.0.0.2"}, {}},
      {"mx1.a.test AAAA", {"fd00::2"}, {}},
      {"-x 127.0.0.2", {"PTR", "mx1.a.test."}, {}},
      {"absent.a.test A", {"status: NXDOMAIN", "SOA", "AUTHORITY: 1"}, {}},
      {"a.test A", {"status: NOERROR", "ANSWER: 0", "SOA"}, {}},
      {"a.test TYPE65280", {"status: NOERROR", "ANSWER: 0", "SOA"}, {}},
      {"broken.test A", {"status: SERVFAIL"}, {}},
      {"else.example A", {"status: REFUSED"}, {}},
      {"a.test A CH", {"status: REFUSED"}, {}},
      {"+opcode=status a.test A", {"status: NOTIMP"}, {}},
      {"+edns=1 +noednsneg a.test MX", {"status: BADVERS"}, {"mx1.a.test."}},
      {"+ignore huge.test A", {" tc ", "ANSWER: 0"}, {}},
      {"huge.test A", {"ANSWER: 200", "(TCP)", "Truncated, retrying in TCP mode"}, {}},
      {". NS", {"status: NOERROR", " ad;"}, {}},
  };
  for (const Row& row : rows) {
    const std::string output = output_of(to + row.arguments);
    BOOST_TEST_CONTEXT(row.arguments << "\n" << output) {
      for (const std::string& text : row.contains)
        BOOST_TEST(output.find(text) != std::string::npos, "contains " << text);
      for (const std::string& text : row.lacks)
        BOOST_TEST(output.find(text) == std::string::npos, "lacks " << text);
      BOOST_TEST(output.find("WARNING") == std::string::npos);
      BOOST_TEST(output.find("Warning") == std::string::npos);
      BOOST_TEST(output.find("malformed") == std::string::npos);
    }
  }
}

// What becomes of a question that is answered badly or not at all: whoever waits, asks again or
// asks over TCP gets what is there, and takes nothing else for it.
BOOST_AUTO_TEST_CASE(dig_meets_faults) {
  World world;
  const std::string to =
      "dig @127.0.0.1 -p " + std::to_string(world.port()) + " +timeout=1 +tries=1 ";
  struct Row {
    std::string arguments;
    bool answered;
    std::vector<std::string> contains;
    std::vector<std::string> asked;  // "UDP", "TCP", with the fault
  };
  const std::vector<Row> rows = {
      {"silent.test A", false, {"timed out"}, {"UDP none"}},
      {"silent.test A +tcp", false, {"timed out"}, {"TCP none"}},
      {"lost.test A +tries=2", true, {"127.0.0.4"}, {"UDP none", "UDP "}},
      {"cut.test A",
       true,
       {"Truncated, retrying in TCP mode", "127.0.0.4", "(TCP)"},
       {"UDP truncated", "TCP "}},
      {"cut.test A +ignore", true, {" tc ", "ANSWER: 0"}, {"UDP truncated"}},
      {"cut.test A +tcp", true, {"127.0.0.4"}, {"TCP "}},
      {"forged.test A", false, {"ID mismatch", "timed out"}, {"UDP wrong-id"}},
      {"garbage.test A", true, {"Got bad packet"}, {"UDP garbage"}},
      {"late.test A", true, {"127.0.0.4"}, {"UDP "}},
      {"late.test A +tcp", true, {"127.0.0.4"}, {"TCP "}},
  };
  for (const Row& row : rows) {
    world.take_queries();
    const std::string output = output_of(to + row.arguments, row.answered);
    std::vector<std::string> asked;
    for (const auto& query : world.take_queries())
      asked.push_back((query.tcp ? "TCP " : "UDP ") + query.fault);
    BOOST_TEST_CONTEXT(row.arguments << "\n" << output) {
      BOOST_TEST(asked == row.asked, boost::test_tools::per_element());
      for (const std::string& text : row.contains)
        BOOST_TEST(output.find(text) != std::string::npos, "contains " << text);
    }
  }
}

}  // namespace
