// An honest policy host on a socket, its deviations in the answer, and what the journal tells.
#include <boost/test/unit_test.hpp>

#include "world.hpp"

using namespace smtprig::fakes;
namespace tools = boost::test_tools;

BOOST_AUTO_TEST_SUITE(policy_host)

namespace {

PolicyHostSpec honest() {
  PolicyHostSpec spec;
  spec.answers[0].mx = {"mx.rcpt.test"};
  return spec;
}

const Strings one_fetch = {"TLS", "W: " + policy_request + "Connection: close||", "S", "END"};

}  // namespace

BOOST_AUTO_TEST_CASE(a_fetch) {
  for (const TlsVersion version : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
    World world;
    world.start(honest());
    const Talk talk = world.talk(
        one_fetch, world.client_context(policy_host_name,
                                        {.min = version, .max = version, .alpn = "h2:http/1.1"}));
    world.settle();
    BOOST_TEST(talk.seen == (Strings{"tls ok", "200 text/plain", "eof after 0"}),
               tools::per_element());
    BOOST_TEST(talk.bodies.at(0) == body_of(honest().answers[0]));
    const std::string name = version == TlsVersion::tls1_2 ? "TLSv1.2" : "TLSv1.3";
    Strings events = world.events();
    std::erase(events, "other");  // the certificate
    std::erase_if(events, [](const std::string& each) { return each.starts_with("alert"); });
    BOOST_TEST(
        events == (Strings{"connected", "hello mta-sts.rcpt.test h2,http/1.1",
                           "tls " + name + " http/1.1",
                           "request GET /.well-known/mta-sts.txt mta-sts.rcpt.test 200 #1 66",
                           "closed local_fin"}),
        tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(names) {
  World world;
  world.start(honest());
  const auto ask = [&](const std::string& request, const std::string& sni) {
    const Talk talk = world.talk({"TLS", "W: " + request, "S"}, world.client_context(sni));
    return talk.seen.at(1);
  };
  const std::string path = "/.well-known/mta-sts.txt";
  BOOST_TEST(ask("GET " + path + " HTTP/1.1|Host: MTA-STS.rcpt.TEST:8443||", policy_host_name) ==
             "200 text/plain");
  BOOST_TEST(ask("GET " + path + " HTTP/1.1|Host: other.test||", policy_host_name) == "421 ");
  BOOST_TEST(ask("GET " + path + " HTTP/1.1||", policy_host_name) == "400 ");
  BOOST_TEST(ask("GET " + path + " HTTP/1.0||", policy_host_name) == "200 text/plain");
  BOOST_TEST(ask("GET https://mta-sts.rcpt.test" + path + " HTTP/1.1|Host: x||", "") ==
             "200 text/plain");
  BOOST_TEST(ask("GET https://other.test" + path + " HTTP/1.1|Host: mta-sts.rcpt.test||", "") ==
             "421 ");
  BOOST_TEST(ask("GET /robots.txt HTTP/1.1|Host: mta-sts.rcpt.test||", policy_host_name) == "404 ");
  BOOST_TEST(ask("DELETE " + path + " HTTP/1.1|Host: mta-sts.rcpt.test||", policy_host_name) ==
             "405 ");
  world.settle();
  // The journal tells what was asked of whom, whatever was answered.
  std::vector<std::string> sni;
  for (const Event& event : world.journal.events())
    if (const auto* request = std::get_if<HttpRequest>(&event.body)) sni.push_back(request->sni);
  BOOST_TEST(sni == (Strings{policy_host_name, policy_host_name, policy_host_name, policy_host_name,
                             "", "", policy_host_name, policy_host_name}),
             tools::per_element());
  BOOST_TEST(world.events_of("request").at(1) ==
             "request GET /.well-known/mta-sts.txt other.test 421 #2 0");
}

BOOST_AUTO_TEST_CASE(several_requests_on_a_connection) {
  World world;
  world.start(honest());
  const std::string head = "HEAD /.well-known/mta-sts.txt HTTP/1.1|Host: mta-sts.rcpt.test||";
  const Talk talk = world.talk(
      {"TLS", "W: " + policy_request + "|", "S",
       "W: " + policy_request + "|" + policy_request + "Connection: close||" + policy_request + "|",
       "S", "S", "END"});
  world.settle();
  BOOST_TEST(talk.seen == (Strings{"tls ok", "200 text/plain", "200 text/plain", "200 text/plain",
                                   "eof after 0"}),
             tools::per_element());
  // What came behind "close" was not looked at.
  BOOST_TEST(world.events_of("request").size() == 3u);
  const Talk only_head = world.talk({"TLS", "W: " + head, "FIN"});
  world.settle();
  BOOST_TEST(world.events_of("request").back() ==
             "request HEAD /.well-known/mta-sts.txt mta-sts.rcpt.test 200 #4 0");
}

BOOST_AUTO_TEST_CASE(requests_are_bounded) {
  World world;
  world.start(honest(), {.requests_max = 2});
  const std::string ask = "W: " + policy_request + "|";
  const Talk talk = world.talk({"TLS", ask, "S", ask, "S", ask, "END"});
  BOOST_TEST(talk.seen == (Strings{"tls ok", "200 text/plain", "200 text/plain", "eof after 0"}),
             tools::per_element());
}

BOOST_AUTO_TEST_CASE(certificates) {
  for (const CertificateClass what : {CertificateClass::self_signed, CertificateClass::expired,
                                      CertificateClass::wrong_host, CertificateClass::good}) {
    World world;
    PolicyHostSpec spec = honest();
    spec.https.certificate = what;
    world.start(spec);
    world.talk(one_fetch);
    world.settle();
    const auto shown = world.authority.issue(what, {policy_host_name, "rcpt.test"});
    bool found = false;
    for (const Event& event : world.journal.events())
      if (const auto* seen = std::get_if<CertificatePresented>(&event.body))
        found = found || seen->sha256_certificate == shown->sha256_certificate;
    BOOST_TEST(found, recipe_of(what).names);
  }
}

BOOST_AUTO_TEST_CASE(tls_choices) {
  World world;
  PolicyHostSpec spec = honest();
  spec.https.tls.max = TlsVersion::tls1_2;
  spec.https.tls.server_names = ServerNames::own;
  world.start(spec);
  BOOST_TEST(world.talk(one_fetch).seen.at(1) == "200 text/plain");
  BOOST_TEST(world.talk({"TLS"}, world.client_context("other.test")).seen.at(0) == "tls tls_error");
  const TlsSpec modern{.min = TlsVersion::tls1_3};
  BOOST_TEST(world.talk({"TLS"}, world.client_context(policy_host_name, modern)).seen.at(0) ==
             "tls tls_error");
}

BOOST_AUTO_TEST_CASE(answers_by_ordinal_and_target) {
  World world;
  PolicyHostSpec spec = honest();
  PolicyAnswer moved = spec.answers[0];
  moved.target = "/moved.txt";
  moved.mx = {"evil.test"};
  PolicyAnswer& first = spec.answers[0];
  first.nth = {1, 1};
  first.status = 302;
  first.location = "https://mta-sts.rcpt.test/moved.txt";
  PolicyAnswer second;
  second.nth = {2, 2};
  second.status = 500;
  PolicyAnswer later = spec.answers[0];
  later.nth = {3};
  later.status = 200;
  spec.answers.insert(spec.answers.end(), {second, later, moved});
  world.start(spec);
  const std::string ask = "W: " + policy_request + "|";
  const Talk talk = world.talk({"TLS", ask, "S", ask, "S"});
  const Talk other =
      world.talk({"TLS", ask, "S", "W: GET /moved.txt HTTP/1.1|Host: mta-sts.rcpt.test||", "S"});
  BOOST_TEST(talk.seen == (Strings{"tls ok", "302 text/plain", "500 text/plain"}),
             tools::per_element());
  BOOST_TEST(other.seen == (Strings{"tls ok", "200 text/plain", "200 text/plain"}),
             tools::per_element());
  BOOST_TEST(other.bodies.at(1).find("mx: evil.test") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(chunks_size_and_drip) {
  World world;
  PolicyHostSpec spec = honest();
  PolicyAnswer& answer = spec.answers[0];
  answer.chunked = true;
  answer.body_bytes_min = 200'000;
  answer.segment_bytes = 50'000;
  answer.pause = 1ms;
  answer.delay = 30ms;
  answer.content_type = "text/html; charset=utf-8";
  world.start(spec);
  const auto begin = std::chrono::steady_clock::now();
  const Talk talk = world.talk(one_fetch);
  BOOST_TEST((std::chrono::steady_clock::now() - begin >= 30ms));
  BOOST_TEST(talk.seen.at(1) == "200 text/html; charset=utf-8");
  BOOST_TEST(talk.bodies.at(0).size() >= 200'000u);
  BOOST_TEST(talk.bodies.at(0) == body_of(answer));
}

BOOST_AUTO_TEST_CASE(a_client_that_loses_patience) {
  World world;
  PolicyHostSpec spec = honest();
  spec.answers[0].segment_bytes = 1;
  spec.answers[0].pause = 10s;
  world.start(spec);
  world.talk({"TLS", "W: " + policy_request + "|", "RST"});
  world.settle();
  const Strings requests = world.events_of("request");
  BOOST_REQUIRE(requests.size() == 1u);
  BOOST_TEST(requests[0].find(" 200 #1 ") != std::string::npos);
  BOOST_TEST(!requests[0].ends_with(" 66"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be) {
  World world;
  PolicyHostSpec spec = honest();
  spec.answers[0].status = 1000;
  BOOST_CHECK_THROW(https::PolicyHost(
                        "h", "sts", spec, [](auto) { return nullptr; }, world.journal),
                    std::invalid_argument);
  BOOST_CHECK_THROW(https::PolicyHost("h", "sts", honest(), {}, world.journal),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
