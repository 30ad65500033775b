// Results survive the way to JSON and back; hostile text survives without a hostile byte in
// between.
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "harness/model/record.hpp"

using namespace smtprig;
using model::escape;
using model::unescape;

BOOST_AUTO_TEST_CASE(escape_leaves_no_hostile_byte_and_loses_none) {
  struct Row {
    std::string bytes, text;
  };
  const Row rows[] = {
      {"250 ok", "250 ok"},
      {"a\\b", "a\\\\b"},
      {"a\r\nb\t", "a\\r\\nb\\t"},
      {std::string("\x1b[2J\0", 5), "\\x1b[2J\\x00"},
      {"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F"},
      {"\xC3", "\\xc3"},
      {"\xC0\xAF", "\\xc0\\xaf"},                    // overlong
      {"\xE2\x80\xAE", "\\xe2\\x80\\xae"},           // right-to-left override
      {"\xED\xA0\x80", "\\xed\\xa0\\x80"},           // surrogate
      {"\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // beyond Unicode
      {"\xD8\x9C", "\\xd8\\x9c"},                    // Arabic letter mark, U+061C
      {"\xEF\xBF\xBE", "\\xef\\xbf\\xbe"},           // a noncharacter, U+FFFE
      {"\x7F", "\\x7f"},
  };
  for (const auto& row : rows) {
    BOOST_TEST(escape(row.bytes) == row.text);
    BOOST_TEST(unescape(row.text) == row.bytes);
  }
}

BOOST_AUTO_TEST_CASE(every_byte_pair_survives) {
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; ++b) {
      const std::string bytes{static_cast<char>(a), static_cast<char>(b)};
      BOOST_TEST_REQUIRE(unescape(escape(bytes)) == bytes);
    }
}

namespace {

model::CellResult example() {
  model::CellResult result;
  result.cell = "cert/expired@embedded/verify";
  result.scenario = "cert/expired";
  result.server = {"embedded", ""};
  result.policy = model::Policy::verify;
  model::RecipientOutcome recipient;
  recipient.message = "m1";
  recipient.recipient = "rcpt";
  recipient.delivery = model::Delivery::deferred;
  recipient.cause = model::Cause::certificate_expired;
  recipient.attempts.push_back({"mx", "127.0.0.9:2525", model::Stage::tls,
                                model::Channel::encrypted, "\x1b", model::Finality::temporary});
  result.outcome.recipients.push_back(recipient);
  result.outcome.conduct.push_back({"conduct/C4", "RFC 3207 4.1", "MAIL after a failed check"});
  result.ruling.permitted.push_back({model::Delivery::deferred, model::Channel::none, ""});
  result.ruling.causes = {model::Cause::certificate_expired};
  result.judgement.verdict = model::Verdict::pass;
  result.judgement.evidence = {3, 5};
  result.took = std::chrono::microseconds(1234);

  fakes::Journal journal;
  journal.add("mx", 1, fakes::Connected{"127.0.0.9:2525", "127.0.0.1:40000"});
  journal.add("mx", 1, fakes::Closed{fakes::Closed::How::peer_rst, true});
  journal.add("mx", 1, fakes::LineIn{std::string("MAIL\0", 5), true});
  journal.add("mx", 1, fakes::LineOut{"250 ok", false});
  journal.add("mx", 1, fakes::BytesOut{"\xff\x00", false});
  journal.add("mx", 1, fakes::ClientHelloSeen{"mx.test", "", true, true});
  journal.add("mx", 1, fakes::CertificatePresented{"CN=mx", "aa", "bb", "RSA-2048", true});
  journal.add("mx", 1, fakes::TlsEstablished{"TLSv1.3", "TLS_AES_256_GCM_SHA384", true, "smtp"});
  journal.add("mx", 1, fakes::CertificateSeen{"CN=client", "dd", true});
  journal.add("mx", 1, fakes::TlsAlert{true, 2, 40, "handshake_failure"});
  journal.add("mx", 1, fakes::TlsFailed{"client-hello", "peer closed"});
  journal.add("mx", 1, fakes::ContentReceived{77, true, true, "cc", "token"});
  journal.add("mx", 1, fakes::MessageAccepted{"a@b", {"c@d", "e@f"}, "token", "cc", true, "x\r\n"});
  journal.add("mx", 1, fakes::FaultFired{"smtp=STARTTLS"});
  journal.add("dns", 0, fakes::DnsQuery{"mx.test", "MX", "NOERROR", 1, true, true, false, "x", 7});
  journal.add("sts", 1,
              fakes::HttpRequest{"GET", "/.well-known/mta-sts.txt", "mta-sts.test", "mta-sts.test",
                                 200, 2, 77, ""});
  journal.add("tlsrpt", 1, fakes::ReportReceived{"application/tlsrpt+gzip", 99, "{}", ""});
  journal.add(
      "server", 0,
      fakes::ServerFact{fakes::ServerFact::Kind::deferred, "A1", "c@d", "mx", "4.7.5", "x"});
  journal.add("server", 0, fakes::ServerLine{"log"});
  journal.add("injector", 1, fakes::Injected{"a@b", "c@d", "token", "cc", 250, "ok"});
  journal.add("rig", 0, fakes::ServerState{"crashed", "signal 11"});
  journal.add("rig", 0, fakes::RigNote{"done"});
  result.journal = journal.events();
  return result;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_result_with_every_event_survives) {
  const auto result = example();
  BOOST_TEST(result.journal.back().body.index() + 1 == std::variant_size_v<fakes::EventBody>);
  const auto text = boost::json::serialize(model::to_json(result));
  for (const char byte : text)
    BOOST_TEST_REQUIRE(static_cast<unsigned char>(byte) >= 0x20);
  const auto back = model::result_from_json(boost::json::parse(text));
  BOOST_TEST(boost::json::serialize(model::to_json(back)) == text);
  BOOST_TEST((back.outcome == result.outcome));
}

BOOST_AUTO_TEST_CASE(canonical_part_has_no_measured_member) {
  auto one = example();
  auto two = example();
  two.outcome.recipients[0].attempts[0].address = "127.9.9.9:1";
  two.took = std::chrono::microseconds(1);
  two.journal.clear();
  BOOST_TEST(model::canonical_json(one) == model::canonical_json(two));
  two.outcome.recipients[0].delivery = model::Delivery::bounced;
  BOOST_TEST(model::canonical_json(one) != model::canonical_json(two));
}

BOOST_AUTO_TEST_CASE(bad_records_are_named) {
  const auto whole = boost::json::value(model::to_json(example()));
  auto value = whole;
  value.as_object().erase("policy");
  BOOST_CHECK_THROW(model::result_from_json(value), std::runtime_error);
  value = whole;
  value.as_object()["policy"] = "dnae";
  BOOST_CHECK_THROW(model::result_from_json(value), std::runtime_error);
  value = whole;
  value.as_object()["measured"].as_object()["journal"].as_array()[0].as_object()["event"] = "x";
  BOOST_CHECK_THROW(model::result_from_json(value), std::runtime_error);
  BOOST_CHECK_THROW(model::result_from_json(boost::json::value(3)), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_journal_is_bounded_and_counts_what_it_drops) {
  fakes::Journal journal(fakes::Journal::Clock::now(), 2);
  for (int i = 0; i < 5; ++i)
    journal.add("rig", 0, fakes::RigNote{"x"});
  BOOST_TEST(journal.events().size() == 2u);
  BOOST_TEST(journal.dropped() == 3u);
}
