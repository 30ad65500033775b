// Routing by RFC 5321 5.1 and RFC 7505, and the wire format of questions and answers.
#include "harness/servers/embedded/route.hpp"

#include "harness/servers/embedded/dns_message.hpp"

#include <ldns/ldns.h>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace smtprig::embedded;
using Hosts = std::vector<std::string>;

Lookup found(std::vector<MxHost> mx) {
  Lookup lookup;
  lookup.status = Lookup::Status::found;
  lookup.mx = std::move(mx);
  return lookup;
}

Lookup empty(Lookup::Status status) {
  Lookup lookup;
  lookup.status = status;
  lookup.reason = "SERVFAIL";
  return lookup;
}

// An answer to `question` with the records given in presentation format.
std::vector<std::uint8_t> answer_to(const Question& question,
                                    const std::vector<std::string>& records,
                                    ldns_pkt_rcode rcode = LDNS_RCODE_NOERROR,
                                    bool truncated = false) {
  const std::vector<std::uint8_t> query = encode(question);
  ldns_pkt* packet = nullptr;
  BOOST_REQUIRE(ldns_wire2pkt(&packet, query.data(), query.size()) == LDNS_STATUS_OK);
  ldns_pkt_set_qr(packet, true);
  ldns_pkt_set_rcode(packet, rcode);
  ldns_pkt_set_tc(packet, truncated);
  for (const std::string& text : records) {
    ldns_rr* record = nullptr;
    BOOST_REQUIRE(ldns_rr_new_frm_str(&record, text.c_str(), 60, nullptr, nullptr) ==
                  LDNS_STATUS_OK);
    ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, record);
  }
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  BOOST_REQUIRE(ldns_pkt2wire(&bytes, packet, &size) == LDNS_STATUS_OK);
  std::vector<std::uint8_t> message(bytes, bytes + size);
  std::free(bytes);
  ldns_pkt_free(packet);
  return message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(route)

BOOST_AUTO_TEST_CASE(hosts_in_order) {
  struct Row {
    std::string name;
    Lookup answer;
    Hosts hosts;
    std::string status;
    bool permanent = false;
  };
  const std::vector<Row> rows = {
      {"by preference, then by name",
       found({{20, "c.test"}, {10, "b.test"}, {10, "a.test"}}),
       {"a.test", "b.test", "c.test"},
       ""},
      {"twice the same host", found({{10, "a.test"}, {20, "a.test"}}), {"a.test"}, ""},
      {"no MX: the domain itself", empty(Lookup::Status::no_data), {"to.test"}, ""},
      {"null MX", found({{0, "."}}), {}, "5.1.10", true},
      {"null MX with a preference", found({{10, "."}}), {}, "5.1.10", true},
      {"null MX beside another", found({{0, "."}, {10, "a.test"}}), {"a.test"}, ""},
      {"no such domain", empty(Lookup::Status::no_domain), {}, "5.1.2", true},
      {"no answer", empty(Lookup::Status::failed), {}, "4.4.3"},
      {"myself first: loop", found({{10, "me.test"}, {20, "a.test"}}), {}, "5.4.6", true},
      {"better than myself",
       found({{5, "b.test"}, {10, "me.test"}, {10, "a.test"}}),
       {"b.test"},
       ""},
  };
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const Route route = route_from("to.test", row.answer, "me.test", {});
      BOOST_TEST(route.hosts == row.hosts, boost::test_tools::per_element());
      BOOST_TEST(route.failure.status == row.status);
      BOOST_TEST(route.failure.permanent == row.permanent);
    }
  }
  const Route mutant =
      route_from("to.test", found({{0, "."}}), "me.test", {.ignores_null_mx = true});
  BOOST_TEST(mutant.hosts == Hosts{"to.test"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(hosts_without_address) {
  const Lookup none = empty(Lookup::Status::no_data);
  const Lookup failed = empty(Lookup::Status::failed);
  BOOST_TEST(address_failure("mx", none, none).permanent);
  BOOST_TEST(!address_failure("mx", failed, none).permanent);
  BOOST_TEST(address_failure("mx", none, failed).status == "4.4.3");
}

BOOST_AUTO_TEST_CASE(answers) {
  const Question mx{.id = 4711, .name = "To.test", .type = RecordType::mx};
  const auto decoded =
      decode(answer_to(mx, {"to.test. 60 IN MX 10 MX1.to.test.", "to.test. 60 IN MX 0 .",
                            "other.test. 60 IN MX 1 evil.test."}),
             mx);
  BOOST_REQUIRE(decoded.matches);
  BOOST_TEST((decoded.lookup.mx == std::vector<MxHost>{{10, "mx1.to.test"}, {0, "."}}));

  const Question a{.id = 1, .name = "alias.test", .type = RecordType::a};
  const auto alias =
      decode(answer_to(a, {"alias.test. 60 IN CNAME b.test.", "b.test. 60 IN CNAME c.test.",
                           "c.test. 60 IN A 127.0.0.9"}),
             a);
  BOOST_REQUIRE(alias.lookup.addresses.size() == 1u);
  BOOST_TEST(alias.lookup.addresses[0].to_string() == "127.0.0.9");

  const auto loop = decode(
      answer_to(a, {"alias.test. 60 IN CNAME b.test.", "b.test. 60 IN CNAME alias.test."}), a);
  BOOST_TEST((loop.lookup.status == Lookup::Status::failed));

  const Question aaaa{.id = 2, .name = "v6.test", .type = RecordType::aaaa};
  const auto v6 = decode(answer_to(aaaa, {"v6.test. 60 IN AAAA ::1"}), aaaa);
  BOOST_REQUIRE(v6.lookup.addresses.size() == 1u);
  BOOST_TEST(v6.lookup.addresses[0].is_v6());

  const auto status = [&a](ldns_pkt_rcode rcode) {
    return decode(answer_to(a, {}, rcode), a).lookup;
  };
  BOOST_TEST((status(LDNS_RCODE_NOERROR).status == Lookup::Status::no_data));
  BOOST_TEST((status(LDNS_RCODE_NXDOMAIN).status == Lookup::Status::no_domain));
  BOOST_TEST((status(LDNS_RCODE_SERVFAIL).status == Lookup::Status::failed));
  BOOST_TEST(status(LDNS_RCODE_REFUSED).reason == "REFUSED");
  BOOST_TEST(decode(answer_to(a, {}, LDNS_RCODE_NOERROR, true), a).truncated);
}

BOOST_AUTO_TEST_CASE(answers_to_other_questions) {
  const Question asked{.id = 7, .name = "a.test", .type = RecordType::a};
  const std::vector<Question> others = {
      {.id = 8, .name = "a.test", .type = RecordType::a},
      {.id = 7, .name = "b.test", .type = RecordType::a},
      {.id = 7, .name = "a.test", .type = RecordType::aaaa},
  };
  for (const Question& other : others)
    BOOST_TEST(!decode(answer_to(other, {}), asked).matches);
  BOOST_TEST(!decode(encode(asked), asked).matches);  // a question is no answer
  std::vector<std::uint8_t> whole = answer_to(asked, {"a.test. 60 IN A 127.0.0.1"});
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::uint8_t> cut(whole.begin(), whole.begin() + static_cast<long>(size));
    BOOST_TEST(decode(cut, asked).lookup.addresses.empty());
  }
  BOOST_TEST(encode({.name = std::string(70, 'x')}).empty());
}

// To the byte what ldns makes of the same question.
BOOST_AUTO_TEST_CASE(questions_on_the_wire) {
  for (const char* name : {"a.test", "mx1.some.test", "_x.a\\046b.test"}) {
    const Question question{.id = 0xabcd, .name = name, .type = RecordType::aaaa};
    ldns_pkt* packet = ldns_pkt_query_new(ldns_dname_new_frm_str(name), LDNS_RR_TYPE_AAAA,
                                          LDNS_RR_CLASS_IN, LDNS_RD);
    ldns_pkt_set_id(packet, question.id);
    ldns_pkt_set_edns_udp_size(packet, edns_bytes_max);
    ldns_pkt_set_edns_do(packet, true);
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    BOOST_REQUIRE(ldns_pkt2wire(&bytes, packet, &size) == LDNS_STATUS_OK);
    BOOST_TEST(encode(question) == std::vector<std::uint8_t>(bytes, bytes + size),
               boost::test_tools::per_element());
    std::free(bytes);
    ldns_pkt_free(packet);
  }
  BOOST_TEST(is_askable("a.test"));
  BOOST_TEST(!is_askable(std::string(70, 'x')));
  BOOST_TEST(!is_askable("a..test"));
}

BOOST_AUTO_TEST_SUITE_END()
