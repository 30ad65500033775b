// The wire side of the DNS fake: header bits, EDNS, truncation, and what gets no answer. Queries
// are written byte by byte here, so that a fault of ldns is not hidden by ldns.
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "fakes/dns/server.hpp"

namespace {

using smtprig::fakes::DnsQuery;
using smtprig::fakes::DnsReply;
using namespace smtprig::fakes::dns;
using Bytes = std::vector<std::uint8_t>;

constexpr unsigned bit_qr = 0x8000, bit_tc = 0x0200, bit_rd = 0x0100, bit_ra = 0x0080;
constexpr unsigned bit_ad = 0x0020, bit_cd = 0x0010, mask_opcode = 0x7800, mask_rcode = 0x000f;

void put16(Bytes& bytes, unsigned value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

void put_name(Bytes& bytes, std::string_view name) {
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    bytes.push_back(static_cast<std::uint8_t>(label.size()));
    bytes.insert(bytes.end(), label.begin(), label.end());
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  bytes.push_back(0);
}

struct Ask {
  std::string name = "a.test";
  unsigned type = 1;
  unsigned klass = 1;
  unsigned flags = bit_rd;
  int questions = 1;
  bool edns = false;
  bool dnssec_ok = false;
  unsigned udp_bytes = 1232;
  unsigned version = 0;
};

Bytes message(const Ask& ask) {
  Bytes bytes;
  put16(bytes, 0x1234);
  put16(bytes, ask.flags);
  put16(bytes, static_cast<unsigned>(ask.questions));
  put16(bytes, 0);
  put16(bytes, 0);
  put16(bytes, ask.edns ? 1 : 0);
  for (int i = 0; i < ask.questions; ++i) {
    put_name(bytes, ask.name);
    put16(bytes, ask.type);
    put16(bytes, ask.klass);
  }
  if (ask.edns) {
    bytes.push_back(0);
    put16(bytes, 41);
    put16(bytes, ask.udp_bytes);
    put16(bytes, ask.version);
    put16(bytes, ask.dnssec_ok ? 0x8000 : 0);
    put16(bytes, 0);
  }
  return bytes;
}

unsigned get16(const Bytes& bytes, std::size_t at) {
  return at + 1 < bytes.size() ? static_cast<unsigned>(bytes[at] << 8 | bytes[at + 1]) : 0;
}

struct Reply {
  Bytes bytes;
  DnsQuery query;
  unsigned flags() const { return get16(bytes, 2); }
  unsigned rcode() const { return flags() & mask_rcode; }
  unsigned questions() const { return get16(bytes, 4); }
  unsigned answers() const { return get16(bytes, 6); }
  unsigned authority() const { return get16(bytes, 8); }
  unsigned additional() const { return get16(bytes, 10); }
};

Table sample() {
  Table table;
  table.add_zone("test", true);
  table.add({.name = "a.test", .type = "A", .data = "127.0.0.2", .secure = true});
  table.add({.name = "b.test", .type = "A", .data = "127.0.0.2", .secure = false});
  table.add({.name = "2.0.0.127.in-addr.arpa", .type = "PTR", .data = "mx1.a.test."});
  for (int i = 0; i < 40; ++i) {
    table.add({.name = "wide.test", .type = "A", .data = "127.0.1." + std::to_string(i)});
  }
  for (int i = 0; i < 100; ++i) {
    table.add({.name = "huge.test", .type = "A", .data = "127.0.2." + std::to_string(i)});
  }
  for (int i = 0; i < 600; ++i) {
    table.add(
        {.name = "vast.test", .type = "TXT", .data = std::string(120, 'x') + std::to_string(i)});
  }
  return table;
}

Reply ask(const Ask& what, bool tcp = false) {
  Table table = sample();
  Reply reply;
  reply.bytes = respond(table, message(what), tcp, reply.query);
  return reply;
}

BOOST_AUTO_TEST_SUITE(respond_suite)

BOOST_AUTO_TEST_CASE(header_and_question) {
  const Reply reply = ask({.name = "A.tEsT", .flags = bit_rd | bit_cd});
  BOOST_TEST(get16(reply.bytes, 0) == 0x1234u);
  BOOST_TEST(reply.flags() == (bit_qr | bit_rd | bit_ra | bit_cd));
  BOOST_TEST(reply.questions() == 1u);
  BOOST_TEST(reply.answers() == 1u);
  BOOST_TEST(reply.authority() == 0u);
  BOOST_TEST(reply.additional() == 0u);
  const std::string echoed(reply.bytes.begin() + 12, reply.bytes.begin() + 20);
  BOOST_TEST(echoed == std::string("\1A\4tEsT\0", 8));
  BOOST_TEST(reply.query.name == "a.test");
  BOOST_TEST(reply.query.type == "A");
  BOOST_TEST(reply.query.rcode == "NOERROR");
  BOOST_TEST(reply.query.answers == 1);
  BOOST_TEST(!reply.query.tcp);
}

BOOST_AUTO_TEST_CASE(authentic_data) {
  struct Row {
    std::string name;
    Ask ask;
    bool ad;
  };
  const std::vector<Row> rows = {
      {"secure, but the client knows neither DO nor AD", {}, false},
      {"secure, AD", {.flags = bit_ad}, true},
      {"secure, DO", {.edns = true, .dnssec_ok = true}, true},
      {"secure, EDNS without DO", {.edns = true}, false},
      {"insecure, AD", {.name = "b.test", .flags = bit_ad}, false},
      {"secure denial", {.name = "c.test", .flags = bit_ad}, true},
      {"refused", {.name = "c.example", .flags = bit_ad}, false},
      {"the probe of Postfix", {.name = "", .type = 2, .edns = true, .dnssec_ok = true}, true},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const Reply reply = ask(row.ask);
      BOOST_TEST(((reply.flags() & bit_ad) != 0) == row.ad);
      BOOST_TEST(reply.query.authentic == row.ad);
      BOOST_TEST(reply.query.dnssec_ok == row.ask.dnssec_ok);
      BOOST_TEST(reply.additional() == (row.ask.edns ? 1u : 0u));
    }
  }
}

BOOST_AUTO_TEST_CASE(edns_is_echoed) {
  const Reply reply = ask({.edns = true, .dnssec_ok = true, .udp_bytes = 4096});
  const std::size_t opt = reply.bytes.size() - 11;
  BOOST_TEST(get16(reply.bytes, opt + 1) == 41u);
  BOOST_TEST(get16(reply.bytes, opt + 3) == udp_bytes_max);
  BOOST_TEST(get16(reply.bytes, opt + 5) == 0u);
  BOOST_TEST(get16(reply.bytes, opt + 7) == 0x8000u);

  const Reply later = ask({.edns = true, .version = 1});
  BOOST_TEST(later.rcode() == 0u);
  BOOST_TEST(get16(later.bytes, later.bytes.size() - 6) == 0x0100u);  // BADVERS is 16
  BOOST_TEST(later.query.rcode == "BADVERS");
  BOOST_TEST(later.answers() == 0u);
}

BOOST_AUTO_TEST_CASE(rcodes) {
  struct Row {
    std::string name;
    Ask ask;
    unsigned rcode;
    unsigned answers;
    unsigned authority;
    std::string logged;
  };
  const std::vector<Row> rows = {
      {"PTR", {.name = "2.0.0.127.in-addr.arpa", .type = 12}, 0, 1, 0, "PTR"},
      {"NODATA", {.type = 15}, 0, 0, 1, "MX"},
      {"unknown type", {.type = 65280}, 0, 0, 1, "TYPE65280"},
      {"NXDOMAIN", {.name = "c.test"}, 3, 0, 1, "A"},
      {"below no zone", {.name = "c.example"}, 5, 0, 0, "A"},
      {"class CH", {.klass = 3}, 5, 0, 0, "A"},
      {"zone transfer", {.name = "test", .type = 252}, 5, 0, 0, "AXFR"},
      {"opcode STATUS", {.flags = 2u << 11}, 4, 0, 0, "A"},
      {"opcode NOTIFY", {.flags = 4u << 11}, 4, 0, 0, "A"},
      {"no question", {.questions = 0}, 1, 0, 0, ""},
      {"two questions", {.questions = 2}, 1, 0, 0, "A"},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const Reply reply = ask(row.ask);
      BOOST_TEST(reply.rcode() == row.rcode);
      BOOST_TEST(reply.answers() == row.answers);
      BOOST_TEST(reply.authority() == row.authority);
      BOOST_TEST((reply.flags() & mask_opcode) == (row.ask.flags & mask_opcode));
      BOOST_TEST(reply.query.type == row.logged);
    }
  }
}

BOOST_AUTO_TEST_CASE(faults_on_the_wire) {
  struct Row {
    DnsReply reply;
    unsigned number;
  };
  const std::vector<Row> rows = {{DnsReply::servfail, 2}, {DnsReply::refused, 5},
                                 {DnsReply::formerr, 1},  {DnsReply::notimp, 4},
                                 {DnsReply::nxdomain, 3}, {DnsReply::nodata, 0}};
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(name(row.reply)) {
      Table table = sample();
      table.add(Fault{"a.test", "A", row.reply, {}});
      Reply reply;
      reply.bytes = respond(table, message({}), true, reply.query);
      BOOST_TEST(reply.rcode() == row.number);
      BOOST_TEST(reply.answers() == 0u);
      BOOST_TEST(reply.query.tcp);
    }
  }
}

Reply ask_with(DnsReply fault, bool tcp) {
  Table table = sample();
  table.add(Fault{"a.test", "A", fault, {}, std::chrono::milliseconds(7)});
  Reply reply;
  reply.bytes = respond(table, message({.flags = bit_rd | bit_ad, .edns = true}), tcp, reply.query);
  BOOST_TEST(reply.query.name == "a.test");
  BOOST_TEST(reply.query.delay_ms == 7u);
  return reply;
}

BOOST_AUTO_TEST_CASE(silence) {
  for (const bool tcp : {false, true}) {
    const Reply reply = ask_with(DnsReply::none, tcp);
    BOOST_TEST(reply.bytes.empty());
    BOOST_TEST(reply.query.fault == "none");
    BOOST_TEST(reply.query.rcode == "");
    BOOST_TEST(reply.query.answers == 0);
    BOOST_TEST(!reply.query.authentic);
  }
}

BOOST_AUTO_TEST_CASE(truncated_by_a_fault) {
  const Reply cut = ask_with(DnsReply::truncated, false);
  BOOST_TEST((cut.flags() & bit_tc) != 0u);
  BOOST_TEST((cut.flags() & bit_ad) == 0u);
  BOOST_TEST(cut.rcode() == 0u);
  BOOST_TEST(cut.questions() == 1u);
  BOOST_TEST(cut.answers() == 0u);
  BOOST_TEST(cut.additional() == 1u);
  BOOST_TEST(cut.query.fault == "truncated");
  BOOST_TEST(cut.query.rcode == "NOERROR");
  BOOST_TEST(cut.query.answers == 0);
  const Reply whole = ask_with(DnsReply::truncated, true);
  BOOST_TEST((whole.flags() & bit_tc) == 0u);
  BOOST_TEST((whole.flags() & bit_ad) != 0u);
  BOOST_TEST(whole.answers() == 1u);
  BOOST_TEST(whole.query.fault == "");
  BOOST_TEST(whole.query.answers == 1);
}

BOOST_AUTO_TEST_CASE(nobodys_answer) {
  for (const bool tcp : {false, true}) {
    const Reply reply = ask_with(DnsReply::wrong_id, tcp);
    Bytes honest = ask_with(DnsReply::honest, tcp).bytes;
    BOOST_TEST(get16(honest, 0) == 0x1234u);
    BOOST_TEST(get16(reply.bytes, 0) == 0xedcbu);
    honest[0] = reply.bytes.at(0);
    honest[1] = reply.bytes.at(1);
    BOOST_TEST(reply.bytes == honest, boost::test_tools::per_element());
    BOOST_TEST(reply.query.fault == "wrong-id");
    BOOST_TEST(reply.query.rcode == "");
  }
}

BOOST_AUTO_TEST_CASE(garbage) {
  for (const bool tcp : {false, true}) {
    const Reply reply = ask_with(DnsReply::garbage, tcp);
    BOOST_TEST(get16(reply.bytes, 0) == 0x1234u);
    BOOST_TEST((reply.flags() & bit_qr) != 0u);
    BOOST_TEST(reply.questions() == 1u);
    BOOST_TEST(reply.bytes.size() == 44u);
    BOOST_TEST(get16(reply.bytes, 12) == 0xffffu);  // a pointer to where nothing is
    BOOST_TEST(reply.query.fault == "garbage");
    BOOST_TEST(reply.query.rcode == "");
  }
}

BOOST_AUTO_TEST_CASE(truncation) {
  struct Row {
    std::string name;
    Ask ask;
    bool tcp;
    bool truncated;
    unsigned answers;
  };
  const std::vector<Row> rows = {
      {"660 bytes without EDNS", {.name = "wide.test"}, false, true, 0},
      {"660 bytes, EDNS 600",
       {.name = "wide.test", .edns = true, .udp_bytes = 600},
       false,
       true,
       0},
      {"660 bytes, EDNS 700",
       {.name = "wide.test", .edns = true, .udp_bytes = 700},
       false,
       false,
       40},
      {"EDNS below 512 is 512", {.edns = true, .udp_bytes = 10}, false, false, 1},
      {"1600 bytes, EDNS 4096",
       {.name = "huge.test", .edns = true, .udp_bytes = 4096},
       false,
       true,
       0},
      {"660 bytes over TCP", {.name = "wide.test"}, true, false, 40},
      {"1600 bytes over TCP", {.name = "huge.test"}, true, false, 100},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const Reply reply = ask(row.ask, row.tcp);
      BOOST_TEST(((reply.flags() & bit_tc) != 0) == row.truncated);
      BOOST_TEST(reply.answers() == row.answers);
      BOOST_TEST(reply.rcode() == 0u);
      BOOST_TEST(reply.questions() == 1u);
      BOOST_TEST(reply.additional() == (row.ask.edns ? 1u : 0u));
    }
  }
}

BOOST_AUTO_TEST_CASE(larger_than_a_message) {
  const Reply reply = ask({.name = "vast.test", .type = 16}, true);
  BOOST_TEST(reply.rcode() == 2u);
  BOOST_TEST(reply.query.rcode == "SERVFAIL");
  BOOST_TEST((reply.flags() & bit_tc) == 0u);
}

BOOST_AUTO_TEST_CASE(no_answer) {
  Table table = sample();
  const Bytes honest = message({.edns = true});
  for (std::size_t length = 0; length < honest.size(); ++length) {
    BOOST_TEST_CONTEXT("cut to " << length) {
      DnsQuery query;
      const Bytes cut(honest.begin(), honest.begin() + static_cast<std::ptrdiff_t>(length));
      BOOST_TEST(respond(table, cut, false, query).empty());
    }
  }
  DnsQuery query;
  BOOST_TEST(respond(table, message({.flags = bit_qr}), false, query).empty());
  BOOST_TEST(respond(table, Bytes(40, 0xff), false, query).empty());
  BOOST_TEST(respond(table, Bytes(70'000, 0), true, query).empty());
  Bytes pointer_loop = message({.name = ""});
  pointer_loop[12] = 0xc0;
  pointer_loop.insert(pointer_loop.begin() + 13, 12);
  BOOST_TEST(respond(table, pointer_loop, false, query).empty());
  BOOST_TEST(!respond(table, honest, false, query).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
