// The lookup rule of the DNS table, by table: what is there, what is not, and how it is not there.
#define BOOST_TEST_MODULE dns
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "fakes/dns/server.hpp"

namespace {

using smtprig::fakes::DnsReply;
using smtprig::fakes::Ordinals;
using namespace smtprig::fakes::dns;

Table sample() {
  Table table;
  table.add_zone("test", false);
  table.add_zone("Safe.Test", true);
  const std::vector<Record> records = {
      {.name = "a.test", .type = "MX", .data = "10 mx1.a.test."},
      {.name = "a.test", .type = "MX", .data = "20 mx2.a.test."},
      {.name = "MX1.A.Test", .type = "A", .data = "127.0.0.2"},
      {.name = "mx1.a.test", .type = "AAAA", .data = "fd00::2"},
      {.name = "deep.below.a.test", .type = "TXT", .data = "\"v=x\" \"y\""},
      {.name = "alias.a.test", .type = "CNAME", .data = "MX1.a.test."},
      {.name = "nowhere.a.test", .type = "CNAME", .data = "absent.a.test."},
      {.name = "bare.a.test", .type = "CNAME", .data = "below.a.test."},
      {.name = "outside.a.test", .type = "CNAME", .data = "host.example."},
      {.name = "loop1.a.test", .type = "CNAME", .data = "loop2.a.test."},
      {.name = "loop2.a.test", .type = "CNAME", .data = "loop1.a.test."},
      {.name = "safe.test", .type = "MX", .data = "10 mx.safe.test.", .secure = true},
      {.name = "mx.safe.test", .type = "A", .data = "127.0.0.3", .secure = true},
      {.name = "mixed.safe.test", .type = "A", .data = "127.0.0.4", .secure = true},
      {.name = "mixed.safe.test", .type = "A", .data = "127.0.0.5", .secure = false},
      {.name = "out.safe.test", .type = "CNAME", .data = "mx1.a.test.", .secure = true},
      {.name = "in.safe.test", .type = "CNAME", .data = "mx.safe.test.", .secure = true},
      {.name = "_25._tcp.mx.safe.test", .type = "TLSA", .data = "3 1 1 00ff", .secure = true},
  };
  for (const Record& record : records)
    table.add(record);
  for (int hop = 1; hop <= 9; ++hop) {
    table.add({.name = "c" + std::to_string(hop) + ".chain.test",
               .type = "CNAME",
               .data = "c" + std::to_string(hop + 1) + ".chain.test."});
  }
  table.add({.name = "c10.chain.test", .type = "A", .data = "127.0.0.9"});
  return table;
}

struct Row {
  std::string name;
  std::string asked;
  std::string type;
  std::string rcode;
  std::vector<std::string> data;
  bool authentic = false;
  std::string soa_of;  // empty: none
};

void check(const Row& row, const Answer& answer) {
  BOOST_TEST_CONTEXT(row.name) {
    BOOST_TEST(answer.rcode == row.rcode);
    std::vector<std::string> data;
    for (const Record& record : answer.records)
      data.push_back(record.data);
    BOOST_TEST(data == row.data, boost::test_tools::per_element());
    BOOST_TEST(answer.authentic == row.authentic);
    BOOST_TEST(answer.negative == !row.soa_of.empty());
    if (answer.negative) BOOST_TEST(answer.soa.name == row.soa_of);
  }
}

BOOST_AUTO_TEST_CASE(lookup) {
  Table table = sample();
  const std::string soa = "ns.safe.test. hostmaster.safe.test. 1 3600 600 86400 60";
  const std::vector<Row> rows = {
      {"two MX in order", "a.test", "MX", "NOERROR", {"10 mx1.a.test.", "20 mx2.a.test."}},
      {"case and final dot", "Mx1.A.TEST.", "a", "NOERROR", {"127.0.0.2"}},
      {"other type of a name", "mx1.a.test", "MX", "NOERROR", {}, false, "test"},
      {"unknown type", "mx1.a.test", "TYPE65280", "NOERROR", {}, false, "test"},
      {"every type", "mx1.a.test", "ANY", "NOERROR", {"127.0.0.2", "fd00::2"}},
      {"no such name", "absent.a.test", "A", "NXDOMAIN", {}, false, "test"},
      {"a name is no ancestor by its letters", "est", "A", "REFUSED", {}},
      {"a longer label is another name", "xa.test", "MX", "NXDOMAIN", {}, false, "test"},
      {"empty non-terminal", "below.a.test", "A", "NOERROR", {}, false, "test"},
      {"its descendant", "deep.below.a.test", "TXT", "NOERROR", {"\"v=x\" \"y\""}},
      {"below no zone", "host.example", "A", "REFUSED", {}},
      {"zone apex", "safe.test", "SOA", "NOERROR", {soa}, true},
      {"longest zone denies", "x.safe.test", "A", "NXDOMAIN", {}, true, "safe.test"},
      {"secure NODATA", "mx.safe.test", "AAAA", "NOERROR", {}, true, "safe.test"},
      {"secure records", "safe.test", "MX", "NOERROR", {"10 mx.safe.test."}, true},
      {"one insecure record", "mixed.safe.test", "A", "NOERROR", {"127.0.0.4", "127.0.0.5"}},
      {"underscores", "_25._tcp.mx.safe.test", "TLSA", "NOERROR", {"3 1 1 00ff"}, true},
      {"CNAME", "alias.a.test", "A", "NOERROR", {"MX1.a.test.", "127.0.0.2"}},
      {"CNAME asked for", "alias.a.test", "CNAME", "NOERROR", {"MX1.a.test."}},
      {"CNAME to NODATA", "alias.a.test", "MX", "NOERROR", {"MX1.a.test."}, false, "test"},
      {"CNAME to nothing", "nowhere.a.test", "A", "NXDOMAIN", {"absent.a.test."}, false, "test"},
      {"CNAME to an empty non-terminal",
       "bare.a.test",
       "A",
       "NOERROR",
       {"below.a.test."},
       false,
       "test"},
      {"CNAME out of all zones", "outside.a.test", "A", "SERVFAIL", {}},
      {"CNAME loop", "loop1.a.test", "A", "SERVFAIL", {}},
      {"CNAME in a loop asked for", "loop1.a.test", "CNAME", "NOERROR", {"loop2.a.test."}},
      {"secure alias of insecure data",
       "out.safe.test",
       "A",
       "NOERROR",
       {"mx1.a.test.", "127.0.0.2"}},
      {"secure alias of secure data",
       "in.safe.test",
       "A",
       "NOERROR",
       {"mx.safe.test.", "127.0.0.3"},
       true},
      {"chain of nine", "c1.chain.test", "A", "SERVFAIL", {}},
      {"root NS", "", "NS", "NOERROR", {"a.root-servers.test."}, true},
      {"root NS with its dot", ".", "NS", "NOERROR", {"a.root-servers.test."}, true},
      {"root otherwise", ".", "A", "REFUSED", {}},
  };
  for (const Row& row : rows)
    check(row, table.lookup(row.asked, row.type));

  const Answer eight = table.lookup("c2.chain.test", "A");
  BOOST_TEST(eight.rcode == "NOERROR");
  BOOST_TEST(eight.records.size() == 9u);  // eight CNAMEs and the address
}

BOOST_AUTO_TEST_CASE(faults) {
  Table table = sample();
  table.add(Fault{"a.test", "MX", DnsReply::servfail, {2, 3}});
  table.add(Fault{"MX1.a.test.", "*", DnsReply::nxdomain, {1, 1}});
  table.add(Fault{"mx.safe.test", "A", DnsReply::nodata, {}});
  table.add(Fault{"gone.example", "A", DnsReply::refused, {}});
  table.add(Fault{"absent.a.test", "A", DnsReply::formerr, {}});
  const std::vector<std::string> mx = {"10 mx1.a.test.", "20 mx2.a.test."};
  const std::vector<Row> rows = {
      {"first is honest", "a.test", "MX", "NOERROR", mx},
      {"another type has a count of its own", "a.test", "A", "NOERROR", {}, false, "test"},
      {"second fails", "A.test", "MX", "SERVFAIL", {}},
      {"third fails", "a.test", "MX", "SERVFAIL", {}},
      {"fourth is honest", "a.test", "MX", "NOERROR", mx},
      {"any type: A", "mx1.a.test", "A", "NXDOMAIN", {}, false, "test"},
      {"any type: AAAA counts for itself", "mx1.a.test", "AAAA", "NXDOMAIN", {}, false, "test"},
      {"any type: second A", "mx1.a.test", "A", "NOERROR", {"127.0.0.2"}},
      {"NODATA", "mx.safe.test", "A", "NOERROR", {}, true, "safe.test"},
      {"behind a CNAME", "in.safe.test", "A", "NOERROR", {"mx.safe.test."}, true, "safe.test"},
      {"in no zone", "gone.example", "A", "REFUSED", {}},
      {"a failing target drops the chain", "nowhere.a.test", "A", "FORMERR", {}},
  };
  for (const Row& row : rows)
    check(row, table.lookup(row.asked, row.type));
}

BOOST_AUTO_TEST_CASE(an_answer_that_nothing_proves) {
  Table table = sample();
  table.add(Fault{"mx.safe.test", "A", DnsReply::insecure, {1, 1}});
  const Answer unproven = table.lookup("mx.safe.test", "A");
  BOOST_TEST(unproven.records.size() == 1u);
  BOOST_TEST(!unproven.authentic);
  BOOST_TEST(table.lookup("mx.safe.test", "A").authentic);
}

BOOST_AUTO_TEST_CASE(what_is_no_answer) {
  Table table = sample();
  using std::chrono::milliseconds;
  table.add(Fault{"a.test", "MX", DnsReply::garbage, {1, 1}});
  table.add(Fault{"alias.a.test", "*", DnsReply::honest, {}, milliseconds(30)});
  table.add(Fault{"mx1.a.test", "A", DnsReply::truncated, {}, milliseconds(12)});
  table.add(Fault{"mx1.a.test", "AAAA", DnsReply::servfail, {}, milliseconds(5)});
  struct Row {
    const char* name;
    const char* asked;
    const char* type;
    DnsReply fault;
    int delay_ms;
    const char* rcode;
  };
  const std::vector<Row> rows = {
      {"first is garbage", "a.test", "MX", DnsReply::garbage, 0, "NOERROR"},
      {"second is honest", "a.test", "MX", DnsReply::honest, 0, "NOERROR"},
      {"truncated and late", "mx1.a.test", "A", DnsReply::truncated, 12, "NOERROR"},
      {"through an alias", "alias.a.test", "A", DnsReply::truncated, 42, "NOERROR"},
      {"an RCODE, late", "alias.a.test", "AAAA", DnsReply::honest, 35, "SERVFAIL"},
  };
  for (const Row& row : rows)
    BOOST_TEST_CONTEXT(row.name) {
      const Answer answer = table.lookup(row.asked, row.type);
      BOOST_TEST((answer.fault == row.fault));
      BOOST_TEST(answer.delay.count() == row.delay_ms);
      BOOST_TEST(answer.rcode == row.rcode);
      BOOST_TEST(answer.records.empty() == (answer.rcode == "SERVFAIL"));
    }
}

BOOST_AUTO_TEST_CASE(a_fault_makes_no_name) {
  Table table = sample();
  table.add(Fault{"ghost.a.test", "MX", DnsReply::servfail, {}});
  BOOST_TEST(table.lookup("ghost.a.test", "A").rcode == "NXDOMAIN");
}

BOOST_AUTO_TEST_CASE(remove_below) {
  Table table = sample();
  table.add({.name = "a-b.test", .type = "A", .data = "127.0.0.6"});
  table.add({.name = "xa.test", .type = "A", .data = "127.0.0.7"});
  table.add(Fault{"mx1.a.test", "A", DnsReply::servfail, {}});
  table.remove_below("A.test.");
  const std::vector<Row> rows = {
      {"itself", "a.test", "MX", "NXDOMAIN", {}, false, "test"},
      {"below, with its fault", "mx1.a.test", "A", "NXDOMAIN", {}, false, "test"},
      {"deep below", "deep.below.a.test", "TXT", "NXDOMAIN", {}, false, "test"},
      {"beside, longer at its end", "a-b.test", "A", "NOERROR", {"127.0.0.6"}},
      {"beside, longer at its front", "xa.test", "A", "NOERROR", {"127.0.0.7"}},
      {"another zone", "mx.safe.test", "A", "NOERROR", {"127.0.0.3"}, true},
  };
  for (const Row& row : rows)
    check(row, table.lookup(row.asked, row.type));
  table.remove_below("safe.test");
  check({"the zone went with its apex", "mx.safe.test", "A", "NXDOMAIN", {}, false, "test"},
        table.lookup("mx.safe.test", "A"));
}

BOOST_AUTO_TEST_CASE(zones_and_sets) {
  Table table;
  table.add_zone("z.test", false);
  table.add_zone("z.test", true);
  BOOST_TEST(table.lookup("z.test", "SOA").records.size() == 1u);
  BOOST_TEST(table.lookup("x.z.test", "A").authentic);
  table.add({.name = "z.test", .type = "A", .data = "127.0.0.2"});
  table.add({.name = "Z.test", .type = "a", .data = "127.0.0.2"});
  BOOST_TEST(table.lookup("z.test", "A").records.size() == 1u);
}

BOOST_AUTO_TEST_CASE(records_that_are_none) {
  const std::vector<Record> rows = {
      {.name = "a.test", .type = "A", .data = "127.0.0"},
      {.name = "a.test", .type = "A", .data = ""},
      {.name = "a.test", .type = "MX", .data = "mx1.a.test."},
      {.name = "a.test", .type = "NONSENSE", .data = "1"},
      {.name = "a..test", .type = "A", .data = "127.0.0.1"},
      {.name = std::string(70, 'x') + ".test", .type = "A", .data = "127.0.0.1"},
  };
  for (const Record& row : rows) {
    BOOST_TEST_CONTEXT(row.name + " " + row.type + " " + row.data) {
      Table table;
      BOOST_CHECK_THROW(table.add(row), std::invalid_argument);
    }
  }
}

// A cell pays for its own names, not for all others: ten times the names may not cost ten times the
// time. The bound is loose, because the machine may be busy.
BOOST_AUTO_TEST_CASE(cost_does_not_grow_with_the_table) {
  const auto cost = [](int names) {
    Table table;
    table.add_zone("test", false);
    for (int i = 0; i < names; ++i) {
      const std::string name = "d" + std::to_string(i) + ".test";
      table.add({.name = name, .type = "A", .data = "127.0.0.2"});
      table.add(Fault{name, "MX", DnsReply::servfail, {}});
    }
    auto best = std::chrono::steady_clock::duration::max();
    for (int round = 0; round < 5; ++round) {
      const auto start = std::chrono::steady_clock::now();
      for (int i = 0; i < 500; ++i)
        (void)table.lookup("d7.test", i % 2 ? "A" : "TXT");
      best = std::min(best, std::chrono::steady_clock::now() - start);
    }
    return best;
  };
  const auto few = cost(300), many = cost(9000);
  BOOST_TEST((many < 8 * few));
}

}  // namespace
